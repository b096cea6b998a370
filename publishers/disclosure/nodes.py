"""The counts behind the cells: each count once, however many cells show it.

A cell (a row of a measure) shows its numerator and, unless that is a number of residents, its denominator. The same count
stands behind many cells: the referrals of a quarter are a count, the base of six percentages and of a rate. Here every
such count becomes one node, so that what is hidden once is hidden everywhere (disclosure_control.md 4.4).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from publishers.disclosure.codes import NONE, Coded, Codes, Flags, Ints, Reals, without
from publishers.disclosure.links import WITH_DENOMINATOR, Links, is_public, name_of
from publishers.disclosure.rules import PEOPLE, SMALL, Rules

PARTS = ("numerator", "denominator")


@dataclass(frozen=True)
class Nodes:
    """Every count once: one entry per node. `key` is sorted (codes.Codes.key) but for the rests behind it (lines.py).

    amount: the exact figure. is_given: known whatever is hidden (a public constant, or a 0, which is never hidden). is_signed: a
    difference, which may be below 0. is_sensitive: what must not be known to within fewer than five values. is_markable: may be
    hidden (a 0 may not unless it is a difference, nor may a rest that no cell shows). marked: why it is hidden (0 not, 1 primary,
    2 secondary, 3 linked).
    """

    codes: Codes
    key: Ints
    amount: Reals
    is_given: Flags
    is_signed: Flags
    is_sensitive: Flags
    is_markable: Flags
    marked: NDArray[np.int8]

    def find(self, key: Ints) -> Ints:
        """The node of each key, NONE where no cell shows such a count. For nodes without rests."""
        if not len(self.key):
            return np.full(len(key), NONE)
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        found: Ints = np.where(self.key[place] == key, place, NONE)
        return found

    def names(self, which: Flags) -> list[str]:
        """The names of the counts of some nodes, sorted."""
        return sorted({self.codes.count[number] for number in np.unique(self.codes.parts(self.key[which])[0])})

    def extended(self, key: Ints, amount: Reals, is_sensitive: Flags, is_given: Flags) -> "Nodes":
        """With further nodes that no cell shows: rests, left-over parts, constants."""
        more = len(amount)
        return replace(
            self,
            key=np.concatenate([self.key, key]),
            amount=np.concatenate([self.amount, amount]),
            is_given=np.concatenate([self.is_given, is_given]),
            is_signed=np.concatenate([self.is_signed, np.zeros(more, bool)]),
            is_sensitive=np.concatenate([self.is_sensitive, is_sensitive]),
            is_markable=np.concatenate([self.is_markable, np.zeros(more, bool)]),
            marked=np.concatenate([self.marked, np.zeros(more, np.int8)]),
        )


@dataclass(frozen=True)
class Cells:
    """One entry per row of the measure: the nodes it shows (NONE where it has none), whether its own rule hides it, and
    whether its numerator is a part of its denominator."""

    numerator: Ints
    denominator: Ints
    is_primary: Flags
    is_part: Flags

    def sides(self) -> tuple[Ints, Ints]:
        return self.numerator, self.denominator


@dataclass(frozen=True)
class _Sights:
    """Every sight of a count in a cell: which row, which part, what it would be called and what it is.

    key: by the name that the catalogue's words give it; own: by the measure's own name, among what its numerator is counted
    among; full: by the measure's own name at the cell's own place.
    """

    row: Ints
    part: Ints
    key: Ints
    own: Ints
    full: Ints
    is_home: Flags
    amount: Reals
    own_name: Ints


def count_names(metrics: Iterable[str], links: Links) -> set[str]:
    """Every name that a count of these measures may have: its own, and what the catalogue's words call it."""
    own = {(metric, part): name_of(metric, part) for metric in metrics for part in PARTS}
    return {*own.values(), *(links.count.get(pair, name) for pair, name in own.items())}


def read_nodes(
    exact: pl.DataFrame, coded: Coded, links: Links, rules: Rules, texts: dict[str, str]
) -> tuple[Nodes, Cells, list[str]]:
    """Nodes and cells of `exact` (suppression_rule, is_primary, and exact numbers n and d, null where there is none).

    `coded`: its cells, with all count_names. `texts` gives the words of each measure's denominator. Where two figures that the
    catalogue calls the same count differ in a cell (an authority is missing from one of them), the other one is a count of its
    own there; the third of the result names those.
    """
    sights = _sights(exact, coded, links, rules, texts)
    key, apart = _agreed(sights)
    keys, node = np.unique(key, return_inverse=True)
    cell = {part: np.full(exact.height, NONE) for part in PARTS}
    for number, part in enumerate(PARTS):
        of_part = sights.part == number
        cell[part][sights.row[of_part]] = node[of_part]
    amount = np.zeros(len(keys))
    amount[node] = sights.amount
    rule = exact["suppression_rule"].to_numpy()
    cells = Cells(cell["numerator"], cell["denominator"], exact["is_primary"].to_numpy(), rule == "P5")
    differences = [number for number, name in enumerate(coded.codes.count) if name in links.signed]
    signed = np.isin(coded.codes.parts(keys)[0], differences)
    nothing = (amount == 0) & ~signed
    marked, sensitive = _primary(cells, amount, rule == "M10")
    # of a difference nobody is counted: it may be hidden, and nothing else is for its sake
    sensitive &= ~signed
    nodes = Nodes(coded.codes, keys, amount, nothing, signed, sensitive, ~nothing, marked)
    return nodes, cells, sorted({coded.codes.count[number] for number in np.unique(apart)})


