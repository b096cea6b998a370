"""`liia publish power-bi`: every share_london__* relation as Parquet and CSV, with a manifest and a data dictionary.

Reads share relations only, applies disclosure control, and replaces exports/power_bi as a whole or not at all. The bytes
depend on nothing but the warehouse: two builds of the same returns publish the same files.
"""

import hashlib
import io
import json
from collections import Counter
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
from publishers import dictionary, disclosure, swap

PREFIX = "share_london__"
CATALOGUE = f"{PREFIX}metric"
SUPPRESSION = (
    "primary, secondary and linked: small counts, what sums would tell of them and what other tables would tell are hidden, "
    "and what was hidden has been attacked (docs/rules/disclosure_control.md 2 to 4)."
)


@dataclass(frozen=True)
class Publication:
    """What was published: the folder, rows by relation, cells by mark, and how many counts shown now and in the former
    export differ by 1 to 5."""

    folder: Path
    rows: dict[str, int]
    marks: dict[str, int]
    small_changes: int


def folder(paths: Paths) -> Path:
    """Where the export for London lies."""
    return paths.exports / "power_bi"


def publish(paths: Paths) -> Publication:
    """Publish all share_london__* relations. The caller holds the warehouse's lock.

    Raises SetUpError when the models have not been built, PublicationRefused when something may not leave; in both cases
    the former export stands.
    """
    manifest = dictionary.read_manifest(dbt_target(paths) / "manifest.json")
    rules = disclosure.read_rules()
    marks = Counter[str]()
    tables: list[dictionary.Table] = []
    entries: list[dict[str, Any]] = []
    with warehouse.connect(paths) as connection:
        relations, protected = _protected(connection, rules)
        small_changes = _small_changes(folder(paths), relations)
        with swap.new_folder(folder(paths)) as fresh:
            for relation, rows in relations.items():
                if "value_mark" in rows.columns:
                    marks.update(rows["value_mark"].drop_nulls().to_list())
                kinds = {name: _type(kind) for name, kind in rows.schema.items()}
                tables.append(dictionary.describe(relation, kinds, manifest))
                entries.append(_write_relation(fresh, relation, rows))
            summary = {
                "audience": "london",
                "warehouse": paths.kind,
                "suppression": SUPPRESSION,
                "marks": dict(sorted(marks.items())),
                "proof": asdict(protected.proof) if protected else {},
                "relations": entries,
                "dictionary": _write_dictionary(fresh, tables),
            }
            _write(fresh / "manifest.json", (json.dumps(summary, indent=2, ensure_ascii=False) + "\n").encode())
        _record(connection, protected)
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
    if column.dtype.is_decimal():
        return column.cast(pl.String).str.replace(r"(\.\d*?)0+$", "${1}").str.strip_suffix(".")
    return column


def _protected(
    connection: duckdb.DuckDBPyConnection, rules: disclosure.Rules
) -> tuple[dict[str, pl.DataFrame], disclosure.Protected | None]:
    """Every share relation by name, its rows in one fixed order, as they may leave; and how the measures were protected.

    All relations with figures are protected together: what one hides, no other may show.
    """
    found = warehouse.fetch(
        connection,
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'warehouse' AND table_schema = 'share' "
        "AND starts_with(table_name, ?) ORDER BY table_name",
        [PREFIX],
    )
    relations = {name: _read(connection, name) for (name,) in found}
    if not relations:
        raise SetUpError("The warehouse holds no share relations yet. Run `make build`, which builds them and publishes.")
    for relation, rows in relations.items():
        disclosure.check_columns(relation, rows.columns, rules)
    measures = {name: rows for name, rows in relations.items() if disclosure.is_measure(rows.columns)}
    if not measures:
        return relations, None
    if CATALOGUE not in relations:
        raise SetUpError(f"share.{CATALOGUE} is missing: without it no measure has a suppression rule.")
    protected = disclosure.protect_all(measures, relations[CATALOGUE], rules)
    disclosure.check_measures(protected.relations, measures, relations[CATALOGUE], rules)
    return {**relations, **protected.relations}, protected


def _small_changes(former: Path, relations: dict[str, pl.DataFrame]) -> int:
    """Counts shown in the former export and in this one that differ by 1 to 5."""
    found = 0
    for relation, rows in relations.items():
        file = former / f"{relation}.parquet"
        if "value_mark" in rows.columns and file.exists():
            before = pl.read_parquet(file)
            if {*disclosure.CELL, "numerator", "value_mark"} <= set(before.columns):
                found += disclosure.small_changes(before, rows, relations[CATALOGUE])
    return found


def _read(connection: duckdb.DuckDBPyConnection, relation: str) -> pl.DataFrame:
    return connection.execute(f'SELECT * FROM share."{relation}" ORDER BY ALL').pl()


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


def _record(connection: duckdb.DuckDBPyConnection, protected: disclosure.Protected | None) -> None:
    """audit.suppression_log: one row per confidential cell of the latest publication, without its value."""
    columns = [*disclosure.CELL, "reason"]
    log = protected.log if protected else pl.DataFrame(schema={name: pl.String for name in columns})
    connection.register("hidden_cells", log.select(columns).to_arrow())
    connection.execute("CREATE OR REPLACE TABLE audit.suppression_log AS SELECT * FROM hidden_cells")
    connection.unregister("hidden_cells")
