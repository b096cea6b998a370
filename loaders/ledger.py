"""The ledger: one row for every file taken or refused, and the rules by which a file replaces another.

The whole of `ledger.load` is small (a row per file), so a run holds it in memory, decides there, and writes what changed
together with the rows of the files it speaks of.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import duckdb
import pyarrow as pa

from loaders import facts, warehouse
from loaders.contract import Finding, Identity, PartialIdentity, TableCount

Status = Literal["accepted", "superseded", "rejected", "withdrawn"]
# Rows of these, and of no other load_id, exist for readers.
LOADED: tuple[Status, ...] = ("accepted", "superseded")


@dataclass(frozen=True)
class Entry:
    """A row of ledger.load, field by column. A rejected file has the load_number of the last acceptance before it."""

    load_id: str
    load_number: int
    return_name: str | None
    table_name: str | None
    la_code: str | None
    collection_year: int | None
    reference_date: date | None
    submission_stamp: str | None
    file_sha256: str | None
    n_bytes: int | None
    n_rows: int | None
    status: Status
    rule_code: str | None
    reason: str | None
    recorded_at: datetime

    @property
    def dataset(self) -> tuple[str | None, str | None, str | None, int | None]:
        """What a later file must share with this one to supersede it."""
        return (self.return_name, self.table_name, self.la_code, self.collection_year)

    @property
    def rank(self) -> tuple[date, str, int]:
        """Later = greater. No clock takes part."""
        return (self.reference_date or date.min, self.submission_stamp or "", self.load_number)


def load_id(identity: Identity | PartialIdentity, file_sha256: str) -> str:
    """First 16 hex characters of SHA-256 over return|table|authority|year|file_sha256; unknown parts are empty."""
    parts = (identity.return_name, identity.table_name, identity.la_code, identity.collection_year, file_sha256)
    text = "|".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def now() -> datetime:
    """The one clock of the warehouse, for ledger.recorded_at: UTC, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


@dataclass
class Ledger:
    """ledger.load in memory, with what a run has changed and not yet written."""

    entries: dict[str, Entry] = field(default_factory=dict)
    current: dict[tuple[Any, ...], str] = field(default_factory=dict)
    withdrawn_hashes: set[str] = field(default_factory=set)
    rejected_by_hash: dict[str, set[str]] = field(default_factory=dict)
    last_number: int = 0
    changed: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def standing(self, its_load_id: str, file_sha256: str) -> Literal["new", "loaded", "withdrawn"]:
        """What the ledger says of a file before it is read.

        The bytes of a withdrawn file stay withdrawn under any name or place; only a file without rows, which many
        authorities may send with the same bytes, is known by its load_id alone.
        """
        entry = self.entries.get(its_load_id)
        if entry and entry.status in LOADED:
            return "loaded"
        if (entry and entry.status == "withdrawn") or file_sha256 in self.withdrawn_hashes:
            return "withdrawn"
        return "new"

    def accept(self, identity: Identity, file_sha256: str, n_bytes: int, n_rows: int) -> Entry:
        """Record a file that was read whole: accepted, or superseded at once when a greater one is there already."""
        self.last_number += 1
        entry = Entry(
            load_id=load_id(identity, file_sha256),
            load_number=self.last_number,
            return_name=identity.return_name,
            table_name=identity.table_name,
            la_code=identity.la_code,
            collection_year=identity.collection_year,
            reference_date=identity.reference_date,
            submission_stamp=identity.submission_stamp,
            file_sha256=file_sha256,
            n_bytes=n_bytes,
            n_rows=n_rows,
            status="accepted",
            rule_code=None,
            reason=None,
            recorded_at=now(),
        )
        self._forget_rejections(entry)
        rival = self.entries.get(self.current.get(entry.dataset, ""))
        if rival and rival.rank > entry.rank:
            entry = replace(entry, status="superseded")
        else:
            if rival:
                self._put(replace(rival, status="superseded"))
            self.current[entry.dataset] = entry.load_id
        self._put(entry)
        return entry

    def reject(self, identity: PartialIdentity, file_sha256: str | None, n_bytes: int | None, rule_code: str, reason: str) -> Entry:
        """Record a file that cannot be taken. The same verdict on the same bytes leaves the ledger as it is."""
        entry = Entry(
            load_id=load_id(identity, file_sha256 or rule_code),
            load_number=self.last_number,
            return_name=identity.return_name,
            table_name=identity.table_name,
            la_code=identity.la_code,
            collection_year=identity.collection_year,
            reference_date=None,
            submission_stamp=None,
            file_sha256=file_sha256,
            n_bytes=n_bytes,
            n_rows=None,
            status="rejected",
            rule_code=rule_code,
            reason=reason,
            recorded_at=now(),
        )
        before = self.entries.get(entry.load_id)
        if before:
            entry = replace(entry, load_number=before.load_number)
            if (before.rule_code, before.reason) == (rule_code, reason):
                return before
        self._forget_rejections(entry)
        self._put(entry)
        return entry

    def withdraw(self, la_code: str, return_name: str | None, collection_year: int | None) -> list[str]:
        """Turn every row of an authority (of one return, of one year) into a tombstone: identity and SHA-256 alone.

        Returns the load_ids, those of former tombstones included. A file without rows keeps n_rows = 0 (see standing).
        """
        concerned = [
            entry
            for entry in self.entries.values()
            if entry.la_code == la_code
            and return_name in (None, entry.return_name)
            and collection_year in (None, entry.collection_year)
        ]
        for entry in concerned:
            self.current.pop(entry.dataset, None)
            if entry.status != "withdrawn":
                self._put(
                    replace(
                        entry,
                        status="withdrawn",
                        reference_date=None,
                        submission_stamp=None,
                        n_bytes=None,
                        n_rows=0 if entry.n_rows == 0 else None,
                        rule_code=None,
                        reason=None,
                    )
                )
        return sorted(entry.load_id for entry in concerned)

    def _put(self, entry: Entry) -> None:
        self.entries[entry.load_id] = entry
        self.changed.add(entry.load_id)
        self.removed.discard(entry.load_id)
        if entry.file_sha256:
            rejected = self.rejected_by_hash.setdefault(entry.file_sha256, set())
            rejected.add(entry.load_id) if entry.status == "rejected" else rejected.discard(entry.load_id)

    def _forget_rejections(self, verdict: Entry) -> None:
        """A later verdict on the same bytes replaces an earlier rejection that does not speak of another dataset."""
        same_bytes = self.rejected_by_hash.get(verdict.file_sha256 or "", set())
        for its_load_id in sorted(same_bytes - {verdict.load_id}):
            earlier = self.entries[its_load_id]
            if all(a in (None, b) for a, b in zip(earlier.dataset, verdict.dataset, strict=True)):
                del self.entries[its_load_id]
                same_bytes.discard(its_load_id)
                self.changed.discard(its_load_id)
                self.removed.add(its_load_id)