def _sights(exact: pl.DataFrame, coded: Coded, links: Links, rules: Rules, texts: dict[str, str]) -> _Sights:
    codes, metrics = coded.codes, coded.metrics
    rule = dict(exact.select("metric_id", "suppression_rule").unique().iter_rows())
    has_nodes = np.array([rule[metric] in (*PEOPLE, "M10") for metric in metrics])
    divided = np.array([rule[metric] in WITH_DENOMINATOR and not is_public(texts.get(metric)) for metric in metrics])
    stripped = _stripped(coded, rules)
    found = []
    for part, column in enumerate(("n", "d")):
        wanted = has_nodes if part == 0 else has_nodes & divided
        row = np.flatnonzero(exact[column].is_not_null().to_numpy() & wanted[coded.metric])
        metric, area, period, place = (array[row] for array in (coded.metric, coded.area, coded.period, coded.place))
        own_name = np.array([codes.number_of_count[name_of(one, PARTS[part])] for one in metrics])
        linked = [links.count.get((one, PARTS[part]), name_of(one, PARTS[part])) for one in metrics]
        name = np.array([codes.number_of_count[one] for one in linked])
        # the band is what a percentage counts, not whom it counts among: its denominator stands without it
        among = place if part == 0 else stripped[metric, place]
        when = _home_period(coded, linked)[metric, period]
        found.append(
            _Sights(
                row,
                np.full(len(row), part),
                codes.key(name[metric], area, when, among),
                codes.key(own_name[metric], area, period, among),
                codes.key(own_name[metric], area, period, place),
                name[metric] == own_name[metric],
                exact[column].fill_null(0).to_numpy()[row],
                own_name[metric],
            )
        )
    return _Sights(*(np.concatenate([getattr(one, name) for one in found]) for name in _Sights.__dataclass_fields__))


def _agreed(sights: _Sights) -> tuple[Ints, Ints]:
    """The key of each sight, so that sights of one key have one amount; and the names of those that stand apart.

    Home decides what a count is, else the first by name. A sight that disagrees goes by its own name, then by its own place.
    """
    key, apart = sights.key.copy(), []
    order = np.lexsort((sights.own_name, ~sights.is_home))
    for other in (sights.own, sights.full):
        by_key = order[np.argsort(key[order], kind="stable")]
        first = np.concatenate([[True], np.diff(key[by_key]) != 0]) if len(by_key) else np.zeros(0, bool)
        reference = by_key[first][np.cumsum(first) - 1]
        differs = by_key[sights.amount[by_key] != sights.amount[reference]]
        key[differs] = other[differs]
        apart.append(sights.own_name[differs])
    return key, np.concatenate(apart)


def _stripped(coded: Coded, rules: Rules) -> Ints:
    """By metric and place: the place of the denominator, without the band that the measure itself counts."""
    codes = coded.codes
    band = dict(rules.band.select("metric_id", "breakdown").iter_rows())
    overlapping = set(rules.overlap["breakdown"])
    first = [name.split(";")[0] for name, _ in codes.place]
    outer = codes.map_places([without(place, 0) for place in codes.place])
    own = np.arange(len(codes.place))
    table = np.empty((len(coded.metrics), len(codes.place)), np.int64)
    for number, metric in enumerate(coded.metrics):
        banded = np.array([name == band.get(metric) or name in overlapping for name in first])
        table[number] = np.where(banded, outer, own)
    return table


def _home_period(coded: Coded, linked: list[str]) -> Ints:
    """By metric and period: the period of the count it is called by. A count at a date is the same count whether the cell that
    shows it is a snapshot or a year that ends then."""
    codes = coded.codes
    kinds: dict[str, set[str]] = {metric: set() for metric in coded.metrics}
    for pair in np.unique(coded.metric * len(codes.period) + coded.period).tolist():
        kinds[coded.metrics[pair // len(codes.period)]].add(codes.period[pair % len(codes.period)][0])
    own = np.arange(len(codes.period))
    at_end = codes.map_periods([("snapshot", end) for _, end in codes.period])
    table = np.tile(own, (len(coded.metrics), 1))
    for number, (metric, name) in enumerate(zip(coded.metrics, linked, strict=True)):
        home = name.split("#")[0]
        of_home = kinds.get(home, set())
        if home != metric and "snapshot" in of_home:
            table[number] = np.where([kind in of_home for kind, _ in codes.period], own, at_end)
    return table


def _primary(cells: Cells, amount: Reals, is_mean: Flags) -> tuple[NDArray[np.int8], Flags]:
    """What the cells' own rules hide (marked) and what must not be found out (sensitive)."""
    marked = np.zeros(len(amount), np.int8)
    sensitive = np.zeros(len(amount), bool)
    small = (amount >= SMALL[0]) & (amount <= SMALL[1])
    numerators = cells.numerator[cells.is_primary & (cells.numerator != NONE)]
    hidden = numerators[amount[numerators] != 0]
    marked[hidden] = 1
    sensitive[hidden[small[hidden]]] = True
    of_mean = cells.numerator[cells.is_primary & (cells.numerator != NONE) & is_mean]
    sensitive[of_mean[amount[of_mean] > 0]] = True
    denominators = cells.denominator[cells.is_primary & (cells.denominator != NONE)]
    denominators = denominators[small[denominators]]
    marked[denominators] = 1
    sensitive[denominators] = True
    return marked, sensitive


def part_and_whole(nodes: Nodes, cells: Cells) -> tuple[Ints, Ints]:
    """Every numerator that is a part of its denominator, and that denominator: each pair once, sorted."""
    both = cells.is_part & (cells.numerator != NONE) & (cells.denominator != NONE)
    numerator, denominator = cells.numerator[both], cells.denominator[both]
    fits = (nodes.amount[numerator] <= nodes.amount[denominator]) & (nodes.amount[numerator] != 0)
    part, whole = np.divmod(np.unique(numerator[fits] * len(nodes.amount) + denominator[fits]), max(len(nodes.amount), 1))
    return part, whole
