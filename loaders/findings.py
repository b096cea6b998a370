"""What to send back to an authority: rejected files, the loaders' findings, and those of the data-quality models."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import duckdb
import xlsxwriter

from loaders import facts, ledger, warehouse
from loaders.findings_rules import SEVERITIES, Rule, rules
from loaders.spreadsheet import defuse
from loaders.status import is_answered

# How many lines, and shapes of values, are named before "…"
SHOWN = 5


@dataclass(frozen=True)
class Line:
    """One thing to mend, with all its places in one return of one authority and year."""

    la_code: str
    la_name: str
    return_name: str
    collection_year: int | None
    severity: str
    title: str
    table_name: str
    field: str
    lines: str
    n_occurrences: int
    detail: str
    remedy: str
    rule_code: str


COLUMNS = (
    "la_code",
    "la_name",
    "return_name",
    "collection_year",
    "severity",
    "title",
    "table_name",
    "field",
    "lines",
    "n_occurrences",
    "detail",
    "remedy",
    "rule_code",
)


def lines(
    connection: duckdb.DuckDBPyConnection,
    la_code: str | None = None,
    return_name: str | None = None,
    collection_year: int | None = None,
) -> list[Line]:
    """What to mend, most useful first: by severity, then by how often, then by place.

    Loaders' findings are those of the current submissions, straight from the ledger; the models' are those of the last
    build (marts.dq_finding). A rejected file is listed until a later one of its dataset is accepted.
    """
    found = [*_rejected(connection), *_of_loaders(connection), *_of_models(connection)]
    chosen = [
        line
        for line in found
        if la_code in (None, line.la_code)
        and return_name in (None, line.return_name)
        and collection_year in (None, line.collection_year)
    ]
    return sorted(chosen, key=_usefulness)


def _usefulness(line: Line) -> tuple[int, int, str, str, int, str, str, str, str]:
    return (
        [*SEVERITIES, line.severity].index(line.severity),
        -line.n_occurrences,
        line.la_code,
        line.return_name,
        line.collection_year or 0,
        line.table_name,
        line.field,
        line.rule_code,
        line.detail,
    )


def _rejected(connection: duckdb.DuckDBPyConnection) -> list[Line]:
    entries = ledger.read(connection).entries.values()
    accepted = {e.dataset: e.load_number for e in entries if e.status == "accepted"}
    places: dict[str, list[tuple[int | None, str]]] = defaultdict(list)
    for load_id, line_number, field in warehouse.fetch(
        connection,
        "SELECT finding.load_id, finding.line_number, finding.field FROM ledger.finding "
        "JOIN ledger.load ON load.load_id = finding.load_id AND load.rule_code = finding.rule_code "
        "WHERE load.status = 'rejected' ORDER BY finding.load_id, finding.finding_number",
    ):
        places[load_id].append((line_number, field))
    known = rules()
    found = []
    for entry in entries:
        if entry.status != "rejected" or is_answered(entry, accepted):
            continue
        rule = known.get(entry.rule_code or "", Rule(entry.rule_code or "", "reject", "File rejected", ""))
        found.append(
            Line(
                entry.la_code or "",
                _authority_name(entry.la_code),
                entry.return_name or "",
                entry.collection_year,
                "reject",
                rule.title,
                entry.table_name or "",
                next((field for _, field in places[entry.load_id] if field), ""),
                shown_lines([number for number, _ in places[entry.load_id]]),
                max(len(places[entry.load_id]), 1),
                entry.reason or "",
                rule.remedy,
                rule.rule_code,
            )
        )
    return found


def _of_loaders(connection: duckdb.DuckDBPyConnection) -> list[Line]:
    grouped: dict[tuple[str, str, int, str, str, str], list[tuple[int | None, str, int]]] = defaultdict(list)
    for la_code, return_name, year, table_name, field, rule_code, number, detail, n in warehouse.fetch(
        connection,
        "SELECT load.la_code, load.return_name, load.collection_year, finding.table_name, finding.field, "
        "finding.rule_code, finding.line_number, finding.detail, finding.n_occurrences "
        "FROM ledger.finding JOIN ledger.load ON load.load_id = finding.load_id WHERE load.status = 'accepted' "
        "ORDER BY finding.load_id, finding.finding_number",
    ):
        grouped[(la_code, return_name, year, table_name, field, rule_code)].append((number, detail, n))
    known = rules()
    found = []
    for (la_code, return_name, year, table_name, field, rule_code), places in grouped.items():
        rule = known.get(rule_code, Rule(rule_code, "query", rule_code, ""))
        found.append(
            Line(
                la_code,
                _authority_name(la_code),
                return_name,
                year,
                rule.severity,
                rule.title,
                table_name,
                field,
                shown_lines([number for number, _, _ in places]),
                sum(n for _, _, n in places),
                some_of(dict.fromkeys(detail for _, detail, _ in places if detail), "; "),
                rule.remedy,
                rule_code,
            )
        )
    return found


def _of_models(connection: duckdb.DuckDBPyConnection) -> list[Line]:
    built = warehouse.fetch(
        connection,
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name = 'marts' AND table_name = 'dq_finding'",
    )
    if not built:
        return []
    return [
        Line(
            la_code or "",
            _authority_name(la_code),
            return_name or "",
            year,
            severity or "query",
            title or rule_code,
            table_name or "",
            field or "",
            shown_lines([first_line]),
            n,
            detail or "",
            remedy or "",
            rule_code,
        )
        for la_code, return_name, year, severity, title, table_name, field, first_line, n, detail, remedy, rule_code in (
            warehouse.fetch(
                connection,
                "SELECT la_code, return_name, collection_year, severity, title, table_name, field, first_line_number, "
                "n_occurrences, detail, remedy, rule_code FROM marts.dq_finding WHERE source = 'model'",
            )
        )
    ]


def write_csv(out: TextIO, found: Sequence[Line]) -> None:
    """The findings as CSV with the headings of COLUMNS; no cell can run as a formula."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells(line) for line in found)


def write_xlsx(path: Path, found: Sequence[Line]) -> None:
    """The findings as a workbook: one sheet, headings frozen, filters on; no cell can run as a formula."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Findings")
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        widths = (8, 22, 12, 11, 9, 34, 18, 24, 18, 12, 30, 60, 24)
        for column, (name, width) in enumerate(zip(COLUMNS, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, heading)
        for row, line in enumerate(found, start=1):
            for column, cell in enumerate(cells(line)):
                if isinstance(cell, int):
                    sheet.write_number(row, column, cell, wrapped)
                else:
                    sheet.write_string(row, column, cell, wrapped)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(found), len(COLUMNS) - 1)


def cells(line: Line) -> list[str | int]:
    """The cells of a line in the order of COLUMNS, safe to open in a spreadsheet."""
    values = [getattr(line, column) for column in COLUMNS]
    return ["" if value is None else defuse(value) if isinstance(value, str) else value for value in values]


def _authority_name(la_code: str | None) -> str:
    return next((authority.name for authority in facts.authorities() if authority.la_code == la_code), la_code or "not recognised")


def shown_lines(numbers: Sequence[int | None]) -> str:
    """The first few line numbers, each once, in order."""
    return some_of([str(number) for number in sorted({number for number in numbers if number is not None})], ", ")


def some_of(texts: Sequence[str] | dict[str, None], separator: str) -> str:
    """The first few texts, and a sign that there are more."""
    listed = list(texts)
    return separator.join(listed[:SHOWN]) + (f"{separator}…" if len(listed) > SHOWN else "")
