"""Forgetting what an authority withdraws: every table, vault, exports and docs; a tombstone stays in the ledger.

A deleted row stays readable inside a DuckDB file until its block is used again, so the file is written anew without it. The
order makes every moment safe: the new file is complete and on the disk before a marker says so; from then on the next
command that writes finishes the work, and each of its steps can be repeated.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from loaders import disk, facts, keys, ledger, vault, warehouse
from loaders.settings import Paths


@dataclass(frozen=True)
class Withdrawal:
    """What is withdrawn: all of an authority, or only one return, or one collection year, or one return of one year."""

    la_code: str
    return_name: str | None = None
    collection_year: int | None = None

    @property
    def is_whole_authority(self) -> bool:
        return self.return_name is None and self.collection_year is None


@dataclass(frozen=True)
class Extent:
    """How much a withdrawal takes away: files not yet withdrawn, and rows in raw tables."""

    n_files: int
    n_rows: int


def extent(connection: duckdb.DuckDBPyConnection, withdrawal: Withdrawal) -> Extent:
    """What `forget` would take away."""
    before = ledger.read(connection)
    standing = {load_id: entry.status for load_id, entry in before.entries.items()}
    gone = before.withdraw(withdrawal.la_code, withdrawal.return_name, withdrawal.collection_year)
    n_rows = 0
    for schema, table, _ in _raw_tables():
        n_rows += warehouse.fetch(connection, f'SELECT count(*) FROM "{schema}"."{table}" WHERE list_contains(?, load_id)', [gone])[
            0
        ][0]
    return Extent(sum(standing[load_id] != "withdrawn" for load_id in gone), n_rows)


def forget(paths: Paths, withdrawal: Withdrawal) -> None:
    """Take away what is withdrawn. The caller holds the lock. Raises SetUpError when there is no warehouse to open."""
    finish_interrupted(paths)
    with disk.trouble_explained(paths):
        _write_anew(paths, withdrawal)
        vault.replace_file(_marker(paths), [json.dumps(asdict(withdrawal)).encode()])
        finish_interrupted(paths)


def finish_interrupted(paths: Paths) -> None:
    """Finish a `forget` that was cut short after its point of no return; clear away one cut short before. The caller
    holds the lock."""
    marker, fresh = _marker(paths), _fresh(paths)
    if not marker.exists():
        for leftover in (fresh, _wal(fresh)):
            leftover.unlink(missing_ok=True)
        return
    withdrawal = Withdrawal(**json.loads(marker.read_text(encoding="utf-8")))
    if fresh.exists():
        fresh.replace(paths.warehouse)
        vault.sync_folder(paths.root)
    for derived in (paths.exports, paths.dbt, paths.tmp):
        if derived.exists():
            shutil.rmtree(derived)
    paths.make()
    _prune_vault(paths, withdrawal)
    marker.unlink()
    vault.sync_folder(paths.root)


def _write_anew(paths: Paths, withdrawal: Withdrawal) -> None:
    """A second warehouse file beside the first: the ledger with its tombstones, and the rows of the loads that remain.

    What dbt built is left out: it may hold what was derived from the withdrawn rows, and the next build makes it anew.
    """
    fresh = _fresh(paths)
    connection = warehouse.open_or_create(paths)
    try:
        after = ledger.read(connection)
        gone = after.withdraw(withdrawal.la_code, withdrawal.return_name, withdrawal.collection_year)
        connection.execute("CHECKPOINT warehouse")
        warehouse.attach_file(connection, paths, fresh, "fresh", read_only=False)
        connection.execute("USE fresh")
        warehouse.create_tables(connection, paths, keys.check_value(keys.pseudonym_key(paths)))
        connection.execute("BEGIN")
        for table in ("load_table", "finding"):
            connection.execute(
                f"INSERT INTO fresh.ledger.{table} BY NAME "
                f"SELECT * FROM warehouse.ledger.{table} WHERE NOT list_contains(?, load_id)",
                [gone],
            )
        after.changed = set(after.entries)
        ledger.write(connection, after, {}, {})
        connection.execute("COMMIT")
        for schema, table, _ in _raw_tables():
            connection.execute(
                f'INSERT INTO fresh."{schema}"."{table}" BY NAME SELECT * FROM warehouse."{schema}"."{table}" '
                "WHERE load_id IN (SELECT load_id FROM fresh.ledger.load WHERE status IN ('accepted', 'superseded'))"
            )
        connection.execute("CHECKPOINT fresh")
        connection.execute("USE memory")
        connection.execute("DETACH fresh")
        connection.execute("DETACH warehouse")
    finally:
        connection.close()
    # a write-ahead log left beside the old file would be replayed into the new one
    if _wal(paths.warehouse).exists() or _wal(fresh).exists():
        raise RuntimeError("a write-ahead log remained after the checkpoint")
    handle = os.open(fresh, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prune_vault(paths: Paths, withdrawal: Withdrawal) -> None:
    """Without the authority's rows its vault goes; else the children who are in no raw table any more go from it."""
    path = vault.place(paths, withdrawal.la_code)
    if not path.exists():
        return
    if withdrawal.is_whole_authority:
        path.unlink()
        vault.sync_folder(paths.vault)
        return
    selects = [
        f'SELECT child_key FROM "{schema}"."{table}" WHERE la_code = $la_code'
        for schema, table, columns in _raw_tables()
        if "child_key" in columns
    ]
    connection = warehouse.connect(paths, read_only=True)
    try:
        rows = connection.execute(" UNION ".join(selects), {"la_code": withdrawal.la_code}).fetchall()
    finally:
        connection.close()
    vault.keep_only(paths, keys.pseudonym_key(paths), withdrawal.la_code, (row[0] for row in rows))


def _raw_tables() -> list[tuple[str, str, set[str]]]:
    """(schema, table, names of columns) of every raw table."""
    return [
        (a_return.raw_schema, table.table, {name for name, _ in a_return.raw_columns(table)})
        for a_return in facts.returns().values()
        for table in a_return.tables
    ]


def _marker(paths: Paths) -> Path:
    return paths.root / ".forgetting"


def _fresh(paths: Paths) -> Path:
    return paths.root / ".warehouse.rewritten.duckdb"


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
