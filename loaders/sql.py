"""Questions to the warehouse: read-only, nothing outside it in reach, nothing remembered."""

import csv
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from loaders import warehouse
from loaders.errors import WrongUse
from loaders.settings import Paths
from loaders.spreadsheet import defuse

# A table on the screen stops here; --csv gives all.
SHOWN_ROWS = 200
SHOWN_RECORDS = 20
UNBOUNDED = 10_000
PROMPT = "liia> "
MORE = "  ... "


def connect(paths: Paths) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach no file and no network and cannot be told otherwise.

    Raises Busy while a build writes, SetUpError when there is no warehouse.
    """
    connection = warehouse.connect(paths, read_only=True)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of the columns and the rows. Raises WrongUse with DuckDB's own words when the query cannot be run."""
    try:
        result = connection.execute(query)
        return [column[0] for column in result.description or []], result.fetchall()
    except duckdb.Error as error:
        raise WrongUse(str(error)) from None


def show(columns: Sequence[str], rows: Sequence[Sequence[Any]], console: Console) -> None:
    """The rows on the terminal, cut after SHOWN_ROWS (in a wide answer SHOWN_RECORDS) with the number of the rest.

    An answer wider than the terminal is shown record by record, so that no name and no value is cut.
    """
    if not rows:
        console.print("no rows")
        return
    table = _table(columns, rows[:SHOWN_ROWS])
    shown = SHOWN_ROWS
    if table.__rich_measure__(console, console.options.update(max_width=UNBOUNDED)).maximum <= console.width:
        console.print(table)
    else:
        shown = SHOWN_RECORDS
        for number, row in enumerate(rows[:shown], start=1):
            console.rule(f"row {number:,}", align="left", style="dim")
            console.print(_table(["", ""], list(zip(columns, row, strict=True)), heads=False))
    if len(rows) > shown:
        console.print(f"… and {len(rows) - shown:,} more rows (--csv gives all)")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, heads: bool = True) -> Table:
    table = Table(*columns, box=box.SIMPLE if heads else None, show_header=heads)
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    return table


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]], out: TextIO) -> None:
    """All rows as CSV, safe to open in a spreadsheet."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([defuse(value) if isinstance(value, str) else value for value in row] for row in rows)


def prompt(connection: duckdb.DuckDBPyConnection, console: Console, read_line: Callable[[str], str] = input) -> None:
    """Ask until an empty line, `exit` or Ctrl-D. A query may run over several lines and ends with a semicolon."""
    console.print("One query at a time, ended by a semicolon; an empty line leaves. Try: show all tables;")
    query = ""
    while True:
        try:
            line = read_line(MORE if query else PROMPT).strip()
        except EOFError:
            return
        if not query and line.lower().rstrip(";") in ("", "exit", "quit"):
            return
        query = f"{query}\n{line}" if query else line
        if line.endswith(";"):
            try:
                show(*ask(connection, query), console)
            except WrongUse as error:
                console.print(str(error), markup=False, highlight=False)
            query = ""
