"""Reading a file that exists in memory only, and what came of it, for the tests of the readers."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders import csv_reader, facts, xml_reader
from loaders.contract import Identity, Outcome, SourceFile
from loaders.damage import Damages
from loaders.findings_rules import FindingBook
from loaders.identify import identify
from loaders.mark_check import MarkCheck
from loaders.pseudonym import Pseudonymiser
from loaders.readers import read
from loaders.settings import Kind

KEY = bytes(range(32))
SALTS = {authority.la_code: bytes([7]) * 32 for authority in facts.authorities()}
PSEUDONYMISER = Pseudonymiser(KEY, SALTS)
LOAD_ID = "0123456789abcdef"


def source_of(data: bytes, place: str) -> SourceFile:
    """A file of these bytes that lies at `place`, such as ssda903/camden/2024/header.csv."""
    return SourceFile(place, Path(place).parts, Path(place), None, len(data), lambda: io.BytesIO(data))


@dataclass
class WhatWasRead:
    """Rows of each table as dictionaries, in the order they came, and the outcome."""

    identity: Identity
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    def column(self, table: str, name: str) -> list[Any]:
        return [row[name] for row in self.rows.get(table, [])]

    def found(self, rule_code: str) -> list[tuple[str, str, int | None]]:
        """(table, field, line) of each finding of a rule."""
        return [(f.table_name, f.field, f.line_number) for f in self.outcome.findings if f.rule_code == rule_code]

    @property
    def rule_codes(self) -> set[str]:
        return {finding.rule_code for finding in self.outcome.findings}

    def n(self, table: str) -> tuple[int, int, int, int]:
        """Rows in the file, kept, set aside, duplicate."""
        count = self.outcome.counts[table]
        return count.n_in_file, count.n_kept, count.n_set_aside, count.n_duplicate


def read_bytes(
    data: bytes, place: str, *, set_aside: bool = False, kind: Kind | None = None, block_bytes: int | None = None
) -> WhatWasRead:
    """Identify and read a file. `block_bytes` forces small blocks, so that their edges fall everywhere."""
    source = source_of(data, place)
    what = WhatWasRead(identify(source))
    outcome = what.outcome
    if block_bytes is None:
        batches = read(source, what.identity, LOAD_ID, PSEUDONYMISER, outcome, set_aside=set_aside, kind=kind)
    else:
        book = FindingBook()
        damages = Damages(set_aside, book, outcome)
        is_xml = facts.returns()[what.identity.return_name].format == "xml"
        reader = xml_reader.read_xml if is_xml else csv_reader.read_csv
        batches = reader(source, what.identity, LOAD_ID, PSEUDONYMISER, outcome, book, damages, MarkCheck(kind), block_bytes)
    for batch in batches:
        what.rows.setdefault(batch.table_name, []).extend(batch.rows.to_pylist())
    if block_bytes is not None:
        damages.reject()
        outcome.findings[:] = book.findings()
    return what
