"""A CSV return read in blocks: nothing silently lost or shifted.

Encoding, separator and heading row are found first; every row must have the width of the heading row; what is read is read
by column name, never by position. (docs/architecture.md 5 and 11.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from loaders import csv_rows, facts, headings, names, shapes, text
from loaders.arrays import Flags, Integers, unless_all
from loaders.columns import FieldReader, Sent, constant
from loaders.contract import Batch, Identity, Outcome, SourceFile
from loaders.damage import Damages
from loaders.duplicates import SeenRows
from loaders.errors import ReturnRejected
from loaders.findings_rules import FindingBook
from loaders.headings import Headings
from loaders.mark_check import MarkCheck
from loaders.pseudonym import Pseudonymiser

# About fifty thousand rows.
BLOCK_BYTES: Final = 4 << 20
MAX_LINE_BYTES: Final = 16 << 20


def read_csv(
    source: SourceFile,
    identity: Identity,
    load_id: str,
    pseudonymiser: Pseudonymiser,
    outcome: Outcome,
    book: FindingBook,
    damages: Damages,
    marks: MarkCheck,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Batch]:
    """The file's rows, block by block. Raises ReturnRejected as soon as it cannot be taken."""
    table = facts.returns()[identity.return_name].table(identity.table_name)
    encoding, skip = text.csv_encoding(source)
    found = headings.find(source, encoding, skip)
    if encoding == "cp1252":
        book.add("encoding_cp1252", table.table)
    reader = _Reader(identity, load_id, table, found, pseudonymiser, outcome, book, damages, marks)
    lines_to_skip = found.n_lines
    pending = b""
    line_before = 0
    for block in _with_last(text.utf8_blocks(source, encoding, skip, block_bytes)):
        final = block is None
        pending += block or b""
        if lines_to_skip and not final and pending.count(b"\n") < lines_to_skip:
            continue
        if lines_to_skip:
            pending = pending[_behind_lines(pending, lines_to_skip) :]
            line_before, lines_to_skip = lines_to_skip, 0
        ready = pending if final else pending[: pending.rfind(b"\n") + 1]
        if ready:
            rows, n_done = csv_rows.rows_of(ready, line_before, found, reader.places, final)
            batch = reader.take(rows)
            if batch is not None:
                yield batch
            line_before += ready.count(b"\n", 0, n_done)
            pending = pending[n_done:]
        if len(pending) > MAX_LINE_BYTES:
            raise ReturnRejected(
                "record_too_large",
                f"Line {line_before + 1} is longer than {MAX_LINE_BYTES >> 20} MB, which no row is. Export the file again.",
                line_number=line_before + 1,
                table_name=table.table,
            )
    reader.finish()


def _with_last(blocks: Iterator[bytes]) -> Iterator[bytes | None]:
    """The blocks, then None."""
    yield from blocks
    yield None


def _behind_lines(block: bytes, n_lines: int) -> int:
    """Where the line begins that follows the first `n_lines`; the end when there is none."""
    place = 0
    for _ in range(n_lines):
        place = block.find(b"\n", place) + 1
        if place == 0:
            return len(block)
    return place


@dataclass(frozen=True)
class _Column:
    """A field of the table, and the place of its column in the file (None: it has none)."""

    field: facts.Field
    place: int | None
    reader: FieldReader


