"""What an attacker with linear programs has: the hidden counts, what is known of each by itself, and the equations."""

from dataclasses import dataclass

import numpy as np

from publishers.disclosure.bounds import part_and_whole, read_bounds
from publishers.disclosure.codes import NONE, Ints, Reals
from publishers.disclosure.lines import Lines
from publishers.disclosure.secondary import Network


@dataclass(frozen=True)
class Puzzle:
    """The unknown counts and what binds them.

    node: the unknown nodes; low, high: what is known of each by itself; true: what it is; table: a count in a period. lines:
    equations in places of `node`, whose signed sums are `constant`. pairs: a part and its whole, both unknown.
    """

    node: Ints
    low: Reals
    high: Reals
    true: Reals
    table: Ints
    lines: Lines
    constant: Reals
    pairs: tuple[Ints, Ints]


def read_puzzle(network: Network) -> Puzzle:
    """The puzzle that the marks leave."""
    nodes, lines, unknown = network.nodes, network.lines, network.state.unknown
    bounds = read_bounds(network)
    part, whole = part_and_whole(nodes, network.cells)
    low, high = bounds.low, bounds.high
    np.minimum.at(high, part, np.where(unknown[whole], np.inf, nodes.amount[whole]))
    np.maximum.at(low, whole, np.where(unknown[part], low[whole], nodes.amount[part]))
    node = np.flatnonzero(unknown)
    place = np.full(len(unknown), NONE)
    place[node] = np.arange(len(node))
    inside = unknown[lines.node]
    known: Reals = lines.sums(np.where(inside, 0.0, lines.sign * nodes.amount[lines.node]))
    size = np.bincount(lines.line[inside], minlength=len(lines.kind))
    open_lines = size > 0
    start = np.concatenate([[0], np.cumsum(size[open_lines])])
    inner = Lines(start, place[lines.node[inside]], lines.sign[inside], lines.kind[open_lines])
    both = unknown[part] & unknown[whole]
    count, _, period, _ = nodes.codes.parts(nodes.key[node])
    table = count * len(nodes.codes.period) + period
    pairs = place[part[both]], place[whole[both]]
    return Puzzle(node, low[node], high[node], nodes.amount[node], table, inner, -known[open_lines], pairs)


def among(puzzle: Puzzle, some: Ints) -> Puzzle:
    """The part of the puzzle with `some` unknowns, which no line joins with others."""
    place = np.full(len(puzzle.node), NONE)
    place[some] = np.arange(len(some))
    lines = puzzle.lines
    inside = np.zeros(len(lines.kind), bool)
    inside[lines.line[place[lines.node] != NONE]] = True
    kept = lines.chosen(inside)
    part, whole = (place[side] for side in puzzle.pairs)
    there = (part != NONE) & (whole != NONE)
    return Puzzle(
        puzzle.node[some],
        puzzle.low[some],
        puzzle.high[some],
        puzzle.true[some],
        puzzle.table[some],
        Lines(kept.start, place[kept.node], kept.sign, kept.kind),
        puzzle.constant[inside],
        (part[there], whole[there]),
    )
