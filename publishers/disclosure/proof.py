"""The proof: what somebody who knows every line could still find out about a hidden 1 to 5, and what more is hidden then.

First the bounds of every hidden count are narrowed line by line; where fewer than five values are left, the smallest shown
count beside it is hidden too, and the fix-point and the bounds run again. What the bounds leave open is attacked with several
lines at a time (attack.py), and what that finds is repaired likewise, until it finds nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from publishers.disclosure.attack import Attack, silent
from publishers.disclosure.bounds import Bounds, narrow, read_bounds, reset
from publishers.disclosure.codes import Flags, Ints
from publishers.disclosure.rules import WIDTH, PublicationRefused
from publishers.disclosure.secondary import Network, suppress
from publishers.disclosure.views import THOROUGH, Depth

# how far from an exposed count something to hide is looked for
FARTHEST = 12


@dataclass(frozen=True)
class Manner:
    """How a round hides: one count beside each exposed one, or all that its lines still show; how far it looks to spare a
    count that is not broken down."""

    all_of_a_line: bool
    near: int


# round by round, the last one for all that follow: little is hidden at first, and an end comes
MANNERS = (
    *[Manner(all_of_a_line=False, near=4)] * THOROUGH.gentle,
    *[Manner(all_of_a_line=True, near=1)] * 6,
    *[Manner(all_of_a_line=False, near=0)] * 6,
    Manner(all_of_a_line=True, near=0),
)

# with how many rounds of these behind it the repair begins again when the attack finds something for the first time, and again
# when it has gone farther; how many each later find skips
GENTLE, AGAIN, HASTE = 10, 7, 2


@dataclass
class Proof:
    """How it went, in what depth (views.py: Depth): counts that must not be known; of these proven not to be by two tables that
    fit all that is shown; others attacked in their room and not found; linear programs; counts hidden by repair."""

    whole: int = 0
    by_period: bool = False
    at_last: bool = False
    n_sensitive: int = 0
    n_proven: int = 0
    n_attacked: int = 0
    n_programs: int = 0
    n_repairs: int = 0


def prove(network: Network, depth: Depth = THOROUGH, tell: Callable[[str], None] = silent) -> Proof:
    """Mark in `nodes.marked` until no sensitive count is known to within fewer than five values, as far as the bounds of
    everything and the programs of this `depth` tell. `tell` hears how far it is.

    Raises PublicationRefused when a count gives itself away and nothing is left to hide beside it.
    """
    nodes = network.nodes
    proof = Proof(depth.whole, depth.by_period, depth.at_last, n_sensitive=int(nodes.is_sensitive.sum()))
    suppress(network)
    bounds = read_bounds(network)
    narrow(network, bounds)
    attack = Attack(network, depth, tell=tell)
    # the manner is that of so many rounds less than there have been
    least = n_gentle = depth.gentle - THOROUGH.gentle
    n_rounds = 0
    farthest = -1
    while True:
        exposed = exposed_nodes(network, bounds)
        if not exposed.any():
            tell(f"attacking what is hidden, after {n_rounds} rounds of hiding more")
            exposed = attack.lost_nodes(bounds)
            # what the attack finds first is mended gently again, though not one by one, and soon less so: each attack takes long
            if attack.farthest > farthest:
                n_gentle = max(n_rounds - (GENTLE if farthest < 0 else AGAIN), least)
            else:
                n_gentle = max(n_gentle - HASTE, least)
            farthest = attack.farthest
        if not exposed.any():
            break
        n_rounds += 1
        tell(f"hiding more, round {n_rounds}: {exposed.sum():,} hidden counts would be known")
        new = beside(exposed, network, MANNERS[min(n_rounds - n_gentle, len(MANNERS)) - 1])
        if not len(new) and not attack.to_the_end:
            # some may only not be settled: that must not stop a publication
            attack.ask_each()
            continue
        if not len(new):
            raise PublicationRefused(_told(network, exposed))
        proof.n_repairs += len(new)
        known = ~network.state.unknown
        suppress(network, new)
        near = hanging_together(network, np.flatnonzero(exposed | (known & network.state.unknown)))
        reset(network, bounds, near)
        narrow(network, bounds, near)
    proof.n_proven = int((nodes.is_sensitive & attack.is_proven).sum())
    proof.n_attacked = int((nodes.is_sensitive & ~attack.is_proven & attack.is_attacked()).sum())
    proof.n_programs = attack.n_programs
    return proof


def exposed_nodes(network: Network, bounds: Bounds) -> Flags:
    """The sensitive nodes that the bounds leave fewer than five values, or that something shows."""
    known: Flags = network.nodes.is_sensitive & ((bounds.values() < WIDTH) | ~network.state.unknown)
    return known


def beside(exposed: Flags, network: Network, manner: Manner) -> Ints:
    """For each exposed node the count to hide: the first in order of those shown in its lines, or all of them.

    Where its lines show nothing more, the lines of the unseen counts beside it are looked at, and so on: of hidden ones, and
    of those that follow from others. A node that has got company from the one before it waits for the next round.
    """
    nodes, state = network.nodes, network.state
    free = (state.n_visible > 0) & nodes.is_markable & (nodes.marked == 0)
    chosen = np.zeros(len(free), bool)
    _beside(
        np.flatnonzero(exposed),
        network.lines.start,
        network.lines.node,
        *network.lines_of_node,
        network.rank,
        network.is_headline,
        free,
        (state.n_visible == 0) & ~nodes.is_given,
        chosen,
        manner.all_of_a_line,
        manner.near,
    )
    found: Ints = np.flatnonzero(chosen)
    return found[np.argsort(network.rank[found])]


def hanging_together(network: Network, some: Ints) -> Ints:
    """All unknown nodes that lines of unknown nodes join with `some`: what else is concluded does not change."""
    is_near = np.zeros(len(network.nodes.amount), bool)
    _reach(some, network.lines.start, network.lines.node, *network.lines_of_node, network.state.unknown, is_near)
    found: Ints = np.flatnonzero(is_near)
    return found


@njit(cache=True)
def _reach(some: Ints, start: Ints, member: Ints, line_start: Ints, line_of: Ints, unknown: Flags, is_near: Flags) -> None:
    left = np.empty(len(is_near), np.int64)
    n_left = 0
    for node in some:
        is_near[node] = True
        left[n_left] = node
        n_left += 1
    while n_left:
        n_left -= 1
        node = left[n_left]
        for place in range(line_start[node], line_start[node + 1]):
            line = line_of[place]
            for entry in range(start[line], start[line + 1]):
                one = member[entry]
                if unknown[one] and not is_near[one]:
                    is_near[one] = True
                    left[n_left] = one
                    n_left += 1


@njit(cache=True)
def _beside(
    exposed: Ints,
    start: Ints,
    member: Ints,
    line_start: Ints,
    line_of: Ints,
    rank: Ints,
    is_headline: Flags,
    free: Flags,
    is_unseen: Flags,
    chosen: Flags,
    all_of_a_line: bool,
    near: int,
) -> None:
    seen = np.full(len(rank), -1, np.int64)
    reached = np.empty(len(rank), np.int64)
    for one in exposed:
        reached[0] = one
        seen[one] = one
        begin, end = 0, 1
        best = -1
        for depth in range(FARTHEST):
            is_helped, far = False, end
            for number in range(begin, end):
                node = reached[number]
                for place in range(line_start[node], line_start[node + 1]):
                    line = line_of[place]
                    for entry in range(start[line], start[line + 1]):
                        other = member[entry]
                        if free[other]:
                            if chosen[other]:
                                is_helped = True
                            elif all_of_a_line and (near == 0 or not is_headline[other]):
                                chosen[other] = True
                                best = other
                            elif best < 0 or rank[other] < rank[best]:
                                best = other
                        elif is_unseen[other] and seen[other] != one:
                            seen[other] = one
                            reached[far] = other
                            far += 1
            # a count that is not broken down goes only where nothing else near is left
            if is_helped or (best >= 0 and (not is_headline[best] or depth >= near)):
                break
            begin, end = end, far
            if begin == end:
                break
        if best >= 0 and not is_helped:
            chosen[best] = True


def _told(network: Network, exposed: Flags) -> str:
    names = network.nodes.names(exposed)[:5]
    return (
        f"Nothing was published: {int(exposed.sum())} hidden counts of {', '.join(names)} follow from what is shown, and "
        "nothing beside them can be hidden. The former exports stand."
    )
