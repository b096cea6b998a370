"""`liia publish power-bi`: every share_london__* relation as Parquet and CSV, with a manifest and a data dictionary.

Reads share relations only, applies disclosure control, and replaces exports/power_bi as a whole or not at all. The bytes
depend on nothing but the warehouse: two builds of the same returns publish the same files.
"""

import hashlib
import io
import json
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from loaders import warehouse
from loaders.dbt_environment import dbt_target
from loaders.errors import SetUpError
from loaders.settings import SEEDS, Paths
from loaders.spreadsheet import defuse
from publishers import comparison, dictionary, disclosure, relative_rate, swap, unchanged

PREFIX = "share_london__"
CATALOGUE = f"{PREFIX}metric"
MEASURE = f"{PREFIX}measure"
SUPPRESSION = (
    "primary, secondary and linked: small counts, what sums would tell of them and what other tables would tell are hidden, "
    "and every hidden count has been attacked, by bounds over everything and by linear programs as deep as `proof` says "
    "(docs/publishing.md)."
)


@dataclass(frozen=True)
class Publication:
    """What was published: the folder, rows by relation, cells by mark, and how many counts shown both now and in the
    former export differ by 1 to 5: who holds both exports learns of few."""

    folder: Path
    rows: dict[str, int]
    marks: dict[str, int]
    small_changes: int = 0


@dataclass(frozen=True)
class Hidden:
    """The relations as they may leave, the suppression log (CELL, reason) and how the proof went."""

    relations: dict[str, pl.DataFrame]
    log: pl.DataFrame
    proof: dict[str, Any]


def folder(paths: Paths) -> Path:
    """Where the export for London lies."""
    return paths.exports / "power_bi"


def publish(paths: Paths, tell: Callable[[str], None] = disclosure.silent) -> Publication:
    """Publish all share_london__* relations. The caller holds the warehouse's lock; `tell` hears how far it is.

    Raises SetUpError when the models have not been built, PublicationRefused when something may not leave; in both cases
    the former export stands.
    """
    manifest = dictionary.read_manifest(dbt_target(paths) / "manifest.json")
    rules = disclosure.read_rules()
    marks = Counter[str]()
    tables: list[dictionary.Table] = []
    with warehouse.connect(paths) as connection:
        relations = _relations(connection)
        its_made_from = unchanged.made_from(connection, relations, manifest)
        former = unchanged.standing(connection, folder(paths), its_made_from)
        if former:
            return Publication(folder(paths), {entry["relation"]: entry["rows"] for entry in former["relations"]}, former["marks"])
        depth = disclosure.QUICK if paths.kind == "demo" else disclosure.THOROUGH
        hidden = _protected(connection, relations, rules, depth, tell)
        small_changes = _small_changes(folder(paths), hidden.relations)
        with swap.new_folder(folder(paths)) as fresh:
            for rows in hidden.relations.values():
                if "value_mark" in rows.columns:
                    marks.update(rows["value_mark"].drop_nulls().to_list())
            tell("writing")
            with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
                writing = []
                for relation, rows in comparison.completed(connection, hidden.relations):
                    kinds = {name: _type(kind) for name, kind in rows.schema.items()}
                    tables.append(dictionary.describe(relation, kinds, manifest))
                    writing.append(workers.submit(_write_relation, fresh, relation, rows))
                entries = [one.result() for one in writing]
            summary = {
                "audience": "london",
                "warehouse": paths.kind,
                "suppression": SUPPRESSION,
                "marks": dict(sorted(marks.items())),
                "proof": hidden.proof,
                "relations": entries,
                "dictionary": _write_dictionary(fresh, tables),
            }
            _write(fresh / "manifest.json", (json.dumps(summary, indent=2, ensure_ascii=False) + "\n").encode())
        _record(connection, hidden.log)
        unchanged.record(connection, folder(paths), its_made_from)
    written = {entry["relation"]: entry["rows"] for entry in entries}
    return Publication(folder(paths), written, dict(sorted(marks.items())), small_changes)


def as_parquet(rows: pl.DataFrame) -> bytes:
    """The rows as one Parquet file, always the same bytes for the same rows."""
    content = io.BytesIO()
    rows.write_parquet(content, compression="zstd", compression_level=3, statistics=True, row_group_size=1 << 17)
    return content.getvalue()


def as_csv(rows: pl.DataFrame) -> bytes:
    """The rows as RFC 4180 CSV in UTF-8 with a byte order mark, so that Excel shows what Power BI reads.

    Text that a spreadsheet would run is defused; decimals are written without trailing zeros; a null is an empty cell.
    """
    written = rows.with_columns(_as_text(rows[name]) for name in rows.columns)
    body = written.write_csv(line_terminator="\r\n", date_format="%Y-%m-%d")
    return (dictionary.BOM + body).encode()


