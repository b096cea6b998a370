"""Replace a published folder or file as a whole or not at all, whatever happens in between."""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h
RENAME_SWAP = 2  # macOS, sys/stdio.h


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target`; when the block ends well it stands in the place of `target`.

    Everything is on the disk before the swap. After a kill at any moment the next call finds the old folder or the
    new one under its name, complete, and clears what is left over. The caller holds the warehouse's lock.
    """
    recover(target)
    fresh, former = _siblings(target)
    fresh.mkdir(parents=True, mode=0o700)
    try:
        yield fresh
        _to_disk(fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if not target.exists():
        fresh.rename(target)
    elif _exchange(fresh, target):
        shutil.rmtree(fresh)
    else:
        target.rename(former)
        fresh.rename(target)
        shutil.rmtree(former)
    _sync(target.parent)


def recover(target: Path) -> None:
    """Undo what a killed swap left: a former folder without a successor comes back, half-made ones go."""
    fresh, former = _siblings(target)
    if former.exists() and not target.exists():
        former.rename(target)
    for leftover in (fresh, former):
        if leftover.exists():
            shutil.rmtree(leftover)


def write_file(target: Path, content: bytes) -> None:
    """Write one file in the same manner: the old one or the new one, never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f".{target.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    _sync(target.parent)


def _siblings(target: Path) -> tuple[Path, Path]:
    return target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.former")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step where the system can (Linux, macOS); False where it cannot.

    Two renames would leave a moment without any folder; this one has none.
    """
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = (os.fsencode(one), os.fsencode(other))
        if sys.platform == "darwin":
            return int(library.renamex_np(*names, RENAME_SWAP)) == 0
        return int(library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE)) == 0
    except (AttributeError, OSError, TypeError):
        return False


def _to_disk(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for file in files:
            _sync(Path(place) / file)
        _sync(Path(place))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
