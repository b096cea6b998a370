"""Linear programs: two tables that fit all that is shown and differ in a hidden count by five values or more.

Each program looks for one more table that fits and that moves as many of the counts still open as far as they need. A
count for which two such tables have been seen is settled for good: hiding more can only allow more tables.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from publishers.disclosure.bounds import EPSILON
from publishers.disclosure.codes import Flags, Ints, Reals
from publishers.disclosure.puzzle import Puzzle, among
from publishers.disclosure.rules import WIDTH, PublicationRefused

# unknowns in one program; how far from the true table is looked
BATCH = 6000
REACH = 4 * WIDTH
# a component of at most so many unknowns is attacked whole, a larger one table by table
LARGE = 2000
# rounds for all counts still open; those that are left then are asked one by one
ROUNDS = 40
FEW = 150
# how many programs a count goes through on average, to know which components can be paid for
ROUNDS_EXPECTED = 12


@dataclass
class Allowance:
    """How many unknowns may still go through a program: a number, never a clock, so that two builds do the same."""

    unknowns: float


@dataclass(frozen=True)
class Settled:
    """Of the unknowns asked: `is_safe` has five values or more, two tables prove it; `is_lost` has fewer. What the
    allowance did not reach is neither."""

    is_safe: Flags
    is_lost: Flags
    n_programs: int


def settle(puzzle: Puzzle, asked: Flags, allowance: Allowance) -> Settled:
    """Attack the `asked` unknowns: components of ordinary size whole, larger ones table by table, the smallest first."""
    pieces = _pieces(puzzle)
    component = components(pieces)
    reached = asked & _affordable(component, asked, allowance)
    least, most = puzzle.true.copy(), puzzle.true.copy()
    left = reached.copy()
    n_programs = 0
    for number in range(ROUNDS):
        if left.sum() <= FEW:
            break
        for batch in _batches(component, left):
            weight = np.where(left[batch], _wish(puzzle.node[batch], number), 0.0)
            found = _seen(among(pieces, batch), weight, least[batch], most[batch])
            n_programs += 1
            least[batch] = np.minimum(least[batch], found)
            most[batch] = np.maximum(most[batch], found)
        left &= _values(least, most) < WIDTH
    is_lost = np.zeros(len(asked), bool)
    for unknown in np.flatnonzero(left):
        piece = np.flatnonzero(component == component[unknown])
        is_lost[unknown] = _width(among(pieces, piece), int(np.searchsorted(piece, unknown))) < WIDTH
        n_programs += 2
    return Settled(reached & ~is_lost, is_lost, n_programs)


def _pieces(puzzle: Puzzle) -> Puzzle:
    """The puzzle without the lines that join the tables of the largest components: fewer lines, so wider bounds."""
    component = components(puzzle)
    small = np.bincount(component, minlength=1)[component] <= LARGE
    lines, table = puzzle.lines, puzzle.table
    first = table[lines.node[lines.start[:-1]]]
    own = lines.sums(table[lines.node] != first[lines.line]) == 0
    kept = own | small[lines.node[lines.start[:-1]]]
    part, whole = puzzle.pairs
    return replace(puzzle, lines=lines.chosen(kept), constant=puzzle.constant[kept], pairs=(part[small[part]], whole[small[part]]))


def components(puzzle: Puzzle) -> Ints:
    """Which unknowns hang together through lines and pairs: the number of each one's component."""
    lines, size = puzzle.lines, len(puzzle.node)
    ends = np.concatenate([lines.node, puzzle.pairs[0]]), np.concatenate([size + lines.line, puzzle.pairs[1]])
    n_all = size + len(lines.kind)
    _, label = connected_components(csr_array((np.ones(len(ends[0])), ends), shape=(n_all, n_all)), directed=False)
    number: Ints = label[:size].astype(np.int64)
    return number


def extreme(puzzle: Puzzle, weight: Reals) -> Reals:
    """A table that fits, as far in the direction of `weight` as may be within reach of the true one."""
    lines, size = puzzle.lines, len(puzzle.node)
    equations = csr_array((lines.sign, lines.node, lines.start), shape=(len(lines.kind), size))
    part, whole = puzzle.pairs
    row = np.tile(np.arange(len(part)), 2)
    sides = np.repeat([1.0, -1.0], len(part))
    at_most = csr_array((sides, (row, np.concatenate([part, whole]))), shape=(len(part), size))
    bounds = np.column_stack([np.maximum(puzzle.low, puzzle.true - REACH), np.minimum(puzzle.high, puzzle.true + REACH)])
    solved = linprog(
        -weight, A_ub=at_most, b_ub=np.zeros(len(part)), A_eq=equations, b_eq=puzzle.constant, bounds=bounds, method="highs"
    )
    if solved.status != 0:
        raise PublicationRefused("Nothing was published: the proof of disclosure control found a line that does not add up.")
    found: NDArray[np.float64] = solved.x
    return found


def _seen(puzzle: Puzzle, weight: Reals, least: Reals, most: Reals) -> Reals:
    """A table that fits, in which what has weight lies as far as it needs, and no farther, from where it was seen."""
    high = np.where(weight > 0, np.minimum(puzzle.high, least + WIDTH - 1), puzzle.high)
    low = np.where(weight < 0, np.maximum(puzzle.low, most - WIDTH + 1), puzzle.low)
    return extreme(replace(puzzle, low=low, high=high), weight)


def _width(puzzle: Puzzle, unknown: int) -> float:
    """How many values one unknown may have, by its own least and most."""
    weight = (np.arange(len(puzzle.node)) == unknown).astype(float)
    ends = [extreme(puzzle, sign * weight)[unknown] for sign in (-1.0, 1.0)]
    return float(_values(np.array(ends[:1]), np.array(ends[1:]))[0])


def _values(low: Reals, high: Reals) -> Reals:
    """How many whole numbers lie between."""
    found: Reals = np.floor(high + EPSILON) - np.ceil(low - EPSILON) + 1
    return found


def _affordable(component: Ints, asked: Flags, allowance: Allowance) -> Flags:
    """The unknowns of the components that the allowance pays for, the smallest first; it is less by them afterwards."""
    cost = np.bincount(component, minlength=1) * float(ROUNDS_EXPECTED)
    wanted = np.unique(component[asked])
    wanted = wanted[np.lexsort((wanted, cost[wanted]))]
    paid = wanted[np.cumsum(cost[wanted]) <= allowance.unknowns]
    allowance.unknowns -= float(cost[paid].sum())
    reached: Flags = np.isin(component, paid)
    return reached


def _batches(component: Ints, wanted: Flags) -> list[Ints]:
    """The components with something wanted, together about BATCH unknowns at a time."""
    members = np.flatnonzero(np.isin(component, np.unique(component[wanted])))
    members = members[np.argsort(component[members], kind="stable")]
    begin, batches = 0, []
    for edge in [*(np.flatnonzero(np.diff(component[members])) + 1).tolist(), len(members)]:
        if edge - begin >= BATCH or edge == len(members):
            batches.append(np.sort(members[begin:edge]))
            begin = edge
    return [batch for batch in batches if len(batch)]


def _wish(node: Ints, number: int) -> Reals:
    """How much each node is wished up, or in every fifth round down: in each round another order, the same in every run.

    The weights differ, so that a line with little room gives all of it to one count and not a little to each.
    """
    mixed = (node.astype(np.uint64) + np.uint64(1 + 7919 * number)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    weight = 1.0 + (mixed >> np.uint64(44)) / 2.0**20
    return -weight if number % 5 == 2 else weight
