"""What an attacker has: the hidden counts, the equations among them, and the bounds that follow line by line."""

from dataclasses import dataclass

import numpy as np

from publishers.disclosure.lines import Lines
from publishers.disclosure.nodes import NONE, Cells, Flags, Ints, Nodes, Reals
from publishers.disclosure.secondary import State

EPSILON = 1e-6
PASSES = 40


@dataclass(frozen=True)
class Puzzle:
    """The unknown counts and what binds them.

    node: the unknown nodes; low, high: what is known of each by itself; true: what it is. lines: equations in places of
    `node`, whose signed sums are `constant`. pairs: a part and its whole, both unknown. is_whole: what others are divided by.
    """

    node: Ints
    low: Reals
    high: Reals
    true: Reals
    lines: Lines
    constant: Reals
    pairs: tuple[Ints, Ints]
    is_whole: Flags


def read_puzzle(nodes: Nodes, cells: Cells, lines: Lines, state: State, is_part: Flags) -> Puzzle:
    """The puzzle that the marks leave. `is_part`: whether a cell's numerator is a part of its denominator.

    Everything shown is exact (the rounding of London protects nothing: a percentage beside it gives the figure back), a
    hidden count is at least 1 (a 0 is never hidden), a part no more than its whole.
    """
    unknown = ~state.known
    node = np.flatnonzero(unknown)
    place = np.full(len(unknown), NONE)
    place[node] = np.arange(len(node))
    hidden = (nodes.marked > 0) & (nodes.amount > 0)
    low = np.where(_signed(nodes), -np.inf, np.where(hidden, np.minimum(1, nodes.amount), 0.0))
    high = np.full(len(low), np.inf)
    part, whole = part_and_whole(nodes, cells, is_part)
    np.minimum.at(high, part, np.where(state.known[whole], nodes.amount[whole], np.inf))
    np.maximum.at(low, whole, np.where(state.known[part], nodes.amount[part], low[whole]))
    touched = lines.sums(unknown[lines.node]) > 0
    open_lines = lines.chosen(touched)
    inner, constant = _without(open_lines, unknown[open_lines.node], nodes.amount[open_lines.node], np.zeros(touched.sum()))
    inner = Lines(inner.start, place[inner.node], inner.sign, inner.kind)
    both = unknown[part] & unknown[whole]
    is_whole = np.zeros(len(unknown), bool)
    is_whole[whole] = True
    pairs = place[part[both]], place[whole[both]]
    return Puzzle(node, low[node], high[node], nodes.amount[node], inner, constant, pairs, is_whole[node])


def part_and_whole(nodes: Nodes, cells: Cells, is_part: Flags) -> tuple[Ints, Ints]:
    """Every numerator that is a part of its denominator, and that denominator."""
    both = is_part & (cells.numerator != NONE) & (cells.denominator != NONE)
    sides = np.unique(np.column_stack([cells.numerator[both], cells.denominator[both]]), axis=0)
    fits = nodes.amount[sides[:, 0]] <= nodes.amount[sides[:, 1]]
    return sides[fits, 0], sides[fits, 1]


def among(puzzle: Puzzle, some: Ints) -> Puzzle:
    """The part of the puzzle with `some` unknowns, which no line joins with others."""
    place = np.full(len(puzzle.node), NONE)
    place[some] = np.arange(len(some))
    lines = puzzle.lines
    inside = np.zeros(len(lines.kind), bool)
    inside[lines.line[place[lines.node] != NONE]] = True
    kept = lines.chosen(inside)
    pairs = place[puzzle.pairs[0]], place[puzzle.pairs[1]]
    there = (pairs[0] != NONE) & (pairs[1] != NONE)
    return Puzzle(
        puzzle.node[some],
        puzzle.low[some],
        puzzle.high[some],
        puzzle.true[some],
        Lines(kept.start, place[kept.node], kept.sign, kept.kind),
        puzzle.constant[inside],
        (pairs[0][there], pairs[1][there]),
        puzzle.is_whole[some],
    )


def narrowed(puzzle: Puzzle) -> tuple[Reals, Reals]:
    """The bounds of each unknown, narrowed line by line until nothing changes (or PASSES times)."""
    low, high = puzzle.low.copy(), puzzle.high.copy()
    lines, line = puzzle.lines, puzzle.lines.line
    part, whole = puzzle.pairs
    total = puzzle.constant[line]
    for _ in range(PASSES):
        before_low, before_high = low.copy(), high.copy()
        ends = lines.sign * low[lines.node], lines.sign * high[lines.node]
        below, above = np.minimum(*ends), np.maximum(*ends)
        room_high = total - _of_others(below, lines, -np.inf)
        room_low = total - _of_others(above, lines, np.inf)
        up = lines.sign > 0
        np.maximum.at(low, lines.node, np.ceil(np.where(up, room_low, -room_high) - EPSILON))
        np.minimum.at(high, lines.node, np.floor(np.where(up, room_high, -room_low) + EPSILON))
        np.minimum.at(high, part, high[whole])
        np.maximum.at(low, whole, low[part])
        if np.array_equal(before_low, low) and np.array_equal(before_high, high):
            break
    return low, high


def values(low: Reals, high: Reals) -> Reals:
    """How many whole numbers lie between."""
    return np.floor(high + EPSILON) - np.ceil(low - EPSILON) + 1


def _without(lines: Lines, kept: Flags, amount: Reals, constant: Reals) -> tuple[Lines, Reals]:
    """The lines with only the `kept` entries, and their constants less the others."""
    others = np.bincount(lines.line[~kept], (lines.sign * amount)[~kept], len(lines.kind))
    size = np.bincount(lines.line[kept], minlength=len(lines.kind))
    start = np.concatenate([[0], np.cumsum(size)])
    return Lines(start, lines.node[kept], lines.sign[kept], lines.kind), constant - others


def _signed(nodes: Nodes) -> Flags:
    """The counts that may be negative: all of a name of which one is."""
    if not (nodes.amount < 0).any():
        return np.zeros(len(nodes.amount), bool)
    negative = nodes.frame.filter(nodes.frame["amount"] < 0)["count"].unique().to_list()
    signed: Flags = nodes.frame["count"].is_in(negative).to_numpy()
    return signed


def _of_others(end: Reals, lines: Lines, without: float) -> Reals:
    """For each entry the sum of its line's other ends; `without` where one of them has no bound."""
    endless = ~np.isfinite(end)
    finite = np.where(endless, 0.0, end)
    total = lines.sums(finite)[lines.line] - finite
    n_endless = lines.sums(endless)[lines.line] - endless
    return np.where(n_endless > 0, without, total)