def _as_text(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        texts = column.drop_nulls().unique().to_list()
        return column.replace({text: defuse(text) for text in texts if defuse(text) != text})
    if isinstance(column.dtype, pl.Decimal) and column.dtype.scale:
        return column.cast(pl.String).str.strip_chars_end("0").str.strip_suffix(".")
    return column


def _relations(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of all share relations for London."""
    found = warehouse.fetch(
        connection,
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'warehouse' AND table_schema = 'share' "
        "AND starts_with(table_name, ?) ORDER BY table_name",
        [PREFIX],
    )
    if not found:
        raise SetUpError("The warehouse holds no share relations yet. Run `make build`, which builds them and publishes.")
    return [name for (name,) in found]


def read_relations(connection: duckdb.DuckDBPyConnection, relations: list[str]) -> dict[str, pl.DataFrame]:
    """The rows of share relations by name, exact, in one fixed order."""
    return {relation: connection.execute(f'SELECT * FROM share."{relation}" ORDER BY ALL').pl() for relation in relations}


def _protected(
    connection: duckdb.DuckDBPyConnection,
    relations: list[str],
    rules: disclosure.Rules,
    depth: disclosure.Depth,
    tell: Callable[[str], None],
) -> Hidden:
    """Every share relation by name, its rows in one fixed order, as they may leave."""
    found = read_relations(connection, relations)
    # a dashboard that is not released has no cells, and no table
    read = {relation: rows for relation, rows in found.items() if rows.height or relation in (MEASURE, CATALOGUE)}
    for relation, rows in read.items():
        disclosure.check_columns(relation, rows.columns, rules)
    return _hidden(read, rules, depth, tell)


def to_be_judged(read: dict[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], pl.DataFrame, relative_rate.Counts | None]:
    """What of the relations holds figures, exact; the catalogue of these measures; the counts of the indices, where there are.

    The indices are judged by their counts, as measures beside the measures.
    """
    exact = {relation: rows for relation, rows in read.items() if disclosure.is_measure(rows.columns)}
    has_index = relative_rate.INDEX in read
    if has_index and MEASURE not in exact:
        raise SetUpError(f"share.{MEASURE} is missing: the indices are judged beside the measures.")
    if exact and CATALOGUE not in read:
        raise SetUpError(f"share.{CATALOGUE} is missing: without it no measure has a suppression rule.")
    if not has_index:
        return exact, read.get(CATALOGUE, pl.DataFrame()), None
    index, stage = read[relative_rate.INDEX], read[relative_rate.STAGE]
    counts = relative_rate.as_measures(index, stage, relative_rate.read_groups(SEEDS / "config"))
    exact[relative_rate.INDEX] = counts.cells
    return exact, pl.concat([read[CATALOGUE], counts.catalogue], how="diagonal"), counts


def _hidden(read: dict[str, pl.DataFrame], rules: disclosure.Rules, depth: disclosure.Depth, tell: Callable[[str], None]) -> Hidden:
    """`read` after disclosure control: all measures together, the indices beside them by their counts."""
    exact, catalogue, counts = to_be_judged(read)
    if not exact:
        return Hidden(read, disclosure.no_log(), {})
    protected = disclosure.protect_all(exact, catalogue, rules, depth, tell)
    tell("a last look at what leaves")
    disclosure.check_measures(protected.relations, protected, catalogue)
    shown = {**read, **protected.relations}
    log = protected.log
    if counts is not None:
        shown[relative_rate.INDEX] = relative_rate.hide(read[relative_rate.INDEX], counts, protected.relations[relative_rate.INDEX])
        relative_rate.check(shown[relative_rate.INDEX])
        own = log.join(counts.catalogue.select("metric_id"), on="metric_id", how="anti")
        log = pl.concat([own, relative_rate.hidden_cells(shown[relative_rate.INDEX])], how="vertical_relaxed")
    return Hidden(shown, log, asdict(protected.proof))


def _small_changes(former: Path, relations: dict[str, pl.DataFrame]) -> int:
    """Counts shown in the former export and in this one that differ by 1 to 5."""
    file = former / f"{MEASURE}.parquet"
    if MEASURE not in relations or not file.exists():
        return 0
    before = pl.read_parquet(file)
    if not {*disclosure.CELL, "numerator", "value_mark"} <= set(before.columns):
        return 0
    return disclosure.small_changes(before, relations[MEASURE], relations[CATALOGUE])


def _type(kind: pl.DataType) -> str:
    """A column's type in the words of the Power BI user."""
    if kind.is_decimal():
        return "decimal number"
    names = {pl.String: "text", pl.Date: "date", pl.Boolean: "true/false"}
    for known, name in names.items():
        if kind == known:
            return name
    return "whole number" if kind.is_integer() else str(kind)


def _write_relation(fresh: Path, relation: str, rows: pl.DataFrame) -> dict[str, Any]:
    """Write both files of a relation; its entry in the manifest."""
    return {
        "relation": relation,
        "rows": rows.height,
        "columns": [{"name": name, "type": _type(kind)} for name, kind in rows.schema.items()],
        "files": {
            f"{relation}.{ending}": _write(fresh / f"{relation}.{ending}", content)
            for ending, content in (("csv", as_csv(rows)), ("parquet", as_parquet(rows)))
        },
    }


def _write_dictionary(fresh: Path, tables: list[dictionary.Table]) -> dict[str, str]:
    marks = pl.read_csv(SEEDS / "config" / "config_disclosure_mark.csv", infer_schema=False)
    written = {
        "dictionary.csv": dictionary.as_csv(tables),
        "dictionary.xlsx": dictionary.as_xlsx(tables, marks.select("mark", "title", "meaning").rows()),
    }
    return {name: _write(fresh / name, content) for name, content in written.items()}


def _write(path: Path, content: bytes) -> str:
    """SHA-256 of what was written."""
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _record(connection: duckdb.DuckDBPyConnection, log: pl.DataFrame) -> None:
    """audit.suppression_log: one row per confidential cell of the latest publication, without its value."""
    connection.register("hidden_cells", log.to_arrow())
    connection.execute("CREATE OR REPLACE TABLE audit.suppression_log AS SELECT * FROM hidden_cells")
    connection.unregister("hidden_cells")
