"""Whether the models stand as they are: made from the same returns, by the same facts, texts and program.

A build that has run every model and test leaves a mark in the warehouse (audit.refresh). dbt takes it away as soon as it
opens the warehouse, whoever called it (loaders/dbt_plugin.py): a run that was killed, failed, or built some models only
leaves none.
"""

import hashlib
import json
import platform
from collections import Counter
from importlib import metadata
from pathlib import Path

import duckdb

from loaders import facts, warehouse
from loaders.dbt_environment import dbt_target
from loaders.settings import PROJECT_ROOT, Paths
from refresh.dbt import DbtRun

# Everything a model, a test or the docs are made from. loaders and forecast: dbt runs parts of them.
MADE_FROM = ("models", "seeds", "macros", "tests/generic", "tests/singular", "analyses", "dbt_project")
PROGRAM = ("loaders", "forecast", "refresh")
SINGLE_FILES = ("dbt_project.yml", "profiles.yml", "requirements.lock")
ARTEFACTS = ("manifest.json", "catalog.json")
# The ledger's clock: no model reads it (models/sources/_ledger.yml).
CLOCK = "recorded_at"


def made_from(connection: duckdb.DuckDBPyConnection) -> str:
    """One hash (SHA-256, hex) of what arrived, of the project's files and of the versions of what runs them."""
    told = hashlib.sha256()
    for table, columns in warehouse.LEDGER_TABLES.items():
        listed = ", ".join(f'"{column}"' for column, _ in columns if column != CLOCK)
        found = warehouse.fetch(
            connection, f"SELECT count(*), sum(hash(one)::HUGEINT)::VARCHAR FROM (SELECT {listed} FROM ledger.{table}) AS one"
        )
        told.update(repr((table, found)).encode())
    for a_return in facts.returns().values():
        for raw in a_return.tables:
            found = warehouse.fetch(connection, f'SELECT count(*) FROM "{a_return.raw_schema}"."{raw.table}"')
            told.update(repr((a_return.raw_schema, raw.table, found)).encode())
    for path in _files():
        told.update(path.relative_to(PROJECT_ROOT).as_posix().encode() + hashlib.sha256(path.read_bytes()).digest())
    installed = sorted({(one.name.lower(), one.version) for one in metadata.distributions()})
    told.update(repr((platform.python_version(), installed)).encode())
    return told.hexdigest()


def now(paths: Paths) -> str:
    """What the models would be made from if they ran now. Asked before dbt runs: a file edited meanwhile is not what ran."""
    with warehouse.connect(paths, read_only=True) as connection:
        return made_from(connection)


def last(paths: Paths, its_made_from: str) -> DbtRun | None:
    """What the last whole run of dbt did, when it was made from just that (`now`); else None. The caller holds the lock, and
    what is new is loaded."""
    with warehouse.connect(paths, read_only=True) as connection:
        if not warehouse.fetch(connection, _IS_THERE):
            return None
        rows = warehouse.fetch(connection, "SELECT artefacts, did FROM audit.refresh WHERE made_from = ?", [its_made_from])
    if not rows or rows[0][0] != _artefacts(paths):
        return None
    did = json.loads(rows[0][1])
    return DbtRun(Counter(did["nodes"]), did["seconds"], did["warnings"])


def record(paths: Paths, done: DbtRun, its_made_from: str) -> None:
    """Mark that every model and test has run on what `now` told before. The caller holds the lock."""
    with warehouse.connect(paths) as connection:
        connection.execute("CREATE OR REPLACE TABLE audit.refresh (made_from VARCHAR, artefacts VARCHAR, did VARCHAR)")
        did = json.dumps({"nodes": done.nodes, "seconds": done.seconds, "warnings": done.warnings}, sort_keys=True)
        connection.execute("INSERT INTO audit.refresh VALUES (?, ?, ?)", [its_made_from, _artefacts(paths), did])


def _files() -> list[Path]:
    """The files of the project that have a say in what the models hold, sorted."""
    found = [PROJECT_ROOT / name for name in SINGLE_FILES]
    for room in MADE_FROM:
        found += [path for path in (PROJECT_ROOT / room).rglob("*") if path.is_file() and not path.name.startswith(".")]
    for package in PROGRAM:
        found += [path for path in (PROJECT_ROOT / package).rglob("*") if path.suffix in (".py", ".csv")]
    return sorted(found)


def _artefacts(paths: Paths) -> str:
    """One hash of the files dbt leaves, which the exports and the docs site are made with; empty when one is missing."""
    found = [dbt_target(paths) / name for name in ARTEFACTS]
    if not all(path.exists() for path in found):
        return ""
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in found)).hexdigest()


_IS_THERE = (
    "SELECT 1 FROM information_schema.tables WHERE table_catalog = 'warehouse' AND table_schema = 'audit' "
    "AND table_name = 'refresh'"
)
