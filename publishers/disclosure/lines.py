"""The lines along which counts add up: areas, breakdowns, quarters, and one measure with another.

A line says that its signed counts sum to nothing: the parts with +1, the total with -1. Where the parts do not reach the
total, the rest is a count of its own that no cell shows; where they exceed it (a child in two quarters), so is the
overlap. Whoever knows all of a line but one knows that one too, whichever table shows it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from publishers.disclosure.links import Links
from publishers.disclosure.nodes import KEY, NONE, Cells, Flags, Ints, Nodes, Reals
from publishers.disclosure.relations import relation_terms
from publishers.disclosure.rules import SMALL, Rules, level

KINDS = ("breakdown", "area", "period", "relation")
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Lines:
    """Sums that are nothing. Line i has the nodes node[start[i]:start[i + 1]] with their signs; kind is an index of KINDS."""

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

    def least(self, entry: Ints) -> Ints:
        """The least over each line of something about its entries."""
        if not len(self.kind):
            return np.zeros(0, np.int64)
        found: Ints = np.minimum.reduceat(entry, self.start[:-1])
        return found

    def chosen(self, keep: Flags) -> "Lines":
        """The lines for which `keep` is true."""
        size = np.diff(self.start)
        entries = np.repeat(keep, size)
        start = np.concatenate([[0], np.cumsum(size[keep])])
        return Lines(start, self.node[entries], self.sign[entries], self.kind[keep])

    @cached_property
    def _by_node(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.node, kind="stable")
        return self.node[order], self.line[order]

    def touching(self, nodes: Ints) -> Flags:
        """The lines that hold one of `nodes`."""
        ordered, line = self._by_node
        begin, end = np.searchsorted(ordered, nodes), np.searchsorted(ordered, nodes, side="right")
        size = end - begin
        entries = np.repeat(begin - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
        touched = np.zeros(len(self.kind), bool)
        touched[line[entries]] = True
        return touched


def read_lines(nodes: Nodes, cells: Cells, links: Links, rules: Rules, is_percentage: Flags) -> tuple[Nodes, Lines]:
    """All lines of `nodes`, and the nodes with the rests that the lines need."""
    frame = nodes.frame.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    sums = [
        *((pairs, "area", False) for pairs in _areas(frame, rules)),
        *((pairs, "breakdown", True) for pairs in _breakdowns(frame, rules)),
        *((pairs, "period", False) for pairs in _periods(frame)),
    ]
    drawn = _Drawing(nodes)
    for pairs, kind, is_sensitive in sums:
        drawn.add_sums(pairs, kind, is_sensitive)
    for part, whole, is_sensitive in links.parts:
        drawn.add_parts(_parts(frame, part, whole), is_sensitive)
    for kind, terms in relation_terms(frame, links, rules):
        drawn.add_relation(terms, kind)
    drawn.add_remainders(cells, is_percentage)
    return drawn.finished()


def _areas(frame: pl.DataFrame, rules: Rules) -> list[pl.DataFrame]:
    """Pairs (total, part): sub-regions of London, authorities of a sub-region, authorities of London."""
    same = [name for name in KEY if name != "la_code"]
    leveled = frame.with_columns(level(pl.col("la_code")).alias("level"))
    authority = leveled.filter(pl.col("level") == "la").join(rules.area, on="la_code", how="left")
    region = leveled.filter(pl.col("level") == "sub_region")
    london = leveled.filter(pl.col("level") == "london")
    below = authority.join(region, left_on=[*same, "sub_region"], right_on=[*same, "la_code"], suffix="_total")
    regions = region.join(london, on=same, suffix="_total")
    bare = london.join(region.select(same).unique(), on=same, how="anti")
    direct = authority.join(bare, on=same, suffix="_total")
    return [pairs.select(pl.col("node_total").alias("total"), pl.col("node").alias("part")) for pairs in (below, regions, direct)]


def _breakdowns(frame: pl.DataFrame, rules: Rules) -> list[pl.DataFrame]:
    """Pairs (total, part) of each breakdown, one breakdown at a time; of a pair a;b first over b, then over a."""
    overlapping = rules.overlap["breakdown"].to_list()
    split = frame.filter(pl.col("breakdown") != "total").with_columns(
        pl.col("breakdown").str.split(";").alias("names"), pl.col("breakdown_value").str.split(";").alias("values")
    )
    deepest = split.select(pl.col("names").list.len().max()).item() or 0
    same = ["count", "la_code", "period_type", "period_end"]
    found = []
    for place in range(deepest):
        there = split.filter(pl.col("names").list.len() > place).with_columns(
            pl.col("names").list.get(place).alias("summed"),
            *(
                pl.concat_list(pl.col(name).list.head(place), pl.col(name).list.slice(place + 1))
                .list.join(";")
                .alias(f"other_{name}")
                for name in ("names", "values")
            ),
        )
        parts = there.filter(~pl.col("summed").is_in(overlapping)).with_columns(
            pl.when(pl.col(name) == "").then(pl.lit("total")).otherwise(pl.col(name)).alias(name)
            for name in ("other_names", "other_values")
        )
        pairs = parts.join(
            frame.select(*same, "breakdown", "breakdown_value", pl.col("node").alias("total")),
            left_on=[*same, "other_names", "other_values"],
            right_on=[*same, "breakdown", "breakdown_value"],
        )
        found += [
            pairs.filter(pl.col("summed") == name).select("total", pl.col("node").alias("part"))
            for name in sorted(set(pairs["summed"]))
        ]
    return found


def _periods(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Pairs (total, part): the quarters of a year, the years of three years."""
    same = [name for name in KEY if name not in ("period_type", "period_end")]
    year_end = pl.date(pl.col("period_end").dt.year() + (pl.col("period_end").dt.month() > 3).cast(pl.Int32), 3, 31)
    year = frame.filter(pl.col("period_type") == "year").select(
        *same, pl.col("period_end").alias("year_end"), pl.col("node").alias("total")
    )
    quarter = frame.filter(pl.col("period_type") == "quarter").with_columns(year_end.alias("year_end"))
    three = frame.filter(pl.col("period_type") == "three_years").select(
        *same, pl.col("period_end").alias("year_end"), pl.col("node").alias("total")
    )
    years = pl.concat(
        frame.filter(pl.col("period_type") == "year").with_columns(pl.col("period_end").dt.offset_by(f"{ahead}y").alias("year_end"))
        for ahead in range(3)
    )
    return [
        parts.join(totals, on=[*same, "year_end"]).select("total", pl.col("node").alias("part"))
        for parts, totals in ((quarter, year), (years, three))
    ]


