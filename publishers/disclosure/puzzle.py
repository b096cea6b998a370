"""What an attacker with linear programs has: the hidden counts, what is known of each by itself, and the equations."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from publishers.disclosure.bounds import Bounds
from publishers.disclosure.codes import NONE, Flags, Ints, Reals
from publishers.disclosure.lines import Lines, ranges
from publishers.disclosure.secondary import Network


@dataclass(frozen=True)
class Puzzle:
    """The unknown counts and what binds them.

    node: the unknown nodes; low, high: what is known of each by itself; true: what it is. lines: equations in places of `node`,
    whose signed sums are `constant`. pairs: a part and its whole, both unknown.
    """

    node: Ints
    low: Reals
    high: Reals
    true: Reals
    lines: Lines
    constant: Reals
    pairs: tuple[Ints, Ints]


def laid_out(network: Network, bounds: Bounds, room: Ints) -> tuple[Puzzle, Flags]:
    """What is unknown in each room by itself, all rooms beside one another, and which unknowns are a room's own.

    `room`: of each node, NONE where it is in none. A room knows every line with two nodes of its own, and every line when it is
    the only room. The others in such a line stand at its edge, in every room anew: of them only their `bounds` are known.
    """
    nodes, lines, unknown = network.nodes, network.lines, network.state.unknown
    n_rooms = int(room.max()) + 1
    entry = np.flatnonzero(room[lines.node] != NONE)
    pair, n_own = np.unique(lines.line[entry] * n_rooms + room[lines.node[entry]], return_counts=True)
    line, its_room = np.divmod(pair[n_own >= min(n_rooms, 2)], n_rooms)
    # the entries of these lines, a line once for every room that knows it
    size = np.diff(lines.start)[line]
    number = np.repeat(np.arange(len(line)), size)
    entry = ranges(lines.start[line], size)
    node, sign = lines.node[entry], lines.sign[entry]
    is_open = unknown[node]
    known: Reals = np.bincount(number, np.where(is_open, 0.0, sign * nodes.amount[node]), len(line)).astype(np.float64)
    number, node, sign = number[is_open], node[is_open], sign[is_open]
    own = np.flatnonzero(unknown & (room != NONE))
    place = np.full(len(unknown), NONE)
    place[own] = np.arange(len(own))
    is_edge = room[node] != its_room[number]
    edges, edge = np.unique(its_room[number[is_edge]] * len(unknown) + node[is_edge], return_inverse=True)
    unknown_of = place[node]
    unknown_of[is_edge] = len(own) + edge
    there, start = np.unique(number, return_index=True)
    inner = Lines(np.append(start, len(number)), unknown_of, sign, lines.kind[line[there]])
    part, whole = network.pairs
    both = (place[part] != NONE) & (place[whole] != NONE) & (room[part] == room[whole])
    every = np.concatenate([own, edges % len(unknown)])
    low, high = bounds.low.copy(), bounds.high.copy()
    np.minimum.at(high, part, np.where(unknown[whole], np.inf, nodes.amount[whole]))
    np.maximum.at(low, whole, np.where(unknown[part], low[whole], nodes.amount[part]))
    puzzle = Puzzle(
        every,
        low[every],
        high[every],
        nodes.amount[every],
        inner,
        -known[there],
        (place[part[both]], place[whole[both]]),
    )
    return puzzle, np.arange(len(every)) < len(own)


def held_fast(puzzle: Puzzle, room: Ints) -> Puzzle:
    """The puzzle with every room by itself, all that is outside it as it truly is: a table that fits there fits the whole.

    `room`: of each unknown, in their order; those of none are together in one.
    """
    lines, room = puzzle.lines, room - room.min(initial=0)
    n_rooms = int(room.max(initial=0)) + 1
    share = lines.line * n_rooms + room[lines.node]
    order = np.argsort(share, kind="stable")
    node, sign = lines.node[order], lines.sign[order]
    there, start = np.unique(share[order], return_index=True)
    constant = np.add.reduceat(sign * puzzle.true[node], start) if len(start) else np.zeros(0)
    part, whole = puzzle.pairs
    is_inside = room[part] == room[whole]
    low, high = puzzle.low.copy(), puzzle.high.copy()
    np.minimum.at(high, part[~is_inside], puzzle.true[whole[~is_inside]])
    np.maximum.at(low, whole[~is_inside], puzzle.true[part[~is_inside]])
    inside = Lines(np.append(start, len(node)), node, sign, lines.kind[there // n_rooms])
    return replace(puzzle, low=low, high=high, lines=inside, constant=constant, pairs=(part[is_inside], whole[is_inside]))


@dataclass(frozen=True)
class Pieces:
    """A puzzle sorted so that what hangs together stands together. `origin`: where each of its unknowns came from; of piece i
    come the unknowns from unknown_start[i] to unknown_start[i + 1], and its lines and pairs likewise."""

    puzzle: Puzzle
    origin: Ints
    unknown_start: Ints
    line_start: Ints
    pair_start: Ints

    def piece_of(self) -> Ints:
        """The piece of each unknown."""
        found: Ints = np.repeat(np.arange(len(self.unknown_start) - 1), np.diff(self.unknown_start))
        return found

    def take(self, pieces: Ints) -> tuple[Puzzle, Ints]:
        """Some pieces as one puzzle, and where their unknowns stand."""
        sizes = np.diff(self.unknown_start)[pieces]
        some = ranges(self.unknown_start[pieces], sizes)
        moved = np.cumsum(sizes) - sizes - self.unknown_start[pieces]
        n_lines, n_pairs = np.diff(self.line_start)[pieces], np.diff(self.pair_start)[pieces]
        line = ranges(self.line_start[pieces], n_lines)
        all_lines = self.puzzle.lines
        size = np.diff(all_lines.start)[line]
        entry = ranges(all_lines.start[line], size)
        node = all_lines.node[entry] + np.repeat(np.repeat(moved, n_lines), size)
        lines = Lines(np.append(0, np.cumsum(size)), node, all_lines.sign[entry], all_lines.kind[line])
        pair, shift = ranges(self.pair_start[pieces], n_pairs), np.repeat(moved, n_pairs)
        part, whole = (side[pair] + shift for side in self.puzzle.pairs)
        whole_puzzle = self.puzzle
        taken = Puzzle(
            whole_puzzle.node[some],
            whole_puzzle.low[some],
            whole_puzzle.high[some],
            whole_puzzle.true[some],
            lines,
            whole_puzzle.constant[line],
            (part, whole),
        )
        return taken, some


def in_pieces(puzzle: Puzzle, wanted: Flags) -> Pieces:
    """The puzzle in pieces, those with a `wanted` unknown only."""
    component = components(puzzle)
    pieces, number = np.unique(component[wanted]), np.full(len(component) + 1, NONE)
    number[pieces] = np.arange(len(pieces))
    piece = number[component]
    order = np.argsort(piece, kind="stable")
    origin = order[np.searchsorted(piece[order], 0) :]
    place = np.full(len(piece), NONE)
    place[origin] = np.arange(len(origin))
    lines = puzzle.lines
    line_piece = piece[lines.node[lines.start[:-1]]]
    line = np.argsort(line_piece, kind="stable")
    line = line[np.searchsorted(line_piece[line], 0) :]
    size = np.diff(lines.start)[line]
    entry = ranges(lines.start[line], size)
    pair_piece = piece[puzzle.pairs[0]]
    pair = np.argsort(pair_piece, kind="stable")
    pair = pair[np.searchsorted(pair_piece[pair], 0) :]
    edges = np.arange(len(pieces) + 1)
    part, whole = (place[side[pair]] for side in puzzle.pairs)
    ordered = Puzzle(
        puzzle.node[origin],
        puzzle.low[origin],
        puzzle.high[origin],
        puzzle.true[origin],
        Lines(np.append(0, np.cumsum(size)), place[lines.node[entry]], lines.sign[entry], lines.kind[line]),
        puzzle.constant[line],
        (part, whole),
    )
    starts = (np.searchsorted(one, edges) for one in (piece[origin], line_piece[line], pair_piece[pair]))
    return Pieces(ordered, origin, *starts)


def components(puzzle: Puzzle) -> Ints:
    """Which unknowns hang together through lines and pairs: the number of each one's component."""
    lines, size = puzzle.lines, len(puzzle.node)
    ends = np.concatenate([lines.node, puzzle.pairs[0]]), np.concatenate([size + lines.line, puzzle.pairs[1]])
    n_all = size + len(lines.kind)
    _, label = connected_components(csr_array((np.ones(len(ends[0])), ends), shape=(n_all, n_all)), directed=False)
    number: Ints = label[:size].astype(np.int64)
    return number
