"""What of the network is attacked together: several views of it, each in rooms small enough for linear programs.

One program over everything takes hours. What hangs together in few counts is attacked whole; of the rest, each authority's
year with all its tables, each table of a period over all areas, and each value of a breakdown over all areas and the periods
of a year. A room knows its lines, and of what stands at its edge the bounds that all lines together leave.
"""

from dataclasses import dataclass

import numpy as np

from publishers.disclosure.codes import Flags, Ints
from publishers.disclosure.puzzle import Puzzle, components
from publishers.disclosure.secondary import Network

VIEWS = ("authority", "table", "value")


@dataclass(frozen=True)
class Depth:
    """How deep the attack goes. whole: what hangs together in at most so many unknown counts is attacked whole, the rest in
    the rooms of `views`."""

    whole: int
    views: tuple[str, ...]


THOROUGH = Depth(5000, VIEWS)
# for the demo, whose children are invented, and which is to be there within minutes: what finds most in little time
QUICK = Depth(1000, ("authority",))


def whole(puzzle: Puzzle, most: int) -> Flags:
    """The unknowns of the puzzle that hang together with at most so many."""
    component = components(puzzle)
    found: Flags = np.bincount(component, minlength=1)[component] <= most
    return found


def rooms(network: Network, view: str) -> Ints:
    """The room of each node in one of VIEWS."""
    nodes = network.nodes
    _, area, period, place = nodes.codes.parts(nodes.key)
    if view == "table":
        breakdowns = sorted({breakdown for breakdown, _ in nodes.codes.place})
        number = {breakdown: position for position, breakdown in enumerate(breakdowns)}
        table = np.array([number[breakdown] for breakdown, _ in nodes.codes.place])
        found: Ints = period * len(breakdowns) + table[place]
        return found
    year = np.array([end.year + (end.month > 3) for _, end in nodes.codes.period])[period]
    side = area if view == "authority" else place
    found = side * (int(year.max()) + 1) + year
    return found