class _Reader:
    """What is carried from block to block: the columns, the counters, the rows and children seen."""

    def __init__(
        self,
        identity: Identity,
        load_id: str,
        table: facts.Table,
        found: Headings,
        pseudonymiser: Pseudonymiser,
        outcome: Outcome,
        book: FindingBook,
        damages: Damages,
        marks: MarkCheck,
    ) -> None:
        self._identity = identity
        self._load_id = load_id
        self._return = facts.returns()[identity.return_name]
        self._table = table
        self._pseudonymiser = pseudonymiser
        self._outcome = outcome
        self._count = outcome.count(table.table)
        self._book = book
        self._damages = damages
        self._marks = marks
        self._seen = SeenRows()
        self._children_with_row: set[str] = set()
        self._n_rows = 0
        self._n_blank = 0
        places = self._places(found)
        year = identity.layout_year
        self._columns = [
            _Column(field, places.get(field.field), FieldReader(field, self._return, year, pseudonymiser, book))
            for field in table.fields
        ]
        self.places = sorted(places.values())
        self._child = next(column for column in self._columns if column.field.treatment == "key:child")
        if not table.valid_in(year):
            book.add("table_of_other_year", table.table)

    def _places(self, found: Headings) -> dict[str, int]:
        """The place of each field's column. Raises ReturnRejected for a required one that is absent or one that is doubled."""
        table = self._table
        by_name = headings.columns_of(self._return.name, table.table)
        places: dict[str, int] = {}
        for place, cell in enumerate(found.cells):
            field = by_name.get(headings.squashed(cell)) if cell else None
            if field is None:
                if place < found.n_named:
                    rule = "column_identifying" if names.identifies(cell) else "column_unknown"
                    called = names.said(cell) if cell else ""
                    self._book.add(rule, table.table, called, found.n_lines, f"column {place + 1}, not loaded")
            elif field.field in places:
                raise ReturnRejected(
                    "heading_repeated",
                    f"The heading {field.field} stands twice (columns {places[field.field] + 1} and {place + 1}). "
                    "Send the file with the right one only.",
                    line_number=found.n_lines,
                    field=field.field,
                    table_name=table.table,
                )
            else:
                places[field.field] = place
        missing = headings.missing_columns(self._return, table, {headings.squashed(cell) for cell in found.cells if cell})
        if missing:
            listed = ", ".join(field.field for field in missing)
            raise ReturnRejected(
                "column_missing",
                f"Required {'column' if len(missing) == 1 else 'columns'} {listed} absent from the table {table.table}. "
                "Send the file with all columns of the guidance.",
                line_number=found.n_lines,
                field=missing[0].field,
                table_name=table.table,
            )
        for field in table.fields:
            if field.field not in places and field.valid_in(self._identity.layout_year):
                self._book.add("column_absent", table.table, field.field, found.n_lines)
        return places

    def take(self, rows: csv_rows.Rows) -> Batch | None:
        """Check the rows of a block and turn them into the raw table's columns; None when nothing of them is kept."""
        sent = {place: Sent.of(column) for place, column in rows.columns.items()}
        sent, lines = self._without_blank(sent, rows.lines)
        n_damaged = len(rows.damaged)
        for line_number, rule_code, detail in rows.damaged:
            self._damages.add(rule_code, self._table.table, "", line_number, detail)
        # every row of the file has a number, damaged or not, in the order of their lines
        places = np.concatenate([lines, np.array([line for line, _, _ in rows.damaged], dtype=np.int64)])
        numbers = self._n_rows + 1 + np.argsort(np.argsort(places, kind="stable"), kind="stable")[: len(lines)]
        self._n_rows += len(places)
        self._count.n_in_file += len(places)
        self._damages.set_aside(self._table.table, n_damaged)
        if len(lines) == 0:
            return None
        child = sent[self._child.place] if self._child.place is not None else Sent.absent(len(lines))
        numbers_read = shapes.read_child_numbers(child.texts)
        is_whole = self._identifiers_are_whole(sent, child, numbers_read, lines)
        is_first = is_whole.copy()
        some = unless_all(is_whole)
        is_first[is_whole] = ~self._repeated({place: column.kept(some) for place, column in sent.items()})
        is_kept = self._only_child(child, numbers_read, is_first, lines) if self._table.unique_key else is_first
        self._count.n_duplicate += int(is_whole.sum() - is_first.sum())
        self._note_duplicates(lines[is_whole & ~is_first])
        self._damages.set_aside(self._table.table, int((~is_whole).sum() + (is_first.sum() - is_kept.sum())))
        self._count.n_kept += int(is_kept.sum())
        if not is_kept.any() or self._damages.is_rejected:
            return None
        some = unless_all(is_kept)
        kept = {place: column.kept(some) for place, column in sent.items()}
        return Batch(self._table.table, self._raw(kept, lines[is_kept], numbers[is_kept], child.kept(some), numbers_read))

    def finish(self) -> None:
        """At the end of the file: what can only be said of all of it."""
        if self._n_blank:
            self._book.add("blank_rows", self._table.table, "", None, f"{self._n_blank} rows")
        if self._table.warn_when_empty and self._n_rows == 0:
            self._book.add("table_empty", self._table.table)

    def _without_blank(self, sent: dict[int, Sent], lines: Integers) -> tuple[dict[int, Sent], Integers]:
        """Leave out rows without any text: spreadsheets add them."""
        if self._child.place is None:
            return sent, lines
        if all(sent[self._child.place].texts) and not any(map(str.isspace, sent[self._child.place].texts)):
            return sent, lines
        is_blank = np.ones(len(lines), dtype=np.bool_)
        for column in (sent[self._child.place], *sent.values()):
            is_blank &= column.where([not text.strip() for text in column.texts])
            if not is_blank.any():
                return sent, lines
        self._n_blank += int(is_blank.sum())
        return {place: column.kept(~is_blank) for place, column in sent.items()}, lines[~is_blank]

    def _identifiers_are_whole(self, sent: dict[int, Sent], child: Sent, read: shapes.ChildNumbers, lines: Integers) -> Flags:
        """Rows whose child number is there and whose identifiers no spreadsheet has rounded; notes the others as damaged."""
        is_whole = np.ones(len(lines), dtype=np.bool_)
        for rule_code in ("child_number_blank", "identifier_damaged"):
            if rule_code in read.broken.values():
                is_wrong = child.where(read.breaking(rule_code))
                self._note_damaged(rule_code, self._child.field.field, lines[is_wrong])
                is_whole &= ~is_wrong
        for column in self._columns:
            if column.field.treatment in ("key:upn", "key:worker") and column.place is not None:
                its = sent[column.place]
                is_wrong = is_whole & its.where(shapes.are_damaged(its.texts))
                self._note_damaged("identifier_damaged", column.field.field, lines[is_wrong])
                is_whole &= ~is_wrong
        return is_whole

    def _note_damaged(self, rule_code: str, field: str, lines: Integers) -> None:
        for line_number in lines:
            self._damages.add(rule_code, self._table.table, field, int(line_number))

    def _note_duplicates(self, lines: Integers) -> None:
        if len(lines):
            self._book.add_rows("exact_duplicate_row", self._table.table, "", lines, lambda n: "")

    def _repeated(self, sent: dict[int, Sent]) -> Flags:
        columns = [sent[place] for place in sorted(sent)]
        return self._seen.are_repeated(columns, len(columns[0].codes))

    def _only_child(self, child: Sent, read: shapes.ChildNumbers, wanted: Flags, lines: Integers) -> Flags:
        """Of the wanted rows, those whose child has no other row; a table of one row per child has no place for a second."""
        is_kept = wanted.copy()
        rows = np.flatnonzero(wanted)
        for row, code in zip(rows.tolist(), child.codes[rows].tolist(), strict=True):
            number = read.values[code] or ""
            if number in self._children_with_row:
                is_kept[row] = False
                field = self._child.field.field
                self._damages.add("child_number_repeated", self._table.table, field, int(lines[row]))
            self._children_with_row.add(number)
        return is_kept

    def _raw(self, sent: dict[int, Sent], lines: Integers, numbers: Integers, child: Sent, read: shapes.ChildNumbers) -> pa.Table:
        n = len(lines)
        columns: dict[str, pa.Array] = {
            "load_id": constant(self._load_id, n),
            "la_code": constant(self._identity.la_code, n),
            "collection_year": constant(self._identity.collection_year, n),
            "row_number_in_file": pa.array(numbers, pa.int32()),
            "line_number": pa.array(lines, pa.int32()),
            self._child.field.raw_column: self._child_keys(child, read, lines),
        }
        for column in self._columns:
            if column.field.treatment in ("key:child", "drop"):
                continue
            its = sent[column.place] if column.place is not None else Sent.absent(n)
            arrays = column.reader.raw(its, lines)
            columns.update(zip((name for name, _ in column.field.raw_columns), arrays, strict=True))
        names = self._return.raw_column_names(self._table)
        return pa.Table.from_arrays([columns[name] for name in names], names=names)

    def _child_keys(self, child: Sent, read: shapes.ChildNumbers, lines: Integers) -> pa.Array:
        """child_key of each kept row; a number is hashed when a row of it is first kept."""
        known = self._outcome.child_numbers
        is_used = np.zeros(len(child.texts), dtype=np.bool_)
        is_used[child.codes] = True
        numbers = [number for number, is_its in zip(read.values, is_used.tolist(), strict=True) if is_its]
        new = [*dict.fromkeys(number for number in numbers if number is not None and number not in known)]
        self._marks.children(new)
        known.update(zip(new, self._pseudonymiser.child(self._identity.la_code, new), strict=True))
        for rule_code in ("child_number_decimal", "child_number_form"):
            if rule_code in read.broken.values():
                self._note_child_numbers(rule_code, child, np.flatnonzero(child.where(read.breaking(rule_code))), lines)
        return child.spread([known.get(number) if number is not None else None for number in read.values])

    def _note_child_numbers(self, rule_code: str, child: Sent, rows: Integers, lines: Integers) -> None:
        def detail(n: int) -> str:
            return shapes.describe(child.texts[child.codes[rows[n]]].strip())

        self._book.add_rows(rule_code, self._table.table, self._child.field.field, lines[rows], detail)
