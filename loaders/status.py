"""What has arrived: authority by return by year, so that silence shows ("not sent" is not "sent empty" is not "rejected")."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import duckdb

from loaders import facts, ledger

State = Literal["arrived", "sent empty", "rejected", "not sent"]


@dataclass(frozen=True)
class Cell:
    """One authority, return and year. `n_tables` counts current files (an XML return is one), `n_rows` their rows;
    `n_expected` is how many files the return has in that year."""

    la_code: str
    la_name: str
    return_name: str
    collection_year: int
    state: State
    n_expected: int = 1
    n_tables: int = 0
    n_superseded: int = 0
    n_rejected: int = 0
    n_withdrawn: int = 0
    n_rows: int = 0


def cells(connection: duckdb.DuckDBPyConnection) -> list[Cell]:
    """A cell for every authority, each return seen, and each year between the first and the last seen of any return."""
    return from_entries(ledger.read(connection).entries.values())


def from_entries(entries: Iterable[ledger.Entry]) -> list[Cell]:
    """The same from rows of ledger.load. A rejection counts while no file of its dataset was accepted after it."""
    known = [e for e in entries if e.return_name and e.la_code and e.collection_year]
    if not known:
        return []
    accepted = {e.dataset: e.load_number for e in known if e.status == "accepted"}
    years = [e.collection_year for e in known if e.collection_year]
    found: list[Cell] = []
    for return_name in sorted({e.return_name for e in known if e.return_name}):
        for authority in facts.authorities():
            for year in range(min(years), max(years) + 1):
                its = [e for e in known if (e.return_name, e.la_code, e.collection_year) == (return_name, authority.la_code, year)]
                current = [e for e in its if e.status == "accepted"]
                open_rejections = [e for e in its if e.status == "rejected" and not is_answered(e, accepted)]
                n_rows = sum(e.n_rows or 0 for e in current)
                state: State = "not sent"
                if current:
                    state = "arrived" if n_rows else "sent empty"
                elif open_rejections:
                    state = "rejected"
                found.append(
                    Cell(
                        authority.la_code,
                        authority.name,
                        return_name,
                        year,
                        state,
                        n_expected=_n_files(facts.returns()[return_name], year),
                        n_tables=len(current),
                        n_superseded=sum(e.status == "superseded" for e in its),
                        n_rejected=len(open_rejections),
                        n_withdrawn=sum(e.status == "withdrawn" for e in its),
                        n_rows=n_rows,
                    )
                )
    return found


def _n_files(a_return: facts.Return, year: int) -> int:
    """An XML return comes as one file, a CSV return as one for each table of the year."""
    return 1 if a_return.format == "xml" else sum(table.valid_in(year) for table in a_return.tables)


def is_answered(rejected: ledger.Entry, accepted: dict[tuple[str | None, str | None, str | None, int | None], int]) -> bool:
    """Whether a file of the same dataset was accepted after this rejection (`accepted`: dataset -> load_number).

    A rejected file whose table is not known is answered by any later acceptance of its return, authority and year.
    """
    if rejected.table_name is not None:
        return accepted.get(rejected.dataset, -1) > rejected.load_number
    return any(
        number > rejected.load_number
        for (return_name, _, la_code, year), number in accepted.items()
        if (return_name, la_code, year) == (rejected.return_name, rejected.la_code, rejected.collection_year)
    )
