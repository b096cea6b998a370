"""Linear programs: two tables that fit all that is shown and differ in a hidden count by five values or more.

Each program looks for one more table that fits and that moves as many of the counts still open as far as they need. A
count for which two such tables have been seen is settled for good: hiding more can only allow more tables.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array, vstack

from publishers.disclosure.bounds import EPSILON
from publishers.disclosure.codes import Flags, Ints, Reals
from publishers.disclosure.puzzle import Puzzle, in_pieces
from publishers.disclosure.rules import WIDTH
from publishers.disclosure.walk import walk

# small pieces together, about so many unknowns in one program
BATCH = 4000
# how far from the true table is looked
REACH = 4 * WIDTH
# rounds wish for all counts still open at once, until so many in a row together settle less than a share of them
PATIENCE, WORTHWHILE = 2, 0.05
# a table counts as one that fits when no line is farther off
EXACT = 1e-6
# where no piece has more unknowns the simplex method goes first, which there takes a third of the time
FEW = 3000
# steps of the simplex method at most, so that a program in vain comes to an end
STEPS = 50_000
# how much more the one that is asked alone weighs than all others that move along
FIRST = 1e4


@dataclass(frozen=True)
class Settled:
    """Of the unknowns asked: `is_safe` has five values or more, two tables prove it; `is_lost` has fewer, or was not settled."""

    is_safe: Flags
    is_lost: Flags
    n_programs: int


class Programs:
    """The programs over one puzzle, and the least and most of each unknown in all tables they have found.

    The solver is HiGHS: over pieces of FEW unknowns with the simplex method, over larger ones with its interior point method,
    not taken to a corner afterwards, which on tens of thousands of unknowns takes a tenth of the time (docs/architecture.md).
    Any table that fits will do.
    """

    def __init__(self, puzzle: Puzzle, least: Reals, most: Reals, largest: int) -> None:
        """`largest`: how many unknowns the largest piece of the puzzle has."""
        self.puzzle, self.least, self.most, self.n_programs = puzzle, least, most, 0
        self.methods = ("simplex", "ipm") if largest <= FEW else ("ipm", "simplex")
        lines, size, (part, whole) = puzzle.lines, len(puzzle.node), puzzle.pairs
        self.low, self.high = np.maximum(puzzle.low, puzzle.true - REACH), np.minimum(puzzle.high, puzzle.true + REACH)
        self.equations = csr_array((lines.sign.astype(float), lines.node, lines.start), shape=(len(lines.kind), size))
        row, sides = np.tile(np.arange(len(part)), 2), np.repeat([1.0, -1.0], len(part))
        at_most = csr_array((sides, (row, np.concatenate([part, whole]))), shape=(len(part), size))
        every = csr_array(vstack([self.equations, at_most]))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = size, every.shape[0]
        model.col_cost_, model.col_lower_, model.col_upper_ = np.zeros(size), self.low, self.high
        model.row_lower_ = np.concatenate([puzzle.constant, np.full(len(part), -np.inf)])
        model.row_upper_ = np.concatenate([puzzle.constant, np.zeros(len(part))])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = every.indptr, every.indices, every.data
        model.sense_ = highspy.ObjSense.kMaximize
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        # programs run side by side, each on one processor
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("parallel", "off")
        self.solver.setOptionValue("run_crossover", "off")
        self.solver.setOptionValue("simplex_iteration_limit", STEPS)
        self.solver.passModel(model)

    def is_open(self, asked: Flags) -> Flags:
        """Which of the `asked` have not been seen five values apart."""
        found: Flags = asked & (_values(self.least, self.most) < WIDTH)
        return found

    def need(self) -> Reals:
        """How many values more each unknown has to have been seen with."""
        return np.maximum(WIDTH - _values(self.least, self.most), 1.0)

    def seek(self, weight: Reals) -> None:
        """Look for a table in which what has weight lies as far as it needs, and no farther, from where it was seen."""
        high = np.where(weight > 0, np.minimum(self.high, np.ceil(self.least - EPSILON) + WIDTH - 1), self.high)
        low = np.where(weight < 0, np.maximum(self.low, np.floor(self.most + EPSILON) - WIDTH + 1), self.low)
        every = np.arange(len(weight), dtype=np.int32)
        self.solver.changeColsCost(len(weight), every, weight)
        self.solver.changeColsBounds(len(weight), every, low, high)
        # where the first way comes to nothing that fits, the other is tried
        for method in self.methods:
            self.solver.setOptionValue("solver", method)
            self.solver.run()
            self.n_programs += 1
            found = np.array(self.solver.getSolution().col_value)
            if self.fits(found, low, high):
                self.least, self.most = np.minimum(self.least, found), np.maximum(self.most, found)
                return

    def fits(self, table: Reals, low: Reals, high: Reals) -> bool:
        """Whether the table fits all that is shown and these bounds. What the solver says of it is not relied on."""
        if len(table) != len(low) or not np.isfinite(table).all():
            return False
        part, whole = self.puzzle.pairs
        return bool(
            np.abs(self.equations @ table - self.puzzle.constant).max(initial=0) < EXACT
            and (table > low - EXACT).all()
            and (table < high + EXACT).all()
            and (table[part] < table[whole] + EXACT).all()
        )

    def settle(self, wanted: Flags) -> Flags:
        """Wish for all of the `wanted` at once, down and then up, as long as it is worth it. Returns which are still open."""
        n_open = []
        while (is_open := self.is_open(wanted)).any():
            n_open.append(int(is_open.sum()))
            number = len(n_open) - 1
            if number > PATIENCE and n_open[-1] > (1 - WORTHWHILE) * n_open[-1 - PATIENCE]:
                break
            wish = _wish(self.puzzle.node, number) / self.need()
            self.seek(np.where(is_open, -wish if number == 0 else wish, 0.0))
        return is_open

    def settle_each(self, wanted: Flags, piece: Ints) -> Flags:
        """Which of the `wanted` are lost: each asked by itself, one of each `piece` at a time."""
        is_lost = np.zeros(len(wanted), bool)
        number = 0
        while (is_open := self.is_open(wanted & ~is_lost)).any():
            left = np.flatnonzero(is_open)
            # first with all others moving along, which may settle them as well; then alone, which decides
            one = left[np.unique(piece[left], return_index=True)[1]]
            along = np.where(is_open, _wish(self.puzzle.node, number), 0.0)
            along[one] = FIRST
            self.seek(along)
            for sign in (1.0, -1.0):
                one = one[self.is_open(wanted)[one]]
                alone = np.zeros(len(wanted))
                alone[one] = sign
                if len(one):
                    self.seek(alone)
            is_lost[one] = self.is_open(wanted)[one]
            number += 1
        return is_lost


def settle(puzzle: Puzzle, asked: Flags, to_the_end: bool = True) -> Settled:
    """Attack the `asked` unknowns, each with all that hangs together with it.

    Not `to_the_end`, what the rounds leave open counts as lost: a few of it are not, but asking each takes longer than all
    that went before.
    """
    pieces = in_pieces(puzzle, asked)
    wanted, piece = asked[pieces.origin], pieces.piece_of()
    least, most = pieces.puzzle.true.copy(), pieces.puzzle.true.copy()
    walk(pieces, wanted, least, most)
    is_lost = wanted & (_values(least, most) < WIDTH)
    size = np.diff(pieces.unknown_start)

    def attack(batch: Ints) -> int:
        part, some = pieces.take(batch)
        programs = Programs(part, least[some], most[some], int(size[batch].max()))
        open_ones = programs.settle(wanted[some])
        is_lost[some] = programs.settle_each(open_ones, piece[some]) if to_the_end else open_ones
        return programs.n_programs

    open_pieces = np.unique(piece[is_lost])
    batch = (np.cumsum(size[open_pieces]) - size[open_pieces]) // BATCH
    batches = np.split(open_pieces, np.flatnonzero(np.diff(batch)) + 1) if len(open_pieces) else []
    # the largest first, so that no processor waits for one of them at the end; no two have an unknown in common
    batches.sort(key=lambda some: -size[some].sum())
    # the solver lets go of Python while it works
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        n_programs = sum(workers.map(attack, batches))
    all_lost = np.zeros(len(asked), bool)
    all_lost[pieces.origin[is_lost]] = True
    return Settled(asked & ~all_lost, all_lost, n_programs)


def _values(low: Reals, high: Reals) -> Reals:
    """How many whole numbers lie between."""
    found: Reals = np.floor(high + EPSILON) - np.ceil(low - EPSILON) + 1
    return found


def _wish(node: Ints, number: int) -> Reals:
    """How much each node is wished for: in each round another order, the same in every run.

    The weights differ much, so that a line with little room gives all of it to one count and not a little to each.
    """
    mixed = (node.astype(np.uint64) + np.uint64(1 + 7919 * number)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    weight: Reals = (1.0 + (mixed >> np.uint64(44)) / 2.0**20) ** 4
    return weight
