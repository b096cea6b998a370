"""Finding the files to load: single files, folders, members of ZIPs. Nothing is ever unpacked to disk."""

import io
import os
import stat
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from loaders.contract import SourceFile
from loaders.errors import ReturnRejected

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# What a return may end with; .txt and .tsv are what spreadsheets call their text exports.
SUFFIXES: Final = (".xml", ".csv", ".txt", ".tsv")

# Bounds on a ZIP. CIN census files shrink to about a thirtieth; a bomb to less than a thousandth.
MAX_MEMBERS: Final = 10_000
MAX_RATIO: Final = 250
MAX_TOTAL_BYTES: Final = 16 << 30
# Below this size a ratio says nothing: blank rows shrink well.
RATIO_FROM_BYTES: Final = 1 << 20

# A file untouched for so long is complete; a younger one is watched, in short waits, for at most WAITS of them.
SETTLED_SECONDS: Final = 1.0
WAIT_SECONDS: Final = 0.25
WAITS: Final = 20

# Folders of a path that may tell return, authority and year, when no base says where the returns begin.
HINT_FOLDERS: Final = 3

_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class RefusedSource:
    """Something that cannot be a file to load, and why. Fields as in SourceFile."""

    shown: str
    hints: tuple[str, ...]
    rule_code: str
    reason: str
    location: Path
    member: str | None = None
    size: int = 0


