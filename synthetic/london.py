"""Invent London: every authority's lives, returns and truth, authority by authority, on every core.

Writes under OUT: returns/<return>/<authority>/<year>/… and truth/*.parquet. Memory holds one authority per process.
"""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.errors import WrongUse
from loaders.facts import returns as known_returns
from synthetic import errors, facts, story, truth
from synthetic.chance import Chance
from synthetic.days import period
from synthetic.returns import RETURNS, Tables

# the places of all authorities in facts.la_codes()
ALL = tuple(range(33))
# below this scale a second process costs more than it saves
WORTH_PROCESSES = 0.05


@dataclass(frozen=True)
class Plan:
    """What London to invent. `error_rates` as errors.rates() gives them; `authorities` are places in facts.la_codes()."""

    out: Path
    first_year: int = 2021
    last_year: int = 2025
    scale: float = 0.1
    seed: int = 1
    error_rates: errors.Rates = field(default_factory=errors.rates)
    authorities: tuple[int, ...] = ALL

    def __post_init__(self) -> None:
        first = min(one.first_year for one in known_returns().values())
        last = max(one.last_year for one in known_returns().values())
        if not first <= self.first_year <= self.last_year <= last:
            raise WrongUse(f"--years {self.first_year}-{self.last_year}: give years from {first} to {last}, the earlier first.")
        if not 0 < self.scale <= 2:
            raise WrongUse(f"--scale {self.scale:g}: give a number above 0 and up to 2 (1 is London's real size).")

    @property
    def years(self) -> range:
        return range(self.first_year, self.last_year + 1)

    @property
    def returns(self) -> Path:
        return self.out / "returns"

    @property
    def truth(self) -> Path:
        return self.out / "truth"


@dataclass(frozen=True)
class Told:
    """What one authority came to: counts for the summary."""

    la_code: str
    n_persons: int
    n_files: int
    n_rows: int
    n_bytes: int
    n_planted: int


def invent(plan: Plan, progress: Callable[[Told], None] = lambda told: None, processes: int | None = None) -> list[Told]:
    """Write the whole London; what stood under returns/ and truth/ of OUT before is replaced."""
    for room in (plan.returns, plan.truth):
        if room.exists():
            shutil.rmtree(room)
        room.mkdir(parents=True)
    parts = plan.truth / ".parts"
    done = []
    for told in _each(plan, processes):
        progress(told)
        done.append(told)
    _gather(plan, parts)
    return sorted(done, key=lambda told: told.la_code)


