"""Silence shows: not sent is not sent empty is not rejected."""

import csv
import io
from datetime import date

import pytest
from rich.console import Console

from loaders import ledger, show, status, warehouse
from loaders.contract import Identity, PartialIdentity
from loaders.ledger import Ledger
from loaders.settings import Paths, demo_paths
from loaders.status import Cell
from tests.loaders.store import liia, new_keys


def identity(la_code: str = "202", year: int = 2024, table: str = "header", stamp: str = "") -> Identity:
    return Identity("ssda903", table, la_code, year, date(year, 3, 31), stamp)


def known(la_code: str = "202", year: int = 2024, table: str | None = "header") -> PartialIdentity:
    return PartialIdentity("ssda903", table, la_code, year)


def cells(book: Ledger) -> dict[tuple[str, int], Cell]:
    return {(cell.la_code, cell.collection_year): cell for cell in status.from_entries(book.entries.values())}


def test_every_authority_and_year_between_first_and_last_is_expected() -> None:
    book = Ledger()
    book.accept(identity("202", 2022), "aa", 1, 7)
    book.accept(identity("203", 2024), "bb", 1, 7)
    found = cells(book)
    assert len(found) == 33 * 3
    assert found[("202", 2022)] == Cell("202", "Camden", "ssda903", 2022, "arrived", n_expected=10, n_tables=1, n_rows=7)
    assert found[("202", 2023)].state == "not sent"
    assert found[("203", 2022)].state == "not sent"


def test_sent_empty_rejected_and_arrived_are_told_apart() -> None:
    book = Ledger()
    book.accept(identity("202"), "aa", 1, 0)
    book.reject(known("203"), "bb", 1, "ragged_row", "why")
    book.accept(identity("204"), "cc", 1, 3)
    book.reject(known("204", table="episodes"), "dd", 1, "ragged_row", "why")
    found = cells(book)
    assert [found[(code, 2024)].state for code in ("202", "203", "204", "205")] == [
        "sent empty",
        "rejected",
        "arrived",
        "not sent",
    ]
    assert found[("204", 2024)].n_rejected == 1


def test_one_table_with_rows_is_not_an_empty_return() -> None:
    book = Ledger()
    book.accept(identity(table="header"), "aa", 1, 5)
    book.accept(identity(table="missing"), "bb", 1, 0)
    cell = cells(book)[("202", 2024)]
    assert (cell.state, cell.n_tables, cell.n_rows) == ("arrived", 2, 5)


def test_superseded_and_withdrawn_are_counted() -> None:
    book = Ledger()
    book.accept(identity(), "aa", 1, 5)
    book.accept(identity(), "bb", 1, 6)
    cell = cells(book)[("202", 2024)]
    assert (cell.n_superseded, cell.n_rows) == (1, 6)
    book.withdraw("202", None, None)
    cell = cells(book)[("202", 2024)]
    assert (cell.state, cell.n_withdrawn) == ("not sent", 2)


@pytest.mark.parametrize("table", ["header", None])
def test_a_rejection_is_answered_by_a_later_acceptance_only(table: str | None) -> None:
    book = Ledger()
    book.reject(known(table=table), "aa", 1, "ragged_row", "why")
    book.accept(identity(), "bb", 1, 5)
    assert cells(book)[("202", 2024)].n_rejected == 0
    book.reject(known(table=table), "cc", 1, "ragged_row", "why")
    assert cells(book)[("202", 2024)].n_rejected == 1


def test_a_rejection_without_an_authority_has_no_cell() -> None:
    book = Ledger()
    book.reject(PartialIdentity("ssda903", "header", None, 2024), "aa", 1, "authority_unknown", "why")
    assert cells(book) == {}


@pytest.mark.parametrize("width", [80, 120])
def test_the_grid_of_33_by_5_fits(width: int) -> None:
    book = Ledger()
    for year in range(2021, 2026):
        book.accept(identity("202", year), f"a{year}", 1, 5)
        book.accept(identity("202", year), f"b{year}", 1, 5)
        book.reject(known("202", year), f"c{year}", 1, "ragged_row", "why")
    console = Console(width=width, record=True, file=io.StringIO())
    show.status_cells(status.from_entries(book.entries.values()), console)
    printed = console.export_text().splitlines()
    assert all(len(line) <= width for line in printed)
    camden = [line for line in printed if "Camden" in line]
    assert len(camden) == 1
    assert camden[0].count("arrived") == 5
    assert " ".join(printed).count("1/1") == 5, "one file of ten or eleven, each year"
    assert " ".join(printed).count("+1s") == 6, "five years and the legend"
    for year in range(2021, 2026):
        assert any(str(year) in line for line in printed)
    assert sum("Kensington" in line for line in printed) == 1


def test_status_on_the_command_line_uses_the_demo_and_says_so(paths: Paths) -> None:
    demo = demo_paths()
    new_keys(demo)
    connection = warehouse.open_or_create(demo)
    book = Ledger()
    book.accept(identity("202", 2023), "aa", 1, 5)
    book.accept(identity("203", 2024), "bb", 1, 5)
    ledger.write(connection, book, {}, {})
    connection.close()
    done = liia(paths.root, "status", "--csv", "--authority", "camden", "--year", "2023")
    assert "Only the demo has been built" in done.stderr
    assert list(csv.reader(io.StringIO(done.stdout)))[1:] == [
        ["202", "Camden", "ssda903", "2023", "arrived", "10", "1", "0", "0", "0", "5"]
    ]
    assert liia(paths.root, "status", "--authority", "Atlantis").returncode == 2
    assert liia(paths.root, "status", "--return", "annex_b").returncode == 2
    warehouse.open_or_create(paths).close()
    real = liia(paths.root, "status")
    assert "demo" not in real.stderr
    assert "Nothing of this has arrived yet" in real.stdout


def test_without_any_warehouse_the_message_says_what_to_do(paths: Paths) -> None:
    done = liia(paths.root, "status")
    assert done.returncode == 3
    assert "make build" in done.stderr
