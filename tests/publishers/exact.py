"""Exact answers about small tables, by SciPy's simplex: what the attack's own programs are compared with."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from publishers.disclosure.codes import Flags, Reals
from publishers.disclosure.puzzle import Puzzle
from publishers.disclosure.rules import WIDTH

# how far from the true table is looked
REACH = 20


def extreme(puzzle: Puzzle, weight: Reals) -> NDArray[np.float64]:
    """The table that fits all that is shown and lies farthest in the direction of `weight`."""
    lines, size, (part, whole) = puzzle.lines, len(puzzle.node), puzzle.pairs
    equations = csr_array((lines.sign, lines.node, lines.start), shape=(len(lines.kind), size))
    row = np.tile(np.arange(len(part)), 2)
    sides = np.repeat([1.0, -1.0], len(part))
    at_most = csr_array((sides, (row, np.concatenate([part, whole]))), shape=(len(part), size))
    bounds = np.column_stack([np.maximum(puzzle.low, puzzle.true - REACH), np.minimum(puzzle.high, puzzle.true + REACH)])
    solved = linprog(
        -weight, A_ub=at_most, b_ub=np.zeros(len(part)), A_eq=equations, b_eq=puzzle.constant, bounds=bounds, method="highs-ds"
    )
    assert solved.status == 0, "a line does not add up"
    return np.asarray(solved.x)


def truly_lost(puzzle: Puzzle, asked: Flags) -> Flags:
    """Which of the asked two programs each bound to fewer than five values."""
    lost = np.zeros(len(asked), bool)
    for unknown in np.flatnonzero(asked):
        alone = (np.arange(len(asked)) == unknown).astype(float)
        least, most = (extreme(puzzle, sign * alone)[unknown] for sign in (-1.0, 1.0))
        lost[unknown] = np.floor(most + 1e-6) - np.ceil(least - 1e-6) + 1 < WIDTH
    return lost
