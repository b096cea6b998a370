"""Linear programs: two tables that fit all that is shown and differ in a hidden count by five values or more.

Each program looks for one more table that fits and that moves as many of the counts still open as far as they need. A
count for which two such tables have been seen is settled for good: hiding more can only allow more tables.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from publishers.disclosure.bounds import EPSILON
from publishers.disclosure.codes import Flags, Ints, Reals
from publishers.disclosure.puzzle import Pieces, Puzzle, in_pieces
from publishers.disclosure.rules import WIDTH, PublicationRefused
from publishers.disclosure.walk import walk

# unknowns in one program; how far from the true table is looked
BATCH = 4000
REACH = 4 * WIDTH
# rounds wish for all counts still open at once, as long as one settles this share of them
WORTHWHILE = 0.05
# how much more the one that is asked alone weighs than all others that move along
FIRST = 1e4


@dataclass(frozen=True)
class Settled:
    """Of the unknowns asked: `is_safe` has five values or more, two tables prove it; `is_lost` has fewer, or was not settled."""

    is_safe: Flags
    is_lost: Flags
    n_programs: int


class _Tables:
    """The least and most of each unknown in all tables seen so far. `piece`: what it hangs together with."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces, self.piece = pieces, pieces.piece_of()
        self.least, self.most = pieces.puzzle.true.copy(), pieces.puzzle.true.copy()
        self.n_programs = 0

    def is_open(self, asked: Flags) -> Flags:
        found: Flags = asked & (_values(self.least, self.most) < WIDTH)
        return found

    def need(self) -> Reals:
        """How many values more each unknown has to have been seen with."""
        return np.maximum(WIDTH - _values(self.least, self.most), 1.0)

    def seek(self, weight: Reals) -> None:
        """Look for a table for each piece with weight, in which what has weight lies as far as it needs, and no farther,
        from where it was seen."""
        batches = self._batches(np.unique(self.piece[weight != 0]))
        self.n_programs += len(batches)
        # the solver lets go of Python while it works, and no two batches have an unknown in common
        with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
            for _ in workers.map(lambda batch: self._seek(batch, weight), batches):
                pass

    def _seek(self, batch: Ints, weight: Reals) -> None:
        puzzle, some = self.pieces.take(batch)
        wish, least, most = weight[some], self.least[some], self.most[some]
        high = np.where(wish > 0, np.minimum(puzzle.high, np.ceil(least - EPSILON) + WIDTH - 1), puzzle.high)
        low = np.where(wish < 0, np.maximum(puzzle.low, np.floor(most + EPSILON) - WIDTH + 1), puzzle.low)
        found = extreme(replace(puzzle, low=low, high=high), wish)
        self.least[some], self.most[some] = np.minimum(least, found), np.maximum(most, found)

    def _batches(self, wanted: Ints) -> list[Ints]:
        """The pieces, together about BATCH unknowns at a time."""
        size = np.diff(self.pieces.unknown_start)[wanted]
        batch = (np.cumsum(size) - size) // BATCH
        return np.split(wanted, np.flatnonzero(np.diff(batch)) + 1) if len(wanted) else []


def settle(puzzle: Puzzle, asked: Flags, to_the_end: bool = True) -> Settled:
    """Attack the `asked` unknowns, each with all that hangs together with it.

    Not `to_the_end`, what the rounds leave open counts as lost: some of it is not, but asking each takes longer than all that
    went before.
    """
    pieces = in_pieces(puzzle, asked)
    tables, wanted, node = _Tables(pieces), asked[pieces.origin], pieces.puzzle.node
    walk(pieces, wanted, tables.least, tables.most)
    is_lost = tables.is_open(wanted)
    # all down once, then up as often as it is worth it
    tables.seek(np.where(is_lost, -_wish(node, 0), 0.0))
    number, n_before = 1, np.inf
    while (is_lost := tables.is_open(wanted)).sum() < (1 - WORTHWHILE) * n_before:
        n_before = is_lost.sum()
        tables.seek(np.where(is_lost, _wish(node, number) / tables.need(), 0.0))
        number += 1
    if to_the_end:
        is_lost = _one_by_one(tables, wanted)
    all_lost = np.zeros(len(asked), bool)
    all_lost[pieces.origin[is_lost]] = True
    return Settled(asked & ~all_lost, all_lost, tables.n_programs)


def _one_by_one(tables: _Tables, wanted: Flags) -> Flags:
    """Which of the `wanted` that are still open are lost: each asked by itself, one of each piece at a time."""
    is_lost = np.zeros(len(wanted), bool)
    number = 0
    while (is_open := tables.is_open(wanted & ~is_lost)).any():
        left = np.flatnonzero(is_open)
        # first with all others moving along, which may settle them as well; then alone, which decides
        one = left[np.unique(tables.piece[left], return_index=True)[1]]
        along = np.where(is_open, _wish(tables.pieces.puzzle.node, number), 0.0)
        along[one] = FIRST
        tables.seek(along)
        for sign in (1.0, -1.0):
            one = one[tables.is_open(wanted)[one]]
            alone = np.zeros(len(wanted))
            alone[one] = sign
            tables.seek(alone)
        is_lost[one] = tables.is_open(wanted)[one]
        number += 1
    return is_lost


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


def _values(low: Reals, high: Reals) -> Reals:
    """How many whole numbers lie between."""
    found: Reals = np.floor(high + EPSILON) - np.ceil(low - EPSILON) + 1
    return found


def _wish(node: Ints, number: int) -> Reals:
    """How much each node is wished up: in each round another order, the same in every run.

    The weights differ, so that a line with little room gives all of it to one count and not a little to each.
    """
    mixed = (node.astype(np.uint64) + np.uint64(1 + 7919 * number)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    weight: Reals = 1.0 + (mixed >> np.uint64(44)) / 2.0**20
    return weight
