"""How each shown figure stands: against the period before, the year before, London, neighbours and the other authorities.

The comparison itself is comparison.sql. It reads figures as they leave, after disclosure control: what was hidden takes no
part, so that no rank, median or difference tells of it. A relation that names cells and holds no figures gets them here,
from the protected measures; so a figure is judged once, however many dashboards show it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import polars as pl

from publishers import disclosure
from publishers.disclosure import CELL, FIGURES

MEASURE = "share_london__measure"
METRIC = "share_london__metric"
AUTHORITY = "share_london__authority"
NEIGHBOUR = "share_london__neighbour"
SHOWN = [*FIGURES, "value_mark", "n_authorities"]
COMPARISON = Path(__file__).with_suffix(".sql")


def names_cells(columns: list[str]) -> bool:
    """Whether a relation names cells of the measures and leaves their figures to be added."""
    return set(CELL) <= set(columns) and not set(FIGURES) & set(columns)


def completed(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, pl.DataFrame]]:
    """`relations` (protected, by name) one by one, those that name cells with their figures, dashboards with comparisons too.

    A dashboard is a relation of nothing but cells. Raises PublicationRefused when a relation names a cell that the
    protected measures do not hold.
    """
    wanting = {name for name, rows in relations.items() if names_cells(rows.columns)}
    compared = pl.DataFrame()
    if wanting:
        compared = compare(connection, *(relations[name] for name in (MEASURE, METRIC, AUTHORITY, NEIGHBOUR)))
    for name, rows in relations.items():
        if name not in wanting:
            yield name, rows
            continue
        is_dashboard = set(rows.columns) == set(CELL)
        figures = compared if is_dashboard else compared.select(*CELL, *SHOWN)
        filled = rows.join(figures, on=CELL, how="left", maintain_order="left", validate="m:1")
        _refuse_unknown(name, filled)
        disclosure.check_measure(filled, relations[METRIC])
        yield name, filled


def compare(
    connection: duckdb.DuckDBPyConnection,
    shown: pl.DataFrame,
    metric: pl.DataFrame,
    authority: pl.DataFrame,
    neighbour: pl.DataFrame,
) -> pl.DataFrame:
    """CELL, SHOWN and how each value stands (comparison.sql), one row per row of `shown`.

    `shown`: protected measures. `metric` has metric_id and polarity; `authority` la_code, short_code (null for a sub-region)
    and is_london; `neighbour` la_code and neighbour_la_code.
    """
    is_authority = (pl.col("short_code").is_not_null() & ~pl.col("is_london")).alias("is_authority")
    tables = {
        "shown_measure": shown.select(*CELL, *SHOWN),
        "metric": metric.select("metric_id", "polarity"),
        "authority": authority.select("la_code", is_authority),
        "neighbour": neighbour.select("la_code", "neighbour_la_code"),
    }
    for name, rows in tables.items():
        connection.register(name, rows.to_arrow())
    try:
        return connection.execute(COMPARISON.read_text(encoding="utf-8")).pl()
    finally:
        for name in tables:
            connection.unregister(name)


def _refuse_unknown(name: str, filled: pl.DataFrame) -> None:
    unknown = filled.filter(pl.col("value").is_null() & pl.col("value_mark").is_null())
    if unknown.height:
        metrics = ", ".join(sorted(unknown["metric_id"].unique())[:5])
        raise disclosure.PublicationRefused(
            f"share.{name} names {unknown.height} cells that share.{MEASURE} does not show, of {metrics}. Nothing was "
            "published; the former exports stand. Take its cells from there."
        )
