"""Who uses the warehouse: one writer, or any number of readers. The second comer is told who, since when."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from loaders.errors import Busy
from loaders.settings import Paths


@dataclass(frozen=True)
class Holder:
    """What the lock file tells of the last command that took it. `since` is local time, ISO 8601 to the second."""

    command: str
    pid: int
    since: str

    @property
    def is_alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def holder(paths: Paths) -> Holder | None:
    """The last holder as written in the lock file; None when nothing readable stands there.

    The lock itself is the kernel's: what a crashed command left in the file is never mistaken for a lock.
    """
    try:
        return Holder(**json.loads(paths.lock.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def busy_message(paths: Paths) -> str:
    """The sentence for the second comer."""
    by = holder(paths)
    if by is None or not by.is_alive:
        who = "another command"
    else:
        who = f"`{by.command}` (process {by.pid}) since {by.since.replace('T', ' ')[:16]}"
    return f"The warehouse in {paths.root} is in use by {who}. Wait until that ends, then run this again."


@contextmanager
def writing(paths: Paths, command: str) -> Iterator[None]:
    """Hold the warehouse alone. Raises Busy at once when any other command holds it."""
    with _held(paths, command, fcntl.LOCK_EX):
        yield


@contextmanager
def reading(paths: Paths, command: str) -> Iterator[None]:
    """Hold the warehouse for reading, beside other readers: DuckDB refuses a writer while a reader has the file open,
    so a build must know of us. Raises Busy at once when a writer holds it."""
    if not paths.root.exists():
        yield
        return
    with _held(paths, command, fcntl.LOCK_SH):
        yield


@contextmanager
def _held(paths: Paths, command: str, how: int) -> Iterator[None]:
    paths.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    # not inheritable (Python's default), so that no child process keeps the lock when this one is killed
    handle = os.open(paths.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(busy_message(paths)) from None
        me = Holder(command, os.getpid(), datetime.now().astimezone().isoformat(timespec="seconds"))
        text = json.dumps(asdict(me)).encode()
        os.pwrite(handle, text, 0)
        os.ftruncate(handle, len(text))
        yield
    finally:
        os.close(handle)
