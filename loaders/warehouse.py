"""The warehouse: one encrypted DuckDB file. Every connection of the project is opened here."""

import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_httpfs

from loaders import facts, keys, lock
from loaders.errors import Busy, SetUpError
from loaders.settings import Paths

# Raised when a table of the ledger, or the way raw rows are written, changes; see _upgrade.
LAYOUT_VERSION = 1
SCHEMAS = ("ledger", "staging", "intermediate", "marts", "share", "audit")

LEDGER_TABLES = {
    "warehouse": (
        ("kind", "VARCHAR"),
        ("layout_version", "INTEGER"),
        ("facts_sha256", "VARCHAR"),
        ("pseudonym_key_check", "VARCHAR"),
    ),
    "load": (
        ("load_id", "VARCHAR"),
        ("load_number", "INTEGER"),
        ("return_name", "VARCHAR"),
        ("table_name", "VARCHAR"),
        ("la_code", "VARCHAR"),
        ("collection_year", "INTEGER"),
        ("reference_date", "DATE"),
        ("submission_stamp", "VARCHAR"),
        ("file_sha256", "VARCHAR"),
        ("n_bytes", "BIGINT"),
        ("n_rows", "BIGINT"),
        ("status", "VARCHAR"),
        ("rule_code", "VARCHAR"),
        ("reason", "VARCHAR"),
        ("recorded_at", "TIMESTAMP"),
    ),
    "load_table": (
        ("load_id", "VARCHAR"),
        ("table_name", "VARCHAR"),
        ("n_in_file", "BIGINT"),
        ("n_kept", "BIGINT"),
        ("n_set_aside", "BIGINT"),
        ("n_duplicate", "BIGINT"),
    ),
    "finding": (
        ("load_id", "VARCHAR"),
        ("finding_number", "INTEGER"),
        ("rule_code", "VARCHAR"),
        ("table_name", "VARCHAR"),
        ("field", "VARCHAR"),
        ("line_number", "INTEGER"),
        ("detail", "VARCHAR"),
        ("n_occurrences", "INTEGER"),
    ),
}


