"""`make published`: London as our measures count it, beside London as published, into docs/published-comparison.md.

The invented London is fitted to the headline figures of the national statistics; what a measure makes of it must come
within 15% of them, at full scale. What is further away is explained, line by line, in published_gaps.csv.
"""

import csv
import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.measure import BIN, PROJECT, run
from loaders import warehouse
from loaders.dbt_environment import dbt_environment, dbt_program
from loaders.settings import Paths

LIIA = str(BIN / "liia")
GAPS = Path(__file__).with_name("published_gaps.csv")
TOLERANCE = 0.15
SELECTED = ("+fct_measure", "ref_published_figure", "config_national_table")
console = Console(stderr=True)


@dataclass(frozen=True)
class Line:
    """One published figure of London and ours, in the unit of the measure (children or events where a part is published)."""

    metric_id: str
    title: str
    breakdown: str
    breakdown_value: str
    collection_year: int
    is_headline: bool
    published: float
    ours: float | None

    @property
    def key(self) -> tuple[str, str]:
        return self.metric_id, self.breakdown_value

    @property
    def difference(self) -> float | None:
        """Ours over published, less 1; null where either is nothing."""
        return self.ours / self.published - 1 if self.published and self.ours is not None else None

    @property
    def is_near(self) -> bool:
        return self.difference is not None and abs(self.difference) <= TOLERANCE


QUERY = """
    SELECT
        published.metric_id, measure.title, published.breakdown, published.breakdown_value,
        published.collection_year, line.is_headline,
        published.figure = 'numerator' OR measure.unit IN ('count', 'rate per 10,000') AS grows_with_scale,
        CAST(published.value AS DOUBLE) AS published,
        CAST(CASE published.figure WHEN 'numerator' THEN ours.numerator ELSE ours.value END AS DOUBLE) AS ours
    FROM intermediate.ref_published_figure AS published
    INNER JOIN intermediate.config_national_table AS line
        USING (metric_id, breakdown, breakdown_value, figure)
    INNER JOIN intermediate.config_measure AS measure USING (metric_id)
    INNER JOIN (
        SELECT DISTINCT year(period_end) AS collection_year FROM marts.fct_measure WHERE period_type = 'year'
    ) AS built USING (collection_year)
    LEFT JOIN marts.fct_measure AS ours
        ON published.metric_id = ours.metric_id
        AND ours.la_code = 'london'
        AND line.period_type = ours.period_type
        AND ours.period_end = make_date(published.collection_year, 3, 31)
        AND published.breakdown = ours.breakdown
        AND published.breakdown_value = ours.breakdown_value
    ORDER BY line.is_headline DESC, published.metric_id, published.breakdown, published.breakdown_value, collection_year
"""


def lines(paths: Paths, scale: float) -> list[Line]:
    """Every published figure of the years in the warehouse beside ours, headlines first; counts and rates brought to scale 1."""
    with warehouse.connect(paths, read_only=True) as connection:
        rows = warehouse.fetch(connection, QUERY)
    found = []
    for metric_id, title, breakdown, breakdown_value, year, is_headline, grows, published, ours in rows:
        at_full_scale = ours / scale if grows and ours is not None else ours
        found.append(Line(metric_id, title, breakdown, breakdown_value, year, is_headline, published, at_full_scale))
    return found


def gaps() -> dict[tuple[str, str], str]:
    """Why a measure of the invented London is further from the published one, by metric and breakdown value (blank: any)."""
    with GAPS.open(encoding="utf-8", newline="") as file:
        return {(row["metric_id"], row["breakdown_value"]): row["why"] for row in csv.DictReader(file)}


def why(line: Line, known: dict[tuple[str, str], str]) -> str:
    """The explanation of a line, else of its measure; empty when nobody has written one."""
    return known.get(line.key) or known.get((line.metric_id, "")) or ""


def latest(found: Iterable[Line]) -> list[Line]:
    """Of each measure and breakdown value the last year that was published, in the order given."""
    last: dict[tuple[str, str], Line] = {}
    for line in found:
        if line.key not in last or line.collection_year > last[line.key].collection_year:
            last[line.key] = line
    return list(last.values())


