"""Reading files into rows, here or in worker processes; either way as one stream of events, in which each file ends once."""

import importlib
import multiprocessing
import threading
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import TracebackType
from typing import Final

import pyarrow as pa

from loaders import interrupt
from loaders.contract import Identity, Outcome, SourceFile
from loaders.errors import LiiaError, ReturnRejected
from loaders.settings import Kind

# Imported once, before workers are forked; the last two are what numpy and Arrow would import when first asked.
PRELOADED: Final = ("loaders.workers", "loaders.sources", "loaders.readers", "numpy.ma", "pyarrow.compute")
# What a worker may be given beyond the file it reads: enough to keep it busy through an insert.
AHEAD_BYTES: Final = 16 << 20
AHEAD_FILES: Final = 16
# Events of a file travel together up to this size.
MESSAGE_BYTES: Final = 1 << 20
# What may lie here unread by the caller.
INBOX_BYTES: Final = 32 << 20


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
# an event on its way between processes: rows as Arrow's own bytes
_Packed = Finished | tuple[int, str, bytes]


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


def prepare(names: Iterable[str] = ()) -> ForkServerContext:
    """Start what worker processes are forked from: one process that has the readers of these files imported, and no threads.

    A forked copy of a process that runs DuckDB's threads may hang, and a process that starts from nothing imports for half
    a second; so the imports happen once, and beside them those of this process, which reads too.
    """
    context = multiprocessing.get_context("forkserver")
    # each reader brings libraries that the other can do without
    readers = {"loaders.xml_reader" if name.lower().endswith(".xml") else "loaders.csv_reader" for name in names}
    modules = [*PRELOADED, *sorted(readers)]
    context.set_forkserver_preload(["__main__", *modules])
    with interrupt.ignored():
        forkserver.ensure_running()
    for module in modules:
        importlib.import_module(module)
    return context


class Crew:
    """Processes that read files side by side, the caller's among them. Use as a context; `events` yields as they come.

    What is read here need not travel, reading begins before the first worker is up, and each core has one process to run.
    """

    def __init__(self, size: int, key: bytes) -> None:
        context = prepare()
        self._key = key
        self._links: list[Connection] = []
        self._processes = []
        with interrupt.ignored():
            for _ in range(size - 1):
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

    def events(self, tasks: Iterable[Task | None]) -> Iterator[Event | None]:
        """Hand out tasks in order, each to the worker with the least to do, and yield what they send; read here meanwhile.

        Yields None before it waits: the time for whatever the caller has put off. None among the tasks means: ask again
        after the next event (only said while something is being read).
        """
        waiting = iter(tasks)
        given: dict[Connection, deque[Task]] = {link: deque() for link in self._links}
        here: Iterator[Event] = iter(())
        with _Inbox(self._links) as inbox:
            while True:
                while (link := _with_room(given)) and (task := next(waiting, None)):
                    given[link].append(task)
                    with _death_explained(task):
                        link.send(task)
                if inbox.is_empty():
                    if event := next(here, None):
                        yield event
                        continue
                    if task := next(waiting, None):
                        here = read_here(task, self._key)
                        continue
                    if not any(given.values()):
                        return
                    yield None
                link, message = inbox.next()
                if isinstance(message, Exception):
                    with _death_explained(given[link][0]):
                        raise message
                if isinstance(message, Finished):
                    given[link].popleft()
                yield message


def _with_room(given: dict[Connection, deque[Task]]) -> Connection | None:
    """The worker with the least to read. It gets small files ahead, so that it need not wait while the caller writes."""
    bytes_left = {link: sum(task.source.size for task in tasks) for link, tasks in given.items()}
    link = min(given, key=lambda link: (bytes_left[link], len(given[link])))
    return link if not given[link] or (bytes_left[link] < AHEAD_BYTES and len(given[link]) < AHEAD_FILES) else None


class _Inbox:
    """What the workers send, taken in by a thread while the caller writes. Use as a context.

    A worker blocks while nobody reads what it sent, and a long insert, which lets go of Python's lock, would leave both
    cores but one idle. At most INBOX_BYTES lie here, or one message.
    """

    def __init__(self, links: list[Connection]) -> None:
        self._links = links
        self._stop, self._stopped = Pipe()
        self._messages: deque[tuple[Connection, Event | Exception]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._receive, name="inbox", daemon=True)

    def __enter__(self) -> "_Inbox":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._stop.close()
        self._thread.join(timeout=1)
        self._stopped.close()

    def is_empty(self) -> bool:
        return not self._messages

    def next(self) -> tuple[Connection, Event | Exception]:
        """The next message and whose it is; an exception when a worker is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._messages)
            link, event = self._messages.popleft()
            self._bytes -= _bytes(event)
            self._changed.notify_all()
        return link, event

    def _receive(self) -> None:
        alive = list(self._links)
        while not self._is_closed:
            for link in wait([self._stopped, *alive]):
                if link is self._stopped:
                    return
                if not isinstance(link, Connection):
                    continue
                events: Sequence[Event | Exception]
                try:
                    events = [_unpacked(message) for message in link.recv()]
                except Exception as error:
                    events = [error]
                    alive.remove(link)
                with self._changed:
                    self._changed.wait_for(lambda: self._bytes < INBOX_BYTES or self._is_closed)
                    self._messages += [(link, event) for event in events]
                    self._bytes += sum(map(_bytes, events))
                    self._changed.notify_all()


def _bytes(event: Event | Exception) -> int:
    return event.rows.get_total_buffer_size() if isinstance(event, Rows) else 0


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
            message: list[_Packed] = []
            for event in read_here(task, key):
                message.append(_packed(event))
                if isinstance(event, Finished) or sum(len(one[2]) for one in message if isinstance(one, tuple)) >= MESSAGE_BYTES:
                    link.send(message)
                    message = []
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _packed(event: Event) -> _Packed:
    if isinstance(event, Finished):
        return event
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, event.rows.schema) as writer:
        writer.write_table(event.rows)
    return (event.number, event.table_name, sink.getvalue().to_pybytes())


def _unpacked(message: _Packed) -> Event:
    if isinstance(message, Finished):
        return message
    number, table_name, rows = message
    return Rows(number, table_name, pa.ipc.open_stream(rows).read_all())
