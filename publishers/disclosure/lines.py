"""The lines along which counts add up: areas, breakdowns, periods, and one measure with another.

A line says that its signed counts sum to nothing: the parts with +1, the total with -1. Where the parts do not reach the
total, the rest is a count of its own that no cell shows; where they exceed it (a child in two quarters), so is the
overlap. Whoever knows all of a line but one knows that one too, whichever table shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from publishers.disclosure.codes import NONE, TOTAL, Flags, Ints, Reals, month_end, without
from publishers.disclosure.links import Links
from publishers.disclosure.nodes import Cells, Nodes
from publishers.disclosure.relations import Terms, relation_terms
from publishers.disclosure.rules import SMALL, Rules

KINDS = ("breakdown", "area", "period", "relation")
TOLERANCE = 1e-6
Pairs = tuple[Ints, Ints]  # of nodes: total and part


@dataclass(frozen=True)
class Lines:
    """Sums that are nothing. Line i has the nodes node[start[i]:start[i + 1]] with their signs; kind is an index of KINDS.
    Lines of one kind stand together, in the order of KINDS."""

    start: Ints
    node: Ints
    sign: Reals
    kind: NDArray[np.int8]

    @cached_property
    def line(self) -> Ints:
        """The line of each entry."""
        return np.repeat(np.arange(len(self.kind)), np.diff(self.start))

    def sums(self, entry: NDArray[np.generic]) -> Reals:
        """The sum over each line of something about its entries."""
        total: Reals = np.bincount(self.line, entry.astype(np.float64), len(self.kind)).astype(np.float64)
        return total

    def chosen(self, keep: Flags) -> "Lines":
        """The lines for which `keep` is true."""
        size = np.diff(self.start)
        entries = np.repeat(keep, size)
        start = np.concatenate([[0], np.cumsum(size[keep])])
        return Lines(start, self.node[entries], self.sign[entries], self.kind[keep])


def ranges(start: Ints, size: Ints) -> Ints:
    """The numbers from each `start` on, `size` of each, one range after another."""
    found: Ints = np.arange(int(size.sum())) + np.repeat(start - np.cumsum(size) + size, size)
    return found


def read_lines(nodes: Nodes, cells: Cells, links: Links, rules: Rules) -> tuple[Nodes, Lines]:
    """All lines of `nodes`, and the nodes with the rests that the lines need."""
    drawn = _Drawing(nodes)
    for pairs in _breakdowns(nodes, rules):
        drawn.add_sums(pairs, "breakdown", is_sensitive=True)
    for pairs in _areas(nodes, rules):
        drawn.add_sums(pairs, "area", is_sensitive=False)
    for pairs in _periods(nodes):
        drawn.add_sums(pairs, "period", is_sensitive=False)
    for part, whole, is_sensitive in links.parts:
        drawn.add_parts(_parts(nodes, part, whole), is_sensitive)
    for terms in relation_terms(nodes, links, rules):
        drawn.add_relation(terms)
    drawn.add_remainders(cells)
    return drawn.finished()


def _breakdowns(nodes: Nodes, rules: Rules) -> Iterator[Pairs]:
    """Total and part of each breakdown, one breakdown at a time; of a pair a;b first over a, then over b."""
    codes = nodes.codes
    overlapping = set(rules.overlap["breakdown"])
    count, area, period, place = codes.parts(nodes.key)
    names = [name.split(";") if (name, value) != TOTAL else [] for name, value in codes.place]
    for position in range(max(map(len, names), default=0)):
        summed = [name[position] if position < len(name) else "" for name in names]
        wanted = [without(one, position) if name else None for one, name in zip(codes.place, summed, strict=True)]
        outer = codes.map_places(wanted)
        for breakdown in sorted(set(summed) - overlapping - {""}):
            of_place = np.array([name == breakdown for name in summed]) & (outer != NONE)
            part = np.flatnonzero(of_place[place])
            total = nodes.find(codes.key(count[part], area[part], period[part], outer[place[part]]))
            yield total[total != NONE], part[total != NONE]


def _areas(nodes: Nodes, rules: Rules) -> Iterator[Pairs]:
    """Total and part: authorities of a sub-region, sub-regions of London, authorities of London where it has no sub-regions."""
    codes = nodes.codes
    count, area, period, place = codes.parts(nodes.key)
    region = dict(rules.area.iter_rows())
    region_of = np.array([codes.number_of_area.get(region.get(name, ""), NONE) for name in codes.area])
    london = codes.number_of_area.get("london", NONE)
    is_region = np.isin(np.arange(len(codes.area)), region_of[region_of != NONE])
    is_authority = np.array([name in region for name in codes.area])

    def up(part: Ints, to: Ints) -> Pairs:
        total = np.full(len(part), NONE)
        known = to != NONE
        total[known] = nodes.find(codes.key(count[part[known]], to[known], period[part[known]], place[part[known]]))
        return total[total != NONE], part[total != NONE]

    authority = np.flatnonzero(is_authority[area])
    yield up(authority, region_of[area[authority]])
    regions = np.flatnonzero(is_region[area])
    over_regions = up(regions, np.full(len(regions), london))
    yield over_regions
    total, part = up(authority, np.full(len(authority), london))
    bare = ~np.isin(total, over_regions[0])
    yield total[bare], part[bare]


def _periods(nodes: Nodes) -> Iterator[Pairs]:
    """Total and part: the quarters of a year, the years of three years."""
    codes = nodes.codes
    count, area, period, place = codes.parts(nodes.key)
    year_of = [
        ("year", end.replace(year=end.year + (end.month > 3), month=3, day=31)) if kind == "quarter" else None
        for kind, end in codes.period
    ]
    steps = [codes.map_periods(year_of)]
    for ahead in range(3):
        three = [("three_years", month_end(end, 12 * ahead)) if kind == "year" else None for kind, end in codes.period]
        steps.append(codes.map_periods(three))
    found = []
    for to in steps:
        part = np.flatnonzero(to[period] != NONE)
        total = nodes.find(codes.key(count[part], area[part], to[period[part]], place[part]))
        found.append((total[total != NONE], part[total != NONE]))
    yield found[0]
    yield np.concatenate([total for total, _ in found[1:]]), np.concatenate([part for _, part in found[1:]])


def _parts(nodes: Nodes, part: str, whole: str) -> Pairs:
    """Total and part of two counts of which one is a part of the other, cell by cell."""
    codes = nodes.codes
    if part not in codes.number_of_count or whole not in codes.number_of_count:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    number = codes.number_of_count
    count, area, period, place = codes.parts(nodes.key)
    parts = np.flatnonzero(count == number[part])
    wholes = np.full(len(parts), number[whole])
    total = nodes.find(codes.key(wholes, area[parts], period[parts], place[parts]))
    # a part that is given for the year, of a whole that is a snapshot at its end
    at_end = codes.map_periods([("snapshot", end) for _, end in codes.period])
    later = nodes.find(codes.key(wholes, area[parts], at_end[period[parts]], place[parts]))
    total = np.where(total == NONE, later, total)
    return total[total != NONE], parts[total != NONE]


class _Drawing:
    """Lines while they are drawn, with the nodes they add. A 0 is known to all and stands in no line."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.size = len(nodes.amount)
        self.rest_key: list[Ints] = []
        self.rest_amount: list[Reals] = []
        self.rest_sensitive: list[Flags] = []
        self.rest_given: list[Flags] = []
        self.entries: list[tuple[Ints, Ints, Reals]] = []  # line, node, sign
        self.kinds: list[NDArray[np.int8]] = []
        self.n_lines = 0

    def add_sums(self, pairs: Pairs, kind: str, *, is_sensitive: bool) -> None:
        """Total = sum of parts, with a rest where they do not reach it, with an overlap where they exceed it."""
        whole, part = pairs
        filled = ~self.nodes.is_given[part]
        if not filled.any():
            return
        total, line = np.unique(whole[filled], return_inverse=True)
        part = part[filled]
        gap = self.nodes.amount[total] - np.bincount(line, self.nodes.amount[part], len(total))
        lines = np.arange(len(total))
        self._add(line, part, np.ones(len(part)))
        self._add(lines, total, -np.ones(len(total)))
        short, over = gap > TOLERANCE, gap < -TOLERANCE
        self._add(lines[short], self._rest(total[short], gap[short], is_sensitive), np.ones(short.sum()))
        self._add(lines[over], self._rest(total[over], -gap[over], False), -np.ones(over.sum()))
        self._close(len(total), kind)

    def add_parts(self, pairs: Pairs, is_sensitive: bool) -> None:
        """Whole = part + rest, wherever the part is no more than the whole; the rest is there even when it is 0."""
        whole, part = pairs
        filled = ~self.nodes.is_given[part]
        self._two(whole[filled], part[filled], is_sensitive)

    def add_remainders(self, cells: Cells) -> None:
        """Denominator = numerator + the part left over, where the part left over is 1 to 5."""
        both = cells.is_part & (cells.numerator != NONE) & (cells.denominator != NONE)
        numerator, denominator = cells.numerator[both], cells.denominator[both]
        left = self.nodes.amount[denominator] - self.nodes.amount[numerator]
        small = (left >= SMALL[0]) & (left <= SMALL[1]) & (self.nodes.amount[numerator] != 0)
        pairs = np.unique(np.column_stack([denominator[small], numerator[small]]), axis=0)
        self._two(pairs[:, 0], pairs[:, 1], True)

    def add_relation(self, terms: Terms) -> None:
        """Lines of a row of config_measure_relation."""
        if not len(terms.node):
            return
        first, line = np.unique(terms.instance, return_inverse=True)
        gap = -np.bincount(line, terms.sign * self.nodes.amount[terms.node], len(first)).astype(np.float64)
        exact = np.abs(gap) <= TOLERANCE
        keep = exact if terms.kind == "sum" else exact | (gap > 0) if terms.kind == "whole" else np.ones(len(first), bool)
        number = np.cumsum(keep) - 1
        taken = keep[line]
        self._add(number[line[taken]], terms.node[taken], terms.sign[taken])
        rest = keep & ~exact
        is_public = np.full(rest.sum(), terms.kind == "public")
        self._add(number[rest], self._rest(first[rest], gap[rest], terms.kind == "whole", is_public), np.ones(rest.sum()))
        self._close(int(keep.sum()), "relation")

    def finished(self) -> tuple[Nodes, Lines]:
        """The nodes with the rests, and the lines kind by kind."""
        nodes = self.nodes
        if self.rest_amount:
            nodes = nodes.extended(
                np.concatenate(self.rest_key),
                np.concatenate(self.rest_amount),
                np.concatenate(self.rest_sensitive),
                np.concatenate(self.rest_given),
            )
        if not self.entries:
            return nodes, Lines(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int8))
        line, node, sign = (np.concatenate(column) for column in zip(*self.entries, strict=True))
        filled = ~nodes.is_given[node] | (node >= len(self.nodes.amount))
        line, node, sign = line[filled], node[filled], sign[filled]
        kind = np.concatenate(self.kinds)
        by_kind = np.argsort(kind, kind="stable")
        place = np.empty(len(kind), np.int64)
        place[by_kind] = np.arange(len(kind))
        line = place[line]
        order = np.argsort(line * len(nodes.amount) + node, kind="stable")
        there, start = np.unique(line[order], return_index=True)
        return nodes, Lines(np.append(start, len(order)), node[order], sign[order], kind[by_kind][there])

    def _two(self, whole: Ints, part: Ints, is_sensitive: bool) -> None:
        gap = self.nodes.amount[whole] - self.nodes.amount[part]
        fits = gap >= -TOLERANCE
        whole, part, gap = whole[fits], part[fits], np.maximum(gap[fits], 0)
        lines = np.arange(len(whole))
        self._add(lines, part, np.ones(len(part)))
        self._add(lines, whole, -np.ones(len(whole)))
        self._add(lines, self._rest(part, gap, is_sensitive), np.ones(len(gap)))
        self._close(len(whole), "relation")

    def _rest(self, beside: Ints, amount: Reals, is_sensitive: bool, is_given: Flags | None = None) -> Ints:
        number = np.arange(self.size, self.size + len(beside))
        self.size += len(beside)
        self.rest_key.append(self.nodes.key[beside])
        self.rest_amount.append(amount)
        self.rest_sensitive.append(is_sensitive & (amount >= SMALL[0]) & (amount <= SMALL[1]))
        self.rest_given.append(np.zeros(len(beside), bool) if is_given is None else is_given)
        return number

    def _add(self, line: Ints, node: Ints, sign: Reals) -> None:
        self.entries.append((self.n_lines + line, node, sign))

    def _close(self, n_lines: int, kind: str) -> None:
        self.kinds.append(np.full(n_lines, KINDS.index(kind), np.int8))
        self.n_lines += n_lines