def discover(
    paths: Sequence[Path],
    base: Path | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> Iterator[SourceFile | RefusedSource]:
    """The files of `paths` in the order given, folders with all below them, sorted; each file once.

    Hidden files, the lock files of office programs (`~$…`) and what file managers leave behind are passed over. `base` is
    the folder under which `<return>/<authority>/<year>/` begins; outside it, a file's own three folders may tell them.
    """
    seen: set[Path] = set()
    for given in paths:
        for path in _files_below(given):
            resolved = path.resolve()
            if resolved in seen:
                continue
            seen.add(resolved)
            yield from _of_file(path, base, sleep, now)


def _files_below(given: Path) -> Iterator[Path]:
    if not given.is_dir():
        yield given
        return
    for folder, folders, names in os.walk(given):
        folders[:] = sorted(name for name in folders if not _is_passed_over(name))
        yield from (Path(folder) / name for name in sorted(names) if not _is_passed_over(name))


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in ("desktop.ini", "thumbs.db", "__macosx")


def _of_file(
    path: Path, base: Path | None, sleep: Callable[[float], None], now: Callable[[], float]
) -> Iterator[SourceFile | RefusedSource]:
    shown, hints = _shown_and_hints(path, base)

    def refused(rule_code: str, reason: str) -> RefusedSource:
        return RefusedSource(shown, hints, rule_code, reason, path)

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            yield refused("not_a_return", "This is no ordinary file. A return is an .xml, a .csv or a .zip of them.")
            return
        is_settled = _settle(path, sleep, now)
        size = path.stat().st_size
    except OSError as error:
        yield refused("unreadable_file", f"The file cannot be opened ({error.strerror or 'no reason given'}).")
        return
    if not is_settled:
        yield refused("still_being_written", "The file is still being written. Load it again when it is complete.")
    elif path.suffix.lower() == ".zip":
        yield from _of_zip(path, shown, hints)
    elif path.suffix.lower() not in SUFFIXES:
        yield refused("not_a_return", "By its ending this is no return. A return is an .xml, a .csv or a .zip of them.")
    else:
        yield SourceFile(shown, hints, path, None, size, partial(_open_file, path))


def _shown_and_hints(path: Path, base: Path | None) -> tuple[str, tuple[str, ...]]:
    absolute = path.absolute()
    if base is not None and absolute.is_relative_to(base.absolute()):
        relative = absolute.relative_to(base.absolute())
        return relative.as_posix(), relative.parts
    return str(path), absolute.parts[1:][-HINT_FOLDERS - 1 :]


def _settle(path: Path, sleep: Callable[[float], None], now: Callable[[], float]) -> bool:
    """Wait until the file has been left alone for a moment; False when it is not."""
    before = path.stat()
    for _ in range(WAITS):
        age = now() - before.st_mtime
        if age >= SETTLED_SECONDS:
            return True
        sleep(WAIT_SECONDS)
        after = path.stat()
        is_untouched = (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        # a clock ahead of ours (network drives) would keep a file young for ever
        if is_untouched and age < 0:
            return True
        before = after
    return False


def _of_zip(path: Path, shown: str, hints: tuple[str, ...]) -> Iterator[SourceFile | RefusedSource]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (*_ZIP_ERRORS, OSError, ValueError, UnicodeError):
        yield RefusedSource(shown, hints, "zip_damaged", "The ZIP cannot be opened. Make it anew and send it again.", path)
        return
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL_BYTES:
        reason = f"The ZIP holds more than {MAX_MEMBERS} files or {MAX_TOTAL_BYTES >> 30} GB. Send the files in smaller ZIPs."
        yield RefusedSource(shown, hints, "zip_too_large", reason, path)
        return
    for member in sorted(members, key=lambda member: member.filename):
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if any(_is_passed_over(part) for part in parts if part not in (".", "..")):
            continue
        shown_member, hints_member = f"{shown} › {member.filename}", (*hints, *parts)
        problem = _problem_of(member, parts)
        if problem:
            yield RefusedSource(shown_member, hints_member, *problem, path, member.filename)
        else:
            opener = partial(_open_member, path, member.filename, member.header_offset)
            yield SourceFile(shown_member, hints_member, path, member.filename, member.file_size, opener)


def _problem_of(member: zipfile.ZipInfo, parts: tuple[str, ...]) -> tuple[str, str] | None:
    """(rule code, reason) why a member of a ZIP is not read."""
    if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
        return "zip_path_outside", "The ZIP names a place outside itself. Make it anew from the plain files."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "zip_path_outside", "The ZIP holds a link in place of a file. Make it anew from the plain files."
    if member.flag_bits & 1:
        return "zip_encrypted", "The file in the ZIP is protected by a password. Unpack it and load the files."
    suffix = PurePosixPath(parts[-1]).suffix.lower()
    if suffix == ".zip":
        return "zip_nested", "The ZIP holds another ZIP. Unpack the inner one, or put its files straight into the outer."
    if suffix not in SUFFIXES:
        return "not_a_return", "By its ending this is no return. A return is an .xml or a .csv."
    if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return "zip_too_large", f"The file would unpack to more than {MAX_RATIO} times its size, which no return does."
    return None


class _Checked(io.RawIOBase):
    """A raw stream whose read errors are ReturnRejected: a damaged ZIP shows itself only while it is read."""

    def __init__(self, stream: BinaryIO, owner: zipfile.ZipFile | None = None) -> None:
        self._stream = stream
        self._owner = owner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        into = memoryview(buffer).cast("B")
        try:
            block = self._stream.read(len(into))
        except (*_ZIP_ERRORS, OSError):
            raise ReturnRejected("unreadable_file", "The file is damaged and cannot be read to its end. Send it again.") from None
        into[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            if self._owner:
                self._owner.close()
        super().close()


def _open_file(path: Path) -> BinaryIO:
    try:
        return cast(BinaryIO, io.BufferedReader(_Checked(path.open("rb", buffering=0)), 1 << 20))
    except OSError as error:
        raise ReturnRejected("unreadable_file", f"The file cannot be opened ({error.strerror or 'no reason given'}).") from None


def _open_member(path: Path, name: str, header_offset: int) -> BinaryIO:
    """A stream of one member. Two members may share a name; their place in the archive does not."""
    try:
        archive = zipfile.ZipFile(path)
        member = next(m for m in archive.infolist() if m.filename == name and m.header_offset == header_offset)
        return cast(BinaryIO, io.BufferedReader(_Checked(cast(BinaryIO, archive.open(member)), archive), 1 << 20))
    except (*_ZIP_ERRORS, OSError, StopIteration):
        raise ReturnRejected("unreadable_file", "The file in the ZIP is damaged. Make the ZIP anew and send it again.") from None
