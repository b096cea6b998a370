"""What a build ends with: what arrived, what the warehouse holds, what left it, how long it took, where to look."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from loaders import warehouse
from loaders.settings import Paths

CHILDREN = ("dim_child_year", "dim_looked_after_child_year")
SEVERITIES = ("reject", "error", "query", "note")


@dataclass(frozen=True)
class Holdings:
    """What the warehouse holds after a build. `findings` counts rows of marts.dq_finding by severity."""

    rows: int
    children: int
    marts: int
    mart_rows: int
    findings: dict[str, int]


@dataclass
class Summary:
    """What one build did. `stages` are (title, seconds) in order; layers are dbt's, in seconds: those of
    the last whole run where `models_stand`."""

    paths: Paths
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    new_rows: int = 0
    holdings: Holdings | None = None
    exported: dict[str, int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    docs: Path | None = None
    warnings: list[str] = field(default_factory=list)
    stages: list[tuple[str, float]] = field(default_factory=list)
    layers: dict[str, tuple[int, float]] = field(default_factory=dict)
    models_stand: bool = False


def holdings(paths: Paths) -> Holdings:
    """Count what is in the warehouse. The caller holds the lock; every table of the build exists."""
    with warehouse.connect(paths, read_only=True) as connection:
        marts = [name for (name,) in warehouse.fetch(connection, _TABLES)]
        return Holdings(
            rows=_number(
                connection,
                "SELECT coalesce(sum(load_table.n_kept), 0) FROM ledger.load_table "
                "JOIN ledger.load USING (load_id) WHERE status IN ('accepted', 'superseded')",
            ),
            children=_number(
                connection,
                "SELECT count(*) FROM (" + " UNION ".join(f"SELECT child_key FROM marts.{name}" for name in CHILDREN) + ")",
            ),
            marts=len(marts),
            mart_rows=sum(_number(connection, f'SELECT count(*) FROM marts."{name}"') for name in marts),
            findings=dict(warehouse.fetch(connection, "SELECT severity, count(*) FROM marts.dq_finding GROUP BY severity")),
        )


_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'warehouse' AND table_schema = 'marts' ORDER BY ALL"
)


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(warehouse.fetch(connection, sql)[0][0])


def show(summary: Summary, console: Console) -> None:
    """Print it; readable at 80 columns."""
    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    rejected = f"[red]{summary.rejected:,} rejected[/]" if summary.rejected else "0 rejected"
    table.add_row("Files", f"{summary.accepted:,} accepted, {rejected}, {summary.skipped:,} loaded before")
    if summary.holdings:
        held = summary.holdings
        table.add_row("Rows", f"{held.rows:,} in the warehouse, {summary.new_rows:,} of them new")
        table.add_row("Children", f"{held.children:,} (one child number in one authority)")
        table.add_row("Marts", f"{held.marts:,} tables, {held.mart_rows:,} rows")
        found = [f"{held.findings[severity]:,} {severity}" for severity in SEVERITIES if severity in held.findings]
        table.add_row("Findings", ", ".join(found) or "none")
    hidden = summary.marks.get("c", 0)
    table.add_row("Exports", f"{len(summary.exported):,} tables, {sum(summary.exported.values()):,} rows, {hidden:,} cells hidden")
    stages = ", ".join(f"{title} {seconds:.1f}" for title, seconds in summary.stages)
    table.add_row("Seconds", f"{sum(seconds for _, seconds in summary.stages):.1f} ({stages})")
    layers = ", ".join(f"{layer} {count} in {seconds:.1f} s" for layer, (count, seconds) in summary.layers.items())
    table.add_row("dbt", f"as the last whole run left them: {layers}" if summary.models_stand else layers)
    console.print(table)
    for warning in summary.warnings:
        console.print(f"[yellow]Look at:[/] {escape(warning)}", highlight=False, soft_wrap=True)
    console.print("[bold]Where to look next[/]")
    demo = " --demo" if summary.paths.kind == "demo" else ""
    places = [
        ("the docs site", str(summary.docs)),
        ("for Power BI", str(summary.paths.exports / "power_bi")),
        ("what arrived", "liia status"),
        ("what to send back", "liia findings --authority camden"),
        ("any question", 'liia sql "select * from marts.fct_measure limit 20"'),
        ("run it again", f"liia build{demo}"),
    ]
    for what, where in places:
        console.print(f"  {what:<18} {escape(where)}", highlight=False, soft_wrap=True)
