"""Which file counts: supersession without a clock, rejections that are answered, tombstones that stay."""

import hashlib
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import ledger, warehouse
from loaders.contract import Finding, Identity, PartialIdentity, TableCount
from loaders.ledger import Ledger
from loaders.settings import Paths

CAMDEN = Identity("cin_census", "all", "202", 2024, date(2024, 3, 31), "000001|2024-05-14T09:30:00")
KNOWN = PartialIdentity("cin_census", "all", "202", 2024)


def stamped(serial: int, year: int = 2024, la_code: str = "202") -> Identity:
    return Identity("cin_census", "all", la_code, year, date(year, 3, 31), f"{serial:06d}|{year}-05-14T09:30:00")


def current(of: Ledger) -> list[str | None]:
    return [entry.file_sha256 for entry in of.entries.values() if entry.status == "accepted"]


@pytest.fixture
def connection(paths: Paths) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = warehouse.open_or_create(paths)
    yield opened
    opened.close()


def test_load_id_is_the_documented_hash() -> None:
    text = "cin_census|all|202|2024|" + "ab" * 32
    assert ledger.load_id(CAMDEN, "ab" * 32) == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert ledger.load_id(PartialIdentity(), "ab" * 32) == hashlib.sha256(f"||||{'ab' * 32}".encode()).hexdigest()[:16]


def test_a_later_file_supersedes_and_the_earlier_stays_marked() -> None:
    book = Ledger()
    first = book.accept(stamped(1), "aa", 10, 5)
    second = book.accept(stamped(2), "bb", 10, 5)
    assert (first.load_number, second.load_number) == (1, 2)
    assert book.entries[first.load_id].status == "superseded"
    assert current(book) == ["bb"]


def test_an_older_file_that_arrives_later_is_superseded_at_once() -> None:
    book = Ledger()
    book.accept(stamped(2), "bb", 10, 5)
    assert book.accept(stamped(1), "aa", 10, 5).status == "superseded"
    assert current(book) == ["bb"]


def test_with_equal_dates_and_stamps_the_one_loaded_last_counts() -> None:
    book = Ledger()
    book.accept(stamped(1), "aa", 10, 5)
    book.accept(stamped(1), "bb", 10, 5)
    assert current(book) == ["bb"]


def test_the_reference_date_goes_before_the_stamp() -> None:
    book = Ledger()
    book.accept(Identity("cin_census", "all", "202", 2024, date(2024, 3, 31), "000001|"), "aa", 1, 1)
    book.accept(Identity("cin_census", "all", "202", 2024, date(2024, 3, 30), "000009|"), "bb", 1, 1)
    assert current(book) == ["aa"]


def test_other_years_authorities_and_tables_are_not_superseded() -> None:
    book = Ledger()
    for identity in (stamped(1), stamped(1, year=2025), stamped(1, la_code="203")):
        book.accept(identity, "aa", 10, 5)
    book.accept(Identity("ssda903", "header", "202", 2024, date(2024, 3, 31)), "aa", 1, 1)
    book.accept(Identity("ssda903", "episodes", "202", 2024, date(2024, 3, 31)), "aa", 1, 1)
    assert len(current(book)) == 5


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=12, unique=True))
def test_one_file_is_current_and_it_is_the_greatest(arrivals: list[tuple[int, int]]) -> None:
    book = Ledger()
    for serial, content in arrivals:
        book.accept(stamped(serial), f"{serial}-{content}", 1, 1)
    greatest = max(range(len(arrivals)), key=lambda place: (arrivals[place][0], place))
    assert current(book) == ["{}-{}".format(*arrivals[greatest])]


def test_the_same_bytes_are_known_as_loaded_and_a_rejection_as_new() -> None:
    book = Ledger()
    entry = book.accept(CAMDEN, "aa", 10, 5)
    assert book.standing(entry.load_id, "aa") == "loaded"
    book.accept(stamped(9), "bb", 10, 5)
    assert book.standing(entry.load_id, "aa") == "loaded"
    rejected = book.reject(KNOWN, "cc", 10, "ragged_row", "why")
    assert book.standing(rejected.load_id, "cc") == "new"


def test_a_later_verdict_on_the_same_bytes_replaces_a_rejection() -> None:
    book = Ledger()
    unplaced = book.reject(PartialIdentity("cin_census", "all"), "aa", 10, "authority_unknown", "why")
    elsewhere = book.reject(PartialIdentity("cin_census", "all", "203", 2024), "aa", 10, "ragged_row", "why")
    book.accept(CAMDEN, "aa", 10, 5)
    assert unplaced.load_id not in book.entries
    assert unplaced.load_id in book.removed
    assert book.entries[elsewhere.load_id].status == "rejected"


def test_the_same_verdict_on_the_same_bytes_changes_nothing() -> None:
    book = Ledger()
    book.reject(KNOWN, "aa", 10, "ragged_row", "why")
    ledger.written(book)
    book.accept(stamped(1), "bb", 10, 5)
    ledger.written(book)
    again = book.reject(KNOWN, "aa", 10, "ragged_row", "why")
    assert not book.changed
    assert again.load_number == 0
    other = book.reject(KNOWN, "aa", 10, "nul_byte", "another reason")
    assert book.changed == {other.load_id}
    assert other.load_number == 0, "it was known before the acceptance and stays before it"


