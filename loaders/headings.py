"""The heading row of a CSV: where it stands, what separates its cells, which table and columns it names."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from loaders import facts, text
from loaders.contract import SourceFile
from loaders.errors import ReturnRejected

SEPARATORS: Final = (",", ";", "\t", "|")
# How far down the heading row may stand, below titles.
MAX_TITLE_ROWS: Final = 20
# A title row has a text or two; a row with more cells above the headings is data out of its place.
MAX_TITLE_CELLS: Final = 2
# A longer cell is no heading.
MAX_HEADING: Final = 60
HEAD_BYTES: Final = 64 << 10


@dataclass(frozen=True)
class Headings:
    """The heading row: its separator, its cells (trimmed), and how many physical lines it and the titles above it take."""

    separator: str
    cells: tuple[str, ...]
    n_lines: int

    @property
    def n_named(self) -> int:
        """Cells up to the last that is not blank: spreadsheets leave blank ones behind."""
        return max((place + 1 for place, cell in enumerate(self.cells) if cell), default=0)


def squashed(name: str) -> str:
    """A heading without case, spaces and signs: 'D.O.B' and ' dob ' are the same."""
    return "".join(character for character in name.casefold() if character.isalnum())


@cache
def columns_of(return_name: str, table_name: str) -> dict[str, facts.Field]:
    """Every name a column of the table goes by, squashed, with its field."""
    table = facts.returns()[return_name].table(table_name)
    return {squashed(name): field for field in table.fields for name in (field.field, *field.aliases)}


@cache
def _known() -> frozenset[str]:
    csv_returns = [a_return for a_return in facts.returns().values() if a_return.format == "csv"]
    return frozenset(name for r in csv_returns for table in r.tables for name in columns_of(r.name, table.table))


def find(source: SourceFile, encoding: str, skip: int) -> Headings:
    """Find the heading row among the first rows: by each separator the first with two known headings, of those the best.

    Raises ReturnRejected when there is none, or when rows of data stand above it.
    """
    head = text.utf8_head(source, encoding, skip, HEAD_BYTES)
    found = [row for separator in SEPARATORS if (row := _heading_row(head, separator))]
    if not found:
        raise ReturnRejected(
            "no_heading_row",
            "No heading row: none of the first rows holds the column names of a table of this return. "
            "Send the file with the headings of the guidance as its first row.",
        )
    _, n_cells_above, headings = max(found, key=lambda candidate: candidate[0])
    if n_cells_above > MAX_TITLE_CELLS:
        raise ReturnRejected(
            "no_heading_row",
            f"Rows of data stand above the heading row, which is line {headings.n_lines}. Move it to the top.",
            line_number=headings.n_lines,
        )
    return headings


def _heading_row(head: str, separator: str) -> tuple[int, int, Headings] | None:
    """(known headings, cells of the fullest row above, the row) of the first row with two known headings."""
    n_cells_above = 0
    for cells, n_lines in _rows(head, separator):
        # a row that this separator does not part holds no two headings
        n_known = len(cells) > 1 and sum(len(cell) < MAX_HEADING and squashed(cell) in _known() for cell in cells)
        if n_known >= 2:
            return n_known, n_cells_above, Headings(separator, cells, n_lines)
        n_cells_above = max(n_cells_above, sum(bool(cell) for cell in cells))
    return None


def _rows(head: str, separator: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The first rows, trimmed, each with the number of its last physical line."""
    reader = csv.reader(head.split("\n"), delimiter=separator)
    try:
        for _, row in zip(range(MAX_TITLE_ROWS), reader, strict=False):
            yield tuple(cell.strip() for cell in row), reader.line_num
    except csv.Error:
        return


def choose_table(headings: Headings, file_name: str, a_return: facts.Return) -> facts.Table:
    """The table of a file: the one its name tells, if the headings agree, else the one the headings tell.

    A name may speak of several (`2024_episodes_child_not_in_header`): of those, the headings decide. Raises ReturnRejected
    when the headings are those of another table than the name tells, or of none.
    """
    given = {squashed(cell) for cell in headings.cells if cell}

    def n_missing(table: facts.Table) -> int:
        return len(missing_columns(a_return, table, given))

    def fit(table: facts.Table) -> tuple[int, int]:
        columns = columns_of(a_return.name, table.table)
        return -n_missing(table), len({columns[name].field for name in given if name in columns})

    name = squashed(file_name)
    told = [table for table in a_return.tables if any(squashed(p) in name for p in table.file_name_patterns)]
    complete = [table for table in a_return.tables if n_missing(table) == 0]
    if told:
        best = max(told, key=fit)
        # a file that lacks a column may still hold the few of a smaller table: more headings must speak for the other
        others = [table for table in complete if fit(table)[1] >= fit(best)[1]]
        if n_missing(best) == 0 or not others:
            return best
        raise ReturnRejected(
            "table_contradicts_name",
            f"The file name tells the table {best.table}, the headings are those of {max(others, key=fit).table}. "
            "Give the file its right name, or send the right file.",
            table_name=best.table,
        )
    # CHILD and DOB alone would do for a table without other required columns: half of its columns must be there
    complete = [table for table in complete if 2 * fit(table)[1] >= len(table.fields)]
    if not complete:
        raise ReturnRejected(
            "table_unknown",
            "Neither the file name nor the headings tell which table this is. Name the file after its table: "
            f"{', '.join(table.table for table in a_return.tables)}.",
        )
    ranked = sorted(complete, key=fit, reverse=True)
    if len(ranked) > 1 and fit(ranked[0]) == fit(ranked[1]):
        raise ReturnRejected(
            "table_unknown",
            f"The headings fit the tables {ranked[0].table} and {ranked[1].table} alike. Name the file after its table.",
        )
    return ranked[0]


def missing_columns(a_return: facts.Return, table: facts.Table, given: set[str]) -> list[facts.Field]:
    """Required fields of the table for which no heading is given (`given`: squashed)."""
    columns = columns_of(a_return.name, table.table)
    present = {columns[name].field for name in given if name in columns}
    return [field for field in table.fields if field.required and field.field not in present]
