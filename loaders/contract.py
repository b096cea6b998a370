"""What travels between the parts of the loaders: a file, what it says it is, its rows, what is wrong with it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from loaders import facts

CHUNK = 1 << 20


@dataclass(frozen=True)
class SourceFile:
    """One file to load, on disk or inside a ZIP.

    `hints` are the parts of its place, outermost first (folders, then the file name): they may tell the return, the
    authority and the year. `shown` is how messages on the terminal name it; it never enters the ledger.
    """

    shown: str
    hints: tuple[str, ...]
    location: Path
    member: str | None
    size: int
    open: Callable[[], BinaryIO]

    def sha256(self) -> str:
        """Hex digest of the bytes, read in chunks."""
        digest = hashlib.sha256()
        with self.open() as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


@dataclass(frozen=True)
class Identity:
    """What a file is. `table_name` is 'all' for a return that comes as one file (XML)."""

    return_name: str
    table_name: str
    la_code: str
    collection_year: int
    reference_date: date
    submission_stamp: str = ""

    @property
    def text(self) -> str:
        return f"{self.return_name}|{self.table_name}|{self.la_code}|{self.collection_year}"

    @property
    def layout_year(self) -> int:
        """The year whose layout and codes the file is read by: its own, or the newest we know when it is newer."""
        return min(self.collection_year, facts.returns()[self.return_name].last_year)


@dataclass(frozen=True)
class PartialIdentity:
    """As much of an Identity as could be recognised: all the ledger may keep of a file that was refused."""

    return_name: str | None = None
    table_name: str | None = None
    la_code: str | None = None
    collection_year: int | None = None


@dataclass(frozen=True)
class Finding:
    """Something wrong in a file, with its place. `detail` tells a shape or a count, never a value.

    `rule_code` names a row of seeds/config/config_finding_rule.csv, which holds severity, text and remedy.
    """

    rule_code: str
    table_name: str
    field: str = ""
    line_number: int | None = None
    detail: str = ""
    n_occurrences: int = 1


@dataclass
class TableCount:
    """Where the rows of one table of one file went: n_in_file = n_kept + n_set_aside + n_duplicate."""

    n_in_file: int = 0
    n_kept: int = 0
    n_set_aside: int = 0
    n_duplicate: int = 0


@dataclass(frozen=True)
class Batch:
    """Rows for one raw table, columns exactly those of `Return.raw_columns`, in their order and types."""

    table_name: str
    rows: pa.Table


@dataclass
class Outcome:
    """Filled while a file is read; complete once its batches are exhausted."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, TableCount] = field(default_factory=dict)
    # child number as sent (trimmed, NFC) -> child_key: for the vault alone, never for a table or a message
    child_numbers: dict[str, str] = field(default_factory=dict)

    def count(self, table_name: str) -> TableCount:
        return self.counts.setdefault(table_name, TableCount())
