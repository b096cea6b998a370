"""The attack on every hidden 1 to 5 with all that is shown: who is found out, though no single line tells.

First a walk through tables that fit everything: it proves more than half of them safe. Then linear programs, on small parts of
the network as a whole and on every room of the large ones (views.py).
"""

import numpy as np

from publishers.disclosure.bounds import Bounds, read_bounds
from publishers.disclosure.codes import NONE, Flags, Ints
from publishers.disclosure.programs import settle
from publishers.disclosure.puzzle import Puzzle, laid_out
from publishers.disclosure.secondary import Network
from publishers.disclosure.views import THOROUGH, Depth, rooms, whole
from publishers.disclosure.walk import walked


class Attack:
    """What has been attacked and not found. Hiding more only allows more tables, so nothing of it is asked again.

    is_proven: nodes of which two tables that fit all that is shown are five values apart. is_held: by view, nodes that the
    programs did not find in their room. n_programs: how many programs it took.
    """

    def __init__(self, network: Network, depth: Depth = THOROUGH, to_the_end: bool = False) -> None:
        """to_the_end: each count still open is asked by itself (programs.settle)."""
        size = len(network.nodes.amount)
        self.network, self.depth, self.to_the_end = network, depth, to_the_end
        self.is_proven: Flags = np.zeros(size, bool)
        self.is_held: dict[str, Flags] = {view: np.zeros(size, bool) for view in depth.views}
        self.n_programs = 0
        self._is_walked = False

    def lost_nodes(self, bounds: Bounds) -> Flags:
        """The sensitive nodes that are known to within fewer than five values. `bounds` as narrow as lines make them."""
        network = self.network
        asked = network.nodes.is_sensitive & ~self.is_proven
        is_lost = np.zeros(len(asked), bool)
        if not asked.any():
            return is_lost
        # without the bounds, which round to whole numbers: two tables of fractions may differ where whole ones do not, and what
        # is proven once is to stay so
        everything, _ = laid_out(network, read_bounds(network), np.zeros(len(asked), np.int64))
        if not self._is_walked:
            self.is_proven[everything.node[walked(everything, asked[everything.node])]] = True
            self._is_walked = True
            asked &= ~self.is_proven
        self._settle(everything, asked[everything.node] & whole(everything, self.depth.whole), self.is_proven, is_lost)
        for view in self.depth.views:
            open_ones = asked & ~self.is_proven & ~self.is_held[view]
            # what is found is mended first: the larger rooms then have less to find
            if is_lost.any() or not open_ones.any():
                continue
            room = rooms(network, view)
            room = np.where(np.isin(room, np.unique(room[open_ones])), room, NONE)
            puzzle, is_own = laid_out(network, bounds, _numbered(room))
            self._settle(puzzle, open_ones[puzzle.node] & is_own, self.is_held[view], is_lost)
        return is_lost

    def is_attacked(self) -> Flags:
        """The nodes that are proven, or held in every view."""
        if not self.depth.views:
            return self.is_proven
        held: Flags = np.logical_and.reduce([self.is_held[view] for view in self.depth.views])
        return self.is_proven | held

    def _settle(self, puzzle: Puzzle, asked: Flags, is_safe: Flags, is_lost: Flags) -> None:
        if not asked.any():
            return
        answer = settle(puzzle, asked, self.to_the_end)
        is_safe[puzzle.node[answer.is_safe]] = True
        is_lost[puzzle.node[answer.is_lost]] = True
        self.n_programs += answer.n_programs


def _numbered(room: Ints) -> Ints:
    """The rooms numbered from 0 on, without gaps."""
    there, number = np.unique(room, return_inverse=True)
    shifted: Ints = number + there[0] if there[0] == NONE else number
    return shifted