def test_withdrawing_leaves_identity_and_hash_alone() -> None:
    book = Ledger()
    gone = book.accept(CAMDEN, "aa", 10, 5)
    empty = book.accept(Identity("ssda903", "missing", "202", 2024, date(2024, 3, 31)), "ee", 10, 0)
    rejected = book.reject(KNOWN, "cc", 10, "ragged_row", "line 7")
    kept = book.accept(stamped(1, la_code="203"), "bb", 10, 5)
    other_year = book.accept(stamped(1, year=2025), "dd", 10, 5)
    assert book.withdraw("202", None, 2024) == sorted([gone.load_id, empty.load_id, rejected.load_id])
    tombstone = book.entries[gone.load_id]
    assert (tombstone.status, tombstone.file_sha256, tombstone.dataset) == ("withdrawn", "aa", gone.dataset)
    assert (tombstone.n_bytes, tombstone.n_rows, tombstone.submission_stamp, tombstone.reference_date) == (None,) * 4
    assert book.entries[rejected.load_id].reason is None
    assert book.entries[empty.load_id].n_rows == 0
    assert {book.entries[e.load_id].status for e in (kept, other_year)} == {"accepted"}


def test_withdrawn_bytes_are_refused_wherever_they_come_again_except_files_without_rows(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    book = Ledger()
    book.accept(CAMDEN, "aa", 10, 5)
    empty = book.accept(Identity("ssda903", "missing", "202", 2024, date(2024, 3, 31)), "ee", 10, 0)
    book.withdraw("202", None, None)
    ledger.write(connection, book, {}, {})
    after = ledger.read(connection)
    assert after.standing(ledger.load_id(CAMDEN, "aa"), "aa") == "withdrawn"
    assert after.standing(ledger.load_id(stamped(1, la_code="203"), "aa"), "aa") == "withdrawn"
    assert after.standing(empty.load_id, "ee") == "withdrawn"
    assert after.standing("another load_id", "ee") == "new"


def test_what_is_written_is_read_again(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    first = book.accept(stamped(1), "aa", 10, 5)
    rejected = book.reject(KNOWN, "cc", 10, "ragged_row", "line 7")
    counts = {first.load_id: {"child": TableCount(6, 5, 1, 0)}}
    findings = {first.load_id: [Finding("unknown_code", "child", "sex", 12, "1 letter", 3)]}
    ledger.write(connection, book, counts, findings)
    ledger.written(book)
    assert ledger.read(connection).entries == book.entries
    second = book.accept(stamped(2), "bb", 10, 5)
    book.accept(stamped(3), "cc", 10, 5)
    ledger.write(connection, book, {second.load_id: {}}, {second.load_id: []})
    assert ledger.read(connection).entries == book.entries
    assert rejected.load_id in book.entries, "the rejected bytes were accepted under the same load_id"
    assert connection.execute("SELECT * FROM ledger.load_table").fetchall() == [(first.load_id, "child", 6, 5, 1, 0)]
    assert connection.execute("SELECT * FROM ledger.finding").fetchall() == [
        (first.load_id, 1, "unknown_code", "child", "sex", 12, "1 letter", 3)
    ]
    assert connection.execute("SELECT count(*), count(DISTINCT load_id) FROM ledger.load").fetchone() == (3, 3)


def test_findings_of_a_rejection_go_with_it(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    rejected = book.reject(PartialIdentity("cin_census", "all"), "aa", 10, "authority_unknown", "why")
    ledger.write(connection, book, {}, {rejected.load_id: [Finding("authority_unknown", "all")]})
    ledger.written(book)
    accepted = book.accept(CAMDEN, "aa", 10, 5)
    ledger.write(connection, book, {accepted.load_id: {}}, {accepted.load_id: []})
    assert connection.execute("SELECT count(*) FROM ledger.finding").fetchone() == (0,)
    assert connection.execute("SELECT load_id, status FROM ledger.load").fetchall() == [(accepted.load_id, "accepted")]


def test_sweep_removes_rows_that_no_accepted_file_owns(connection: duckdb.DuckDBPyConnection) -> None:
    book = Ledger()
    first, second = book.accept(stamped(1), "aa", 10, 5), book.accept(stamped(2), "bb", 10, 5)
    rejected = book.reject(KNOWN, "cc", 10, "ragged_row", "why")
    ledger.write(connection, book, {}, {})
    for load_id in (first.load_id, second.load_id, rejected.load_id, "half"):
        connection.execute("INSERT INTO raw_cin_census.child (load_id, la_code) VALUES (?, '202')", [load_id])
    assert ledger.sweep(connection) == 2
    left = connection.execute("SELECT load_id FROM raw_cin_census.child ORDER BY ALL").fetchall()
    assert left == sorted([(first.load_id,), (second.load_id,)])
    assert ledger.sweep(connection) == 0
