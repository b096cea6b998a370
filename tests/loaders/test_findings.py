"""What to send back: the most useful first, with place and remedy, and nothing that a spreadsheet would run."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from lxml import etree
from rich.console import Console

from loaders import findings, ledger, show, warehouse
from loaders.contract import Finding, Identity, PartialIdentity
from loaders.findings import Line
from loaders.findings_rules import Rule
from loaders.ledger import Ledger
from loaders.settings import Paths
from tests.loaders.store import liia

RULES = {
    rule.rule_code: rule
    for rule in (
        Rule("ragged_row", "reject", "A row is too long or too short", "Export the file again"),
        Rule("unreadable_value", "error", "A value cannot be read", "Correct the value"),
        Rule("date_other_form", "note", "A date in another form", "Write dd/mm/yyyy"),
        Rule("unknown_code", "query", "A code nobody knows", "Use a code of the list"),
    )
}


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "rules", lambda: RULES)


@pytest.fixture
def connection(paths: Paths) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = warehouse.open_or_create(paths)
    yield opened
    opened.close()


def identity(la_code: str = "202", year: int = 2024, table: str = "header") -> Identity:
    return Identity("ssda903", table, la_code, year, date(year, 3, 31))


def known(la_code: str | None = "202", year: int = 2024, table: str | None = "header") -> PartialIdentity:
    return PartialIdentity("ssda903", table, la_code, year)


def plant(connection: duckdb.DuckDBPyConnection, book: Ledger, listed: dict[str, list[Finding]]) -> None:
    ledger.write(connection, book, {load_id: {} for load_id in listed}, listed)
    ledger.written(book)


def test_one_line_per_rule_and_place_with_lines_number_and_shapes(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    load_id = book.accept(identity(), "aa", 1, 9).load_id
    found = [Finding("unreadable_value", "header", "DOB", number, f"{number} letters") for number in (9, 2, 4, 7, 3, 5, 2)]
    plant(connection, book, {load_id: [*found, Finding("unreadable_value", "header", "DOB", None, "", 40)]})
    assert findings.lines(connection) == [
        Line(
            "202",
            "Camden",
            "ssda903",
            2024,
            "error",
            "A value cannot be read",
            "header",
            "DOB",
            "2, 3, 4, 5, 7, …",
            47,
            "9 letters; 2 letters; 4 letters; 7 letters; 3 letters; …",
            "Correct the value",
            "unreadable_value",
        )
    ]


def test_severity_first_then_how_often_then_authority(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    camden, greenwich = book.accept(identity("202"), "aa", 1, 9), book.accept(identity("203"), "bb", 1, 9)
    book.reject(known("204"), "cc", 1, "ragged_row", "line 3 has 6 cells, 7 were expected")
    plant(
        connection,
        book,
        {
            camden.load_id: [
                Finding("date_other_form", "header", "DOB", 2, "", 900),
                Finding("unknown_code", "header", "SEX", 2, "", 5),
                Finding("unreadable_value", "header", "SEX", 3, "", 2),
            ],
            greenwich.load_id: [
                Finding("unreadable_value", "header", "DOB", 3, "", 7),
                Finding("unknown_code", "header", "SEX", 2, "", 5),
            ],
        },
    )
    assert [(line.severity, line.n_occurrences, line.la_code) for line in findings.lines(connection)] == [
        ("reject", 1, "204"),
        ("error", 7, "203"),
        ("error", 2, "202"),
        ("query", 5, "202"),
        ("query", 5, "203"),
        ("note", 900, "202"),
    ]
    assert {line.la_code for line in findings.lines(connection, "203")} == {"203"}
    assert findings.lines(connection, None, "cin_census") == []
    assert findings.lines(connection, None, None, 2023) == []
    assert len(findings.lines(connection, "204", "ssda903", 2024)) == 1


def test_superseded_and_withdrawn_files_have_no_findings(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    first = book.accept(identity(), "aa", 1, 9)
    plant(connection, book, {first.load_id: [Finding("unknown_code", "header", "SEX", 2)]})
    assert len(findings.lines(connection)) == 1
    second = book.accept(identity(), "bb", 1, 9)
    plant(connection, book, {second.load_id: []})
    assert findings.lines(connection) == []


def test_a_rejection_tells_its_place_until_it_is_answered(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    rejected = book.reject(known(), "aa", 1, "ragged_row", "A row has too few cells.")
    places = [Finding("ragged_row", "header", "", 12), Finding("ragged_row", "header", "", 15)]
    plant(connection, book, {rejected.load_id: [*places, Finding("unknown_code", "header", "SEX", 2)]})
    (line,) = findings.lines(connection)
    assert (line.lines, line.n_occurrences, line.detail) == ("12, 15", 2, "A row has too few cells.")
    assert (line.title, line.remedy) == ("A row is too long or too short", "Export the file again")
    answer = book.accept(identity(), "bb", 1, 9)
    plant(connection, book, {answer.load_id: []})
    assert findings.lines(connection) == []


def test_a_rejection_of_nobody_known_is_listed_too(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    book.reject(PartialIdentity(), "aa", 1, "of_tomorrow", "The file cannot be recognised.")
    plant(connection, book, {})
    (line,) = findings.lines(connection)
    assert (line.la_name, line.severity, line.title) == ("not recognised", "reject", "File rejected")


def test_findings_of_the_models_join_those_of_the_loaders(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    load_id = book.accept(identity(), "aa", 1, 9).load_id
    plant(connection, book, {load_id: [Finding("unknown_code", "header", "SEX", 2)]})
    connection.execute(
        """CREATE TABLE marts.dq_finding AS SELECT * FROM (VALUES
            ('202', 'ssda903', 2024, 'loader', 'unknown_code', 'query', 'header', 'SEX', 1, 2, '', 'again', 'again'),
            ('202', 'ssda903', 2024, 'model', 'orphan', 'error', 'episodes', 'CHILD', 3, 17, 'no header', 'Orphan', 'Add it')
        ) AS t (la_code, return_name, collection_year, source, rule_code, severity, table_name, field, n_occurrences,
            first_line_number, detail, title, remedy)"""
    )
    assert [(line.rule_code, line.lines, line.n_occurrences) for line in findings.lines(connection)] == [
        ("orphan", "17", 3),
        ("unknown_code", "2", 1),
    ]


DANGEROUS = Line("202", "Camden", "ssda903", 2024, "error", "=1+1", "header", "@SUM(A1)", "2", 3, "-2+3", "+cmd", "x")


def sheet(place: Path) -> list[list[str]]:
    """The cells of a workbook's first sheet as text, read without the program that wrote it."""
    names = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(place) as book:
        texts = etree.fromstring(book.read("xl/sharedStrings.xml")).xpath("m:si", namespaces=names)
        shared = ["".join(text.itertext()) for text in texts]
        found = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not found.xpath("//m:f", namespaces=names), "a formula"
    return [
        [shared[int(cell.findtext("m:v", "", names))] if cell.get("t") == "s" else cell.findtext("m:v", "", names) for cell in row]
        for row in found.xpath("//m:row", namespaces=names)
    ]


