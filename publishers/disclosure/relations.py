"""Lines between measures, as the rows of seeds/config/config_measure_relation.csv say them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from publishers.disclosure.codes import NONE, TOTAL, Ints, Period, Place, Reals, month_end
from publishers.disclosure.links import Links, name_of
from publishers.disclosure.nodes import Nodes
from publishers.disclosure.rules import Rules


@dataclass(frozen=True)
class Terms:
    """The lines of one relation: each entry has the line it belongs to (its first node), its node and its sign."""

    kind: str
    instance: Ints
    node: Ints
    sign: Reals


def relation_terms(nodes: Nodes, links: Links, rules: Rules) -> Iterator[Terms]:
    """Each relation's kind and terms; only where every count of the relation is there.

    The first row of a relation leads: the others are looked for in its area, period and breakdown. A row with a breakdown
    of its own means that value of it, within the breakdown of the first.
    """
    number = nodes.codes.number_of_count
    count = nodes.codes.parts(nodes.key)[0]
    for _, rows in rules.relation.group_by("relation", maintain_order=True):
        terms = list(rows.iter_rows(named=True))
        names = [links.count.get((row["metric_id"], row["part"]), name_of(row["metric_id"], row["part"])) for row in terms]
        if not all(name in number for name in names):
            continue
        lead, place = _lead(nodes, np.flatnonzero(count == number[names[0]]), terms[0])
        others = [_term(nodes, lead, place, number[name], row) for name, row in zip(names[1:], terms[1:], strict=True)]
        whole = np.all([node != NONE for node in others], axis=0) if others else np.ones(len(lead), bool)
        node = np.concatenate([lead[whole], *(other[whole] for other in others)])
        sign = np.repeat([float(row["sign"]) for row in terms], whole.sum())
        yield Terms(terms[0]["kind"], np.tile(lead[whole], len(terms)), node, sign)


def _lead(nodes: Nodes, found: Ints, row: dict[str, str]) -> tuple[Ints, Ints]:
    """The nodes that a relation starts from, and the place that the other terms share with each."""
    codes = nodes.codes
    place = codes.parts(nodes.key[found])[3]
    if not row["breakdown"]:
        return found, place
    rest = codes.map_places([_rest((row["breakdown"], row["breakdown_value"]), one) for one in codes.place])[place]
    return found[rest != NONE], rest[rest != NONE]


def _rest(inner: Place, place: Place) -> Place | None:
    """What is left of `place` within `inner`, None where it is another's."""
    if place == inner:
        return TOTAL
    if all(text.startswith(start + ";") for text, start in zip(place, inner, strict=True)):
        return place[0][len(inner[0]) + 1 :], place[1][len(inner[1]) + 1 :]
    return None


def _term(nodes: Nodes, lead: Ints, place: Ints, count: int, row: dict[str, str]) -> Ints:
    """The node of one term for each leading node: of the same kind of period, else the snapshot at that date."""
    codes = nodes.codes
    _, area, period, _ = codes.parts(nodes.key[lead])
    if row["breakdown"]:
        inner = (row["breakdown"], row["breakdown_value"])
        within = [inner if one == TOTAL else (f"{inner[0]};{one[0]}", f"{inner[1]};{one[1]}") for one in codes.place]
        place = codes.map_places(within)[place]
    asked = [_before(one) if row["period"] == "before" else one for one in codes.period]
    found = np.full(len(lead), NONE)
    for step in (codes.map_periods(asked), codes.map_periods([("snapshot", end) for _, end in asked])):
        open_ = (found == NONE) & (place != NONE) & (step[period] != NONE)
        found[open_] = nodes.find(codes.key(np.full(open_.sum(), count), area[open_], step[period[open_]], place[open_]))
    return found


def _before(period: Period) -> Period:
    """The period before: of a quarter the quarter before, else a year back; both end with a month."""
    kind, end = period
    return kind, month_end(end, -3 if kind == "quarter" else -12)
