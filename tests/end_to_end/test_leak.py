"""The canary test: no planted identifier is on disk after a whole run, in clear or as a plain hash, inside any file."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.end_to_end.london import London, liia, tables

HEX = re.compile(rb"[0-9a-f]{32,128}")
HASHES = ("md5", "sha1", "sha256", "sha512")
SCHEMAS = ("ledger", "raw_cin_census", "raw_ssda903", "staging", "intermediate", "marts", "share", "audit", "main")


class Nets:
    """Everything a canary could look like: in clear (UTF-8, UTF-16), and as an unsalted hash (bytes and hex)."""

    def __init__(self, canaries: pl.DataFrame) -> None:
        self.clear: dict[bytes, str] = {}
        self.digests: dict[bytes, str] = {}
        self.hex: dict[bytes, str] = {}
        for kind, value in canaries.select("kind", "value").iter_rows():
            for form in {value, value.upper(), value.lower(), value.replace(" ", "")}:
                for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                    self.clear[form.encode(encoding)] = kind
                for name in HASHES:
                    digest = hashlib.new(name, form.encode(), usedforsecurity=False).digest()
                    self.digests[digest] = f"{name} of {kind}"
                    self.hex[digest.hex().encode()] = f"{name} of {kind}"

    def caught(self, content: bytes) -> set[str]:
        """Which canaries are in these bytes, by kind."""
        found = {kind for form, kind in (self.clear | self.digests).items() if form in content}
        runs = set(HEX.findall(content.lower()))
        # a hash that was cut short still tells who it is of
        heads = {whole[:32]: kind for whole, kind in self.hex.items()}
        return found | {kind for run in runs for head, kind in heads.items() if head in run}


def opened(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file, and of what lies inside it: Parquet cells, members of ZIP and XLSX."""
    content = path.read_bytes()
    yield path.name, content
    if path.suffix == ".parquet":
        yield f"{path.name} cells", pl.read_parquet(path).write_csv().encode()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if not member.flag_bits & 1:
                    yield f"{path.name}/{member.filename}", archive.read(member)


def left_behind(london: London) -> Iterator[tuple[str, bytes]]:
    """Every file of a run but the returns and the truth, and every table inside the encrypted warehouse."""
    for path in sorted(london.data.rglob("*")):
        room = path.relative_to(london.data).parts[:2]
        if path.is_file() and room not in (("demo", "returns"), ("demo", "truth")):
            yield from opened(path)
            yield f"name of {path.name}", str(path.relative_to(london.data)).encode()
    for name, rows in tables(london.paths, SCHEMAS).items():
        as_text = rows.select(
            pl.col(column).list.join(" ") if isinstance(kind, pl.List) else pl.col(column).cast(pl.String)
            for column, kind in rows.schema.items()
        )
        yield f"table {name}", as_text.write_csv().encode()


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
    kinds = set(pl.read_parquet(canary_london.paths.truth / "canary.parquet")["kind"])
    assert nets.caught(content) >= kinds
    planted = pl.read_parquet(canary_london.paths.truth / "canary.parquet")["value"][0]
    assert nets.caught(hashlib.sha256(planted.encode()).hexdigest().encode())
    assert nets.caught(planted.encode("utf-16-le"))


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
    printed += liia(tmp_path, "check", str(canary_london.paths.returns), expect=1)
    # `check` names files as their sender named them, to the sender alone
    names = {path.name for path in canary_london.paths.returns.rglob("*")}
    for name in sorted(names, key=len, reverse=True):
        printed = printed.replace(name, "")
    folders = {kind for kind in nets.caught(printed.encode()) if "file name" not in kind}
    assert not folders


def test_the_run_was_short_of_memory(canary_london: London) -> None:
    """The limit was in force in dbt's process: its environment names it, and the run went through all the same."""
    results = json.loads((canary_london.paths.dbt / "target" / "run_results.json").read_text())
    assert {result["status"] for result in results["results"]} <= {"success", "pass", "warn"}