def test_workbook_and_csv_hold_every_line_and_run_nothing(tmp_path: Path) -> None:
    place = tmp_path / "findings.xlsx"
    findings.write_xlsx(place, [DANGEROUS])
    headings, cells = sheet(place)
    assert tuple(headings) == findings.COLUMNS
    frame = dict(zip(headings, cells, strict=True))
    out = io.StringIO()
    findings.write_csv(out, [DANGEROUS])
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    for column in ("title", "field", "detail", "remedy"):
        assert row[column].startswith("'")
        assert frame[column].startswith("'")
    assert (row["n_occurrences"], row["la_code"]) == ("3", "202")
    assert frame["n_occurrences"] == "3"


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_shows_the_first_and_counts_the_rest(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "FINDINGS_SHOWN", 2)
    console = Console(width=width, record=True, file=io.StringIO())
    show.findings_lines([DANGEROUS] * 5, console)
    printed = console.export_text()
    assert "and 3 more" in printed
    assert "header.@SUM(A1), line 2" in printed
    assert all(len(line) <= width for line in printed.splitlines())
    show.findings_lines([], console)
    assert "Nothing to send back" in console.export_text()


def test_findings_on_the_command_line(paths: Paths, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    book = Ledger()
    book.reject(known(), "aa", 1, "of_tomorrow", "The file cannot be recognised.")
    plant(connection, book, {})
    connection.close()
    printed = liia(paths.root, "findings", "--csv", "--authority", "202")
    (row,) = csv.DictReader(io.StringIO(printed.stdout))
    assert (row["la_name"], row["detail"]) == ("Camden", "The file cannot be recognised.")
    for option, name in (("--csv", "out.csv"), ("--xlsx", "out.xlsx")):
        assert liia(paths.root, "findings", option, str(tmp_path / name)).returncode == 0
        assert (tmp_path / name).stat().st_size > 100
    assert "Camden" in liia(paths.root, "findings").stdout
    assert liia(paths.root, "findings", "--csv", "--xlsx").returncode == 2
    assert liia(paths.root, "findings", str(tmp_path / "x.csv")).returncode == 2
    assert liia(paths.root, "findings", "--authority", "Atlantis").returncode == 2
