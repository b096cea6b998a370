"""A whole small London for the end-to-end tests: invented, built by the command a user types, and read back."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from loaders import warehouse
from loaders.settings import PROJECT_ROOT, Paths
from tests import parsed

LIIA = str(Path(sys.executable).parent / "liia")
# What carries a clock by design: the ledger's own record of when a file arrived.
CLOCKS = {("ledger", "load", "recorded_at")}
# six between which, of the families invented here, most move
NEIGHBOURS = ("Greenwich", "Southwark", "Barking and Dagenham", "Bexley", "Bromley", "Ealing")


@dataclass(frozen=True)
class London:
    """One data folder, and what the last commands in it printed."""

    data: Path
    printed: str

    @property
    def paths(self) -> Paths:
        return Paths(self.data / "demo", "demo")


def environment(data: Path, **extra: str) -> dict[str, str]:
    """The environment of a user whose data lies in `data` and who has no keys of their own. Coverage is not measured: it slows
    a build down, and each part has tests of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIIA_", "DBT_", "COVERAGE_"))}
    return {**kept, "LIIA_DATA": str(data), "XDG_CONFIG_HOME": str(data / "config"), **extra}


def liia(data: Path, *arguments: str, expect: int = 0, **extra: str) -> str:
    """Run the command line; returns all it printed, and fails with it when the exit code is another."""
    done = subprocess.run(
        [LIIA, *arguments],
        cwd=PROJECT_ROOT,
        env=environment(data, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert done.returncode == expect, f"liia {' '.join(arguments)} ended {done.returncode}, not {expect}:\n{done.stdout}"
    return done.stdout


def invent(data: Path, *options: str) -> str:
    """Returns and truth of an invented London, where the demo keeps them."""
    return liia(data, "synth", str(data / "demo"), *options)


def only(authorities: tuple[str, ...]) -> list[str]:
    """The options that invent these authorities alone."""
    return [option for name in authorities for option in ("--authority", name)]


def built(data: Path, printed: str = "", **extra: str) -> London:
    """The demo of a data folder, built by the command."""
    parsed.give(Paths(data / "demo", "demo"))
    printed += liia(data, "build", "--demo", **extra)
    parsed.keep(Paths(data / "demo", "demo"))
    return London(data, printed)


def same_returns_and_keys(source: London, data: Path) -> None:
    """A second data folder with the first one's returns, keys and authority salts, and nothing else."""
    for room in ("returns", "truth", "keys"):
        shutil.copytree(source.data / "demo" / room, data / "demo" / room)
    salts = source.data / "demo" / "vault"
    if salts.exists():
        shutil.copytree(salts, data / "demo" / "vault")
    parsed.give(Paths(data / "demo", "demo"))


def tables(paths: Paths, schemas: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """Every table and view of some schemas, all rows in one fixed order, clocks left out. Of `audit` the tables alone: its views
    are tests, which hold nothing and read what stands elsewhere."""
    found: dict[str, pl.DataFrame] = {}
    with warehouse.connect(paths, read_only=True) as connection:
        relations = warehouse.fetch(
            connection,
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_catalog = 'warehouse' AND list_contains(?, table_schema) "
            "AND (table_schema <> 'audit' OR table_type = 'BASE TABLE') ORDER BY ALL",
            [list(schemas)],
        )
        for schema, table in relations:
            columns = [
                column
                for (column,) in warehouse.fetch(
                    connection,
                    "SELECT column_name FROM information_schema.columns "
                    "WHERE table_catalog = 'warehouse' AND table_schema = ? AND table_name = ? ORDER BY ordinal_position",
                    [schema, table],
                )
                if (schema, table, column) not in CLOCKS
            ]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[f"{schema}.{table}"] = connection.execute(f'SELECT {listed} FROM "{schema}"."{table}" ORDER BY ALL').pl()
    return found


def files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
