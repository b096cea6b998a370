"""What of the network is attacked together: rooms small enough for linear programs.

Two ways to look at a room. To prove, nothing outside it moves: what is proven in it is proven for the whole, even to one who
has learned by heart what is outside (puzzle.held_fast). To attack, of what stands at its edge the bounds are known that all
lines together leave: what is found in it is lost (puzzle.laid_out).
"""

from dataclasses import dataclass

import numpy as np

from publishers.disclosure.codes import Flags, Ints
from publishers.disclosure.puzzle import Puzzle, components
from publishers.disclosure.secondary import Network


@dataclass(frozen=True)
class Depth:
    """How deep the attack goes. whole: what hangs together in at most so many unknown counts is attacked whole; the rest in
    rooms, `by_period` over all areas and tables of a date or year, otherwise by all tables of an authority and year.
    at_last: what is not found in its room is attacked with all that hangs together with it, however much that is. passes: of
    the walk over all that is not proven. gentle: rounds that hide one count beside each exposed one, before whole lines go."""

    whole: int
    by_period: bool
    at_last: bool = False
    passes: int = 8
    gentle: int = 10


THOROUGH = Depth(30_000, by_period=True, at_last=True)
# for the demo, whose children are invented, and which is to be there within minutes: what finds most in little time
QUICK = Depth(1000, by_period=False, passes=2, gentle=2)


def whole(puzzle: Puzzle, most: int) -> Flags:
    """The unknowns of the puzzle that hang together with at most so many."""
    component = components(puzzle)
    found: Flags = np.bincount(component, minlength=1)[component] <= most
    return found


def authority_rooms(network: Network) -> Ints:
    """The room of each node: an area and year to the end of March, with all tables of its quarters, months and dates."""
    _, area, period, _ = network.nodes.codes.parts(network.nodes.key)
    year = _years(network)
    found: Ints = area * (int(year.max()) + 1) + year[period]
    return found


def period_rooms(network: Network) -> Ints:
    """The room of each node: the year to the end of March, in all areas; the dates before its last day by themselves, since few
    lines join what is counted on different days."""
    _, _, period, _ = network.nodes.codes.parts(network.nodes.key)
    year = _years(network)
    day = np.array([end.toordinal() if _stands_alone(kind, end.month) else 0 for kind, end in network.nodes.codes.period])
    found: Ints = np.unique(np.where(day > 0, day, year)[period], return_inverse=True)[1].astype(np.int64)
    return found


def _years(network: Network) -> Ints:
    """The year to the end of March in which each period ends."""
    return np.array([end.year + (end.month > 3) for _, end in network.nodes.codes.period])


def _stands_alone(kind: str, month: int) -> bool:
    """Counts on a day and forecasts, but for the day on which a year ends: figures of the year are shares of its counts."""
    return kind in ("snapshot", "month_ahead") and month != 3