def _parts(frame: pl.DataFrame, part: str, whole: str) -> pl.DataFrame:
    """Pairs (total, part) of two counts of which one is a part of the other, cell by cell."""
    same = [name for name in KEY if name != "count"]
    dated = [name for name in same if name != "period_type"]
    parts, wholes = (frame.filter(pl.col("count") == name) for name in (part, whole))
    equal = parts.join(wholes.select(*same, pl.col("node").alias("total")), on=same, how="inner")
    # a part that is given for the year, of a whole that is a snapshot at its end
    at_end = parts.join(equal.select("node"), on="node", how="anti").join(
        wholes.filter(pl.col("period_type") == "snapshot").select(*dated, pl.col("node").alias("total")), on=dated
    )
    return pl.concat([pairs.select("total", pl.col("node").alias("part")) for pairs in (equal, at_end)])


class _Drawing:
    """Lines while they are drawn, with the nodes they add."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.size = len(nodes.amount)
        self.rest_key: list[Ints] = []
        self.rest_amount: list[Reals] = []
        self.rest_sensitive: list[Flags] = []
        self.rest_public: list[Flags] = []
        self.entries: list[tuple[Ints, Ints, Reals]] = []  # line, node, sign
        self.kinds: list[NDArray[np.int8]] = []
        self.n_lines = 0

    def add_sums(self, pairs: pl.DataFrame, kind: str, is_sensitive: bool) -> None:
        """Total = sum of parts, with a rest where they do not reach it, with an overlap where they exceed it."""
        if not pairs.height:
            return
        pairs = pairs.unique().sort("total", "part")
        total, line = np.unique(pairs["total"].to_numpy(), return_inverse=True)
        part = pairs["part"].to_numpy()
        summed = np.bincount(line, self.nodes.amount[part], len(total))
        gap = self.nodes.amount[total] - summed
        lines = np.arange(len(total))
        self._add(line, part, np.ones(len(part)))
        self._add(lines, total, -np.ones(len(total)))
        short, over = gap > TOLERANCE, gap < -TOLERANCE
        self._add(lines[short], self._rest(total[short], gap[short], is_sensitive), np.ones(short.sum()))
        self._add(lines[over], self._rest(total[over], -gap[over], False), -np.ones(over.sum()))
        self._close(len(total), kind)

    def add_parts(self, pairs: pl.DataFrame, is_sensitive: bool) -> None:
        """Whole = part + rest, wherever the part is no more than the whole; the rest is there even when it is 0."""
        whole, part = (pairs[name].to_numpy() for name in ("total", "part"))
        self._two(whole, part, is_sensitive)

    def add_remainders(self, cells: Cells, is_percentage: Flags) -> None:
        """Denominator = numerator + the part left over, where the part left over is 1 to 5."""
        both = is_percentage & (cells.numerator != NONE) & (cells.denominator != NONE)
        pairs = np.unique(np.column_stack([cells.denominator[both], cells.numerator[both]]), axis=0)
        left = self.nodes.amount[pairs[:, 0]] - self.nodes.amount[pairs[:, 1]]
        small = (left >= SMALL[0]) & (left <= SMALL[1])
        self._two(pairs[small, 0], pairs[small, 1], True)

    def add_relation(self, terms: pl.DataFrame, kind: str) -> None:
        """Lines of a row of config_measure_relation: terms has instance, node, sign."""
        if not terms.height:
            return
        terms = terms.sort("instance", "node")
        first, line = np.unique(terms["instance"].to_numpy(), return_inverse=True)
        node, sign = terms["node"].to_numpy(), terms["sign"].to_numpy().astype(np.float64)
        gap = -np.bincount(line, sign * self.nodes.amount[node], len(first)).astype(np.float64)
        anchor = node[np.searchsorted(line, np.arange(len(first)))]
        exact = np.abs(gap) <= TOLERANCE
        keep = exact if kind == "sum" else exact | (gap > 0) if kind == "whole" else np.ones(len(first), bool)
        number = np.cumsum(keep) - 1
        taken = keep[line]
        self._add(number[line[taken]], node[taken], sign[taken])
        rest = keep & ~exact
        public = np.full(rest.sum(), kind == "public")
        self._add(number[rest], self._rest(anchor[rest], gap[rest], kind == "whole", public), np.ones(rest.sum()))
        self._close(int(keep.sum()), "relation")

    def finished(self) -> tuple[Nodes, Lines]:
        """The nodes with the rests, and the lines in the order in which they were drawn."""
        if self.rest_amount:
            key = np.concatenate(self.rest_key)
            keys = self.nodes.frame.select(KEY)[key.tolist()].with_columns((pl.col("count") + "#rest").alias("count"))
            nodes = self.nodes.extended(keys, np.concatenate(self.rest_amount), np.concatenate(self.rest_sensitive))
            nodes.is_published[len(self.nodes.amount) :] = np.concatenate(self.rest_public)
        else:
            nodes = self.nodes
        if not self.entries:
            return nodes, Lines(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int8))
        line, node, sign = (np.concatenate(column) for column in zip(*self.entries, strict=True))
        order = np.lexsort((node, line))
        start = np.searchsorted(line[order], np.arange(self.n_lines + 1))
        return nodes, Lines(start, node[order], sign[order], np.concatenate(self.kinds))

    def _two(self, whole: Ints, part: Ints, is_sensitive: bool) -> None:
        gap = self.nodes.amount[whole] - self.nodes.amount[part]
        fits = gap >= -TOLERANCE
        whole, part, gap = whole[fits], part[fits], np.maximum(gap[fits], 0)
        lines = np.arange(len(whole))
        self._add(lines, part, np.ones(len(part)))
        self._add(lines, whole, -np.ones(len(whole)))
        self._add(lines, self._rest(part, gap, is_sensitive), np.ones(len(gap)))
        self._close(len(whole), "relation")

    def _rest(self, key: Ints, amount: Reals, is_sensitive: bool, public: Flags | None = None) -> Ints:
        number = np.arange(self.size, self.size + len(key))
        self.size += len(key)
        self.rest_key.append(key)
        self.rest_amount.append(amount)
        self.rest_sensitive.append(is_sensitive & (amount >= SMALL[0]) & (amount <= SMALL[1]))
        self.rest_public.append(np.zeros(len(key), bool) if public is None else public)
        return number

    def _add(self, line: Ints, node: Ints, sign: Reals) -> None:
        self.entries.append((self.n_lines + line, node, sign))

    def _close(self, n_lines: int, kind: str) -> None:
        self.kinds.append(np.full(n_lines, KINDS.index(kind), np.int8))
        self.n_lines += n_lines
