"""A walk through tables that fit all that is shown: each differs from the one before it in a few counts that make up for
one another. Two tables on the way in which a hidden count lies five values apart prove that it is not known.

The walk proves for a second's work what linear programs prove for minutes', where counts can move near by; it never proves
the opposite. From the true table it changes one count, and while a line does not add up, some unseen count of that line
takes what is missing, preferably one that makes another line add up, too. A change that comes to no end is taken back.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from publishers.disclosure.codes import Flags, Ints, Reals
from publishers.disclosure.puzzle import Pieces, Puzzle, in_pieces
from publishers.disclosure.rules import WIDTH
from publishers.disclosure.secondary import grouped

EPSILON = 1e-6
# passes over all counts still open, unless told otherwise, and how often each is tried in a pass
PASSES = 8
TRIES = 8
# a change moves at most so many counts, and leaves at most so many lines to be made up for at any moment
MOVED, OPEN = 40, 10
# the way is walked in so many parts, side by side
WAYS = 8
# how much chance weighs beside lines opened and closed: another way is tried each time
CHANCE = 1.5


def walk(pieces: Pieces, asked: Flags, least: Reals, most: Reals, n_passes: int = PASSES) -> None:
    """Walk until the `asked` unknowns have been seen five values apart, or `n_passes` times; `least` and `most` of all
    unknowns seen on the way are widened in place. Always the same walk for the same puzzle, however many workers there are."""
    puzzle = pieces.puzzle
    size, lines = len(puzzle.node), puzzle.lines
    line_start, entry = grouped(lines.node, np.arange(len(lines.node)), size)
    part, whole = puzzle.pairs
    amount = puzzle.true.copy()
    parts_of, wholes_of = grouped(whole, part, size), grouped(part, whole, size)
    # each part of the way has pieces of its own, so no two touch the same count
    wanted = np.flatnonzero(asked)
    turn = np.searchsorted(wanted, pieces.unknown_start[:-1]) * WAYS // max(len(wanted), 1)
    way = turn[pieces.piece_of()[wanted]]
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        done = [
            workers.submit(
                _walk,
                some,
                n_passes,
                lines.start,
                lines.node,
                lines.sign.astype(np.float64),
                line_start,
                lines.line[entry],
                entry,
                *parts_of,
                *wholes_of,
                puzzle.low,
                puzzle.high,
                amount,
                least,
                most,
            )
            for some in np.split(wanted, np.flatnonzero(np.diff(way)) + 1)
        ]
        for one in done:
            one.result()


def walked(puzzle: Puzzle, asked: Flags, n_passes: int = PASSES) -> Flags:
    """Which of the `asked` unknowns the walk proves safe."""
    pieces = in_pieces(puzzle, asked)
    least, most = pieces.puzzle.true.copy(), pieces.puzzle.true.copy()
    walk(pieces, asked[pieces.origin], least, most, n_passes)
    found = np.zeros(len(asked), bool)
    found[pieces.origin[np.floor(most + EPSILON) - np.ceil(least - EPSILON) + 1 >= WIDTH]] = True
    return found & asked


@njit(cache=True)
def n_values(low: float, high: float) -> float:
    """How many whole numbers lie between."""
    return float(np.floor(high + EPSILON) - np.ceil(low - EPSILON) + 1)


@njit(cache=True, nogil=True)
def _walk(
    asked: Ints,
    n_passes: int,
    start: Ints,
    member: Ints,
    sign: Reals,
    line_start: Ints,
    line_of: Ints,
    entry_of: Ints,
    part_start: Ints,
    part_of: Ints,
    whole_start: Ints,
    whole_of: Ints,
    low: Reals,
    high: Reals,
    amount: Reals,
    least: Reals,
    most: Reals,
) -> None:
    missing = np.zeros(len(start) - 1)
    moved_in = np.zeros(len(amount), np.int64)
    moved, before = np.empty(MOVED + 1, np.int64), np.empty(MOVED + 1)
    waits = np.empty(MOVED * 64, np.int64)
    change = 0
    dice = np.uint64(88172645463325252)
    for number in range(n_passes * len(asked)):
        turn, wanted = number // len(asked), asked[number % len(asked)]
        for attempt in range(TRIES):
            if n_values(least[wanted], most[wanted]) >= WIDTH:
                break
            # half of the tries go up, half down: the whole way, half of it, one
            if (attempt // 4 + turn) % 2 == 0:
                step = min(np.ceil(least[wanted] - EPSILON) + WIDTH - 1, high[wanted]) - amount[wanted]
                step = min(step, np.ceil(step / 2) if attempt % 4 == 2 else 1.0 if attempt % 4 == 3 else step)
                if step <= EPSILON:
                    continue
            else:
                step = max(np.floor(most[wanted] + EPSILON) - WIDTH + 1, low[wanted]) - amount[wanted]
                step = max(step, np.floor(step / 2) if attempt % 4 == 2 else -1.0 if attempt % 4 == 3 else step)
                if step >= -EPSILON:
                    continue
            change += 1
            n_moved, n_waiting, n_open, node = 0, 0, 0, wanted
            while node >= 0:
                moved[n_moved], before[n_moved] = node, amount[node]
                n_moved += 1
                moved_in[node] = change
                amount[node] += step
                for place in range(line_start[node], line_start[node + 1]):
                    line = line_of[place]
                    was_open = missing[line] != 0.0
                    missing[line] -= sign[entry_of[place]] * step
                    if abs(missing[line]) < EPSILON:
                        missing[line] = 0.0
                    if was_open and missing[line] == 0.0:
                        n_open -= 1
                    elif not was_open and missing[line] != 0.0:
                        n_open += 1
                        if n_waiting < len(waits):
                            waits[n_waiting] = line
                            n_waiting += 1
                while n_waiting and missing[waits[n_waiting - 1]] == 0.0:
                    n_waiting -= 1
                node = -1
                if n_open == 0 or n_open > OPEN or n_moved > MOVED or n_waiting in (0, len(waits)):
                    break
                # who takes what is missing: best who closes lines and opens none, and can take all of it
                line, best = waits[n_waiting - 1], np.inf
                for entry in range(start[line], start[line + 1]):
                    one = member[entry]
                    if moved_in[one] == change:
                        continue
                    bottom, top = low[one], high[one]
                    for place in range(whole_start[one], whole_start[one + 1]):
                        top = min(top, amount[whole_of[place]])
                    for place in range(part_start[one], part_start[one + 1]):
                        bottom = max(bottom, amount[part_of[place]])
                    want = missing[line] / sign[entry]
                    takes = min(max(amount[one] + want, bottom), top) - amount[one]
                    if abs(takes) < EPSILON:
                        continue
                    cost = 0.0 if abs(takes - want) < EPSILON else 1.0
                    for place in range(line_start[one], line_start[one + 1]):
                        other = line_of[place]
                        if missing[other] == 0.0:
                            cost += 1.0
                        elif abs(missing[other] - sign[entry_of[place]] * takes) < EPSILON:
                            cost -= 1.0
                    dice ^= dice << np.uint64(13)
                    dice ^= dice >> np.uint64(7)
                    dice ^= dice << np.uint64(17)
                    cost += CHANCE * float(dice >> np.uint64(40)) / (1 << 24)
                    if cost < best:
                        best, node, step = cost, one, takes
            fits = n_open == 0
            for place in range(part_start[wanted], part_start[wanted + 1]):
                fits = fits and amount[part_of[place]] <= amount[wanted] + EPSILON
            for place in range(whole_start[wanted], whole_start[wanted + 1]):
                fits = fits and amount[whole_of[place]] >= amount[wanted] - EPSILON
            while n_moved:
                n_moved -= 1
                one = moved[n_moved]
                if fits:
                    least[one] = min(least[one], amount[one])
                    most[one] = max(most[one], amount[one])
                else:
                    for place in range(line_start[one], line_start[one + 1]):
                        line = line_of[place]
                        missing[line] += sign[entry_of[place]] * (amount[one] - before[n_moved])
                        if abs(missing[line]) < EPSILON:
                            missing[line] = 0.0
                    amount[one] = before[n_moved]
