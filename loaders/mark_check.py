"""Real and invented returns never mix: a file's synthetic mark is compared with the kind of warehouse it goes to."""

from collections.abc import Iterable
from itertools import repeat

from loaders.errors import ReturnRejected
from loaders.mark import CHILD_NUMBER_PREFIX, SOFTWARE_CODE
from loaders.settings import Kind


class MarkCheck:
    """Watches the child numbers of one file. A file is synthetic when every one of them bears the mark.

    `kind` None checks nothing; a file without children belongs to both.
    """

    def __init__(self, kind: Kind | None) -> None:
        self._kind = kind
        self._has_marked = False
        self._has_unmarked = False

    def header(self, software_code: str) -> None:
        """What the file says wrote it. Raises ReturnRejected when a real warehouse is offered an invented file."""
        if self._kind == "real" and software_code == SOFTWARE_CODE:
            raise self._synthetic()

    def children(self, numbers: Iterable[str]) -> None:
        """Child numbers of the file. Raises ReturnRejected as soon as a demo warehouse is offered a real one."""
        is_marked = [*map(str.startswith, numbers, repeat(CHILD_NUMBER_PREFIX))]
        self._has_marked = self._has_marked or any(is_marked)
        self._has_unmarked = self._has_unmarked or not all(is_marked)
        if self._kind == "demo" and self._has_unmarked:
            raise ReturnRejected(
                "real_in_demo",
                "This file has no synthetic mark, and the demo warehouse takes invented returns only. Load it without --demo.",
            )

    def finish(self) -> None:
        """At the end of the file. Raises ReturnRejected when a real warehouse was offered an invented file."""
        if self._kind == "real" and self._has_marked and not self._has_unmarked:
            raise self._synthetic()

    def _synthetic(self) -> ReturnRejected:
        return ReturnRejected(
            "synthetic_in_real",
            "This file is synthetic (every child number bears the mark), and this warehouse holds real returns. "
            "Load it with --demo.",
        )