def read(connection: duckdb.DuckDBPyConnection) -> Ledger:
    """The ledger as it stands in the warehouse."""
    columns = ", ".join(column.name for column in fields(Entry))
    rows = warehouse.fetch(connection, f"SELECT {columns} FROM ledger.load ORDER BY load_number, load_id")
    ledger = Ledger()
    for row in rows:
        entry = Entry(*row)
        ledger.entries[entry.load_id] = entry
        ledger.last_number = max(ledger.last_number, entry.load_number)
        if entry.status == "accepted":
            ledger.current[entry.dataset] = entry.load_id
        elif entry.status == "rejected" and entry.file_sha256:
            ledger.rejected_by_hash.setdefault(entry.file_sha256, set()).add(entry.load_id)
        elif entry.status == "withdrawn" and entry.file_sha256 and entry.n_rows != 0:
            ledger.withdrawn_hashes.add(entry.file_sha256)
    return ledger


def write(
    connection: duckdb.DuckDBPyConnection,
    ledger: Ledger,
    counts: dict[str, dict[str, TableCount]],
    findings: dict[str, list[Finding]],
) -> None:
    """Write what changed, inside the caller's transaction: counts and findings by load_id, and last the rows of ledger.load."""
    stale = sorted(ledger.changed | ledger.removed)
    if not stale:
        return
    # one text each: DuckDB looks for pandas anew for every item of a list it is given
    stale_ids, again = ",".join(stale), ",".join(sorted(ledger.removed | counts.keys() | findings.keys()))
    connection.execute("DELETE FROM ledger.load_table WHERE load_id IN (SELECT unnest(string_split(?, ',')))", [again])
    connection.execute("DELETE FROM ledger.finding WHERE load_id IN (SELECT unnest(string_split(?, ',')))", [again])
    connection.execute("DELETE FROM ledger.load WHERE load_id IN (SELECT unnest(string_split(?, ',')))", [stale_ids])
    insert(
        connection,
        "load_table",
        [
            (its_load_id, table_name, count.n_in_file, count.n_kept, count.n_set_aside, count.n_duplicate)
            for its_load_id, tables in counts.items()
            for table_name, count in tables.items()
        ],
    )
    insert(
        connection,
        "finding",
        [
            (its_load_id, number, f.rule_code, f.table_name, f.field, f.line_number, f.detail, f.n_occurrences)
            for its_load_id, listed in findings.items()
            for number, f in enumerate(listed, start=1)
        ],
    )
    written = sorted((ledger.entries[its_load_id] for its_load_id in ledger.changed), key=lambda entry: entry.load_number)
    insert(connection, "load", [tuple(getattr(e, column.name) for column in fields(Entry)) for e in written])


def written(ledger: Ledger) -> None:
    """What changed has been committed."""
    ledger.changed.clear()
    ledger.removed.clear()


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows into a ledger table as one Arrow table (`executemany` is several hundred times slower)."""
    listed = list(rows)
    if not listed:
        return
    types = {"VARCHAR": pa.string(), "INTEGER": pa.int32(), "BIGINT": pa.int64(), "DATE": pa.date32()}
    types["TIMESTAMP"] = pa.timestamp("us")
    columns = warehouse.LEDGER_TABLES[table]
    rows_to_insert = pa.table(
        [pa.array(column, types[kind]) for column, (_, kind) in zip(zip(*listed, strict=True), columns, strict=True)],
        names=[name for name, _ in columns],
    )
    connection.register("rows_to_insert", rows_to_insert)
    connection.execute(f"INSERT INTO ledger.{table} BY NAME SELECT * FROM rows_to_insert")
    connection.unregister("rows_to_insert")


def sweep(connection: duckdb.DuckDBPyConnection) -> int:
    """Remove the rows of every load_id that the ledger does not call accepted or superseded: remains of a killed run.

    Returns how many rows went. The caller holds the lock.
    """
    known = ", ".join(f"'{status}'" for status in LOADED)
    gone = 0
    connection.execute("BEGIN")
    for a_return in facts.returns().values():
        for table in a_return.tables:
            gone += warehouse.fetch(
                connection,
                f'DELETE FROM "{a_return.raw_schema}"."{table.table}" AS raw WHERE NOT EXISTS '
                f"(SELECT 1 FROM ledger.load WHERE load.load_id = raw.load_id AND load.status IN ({known}))",
            )[0][0]
    connection.execute("COMMIT")
    return gone
