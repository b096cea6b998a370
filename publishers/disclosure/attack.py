"""The attack on every hidden 1 to 5 with all that is shown: who is found out, though no single line tells.

First a walk through tables that fit everything: it proves more than half of them safe. Then linear programs (programs.py), in
rooms as the depth has it (views.py).
"""

from collections.abc import Callable

import numpy as np

from publishers.disclosure.bounds import Bounds, read_bounds
from publishers.disclosure.codes import NONE, Flags, Ints
from publishers.disclosure.programs import settle
from publishers.disclosure.puzzle import Puzzle, components, held_fast, laid_out
from publishers.disclosure.secondary import Network
from publishers.disclosure.views import THOROUGH, Depth, authority_rooms, period_rooms, whole
from publishers.disclosure.walk import walked

BY_DATE = "by date, while all else stands still"
AT_LAST = "at last, with all that hangs together"


def silent(_: str) -> None:
    """Tell nobody how far it is."""


class Attack:
    """What has been attacked and not found. Hiding more only allows more tables, so nothing of it is asked again.

    is_proven: nodes of which two tables that fit all that is shown are five values apart. is_held: nodes that programs did not
    find in their room. n_programs: how many programs it took. farthest: in up to how many unknowns what hangs together has been
    attacked whole.
    """

    def __init__(
        self, network: Network, depth: Depth = THOROUGH, to_the_end: bool = False, tell: Callable[[str], None] = silent
    ) -> None:
        """to_the_end: each count still open is asked by itself (programs.settle) where that decides. `tell` hears how far it is."""
        size = len(network.nodes.amount)
        self.network, self.depth, self.to_the_end, self.tell = network, depth, to_the_end, tell
        self.is_proven: Flags = np.zeros(size, bool)
        self.is_held: Flags = np.zeros(size, bool)
        self.n_programs = 0
        self.farthest = 0
        self._is_walked = False
        # whether what hangs together in little may still hold what is open: hiding more only joins, so no longer means never
        self._is_small_open = True
        # in how many unknowns each node was tried to be proven in vain, by kind of room
        self._tried: dict[str, Ints] = {}

    def lost_nodes(self, bounds: Bounds) -> Flags:
        """The sensitive nodes that are known to within fewer than five values. `bounds` as narrow as lines make them."""
        network, depth = self.network, self.depth
        asked = network.nodes.is_sensitive & ~self.is_proven
        is_lost = np.zeros(len(asked), bool)
        if not asked.any():
            return is_lost
        if depth.by_period or depth.at_last or self._is_small_open:
            self._attack_whole(asked, is_lost)
        # by authority what is found is mended first: so many rooms then have less to find
        if depth.by_period or not is_lost.any():
            self._attack_rooms(bounds, is_lost)
        if depth.at_last and not is_lost.any():
            self._attack_at_last(asked, is_lost)
        return is_lost

    def ask_each(self) -> None:
        """From now on each count still open is asked by itself, those tried in vain as well."""
        self.to_the_end = True
        self._tried = {}

    def is_attacked(self) -> Flags:
        """The nodes that are proven or held."""
        return self.is_proven | self.is_held

    def _prove(self, kind: str, puzzle: Puzzle, wanted: Flags) -> Flags:
        """Prove what can be, of the `wanted` unknowns of the puzzle, in rooms of a `kind`. Returns which of these are not proven.

        What hangs together with no more than when it was tried in vain is not tried again.
        """
        asked = wanted & ~self.is_proven[puzzle.node]
        component = components(puzzle)
        size = np.bincount(component, minlength=1)[component]
        tried = self._tried.setdefault(kind, np.zeros(len(self.is_proven), np.int64))
        is_new = asked & (tried[puzzle.node] != size)
        if is_new.any():
            self.tell(f"attacking {is_new.sum():,} hidden counts {kind}")
            answer = settle(puzzle, is_new, self.to_the_end and kind != BY_DATE)
            self.is_proven[puzzle.node[answer.is_safe]] = True
            self.n_programs += answer.n_programs
            tried[puzzle.node[answer.is_lost]] = size[answer.is_lost]
        not_proven: Flags = asked & ~self.is_proven[puzzle.node]
        return not_proven

    def _everything(self) -> Puzzle:
        """All that is unknown, without the bounds, which round to whole numbers: two tables of fractions may differ where whole
        ones do not, and what is proven once is to stay so."""
        size = len(self.is_proven)
        return laid_out(self.network, read_bounds(self.network), np.zeros(size, np.int64))[0]

    def _attack_whole(self, sensitive: Flags, is_lost: Flags) -> None:
        """Mark in `is_lost` what is found of the `sensitive` nodes in what hangs together in little; prove what can be."""
        depth, everything = self.depth, self._everything()
        if not self._is_walked:
            self.is_proven[everything.node[walked(everything, sensitive[everything.node], depth.passes)]] = True
            self._is_walked = True
        asked = (sensitive & ~self.is_held)[everything.node]
        # what takes less time first: what can be proven in the room of a date or year, then all that hangs together
        if depth.by_period:
            self._prove(BY_DATE, held_fast(everything, period_rooms(self.network)[everything.node]), asked)
        small = whole(everything, depth.whole)
        lost = self._prove("with all that hangs together", everything, asked & small)
        is_lost[everything.node[lost]] = True
        self._is_small_open = bool(lost.any())

    def _attack_at_last(self, sensitive: Flags, is_lost: Flags) -> None:
        """Mark in `is_lost` what is found of the `sensitive` nodes with all that hangs together with them.

        One program over most of a London takes as long as all rooms together: it is asked when they find nothing more, and what
        hangs together in most when nothing is found in less.
        """
        everything, most = self._everything(), self.depth.whole
        asked = sensitive[everything.node]
        while not is_lost.any() and most < len(everything.node):
            most = 2 * max(most, 1)
            is_lost[everything.node[self._prove(AT_LAST, everything, asked & whole(everything, most))]] = True
        self.farthest = max(self.farthest, most)

    def _attack_rooms(self, bounds: Bounds, is_lost: Flags) -> None:
        """Mark in `is_lost` what the rooms tell of the nodes that are neither proven nor lost already."""
        asked = self.network.nodes.is_sensitive & ~self.is_proven & ~self.is_held & ~is_lost
        if not asked.any():
            return
        room = period_rooms(self.network) if self.depth.by_period else authority_rooms(self.network)
        room = np.where(np.isin(room, np.unique(room[asked])), room, NONE)
        puzzle, is_own = laid_out(self.network, bounds, _numbered(room))
        self.tell(f"attacking {asked.sum():,} hidden counts in their rooms, by what their edges leave")
        answer = settle(puzzle, asked[puzzle.node] & is_own, self.to_the_end)
        self.is_held[puzzle.node[answer.is_safe]] = True
        is_lost[puzzle.node[answer.is_lost]] = True
        self.n_programs += answer.n_programs


def _numbered(room: Ints) -> Ints:
    """The rooms numbered from 0 on, without gaps."""
    there, number = np.unique(room, return_inverse=True)
    shifted: Ints = number + there[0] if there[0] == NONE else number
    return shifted