def page(found: list[Line], known: dict[tuple[str, str], str], *, scale: float, years: str) -> str:
    """The whole page."""
    headlines = [line for line in found if line.is_headline]
    others = latest(line for line in found if not line.is_headline)
    near = sum(line.is_near for line in headlines)
    text = [
        "# Our measures beside the published ones",
        "",
        f"Made by `make published`: an invented London at scale {scale:g}, collections {years}, with its usual planted errors,",
        "loaded and built; its measures with a national equivalent beside the figures of real London",
        "(seeds/reference/ref_published_figure.csv). The invention is fitted to the headlines: one far away would say that a",
        "measure counts something else than the national statistics do. A year without a published figure is left out.",
        "",
        f"Headline figures within {TOLERANCE:.0%}: {near} of {len(headlines)}.",
        "",
        "## Headlines, every year",
        "",
        *_table(headlines, known),
        "## The others, last published year",
        "",
        *_table(others, known),
        "## Further away than that",
        "",
    ]
    reasons: dict[str, list[str]] = {}
    for line in latest(line for line in (*headlines, *others) if not line.is_near):
        name = line.title if line.breakdown == "total" else f"{line.title}, {line.breakdown_value}"
        reasons.setdefault(why(line, known) or "**Not explained yet.**", []).append(name)
    text += [f"- **{'; '.join(names)}.** {reason}" for reason, names in reasons.items()] or ["Nothing."]
    return "\n".join([*text, ""])


def _table(found: Iterable[Line], known: dict[tuple[str, str], str]) -> list[str]:
    rows = ["| measure | part | year | published | ours | difference | |", "|---|---|--:|--:|--:|--:|---|"]
    for line in found:
        part = "" if line.breakdown == "total" else line.breakdown_value
        ours = "none" if line.ours is None else _number(line.ours)
        difference = "" if line.difference is None else f"{line.difference:+.0%}"
        mark = "" if line.is_near else ("explained below" if why(line, known) else "**not explained**")
        rows.append(
            f"| {line.title} | {part} | {line.collection_year} | {_number(line.published)} | {ours} | {difference} | {mark} |"
        )
    return [*rows, ""]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def build(paths: Paths, scale: float, years: str) -> None:
    """Invent a London with its usual errors, load it, compute its measures."""
    data = paths.root.parent
    run([LIIA, "synth", str(paths.root), "--scale", str(scale), "--years", years], data)
    run([LIIA, "load", "--demo"], data)
    subprocess.run(
        [dbt_program(), "--quiet", "build", "--select", *SELECTED, "--resource-type", "model", "seed"],
        cwd=PROJECT,
        env={**dbt_environment(paths), "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        check=True,
    )


def main(
    scale: Annotated[float, typer.Option(help="Size of the invented London.")] = 1.0,
    years: Annotated[str, typer.Option(help="Collection years to invent.")] = "2021-2025",
    data: Annotated[Path | None, typer.Option(help="A data folder whose demo is built already at this scale.")] = None,
    out: Annotated[Path, typer.Option(help="Where the page goes.")] = PROJECT / "docs" / "published-comparison.md",
) -> None:
    """Lay our measures beside the published ones; write the page. Ends with 1 when a line is far and nobody says why."""
    with tempfile.TemporaryDirectory(prefix="liia-published-") as folder:
        paths = Paths((data or Path(folder)) / "demo", "demo")
        if data is None:
            console.print(f"scale {scale:g}: inventing, loading, building")
            build(paths, scale, years)
        found = lines(paths, scale)
    known = gaps()
    out.write_text(page(found, known, scale=scale, years=years), encoding="utf-8")
    headlines = [line for line in found if line.is_headline]
    told = [*headlines, *latest(line for line in found if not line.is_headline)]
    unexplained = sorted({line.metric_id for line in told if not line.is_near and not why(line, known)})
    console.print(f"{sum(line.is_near for line in headlines)} of {len(headlines)} headlines within {TOLERANCE:.0%}. Written: {out}")
    if unexplained:
        console.print(f"[red]Not explained:[/] {', '.join(unexplained)}")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
