"""`liia measures`: which measures of the catalogue are computed, and what the others wait for, by dashboard."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import TextIO

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from loaders import warehouse
from loaders.errors import SetUpError
from loaders.spreadsheet import defuse

WAITS_SHOWN = 3


@dataclass(frozen=True)
class Measure:
    """One measure, the columns of marts.agg_measure__coverage. Lists (dashboards, sources, parts) have semicolons between."""

    metric_id: str
    dashboards: str
    title: str
    unit: str
    period: str
    source_datasets: str
    status: str
    waiting_for: str
    parts_waiting: str
    n_rows: int
    n_values: int
    n_authorities: int | None
    n_period_ends: int
    first_period_end: date | None
    last_period_end: date | None
    problem: str


@dataclass(frozen=True)
class Dashboard:
    """One dashboard of the catalogue."""

    name: str
    title: str
    is_released: bool


def read(connection: duckdb.DuckDBPyConnection) -> tuple[list[Measure], list[Dashboard]]:
    """All measures by name, and the dashboards. Raises SetUpError when the models have not been built."""
    built = warehouse.fetch(
        connection,
        "SELECT count(*) FROM information_schema.tables "
        "WHERE table_catalog = 'warehouse' AND table_schema = 'marts' AND table_name = 'agg_measure__coverage'",
    )
    if not built[0][0]:
        raise SetUpError("No measure has been computed yet. Run `make build`, which loads, computes and publishes.")
    measures = warehouse.fetch(
        connection,
        "SELECT metric_id, dashboard, title, unit, period, source_datasets, coalesce(status, ''), coalesce(waiting_for, ''), "
        "coalesce(parts_waiting, ''), n_rows, n_values, n_authorities, n_period_ends, first_period_end, last_period_end, "
        "coalesce(problem, '') "
        "FROM marts.agg_measure__coverage ORDER BY metric_id",
    )
    dashboards = warehouse.fetch(
        connection, "SELECT dashboard, title, is_released FROM intermediate.config_dashboard ORDER BY NOT is_released, title"
    )
    return [Measure(*row) for row in measures], [Dashboard(*row) for row in dashboards]


def of_dashboard(measures: Iterable[Measure], name: str) -> list[Measure]:
    """The measures that a dashboard shows."""
    return [measure for measure in measures if name in measure.dashboards.split(";")]


def write_csv(file: TextIO, measures: Iterable[Measure]) -> None:
    """One row per measure, every column."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(field.name for field in fields(Measure))
    for measure in measures:
        writer.writerow(defuse(cell) if isinstance(cell, str) else cell for cell in astuple(measure))


def show_dashboards(measures: Sequence[Measure], dashboards: Iterable[Dashboard], console: Console) -> None:
    """A line for each dashboard: in the catalogue, computed, waiting and for what. A measure may stand in several."""
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Dashboard", ratio=3)
    for title in ("Catalogue", "Computed", "Waiting"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("for", ratio=4)
    for dashboard in dashboards:
        name = f"{escape(dashboard.title)} [dim]({dashboard.name})[/]"
        table.add_row(name, *_counts(of_dashboard(measures, dashboard.name)), style=None if dashboard.is_released else "dim")
    table.add_section()
    table.add_row("[bold]All, each once[/]", *_counts(measures))
    console.print(table)
    in_part = sum(bool(measure.parts_waiting) for measure in measures)
    if in_part:
        console.print(
            f"Of those computed, {in_part} cannot give every period or breakdown yet: see their dashboard.", highlight=False
        )
    console.print("Dim: not released. One dashboard in full: liia measures NAME. Everything: liia measures --csv", highlight=False)
    show_problems(measures, console)


def show_measures(measures: Sequence[Measure], dashboard: Dashboard, console: Console) -> None:
    """A line for each measure of one dashboard."""
    table = Table(title=escape(dashboard.title), box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Measure", ratio=5, overflow="fold")
    table.add_column("State", ratio=3, overflow="fold")
    table.add_column("Values", justify="right", no_wrap=True)
    table.add_column("Last", no_wrap=True)
    for measure in measures:
        state = "[green]computed[/]" if measure.status == "computed" else f"[yellow]waits:[/] {_words(measure.waiting_for)}"
        if measure.parts_waiting:
            state += f", [yellow]save[/] {escape(measure.parts_waiting)}"
        last = measure.last_period_end.isoformat() if measure.last_period_end else ""
        name = f"{escape(measure.title)}\n[dim]{measure.metric_id}[/]"
        table.add_row(name, state, f"{measure.n_values:,}" if measure.n_values else "", last)
    console.print(table)
    console.print(", ".join(_totals(measures)), highlight=False)
    show_problems(measures, console)


def show_problems(measures: Iterable[Measure], console: Console) -> None:
    """What is claimed of a measure and is not so."""
    for measure in measures:
        if measure.problem:
            console.print(f"[red]{measure.metric_id}:[/] {escape(measure.problem)}.", highlight=False)


def _counts(measures: Sequence[Measure]) -> tuple[str, str, str, str]:
    computed = sum(measure.status == "computed" for measure in measures)
    waiting = [measure for measure in measures if measure.status != "computed"]
    # the source that most measures wait for first
    for_what = Counter(measure.waiting_for for measure in waiting)
    ranked = sorted(for_what.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{_words(name)} {n}" for name, n in ranked[:WAITS_SHOWN]]
    if len(ranked) > WAITS_SHOWN:
        words.append(f"others {sum(n for _, n in ranked[WAITS_SHOWN:])}")
    return f"{len(measures):,}", f"{computed:,}", f"{len(waiting):,}" if waiting else "", ", ".join(words)


def _totals(measures: Sequence[Measure]) -> tuple[str, str, str]:
    in_catalogue, computed, waiting, _ = _counts(measures)
    return f"{in_catalogue} in the catalogue", f"{computed} computed", f"{waiting or 0} waiting"


def _words(waiting_for: str) -> str:
    """Two sources that are both needed are said as such."""
    return escape(waiting_for.replace(";", " and "))
