"""What a long load shows while it runs: a line on a terminal, nothing in a log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn


class Watcher(Protocol):
    """Told of every step of a load."""

    def stage(self, title: str, total: int) -> None:
        """A new stage begins, of `total` bytes."""

    def done(self, n_bytes: int) -> None:
        """A file of `n_bytes` is through this stage."""

    def rows(self, n_rows: int) -> None:
        """`n_rows` more rows were read."""


class Silent:
    """Shows nothing."""

    def stage(self, title: str, total: int) -> None: ...

    def done(self, n_bytes: int) -> None: ...

    def rows(self, n_rows: int) -> None: ...


class _Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._n_rows = 0
        self._task = progress.add_task("Looking", total=None, note="")

    def stage(self, title: str, total: int) -> None:
        self._progress.reset(self._task, total=total, description=title, note="")

    def done(self, n_bytes: int) -> None:
        self._progress.advance(self._task, n_bytes)

    def rows(self, n_rows: int) -> None:
        self._n_rows += n_rows
        self._progress.update(self._task, note=f"{self._n_rows:,} rows")


@contextmanager
def watcher(console: Console) -> Iterator[Watcher]:
    """A progress line on `console` (meant for stderr); nothing when it is not a terminal."""
    if not console.is_terminal:
        yield Silent()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress)
