"""What an attacker concludes line by line: the bounds of every unknown count, narrowed until they stay.

Everything shown is exact (the rounding of London protects nothing: a percentage beside it gives the figure back), a hidden
count is at least 1 (a 0 is never hidden), a part no more than its whole, and people are whole numbers. That a 0 goes with its
cell where the other side of it is hidden is given to the attacker as known, too.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from publishers.disclosure.codes import Flags, Ints, Reals
from publishers.disclosure.secondary import Groups, Network, grouped

EPSILON = 1e-6
# a line is looked at so many times at the most: bounds that creep by one are left to the linear programs
VISITS = 50


@dataclass(frozen=True)
class Bounds:
    """low and high of each node; which parts each whole has and which wholes each part has (Groups);
    is_whole_number: what has no fractions."""

    low: Reals
    high: Reals
    parts_of: Groups
    wholes_of: Groups
    is_whole_number: Flags

    def values(self) -> Reals:
        """How many whole numbers lie between."""
        return np.floor(self.high + EPSILON) - np.ceil(self.low - EPSILON) + 1


def read_bounds(network: Network) -> Bounds:
    """The bounds of each count by itself."""
    nodes = network.nodes
    part, whole = network.pairs
    size = len(nodes.amount)
    name = nodes.codes.parts(nodes.key)[0]
    broken = np.isin(name, np.unique(name[nodes.amount != np.round(nodes.amount)]))
    bounds = Bounds(np.empty(size), np.empty(size), grouped(whole, part, size), grouped(part, whole, size), ~broken)
    reset(network, bounds, np.arange(size))
    return bounds


def reset(network: Network, bounds: Bounds, some: Ints) -> None:
    """Forget what was concluded about `some` nodes: what is known of each by itself."""
    nodes, unknown = network.nodes, network.state.unknown[some]
    amount = nodes.amount[some]
    of_cell = nodes.is_markable[some] & (amount > 0)
    low = np.where(nodes.is_signed[some], -np.inf, np.where(of_cell, np.minimum(1, amount), 0.0))
    bounds.low[some] = np.where(unknown, low, amount)
    bounds.high[some] = np.where(unknown, np.inf, amount)


def narrow(network: Network, bounds: Bounds, some: Ints | None = None) -> None:
    """Narrow `bounds` by the lines of `some` nodes (default all) and by what follows, until nothing changes."""
    lines = network.lines
    _narrow(
        np.arange(len(network.nodes.amount)) if some is None else some,
        lines.start,
        lines.node,
        lines.sign,
        *network.lines_of_node,
        *bounds.parts_of,
        *bounds.wholes_of,
        network.state.unknown,
        bounds.is_whole_number,
        bounds.low,
        bounds.high,
    )


@njit(cache=True)
def _narrow(
    some: Ints,
    start: Ints,
    member: Ints,
    sign: Reals,
    line_start: Ints,
    line_of: Ints,
    part_start: Ints,
    part_of: Ints,
    whole_start: Ints,
    whole_of: Ints,
    unknown: Flags,
    is_whole_number: Flags,
    low: Reals,
    high: Reals,
) -> None:
    n_lines = len(start) - 1
    queue = np.empty(n_lines + 1, np.int64)
    waits = np.zeros(n_lines, np.bool_)
    visits = np.zeros(n_lines, np.int64)
    head, tail = 0, 0
    changed = np.empty(len(low), np.int64)
    is_changed = np.zeros(len(low), np.bool_)
    n_changed = 0
    for node in some:
        changed[n_changed] = node
        n_changed += 1
        is_changed[node] = True
    while n_changed or head != tail:
        while n_changed:
            n_changed -= 1
            node = changed[n_changed]
            is_changed[node] = False
            # a part is no more than its whole: what either side knows, the other takes
            for place in range(part_start[node], part_start[node + 1]):
                one = part_of[place]
                if unknown[node]:
                    low[node] = max(low[node], low[one])
                if unknown[one] and high[node] < high[one]:
                    high[one] = high[node]
                    if not is_changed[one]:
                        is_changed[one] = True
                        changed[n_changed] = one
                        n_changed += 1
            for place in range(whole_start[node], whole_start[node + 1]):
                one = whole_of[place]
                if unknown[node]:
                    high[node] = min(high[node], high[one])
                if unknown[one] and low[node] > low[one]:
                    low[one] = low[node]
                    if not is_changed[one]:
                        is_changed[one] = True
                        changed[n_changed] = one
                        n_changed += 1
            for place in range(line_start[node], line_start[node + 1]):
                line = line_of[place]
                if not waits[line] and visits[line] < VISITS:
                    waits[line] = True
                    queue[tail] = line
                    tail = tail + 1 if tail < n_lines else 0
        if head == tail:
            break
        line = queue[head]
        head = head + 1 if head < n_lines else 0
        waits[line] = False
        visits[line] += 1
        below, above, n_below, n_above, n_unknown = 0.0, 0.0, 0, 0, 0
        for entry in range(start[line], start[line + 1]):
            one = member[entry]
            n_unknown += unknown[one]
            least, most = (low[one], high[one]) if sign[entry] > 0 else (-high[one], -low[one])
            if np.isinf(least):
                n_below += 1
            else:
                below += least
            if np.isinf(most):
                n_above += 1
            else:
                above += most
        if n_unknown == 0 or (n_below > 1 and n_above > 1):
            continue
        for entry in range(start[line], start[line + 1]):
            one = member[entry]
            if not unknown[one]:
                continue
            up = sign[entry] > 0
            least, most = (low[one], high[one]) if up else (-high[one], -low[one])
            # the signed count is what the others leave over
            room_most, room_least = np.inf, -np.inf
            if n_below - np.isinf(least) == 0:
                room_most = -(below - (0.0 if np.isinf(least) else least))
            if n_above - np.isinf(most) == 0:
                room_least = -(above - (0.0 if np.isinf(most) else most))
            new_low, new_high = (room_least, room_most) if up else (-room_most, -room_least)
            if is_whole_number[one]:
                new_low, new_high = np.ceil(new_low - EPSILON), np.floor(new_high + EPSILON)
            if new_low > low[one] + EPSILON or new_high < high[one] - EPSILON:
                low[one] = max(low[one], new_low)
                high[one] = min(high[one], new_high)
                if not is_changed[one]:
                    is_changed[one] = True
                    changed[n_changed] = one
                    n_changed += 1
