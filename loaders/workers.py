"""Reading files into rows, here or in worker processes; either way as one stream of events, in which each file ends once."""

import multiprocessing
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from loaders import interrupt
from loaders.contract import Identity, Outcome, SourceFile
from loaders.errors import LiiaError, ReturnRejected
from loaders.settings import Kind


@dataclass(frozen=True)
class Task:
    """A file to read. `number` is its place in the run, by path."""

    number: int
    source: SourceFile
    identity: Identity
    load_id: str
    salt: bytes = field(repr=False)
    set_aside: bool
    kind: Kind


@dataclass(frozen=True)
class Rejection:
    """Why a file cannot be taken, and where."""

    rule_code: str
    reason: str
    line_number: int | None = None
    field: str | None = None
    table_name: str | None = None

    @classmethod
    def of(cls, error: ReturnRejected) -> "Rejection":
        return cls(error.rule_code, error.reason, error.line_number, error.field, error.table_name)


@dataclass(frozen=True)
class Rows:
    """A batch of task `number`."""

    number: int
    table_name: str
    rows: pa.Table


@dataclass(frozen=True)
class Finished:
    """Task `number` is read, or rejected at whatever point."""

    number: int
    outcome: Outcome
    rejection: Rejection | None


Event = Rows | Finished


def read_here(task: Task, key: bytes) -> Iterator[Event]:
    """Read one file in this process. `key` is the pseudonym key. No error of one file leaves this function."""
    from loaders.pseudonym import Pseudonymiser
    from loaders.readers import read

    outcome = Outcome()
    rejection: Rejection | None = None
    try:
        pseudonymiser = Pseudonymiser(key, {task.identity.la_code: task.salt})
        for batch in read(
            task.source, task.identity, task.load_id, pseudonymiser, outcome, set_aside=task.set_aside, kind=task.kind
        ):
            yield Rows(task.number, batch.table_name, batch.rows)
    except ReturnRejected as error:
        rejection = Rejection.of(error)
    except Exception as error:
        rejection = unforeseen(error)
    yield Finished(task.number, outcome, rejection)


def unforeseen(error: Exception) -> Rejection:
    """The rejection of a file on which the reader itself failed: tells the place in the program, never the message, which
    may hold a value of the file."""
    if isinstance(error, OSError):
        return Rejection("unreadable_file", f"The file cannot be read ({error.strerror or type(error).__name__}). Send it again.")
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    return Rejection(
        "reader_failed",
        f"The program failed on this file ({type(error).__name__} at {place}). Report this line to the warehouse team.",
    )


class Crew:
    """Worker processes that read files side by side. Use as a context; `events` yields as they come."""

    def __init__(self, size: int, key: bytes) -> None:
        # spawn: a forked copy of a process that runs DuckDB's threads may hang
        context = multiprocessing.get_context("spawn")
        self._links: list[Connection] = []
        self._processes = []
        with interrupt.ignored():
            for _ in range(size):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, key), daemon=True)
                process.start()
                theirs.close()
                self._links.append(ours)
                self._processes.append(process)

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for link in self._links:
            link.close()
        for process in self._processes:
            if kind is not None:
                process.terminate()
            process.join()

    def events(self, tasks: Iterable[Task | None]) -> Iterator[Event]:
        """Hand out tasks in order, one to each idle worker, and yield what they send.

        None among the tasks means: ask again after the next event (only said while something is being read).
        """
        waiting = iter(tasks)
        idle = deque(self._links)
        busy: dict[Connection, Task] = {}
        while True:
            while idle and (task := next(waiting, None)):
                link = idle.popleft()
                busy[link] = task
                with _death_explained(task):
                    link.send(task)
            if not busy:
                return
            ready = wait(list(busy))
            for link in [link for link in busy if link in ready]:
                with _death_explained(busy[link]):
                    message = link.recv()
                    rows = None if isinstance(message, Finished) else _from_ipc(link.recv_bytes())
                if isinstance(message, Finished):
                    del busy[link]
                    idle.append(link)
                    yield message
                elif rows is not None:
                    number, table_name = message
                    yield Rows(number, table_name, rows)


@contextmanager
def _death_explained(task: Task) -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError):
        raise LiiaError(
            f"A reading process ended while it read {task.source.shown}: most likely the machine ran out of memory. Files "
            "accepted so far stay; run the same command again."
        ) from None


def _work(link: Connection, key: bytes) -> None:
    """A worker's life: read what arrives until the other end closes."""
    try:
        while True:
            task: Task = link.recv()
            for event in read_here(task, key):
                if isinstance(event, Rows):
                    link.send((event.number, event.table_name))
                    link.send_bytes(_to_ipc(event.rows))
                else:
                    link.send(event)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _to_ipc(rows: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue()


def _from_ipc(received: bytes) -> pa.Table:
    return pa.ipc.open_stream(received).read_all()
