"""The canary test: no planted identifier is on disk after a whole run, in clear or as a plain hash, inside any file."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.end_to_end.london import London, liia, tables

HASHES = ("md5", "sha1", "sha256", "sha512")
# Hold every day there is, those of the planted birth dates among them, and nothing of a child.
CALENDARS = ("intermediate.int_calendar__working_day", "marts.dim_date")
SCHEMAS = ("ledger", "raw_cin_census", "raw_ssda903", "staging", "intermediate", "marts", "share", "audit", "main")


class Forms:
    """Byte strings to look for, all at once: one look-up per place of the content instead of one search per string."""

    HEAD = 8
    MIX = np.uint64(0x9E3779B97F4A7C15)

    def __init__(self, kinds: dict[bytes, str]) -> None:
        self.kinds = kinds
        self.short = [form for form in kinds if len(form) < self.HEAD]
        self.by_head: dict[bytes, list[bytes]] = {}
        for form in kinds.keys() - set(self.short):
            self.by_head.setdefault(form[: self.HEAD], []).append(form)
        self.starts = np.zeros(1 << 24, dtype=bool)
        self.starts[self._slots(b"".join(self.by_head), 0)] = True

    def caught(self, content: bytes) -> set[str]:
        """The kinds of the strings that are in these bytes."""
        found = {self.kinds[form] for form in self.short if form in content}
        for offset in range(min(self.HEAD, max(len(content) - self.HEAD + 1, 0))):
            for word in np.flatnonzero(self.starts[self._slots(content, offset)]):
                at = offset + self.HEAD * int(word)
                for form in self.by_head.get(content[at : at + self.HEAD], ()):
                    if content.startswith(form, at):
                        found.add(self.kinds[form])
        return found

    def _slots(self, content: bytes, offset: int) -> np.ndarray:
        words = np.frombuffer(content, dtype="<u8", count=(len(content) - offset) // self.HEAD, offset=offset)
        return (words * self.MIX) >> np.uint64(40)


class Nets:
    """Everything a canary could look like: in clear (UTF-8, UTF-16), and as an unsalted hash (bytes and hex)."""

    def __init__(self, canaries: pl.DataFrame) -> None:
        clear: dict[bytes, str] = {}
        hashed: dict[bytes, str] = {}
        in_hex: dict[bytes, str] = {}
        for kind, value in canaries.select("kind", "value").iter_rows():
            for form in {value, value.upper(), value.lower(), value.replace(" ", "")}:
                for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                    clear[form.encode(encoding)] = kind
                for name in HASHES:
                    digest = hashlib.new(name, form.encode(), usedforsecurity=False).digest()
                    # a hash that was cut short still tells who it is of
                    hashed[digest[:16]] = in_hex[digest.hex()[:32].encode()] = f"{name} of {kind}"
        self.as_is, self.in_hex = Forms(clear | hashed), Forms(in_hex)

    def caught(self, content: bytes) -> set[str]:
        """Which canaries are in these bytes, by kind."""
        return self.as_is.caught(content) | self.in_hex.caught(content.lower())


def opened(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file, and of what lies inside it: Parquet cells, members of ZIP and XLSX."""
    content = path.read_bytes()
    yield path.name, content
    if path.suffix == ".parquet":
        yield f"{path.name} cells", cells(pl.read_parquet(path))
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if not member.flag_bits & 1:
                    yield f"{path.name}/{member.filename}", archive.read(member)


def cells(rows: pl.DataFrame) -> bytes:
    """Every value of a table as text, one a line; what stands in many rows of a column, once."""
    texts = (
        rows[name].list.join(" ") if isinstance(kind, pl.List) else rows[name].cast(pl.String) for name, kind in rows.schema.items()
    )
    return "\n".join(value for text in texts for value in text.unique().drop_nulls()).encode()


def left_behind(london: London) -> Iterator[tuple[str, bytes]]:
    """Every file of a run but the returns and the truth, and every table inside the encrypted warehouse."""
    for path in sorted(london.data.rglob("*")):
        room = path.relative_to(london.data).parts[:2]
        if path.is_file() and room not in (("demo", "returns"), ("demo", "truth")):
            yield from opened(path)
            yield f"name of {path.name}", str(path.relative_to(london.data)).encode()
    for name, rows in tables(london.paths, SCHEMAS).items():
        if name not in CALENDARS:
            yield f"table {name}", cells(rows)


@pytest.fixture(scope="module")
def nets(canary_london: London) -> Nets:
    return Nets(pl.read_parquet(canary_london.paths.truth / "canary.parquet"))


def test_the_nets_catch_every_canary_in_the_returns(canary_london: London, nets: Nets) -> None:
    """The control: the same search over the returns finds all of them, so an empty catch elsewhere means something."""
    content = b"\n".join(
        part
        for path in sorted(canary_london.paths.returns.rglob("*"))
        for part in ([path.name.encode(), path.read_bytes()] if path.is_file() else [path.name.encode()])
    )
    canaries = pl.read_parquet(canary_london.paths.truth / "canary.parquet")
    missed = [value for value in canaries["value"] if value.encode() not in content]
    assert canaries.height > 100
    assert missed == []
    assert nets.caught(content)
    planted = canaries["value"][0]
    assert nets.caught(hashlib.sha256(planted.encode()).hexdigest()[:40].encode())
    assert nets.caught(hashlib.md5(planted.encode(), usedforsecurity=False).digest())
    assert nets.caught(planted.encode("utf-16-le"))
    assert nets.caught(cells(pl.DataFrame({"number": [1, 2, 2], "one": ["x", planted, planted]})))
    assert nets.caught(cells(pl.DataFrame({"many": [["x"], ["y", planted]]})))


def test_nothing_left_behind_holds_a_canary(canary_london: London, nets: Nets) -> None:
    searched = 0
    leaks = []
    for name, content in left_behind(canary_london):
        searched += 1
        leaks += [f"{name}: {kind}" for kind in sorted(nets.caught(content))]
    assert searched > 100
    assert not leaks, "\n".join(leaks)


def test_nothing_printed_holds_a_canary(canary_london: London, nets: Nets, tmp_path: Path) -> None:
    printed = canary_london.printed.split("Loading", 1)[-1]
    printed += liia(canary_london.data, "findings")
    printed += liia(canary_london.data, "findings", "--csv")
    printed += liia(canary_london.data, "status")
    printed += liia(tmp_path, "check", str(canary_london.paths.returns), expect=1, COLUMNS="400")
    # `check` names files as their sender named them, to the sender alone
    names = {path.name for path in canary_london.paths.returns.rglob("*")}
    for name in sorted(names, key=len, reverse=True):
        printed = printed.replace(name, "")
    assert not nets.caught(printed.encode())
