"""Secondary suppression: a fix-point over all lines at once (disclosure_control.md 4.3 and 4.4).

A line of which all counts but one are known gives that one away. So where it is one that is hidden, the smallest shown count
above 0 of that line is hidden too, and so on until no line gives one away. Ties: the lower value, then the alphabet. The
lines wait in one queue, breakdowns first, in the order of their names: the same rows in any order give the same marks.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from publishers.disclosure.codes import NONE, TOTAL, Flags, Ints, Reals
from publishers.disclosure.lines import KINDS, Lines
from publishers.disclosure.nodes import Cells, Nodes, part_and_whole
from publishers.disclosure.rules import SMALL, WIDTH

SECONDARY, LINKED = 2, 3
RELATION = KINDS.index("relation")
# two counts of 5 sum to 10: a line whose hidden counts sum to this many each gives them away as well
LARGEST = SMALL[1]
# from where on a count is one that is not broken down; through so many lines its weight is handed on
HEADLINE, ALIKE = 6, 3
FREE = -1  # known_by of a node that is shown, given, or unknown
Groups = tuple[Ints, Ints]  # start and members: what belongs to i is members[start[i]:start[i + 1]]


@dataclass(frozen=True)
class State:
    """What is seen at the moment. Changed in place by `suppress`.

    visible: of each cell, whether it is shown. n_visible: of each node, how many visible cells show it. unknown: of each node,
    whether it is neither shown nor given nor follows from what is. known_by: the line from which a node follows, else FREE.
    """

    visible: Flags
    n_visible: Ints
    unknown: Flags
    known_by: Ints


@dataclass(frozen=True)
class Network:
    """The counts behind a set of cells, how they hang together, and what is seen of them. `pairs`: parts and their wholes."""

    nodes: Nodes
    cells: Cells
    lines: Lines
    pairs: tuple[Ints, Ints]
    lines_of_node: Groups
    cells_of_node: Groups
    rank: Ints
    is_headline: Flags
    state: State


def network_of(nodes: Nodes, cells: Cells, lines: Lines) -> Network:
    """The network with what the marks of `nodes` leave to see."""
    size = len(nodes.amount)
    sides = np.concatenate(cells.sides())
    there = sides != NONE
    cell = np.tile(np.arange(len(cells.numerator)), 2)[there]
    missed = how_missed(nodes, lines)
    return Network(
        nodes,
        cells,
        lines,
        part_and_whole(nodes, cells),
        grouped(lines.node, lines.line, size),
        grouped(sides[there], cell, size),
        order_of(nodes, missed),
        missed >= HEADLINE,
        look(nodes, cells),
    )


def grouped(group: Ints, member: Ints, n_groups: int) -> Groups:
    """The members of each group, in their order."""
    order = np.argsort(group, kind="stable")
    return np.concatenate([[0], np.cumsum(np.bincount(group, minlength=n_groups))]), member[order]


def order_of(nodes: Nodes, missed: Ints) -> Ints:
    """The place of each node in the order in which nodes are hidden: first what is least missed, then the lower, then the alphabet.

    Nodes are sorted by key, so that the number of a node is its place in the alphabet.
    """
    size = np.abs(nodes.amount)
    order = np.lexsort((np.arange(len(size)), size, missed))
    rank = np.empty(len(size), np.int64)
    rank[order] = np.arange(len(size))
    return rank


def how_missed(nodes: Nodes, lines: Lines) -> Ints:
    """How much each count would be missed: differences least, then what is broken down twice, once, not at all (HEADLINE and
    more); among these an authority, a sub-region, London.

    Within a breakdown or among areas this never changes which is the smallest: parts stand before their total. A count without
    which one of those that are missed most would have to go, is missed as much.
    """
    codes = nodes.codes
    _, area, _, place = codes.parts(nodes.key)
    depth = np.array([0 if one == TOTAL else 1 + one[0].count(";") for one in codes.place])
    breadth = np.array([0 if name.isdigit() else 2 if name == "london" else 1 for name in codes.area])
    missed: Ints = np.where(nodes.is_signed, NONE, HEADLINE - 3 * np.minimum(depth[place], 2) + breadth[area])
    of_cells = lines.sums(~nodes.is_markable[lines.node]) == 0
    for _ in range(ALIKE):
        # where one goes, another of its line must go: what stands among counts of weight has the least of their weights
        light = missed[lines.node] < HEADLINE
        alone = of_cells & (lines.sums(light) == 1)
        least = np.full(len(lines.kind), HEADLINE + 2)
        np.minimum.at(least, lines.line[~light], missed[lines.node[~light]])
        raised = light & alone[lines.line]
        np.maximum.at(missed, lines.node[raised], least[lines.line[raised]])
    return missed


def look(nodes: Nodes, cells: Cells) -> State:
    """What the marks leave to see, before anything is concluded from it."""
    hidden = nodes.marked > 0
    visible = ~cells.is_primary
    for side in cells.sides():
        there = side != NONE
        visible[there] &= ~hidden[side[there]]
    seen = np.concatenate([side[visible] for side in cells.sides()])
    n_visible = np.bincount(seen[seen != NONE], minlength=len(nodes.amount))
    unknown = ~nodes.is_given & (n_visible == 0)
    return State(visible, n_visible, unknown, np.full(len(hidden), FREE))


def suppress(network: Network, wanted: Ints | None = None) -> int:
    """Mark in `nodes.marked` until no line gives a hidden count away, and conclude what follows from what is shown.

    With `wanted`, these nodes are hidden first and only what they touch is looked at, and so on; without, every line is.
    Returns how many nodes were marked.
    """
    nodes, cells, lines, state = network.nodes, network.cells, network.lines, network.state
    first = np.arange(len(lines.kind)) if wanted is None else np.zeros(0, np.int64)
    found: int = _fix_point(
        first,
        np.zeros(0, np.int64) if wanted is None else wanted,
        lines.start,
        lines.node,
        lines.sign,
        lines.kind,
        *network.lines_of_node,
        *network.cells_of_node,
        cells.numerator,
        cells.denominator,
        network.rank,
        nodes.amount,
        nodes.is_given,
        nodes.is_signed,
        nodes.is_sensitive,
        nodes.is_markable,
        nodes.marked,
        state.visible,
        state.n_visible,
        state.unknown,
        state.known_by,
    )
    return found


@njit(cache=True)
def _fix_point(
    first: Ints,
    wanted: Ints,
    start: Ints,
    member: Ints,
    sign: Reals,
    kind: NDArray[np.int8],
    line_start: Ints,
    line_of: Ints,
    cell_start: Ints,
    cell_of: Ints,
    numerator: Ints,
    denominator: Ints,
    rank: Ints,
    amount: Reals,
    is_given: Flags,
    is_signed: Flags,
    is_sensitive: Flags,
    is_markable: Flags,
    marked: NDArray[np.int8],
    visible: Flags,
    n_visible: Ints,
    unknown: Flags,
    known_by: Ints,
) -> int:
    n_lines = len(start) - 1
    queue = np.empty(n_lines + 1, np.int64)
    waits = np.zeros(n_lines, np.bool_)
    head, tail = 0, 0
    for line in first:
        queue[tail] = line
        tail += 1
        waits[line] = True
    stack = np.empty(len(amount), np.int64)
    n_marked = 0
    turn = 0
    while turn < len(wanted) or head != tail:
        if turn < len(wanted):
            node, reason = wanted[turn], SECONDARY
            turn += 1
            if marked[node] > 0:
                continue
        else:
            line = queue[head]
            head = head + 1 if head < n_lines else 0
            waits[line] = False
            node, reason = -1, LINKED if kind[line] == RELATION else SECONDARY
            n_unknown, n_hidden, n_sensitive, least, side, summed, lone = 0, 0, 0, 0.0, 0.0, 0.0, -1
            for entry in range(start[line], start[line + 1]):
                one = member[entry]
                if unknown[one]:
                    lone = one
                    n_unknown += 1
                    side += sign[entry]
                    summed += abs(amount[one])
                    n_sensitive += is_sensitive[one]
                    if marked[one] > 0 and not is_signed[one]:
                        n_hidden += 1
                        least += amount[one] > 0
            if n_unknown == 0:
                continue
            gives_away = n_unknown == 1 and n_hidden + n_sensitive > 0
            if n_unknown > 1 and n_sensitive > 0 and abs(side) == n_unknown:
                # all unknown ones on one side: their sum is known, and each hidden one is at least 1
                gives_away = summed - least + 1 < WIDTH
                # all are 5, and no more; 3 and 7 beside each other (section 7, example 2) sum to 10 as well, and tell nothing
                gives_away = gives_away or (n_sensitive == n_unknown and summed == LARGEST * n_unknown)
            if n_unknown == 1 and not gives_away:
                # it follows from the others, and may
                unknown[lone] = False
                known_by[lone] = line
                for place in range(line_start[lone], line_start[lone + 1]):
                    other = line_of[place]
                    if not waits[other]:
                        waits[other] = True
                        queue[tail] = other
                        tail = tail + 1 if tail < n_lines else 0
                continue
            if not gives_away:
                continue
            for entry in range(start[line], start[line + 1]):
                one = member[entry]
                free = n_visible[one] > 0 and is_markable[one] and marked[one] == 0
                if free and (node < 0 or rank[one] < rank[node]):
                    node = one
            if node < 0:
                continue
        # hide the node: every cell that shows it goes, and with it the other side of that cell
        marked[node] = reason
        n_marked += 1
        depth = 0
        if not unknown[node] and n_visible[node] == 0 and not is_given[node]:
            unknown[node] = True
            known_by[node] = FREE
            stack[depth] = node
            depth += 1
        for place in range(cell_start[node], cell_start[node + 1]):
            cell = cell_of[place]
            if not visible[cell]:
                continue
            visible[cell] = False
            for one in (numerator[cell], denominator[cell]):
                if one == NONE:
                    continue
                n_visible[one] -= 1
                if n_visible[one] == 0 and not is_given[one]:
                    unknown[one] = True
                    known_by[one] = FREE
                    stack[depth] = one
                    depth += 1
        # what followed from what has gone follows no more
        while depth:
            depth -= 1
            one = stack[depth]
            for place in range(line_start[one], line_start[one + 1]):
                other = line_of[place]
                for entry in range(start[other], start[other + 1]):
                    fallen = member[entry]
                    if fallen != one and known_by[fallen] == other:
                        known_by[fallen] = FREE
                        unknown[fallen] = True
                        stack[depth] = fallen
                        depth += 1
                if not waits[other]:
                    waits[other] = True
                    queue[tail] = other
                    tail = tail + 1 if tail < n_lines else 0
    return n_marked