def memory(paths: Paths, settings: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the crypto module, no network, and encrypted spill files in `paths.tmp`."""
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    prepare(connection, paths)
    for name, value in (settings or {}).items():
        connection.execute(f"SET {name} = ?", [value])
    return connection


def prepare(connection: duckdb.DuckDBPyConnection, paths: Paths, memory_limit: str = "") -> None:
    """Load the crypto module from its wheel and set what keeps spilled rows from the disk in clear.

    `memory_limit`: where LIIA_DUCKDB_MEMORY_LIMIT says nothing; without both DuckDB's own, 80% of the machine.
    """
    extension = Path(duckdb_extension_httpfs.__file__).parent / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    if not extension.exists():
        raise SetUpError(
            f"The crypto module for duckdb {duckdb.__version__} is not installed. Run `make build`, which installs it."
        )
    connection.load_extension(str(extension))
    connection.execute("SET temp_file_encryption = true")
    connection.execute(f"SET temp_directory = '{_quoted(paths.tmp)}'")
    limit = os.environ.get("LIIA_DUCKDB_MEMORY_LIMIT") or memory_limit
    if limit:
        connection.execute("SET memory_limit = ?", [limit])


def attach(connection: duckdb.DuckDBPyConnection, paths: Paths, *, read_only: bool) -> None:
    """Attach the encrypted file as `warehouse` and use it.

    Raises SetUpError when the key does not open it or it is no warehouse, Busy when another process has it open.
    """
    try:
        attach_file(connection, paths, paths.warehouse, "warehouse", read_only=read_only)
    except (duckdb.InvalidInputException, duckdb.CatalogException, duckdb.SerializationException, duckdb.IOException) as error:
        text = str(error).lower()
        if "encryption key" in text:
            raise SetUpError(
                f"The warehouse key at {paths.warehouse_key} does not open {paths.warehouse}. "
                "Use the key it was made with (LIIA_WAREHOUSE_KEY_FILE)."
            ) from None
        if "could not set lock" in text or "conflicting lock" in text:
            raise Busy(lock.busy_message(paths)) from None
        if "not a valid duckdb" in text or "encrypted" in text:
            raise SetUpError(
                f"{paths.warehouse} is not an encrypted warehouse, or is damaged. Restore it from its backup, or move it "
                "away and run `liia load`: the returns folder fills a new one."
            ) from None
        raise
    connection.execute("USE warehouse")


def attach_file(connection: duckdb.DuckDBPyConnection, paths: Paths, path: Path, alias: str, *, read_only: bool) -> None:
    """Attach an encrypted file under `alias`, with the key of `paths`: bound, never part of the SQL text."""
    options = ", READ_ONLY" if read_only else ""
    connection.execute(
        f"ATTACH '{_quoted(path)}' AS {alias} (ENCRYPTION_KEY $key{options})", {"key": keys.warehouse_key(paths).hex()}
    )


def connect(paths: Paths, *, read_only: bool = False, settings: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse of `paths`, which must exist.

    Raises SetUpError when there is none, or when the key does not open it.
    """
    if not paths.warehouse.exists():
        raise SetUpError(f"There is no warehouse at {paths.warehouse} yet. Make one with `make build` or `liia load`.")
    connection = memory(paths, settings)
    attach(connection, paths, read_only=read_only)
    return connection


def open_or_create(paths: Paths, settings: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """A writing connection: makes the warehouse if there is none, upgrades one made by older facts.

    Raises SetUpError when the pseudonym key or the kind (real, demo) is not the one it was born with.
    The caller holds the lock.
    """
    check = keys.check_value(keys.pseudonym_key(paths))
    paths.make()
    if not paths.warehouse.exists():
        _make_new(paths, check)
    connection = memory(paths, settings)
    try:
        attach(connection, paths, read_only=False)
        refuse_strangers(connection, paths, check)
        _upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_new(paths: Paths, check: str) -> None:
    """An empty warehouse: made beside its place and moved there complete, so that no half-made file is ever opened."""
    fresh = paths.root / ".warehouse.new.duckdb"
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with memory(paths) as connection:
        attach_file(connection, paths, fresh, "fresh", read_only=False)
        connection.execute("USE fresh")
        create_tables(connection, paths, check)
        connection.execute("CHECKPOINT fresh")
        connection.execute("USE memory")
        connection.execute("DETACH fresh")
    fresh.replace(paths.warehouse)


def empty_tmp(paths: Paths) -> None:
    """Remove what a killed run left in the spill folder. The caller holds the lock."""
    if paths.tmp.exists():
        for item in paths.tmp.iterdir():
            shutil.rmtree(item) if item.is_dir() else item.unlink()


def fetch(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(sql, parameters or []).fetchall()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _expected() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    tables: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
        ("ledger", name): columns for name, columns in LEDGER_TABLES.items()
    }
    for a_return in facts.returns().values():
        for table in a_return.tables:
            tables[(a_return.raw_schema, table.table)] = a_return.raw_columns(table)
    return tables


def _make_table(connection: duckdb.DuckDBPyConnection, name: tuple[str, str], columns: tuple[tuple[str, str], ...]) -> None:
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
    connection.execute(f'CREATE TABLE "{name[0]}"."{name[1]}" ({listed})')


def create_tables(connection: duckdb.DuckDBPyConnection, paths: Paths, check: str) -> None:
    """Every schema, ledger table and raw table, in one transaction, in the database in use. `check`: keys.check_value."""
    connection.execute("BEGIN")
    for schema in (*SCHEMAS, *(a_return.raw_schema for a_return in facts.returns().values())):
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    for name, columns in _expected().items():
        _make_table(connection, name, columns)
    connection.execute("INSERT INTO ledger.warehouse VALUES (?, ?, ?, ?)", [paths.kind, LAYOUT_VERSION, facts.fingerprint(), check])
    connection.execute("COMMIT")


def refuse_strangers(connection: duckdb.DuckDBPyConnection, paths: Paths, check: str) -> None:
    """Raises SetUpError when the warehouse is of the other kind, of another pseudonym key, or of a newer version."""
    try:
        row = fetch(connection, "SELECT kind, layout_version, pseudonym_key_check FROM ledger.warehouse")[0]
    except (duckdb.CatalogException, IndexError):
        raise SetUpError(f"{paths.warehouse} was not made by liia-warehouse. Move it away, then run `liia load`.") from None
    kind, version, key_check = row
    if kind != paths.kind:
        raise SetUpError(f"{paths.warehouse} was born a {kind} warehouse and cannot take {paths.kind} returns.")
    if not secrets.compare_digest(key_check, check):
        raise SetUpError(
            f"The pseudonym key at {paths.pseudonym_key} is not the one {paths.warehouse} was made with: a child would get "
            "a second key. Use the first key (LIIA_PSEUDONYM_KEY_FILE), or start a new warehouse in another LIIA_DATA."
        )
    if version > LAYOUT_VERSION:
        raise SetUpError(
            f"{paths.warehouse} was written by a newer liia-warehouse (layout {version}, this one knows {LAYOUT_VERSION}). "
            "Update the project: git pull, then make build."
        )


def _upgrade(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the tables and columns that newer facts ask for. A changed type cannot be mended in place: say what to do."""
    known = fetch(connection, "SELECT facts_sha256, layout_version FROM ledger.warehouse")[0]
    if known == (facts.fingerprint(), LAYOUT_VERSION):
        return
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in fetch(
        connection,
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'warehouse'",
    ):
        found.setdefault((schema, table), {})[column] = kind
    connection.execute("BEGIN")
    for name, columns in _expected().items():
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{name[0]}"')
        if name not in found:
            _make_table(connection, name, columns)
            continue
        for column, kind in columns:
            if column not in found[name]:
                connection.execute(f'ALTER TABLE "{name[0]}"."{name[1]}" ADD COLUMN "{column}" {kind}')
            elif found[name][column] != kind:
                connection.execute("ROLLBACK")
                raise SetUpError(
                    f"Column {name[0]}.{name[1]}.{column} is {found[name][column]} and must become {kind}. Move "
                    "warehouse.duckdb away and run `liia load`: the returns folder fills a new one."
                )
    connection.execute("UPDATE ledger.warehouse SET facts_sha256 = ?, layout_version = ?", [facts.fingerprint(), LAYOUT_VERSION])
    connection.execute("COMMIT")
