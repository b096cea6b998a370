"""Secondary suppression: a fix-point over all lines at once (disclosure_control.md 4.3 and 4.4).

A line of which all counts but one are known gives that one away. So where it is one that is hidden, the smallest shown count
above 0 of that line is hidden too, and so on until no line has exactly one. Ties: the lower value, then the alphabet. The
lines are taken kind by kind, breakdowns first, and all lines of a kind at once, so that the order of rows never matters.
"""

from dataclasses import dataclass

import numpy as np

from publishers.disclosure.lines import KINDS, Lines
from publishers.disclosure.nodes import NONE, Cells, Flags, Ints, Nodes
from publishers.disclosure.rules import SMALL, WIDTH

SECONDARY, LINKED = 2, 3
NEVER = np.iinfo(np.int64).max
# two counts of 5 sum to 10: a line whose hidden counts sum to this many each gives them away as well
LARGEST = SMALL[1]


@dataclass(frozen=True)
class State:
    """What is shown: of the cells, of the nodes; and what follows from it although nobody shows it."""

    cell: Flags
    node: Flags
    known: Flags


def suppress(nodes: Nodes, cells: Cells, lines: Lines, fresh: Ints | None = None) -> State:
    """Mark in `nodes.marked` until no line gives a hidden count away; what is shown then.

    With `fresh`, the nodes marked since the last time, only the lines that these touch are looked at, and theirs in turn;
    a last look at all lines ends it in any case.
    """
    rank = order_of(nodes)
    state = look(nodes, cells, lines)
    while fresh is not None and len(fresh):
        before = nodes.marked > 0
        near = lines.chosen(lines.touching(fresh))
        state = _one_round(nodes, cells, near, rank, state)
        fresh = np.flatnonzero((nodes.marked > 0) & ~before)
    while True:
        state = look(nodes, cells, lines)
        before = nodes.marked > 0
        state = _one_round(nodes, cells, lines, rank, state)
        if np.array_equal(before, nodes.marked > 0):
            return state


def _one_round(nodes: Nodes, cells: Cells, lines: Lines, rank: Ints, state: State) -> State:
    """The lines kind by kind, once; what is shown afterwards (what follows from it stays as it was)."""
    for number, kind in enumerate(KINDS):
        of_kind = lines.chosen(lines.kind == number)
        if _mark(nodes, of_kind, rank, state, LINKED if kind == "relation" else SECONDARY):
            seen, shown = sight(nodes, cells)
            state = State(seen, shown, shown | (state.known & ~state.node))
    return state


def order_of(nodes: Nodes) -> Ints:
    """The place of each node in the order in which nodes are hidden: value above 0 first, lower first, then the alphabet.

    The frame is sorted by key, so that the number of a node is its place in the alphabet.
    """
    size = np.abs(nodes.amount)
    order = np.lexsort((np.arange(len(size)), size, size == 0))
    rank = np.empty(len(size), np.int64)
    rank[order] = np.arange(len(size))
    return rank


def look(nodes: Nodes, cells: Cells, lines: Lines) -> State:
    """What the marks leave to see, and what follows from that line by line."""
    visible, shown = sight(nodes, cells)
    known = shown.copy()
    protected = (nodes.marked > 0) | nodes.is_sensitive
    near = lines
    while True:
        lone = _lone(near, known)
        found = np.unique(lone[~protected[lone]])
        if not len(found):
            return State(visible, shown, known)
        known[found] = True
        near = lines.chosen(lines.touching(found))


def sight(nodes: Nodes, cells: Cells) -> tuple[Flags, Flags]:
    """Which cells and which nodes the marks leave to see."""
    hidden = nodes.marked > 0
    visible = ~cells.is_primary
    shown = nodes.is_published & ~nodes.is_markable
    for side in (cells.numerator, cells.denominator):
        there = side != NONE
        visible[there] &= ~hidden[side[there]]
    for side in (cells.numerator, cells.denominator):
        seen = side[visible]
        shown[seen[seen != NONE]] = True
    return visible, shown


def _lone(lines: Lines, known: Flags) -> Ints:
    """The nodes that are the only unknown of a line."""
    unknown = ~known[lines.node]
    one = lines.sums(unknown) == 1
    found: Ints = lines.node[unknown & one[lines.line]]
    return found


def _mark(nodes: Nodes, lines: Lines, rank: Ints, state: State, reason: int) -> int:
    """Mark one more count in each of `lines` that gives one away; how many nodes were marked."""
    give_away = giving_away(nodes, lines, state.known)
    candidate = state.node[lines.node] & nodes.is_markable[lines.node] & (nodes.marked[lines.node] == 0)
    first = lines.least(np.where(candidate, rank[lines.node], NEVER))
    first = first[give_away & (first != NEVER)]
    if not len(first):
        return 0
    by_rank = np.empty(len(rank), np.int64)
    by_rank[rank] = np.arange(len(rank))
    new = np.unique(by_rank[first])
    nodes.marked[new] = reason
    return len(new)


def giving_away(nodes: Nodes, lines: Lines, known: Flags) -> Flags:
    """Which lines give a hidden count away: the only unknown, or a sum that leaves it fewer than five values."""
    unknown = ~known[lines.node]
    hidden = unknown & (nodes.marked[lines.node] > 0)
    sensitive = unknown & nodes.is_sensitive[lines.node]
    total = lines.sums
    n_unknown, n_hidden, n_sensitive = total(unknown), total(hidden), total(sensitive)
    alone = (n_unknown == 1) & (n_hidden + n_sensitive > 0)
    # the unknown ones all on one side: their sum is known, and each is at least 1, since a 0 is never hidden
    one_side = np.abs(total(unknown * lines.sign)) == n_unknown
    summed = total(np.where(unknown, np.abs(nodes.amount[lines.node]), 0))
    least = total(hidden & (nodes.amount[lines.node] > 0))
    narrow = (n_unknown > 1) & (n_sensitive > 0) & one_side & (summed - least + 1 < WIDTH)
    # all are 5, and no more; 3 and 7 beside each other (section 7, example 2) sum to 10 as well, and tell nothing
    fives = (n_unknown > 1) & (n_sensitive == n_unknown) & one_side & (summed == LARGEST * n_unknown)
    given_away: Flags = alone | narrow | fives
    return given_away