def _each(plan: Plan, processes: int | None) -> Iterator[Told]:
    cores = processes or min(os.cpu_count() or 1, len(plan.authorities), 8)
    if cores == 1 or (processes is None and plan.scale < WORTH_PROCESSES):
        yield from (authority(plan, place) for place in plan.authorities)
        return
    # largest first, so that no core waits for the last
    order = sorted(plan.authorities, key=lambda place: -facts.by_authority("referrals")[place, -1])
    with _one_thread_each(), ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(authority, [plan] * len(order), order)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes share the cores already: polars in each of them takes one thread."""
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["POLARS_MAX_THREADS"]
        else:
            os.environ["POLARS_MAX_THREADS"] = before


def authority(plan: Plan, place: int) -> Told:
    """One authority's returns, and its part of the truth."""
    chance = Chance(plan.seed)
    told = story.tell(chance, place, plan.first_year, plan.last_year, plan.scale)
    folder = facts.la_folders()[told.la_code]
    file_rows: list[tuple[str, str, str, int, int, int]] = []
    planted: list[tuple[str, int, str, str, str, str]] = []
    records: dict[str, list[pl.DataFrame]] = {}
    numbers: dict[str, set[str]] = {}
    n_bytes, n_files = 0, 0
    for one in RETURNS:
        before: Tables | None = None
        numbers[one.name] = set()
        for year in plan.years:
            clean = one.view(told, year)
            for name, table in clean.items():
                records.setdefault(f"{one.name}|{name}", []).append(
                    table.with_columns(pl.lit(year, dtype=pl.Int32).alias("collection_year"))
                )
                numbers[one.name].update(table["child_number"].to_list())
            as_sent = one.as_sent(clean, year)
            if errors.is_missing(chance, plan.error_rates, one.name, place, year):
                planted.append(("missing_file", year, one.name, "", "", ""))
                before = as_sent
                continue
            sent, wrong = errors.plant(chance, plan.error_rates, one.name, place, year, as_sent, before)
            before = as_sent
            planted += [(kind, year, of, table, child, detail) for kind, of, table, child, detail in wrong.rows]
            where = plan.returns / one.name / folder / str(year)
            for file_name, table_name, n_rows in one.write(where, told.la_code, year, sent):
                n_twice = 0 if table_name not in sent or one.name == "cin_census" else n_rows - sent[table_name].unique().height
                file_rows.append(
                    ((where / file_name).relative_to(plan.returns).as_posix(), one.name, table_name, year, n_rows, n_twice)
                )
            for path in where.iterdir():
                n_bytes += path.stat().st_size
                n_files += 1
    parts = plan.truth / ".parts"
    _part(parts, "person", place, truth.persons(told))
    _part(parts, "identifier", place, truth.identifiers(told, numbers))
    _part(parts, "spell", place, truth.spells(told, period(plan.last_year)[1]))
    _part(
        parts,
        "file",
        place,
        pl.DataFrame(
            [(path, of, table, told.la_code, year, n_rows, twice) for path, of, table, year, n_rows, twice in file_rows],
            schema={
                "path": pl.String,
                "return_name": pl.String,
                "table_name": pl.String,
                "la_code": pl.String,
                "collection_year": pl.Int32,
                "n_rows": pl.Int64,
                "n_exact_duplicates": pl.Int64,
            },
            orient="row",
        ),
    )
    _part(
        parts,
        "planted_error",
        place,
        pl.DataFrame(
            [(kind, told.la_code, *rest) for kind, *rest in planted],
            schema={
                "kind": pl.String,
                "la_code": pl.String,
                "collection_year": pl.Int32,
                "return_name": pl.String,
                "table_name": pl.String,
                "child_number": pl.String,
                "detail": pl.String,
            },
            orient="row",
        ),
    )
    for name, tables in records.items():
        return_name, table_name = name.split("|")
        whole = pl.concat(tables, how="diagonal").select(
            pl.lit(return_name).alias("return_name"),
            pl.lit(told.la_code).alias("la_code"),
            "collection_year",
            pl.exclude("collection_year"),
        )
        _part(parts, f"record_{table_name}", place, whole, return_name)
    return Told(told.la_code, len(told.lives.people), n_files, sum(row[4] for row in file_rows), n_bytes, len(planted))


def _part(parts: Path, name: str, place: int, table: pl.DataFrame, return_name: str = "") -> None:
    folder = parts / name
    folder.mkdir(parents=True, exist_ok=True)
    table.write_parquet(folder / f"{return_name}_{place:02d}.parquet")


def _gather(plan: Plan, parts: Path) -> None:
    """The parts of all authorities, in their order, as one file a table."""
    for folder in sorted(parts.iterdir()):
        schema = _common([pq.read_schema(part) for part in sorted(folder.iterdir())])
        with pq.ParquetWriter(plan.truth / f"{folder.name}.parquet", schema, compression="zstd") as whole:
            for part in sorted(folder.iterdir()):
                table = pq.read_table(part)
                for column in schema:
                    if column.name not in table.column_names:
                        table = table.append_column(column, pa.nulls(table.num_rows, column.type))
                whole.write_table(table.select(schema.names).cast(schema))
    shutil.rmtree(parts)


def _common(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """One schema for all parts; a column that is all null in a small authority takes its type from the others."""
    return pa.unify_schemas(schemas, promote_options="permissive").remove_metadata()
