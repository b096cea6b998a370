"""Trend, London, neighbours and rank: from shown values only."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from loaders import warehouse
from loaders.dbt_environment import dbt_target
from loaders.settings import Paths
from publishers import comparison, disclosure, power_bi
from publishers.disclosure import PublicationRefused
from tests.publishers.conftest import text_of

AUTHORITIES = ["202", "203", "204", "205", "206"]
METRIC = pl.DataFrame(
    [
        ("rereferrals_pct", "percent", "P5", "lower better"),
        ("eet_pct", "percent", "P5", "higher better"),
        ("referrals_count", "count", "S5", "neutral"),
    ],
    schema=["metric_id", "unit", "suppression_rule", "polarity"],
    orient="row",
)
AUTHORITY = pl.DataFrame(
    [*((code, f"A{code}", False) for code in AUTHORITIES), ("london", "LON", True), ("north_central", None, False)],
    schema=["la_code", "short_code", "is_london"],
    orient="row",
)
NEIGHBOUR = pl.DataFrame(
    [("202", code) for code in ("203", "204", "205", "206", "999")] + [("203", "202"), ("203", "204"), ("203", "998")],
    schema=["la_code", "neighbour_la_code"],
    orient="row",
)
YEAR = date(2025, 3, 31)


def row(metric_id: str, la_code: str, value: str | None, period_end: date = YEAR, period_type: str = "year") -> tuple[Any, ...]:
    """A protected cell: hidden where it has no value."""
    shown = None if value is None else Decimal(value)
    mark = "c" if value is None else None
    numerator = None if value is None else Decimal(100)
    return (metric_id, la_code, period_type, period_end, "total", "total", numerator, numerator, shown, mark, 1)


def protected(*rows: tuple[Any, ...]) -> pl.DataFrame:
    figure = disclosure.SHOWN
    return pl.DataFrame(
        rows,
        schema={
            **dict.fromkeys(("metric_id", "la_code", "period_type"), pl.String),
            "period_end": pl.Date,
            **dict.fromkeys(("breakdown", "breakdown_value"), pl.String),
            **dict.fromkeys(("numerator", "denominator", "value"), figure),
            "value_mark": pl.String,
            "n_authorities": pl.Int32,
        },
        orient="row",
    )


def compared(*rows: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    """The comparison of the latest cells, by authority."""
    with duckdb.connect() as connection:
        found = comparison.compare(connection, protected(*rows), METRIC, AUTHORITY, NEIGHBOUR)
    assert found.height == len(rows)
    latest = found.filter(pl.col("period_end") == pl.col("period_end").max())
    return {one["la_code"]: one for one in latest.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("metric_id", "expected"),
    [
        ("rereferrals_pct", {"202": 2, "203": 1, "204": 2, "205": 4}),
        ("eet_pct", {"202": 2, "203": 4, "204": 2, "205": 1}),
        ("referrals_count", {"202": 2, "203": 4, "204": 2, "205": 1}),
    ],
)
def test_the_best_is_first_the_highest_where_neither_is_better_and_equals_share(metric_id: str, expected: dict[str, int]) -> None:
    values = {"202": "20.5", "203": "9.9", "204": "20.5", "205": "100", "206": None}
    found = compared(*(row(metric_id, code, value) for code, value in values.items()), row(metric_id, "london", "50"))
    assert {code: found[code]["rank_in_london"] for code in AUTHORITIES} == {**expected, "206": None}
    assert {found[code]["n_ranked"] for code in expected} == {4}
    assert (found["206"]["n_ranked"], found["london"]["rank_in_london"]) == (None, None)


def test_a_hidden_value_moves_nobody() -> None:
    """Whatever stands behind a hidden cell, all that leaves is the same: here it has no value to begin with."""
    found = compared(*(row("eet_pct", code, value) for code, value in zip(AUTHORITIES, ["5", None, "7", "9", "8"], strict=True)))
    assert [found[code]["rank_in_london"] for code in AUTHORITIES] == [4, None, 3, 1, 2]
    assert found["202"]["n_neighbours"] == 3
    assert found["202"]["neighbour_median"] == Decimal("8.0000")
    hidden = found["203"]
    assert [name for name, value in hidden.items() if name not in disclosure.CELL and value is not None] == [
        "value_mark",
        "n_authorities",
    ]


def test_the_median_needs_three_shown_neighbours_in_london() -> None:
    values = {"202": "1", "203": "10", "204": "20", "205": "30.5", "206": "21"}
    found = compared(*(row("eet_pct", code, value) for code, value in values.items()))
    assert (found["202"]["neighbour_median"], found["202"]["n_neighbours"]) == (Decimal("20.5"), 4)
    assert (found["203"]["neighbour_median"], found["203"]["n_neighbours"]) == (None, None)


def test_london_stands_beside_every_area_but_itself() -> None:
    found = compared(row("eet_pct", "202", "40"), row("eet_pct", "north_central", "41"), row("eet_pct", "london", "44.4"))
    assert found["202"]["london_value"] == found["north_central"]["london_value"] == Decimal("44.4")
    assert found["london"]["london_value"] is None
    assert found["north_central"]["rank_in_london"] is None


@pytest.mark.parametrize(
    ("metric_id", "before", "now", "judged"),
    [
        ("eet_pct", "40", "41.5", "better"),
        ("eet_pct", "41.5", "40", "worse"),
        ("rereferrals_pct", "40", "41.5", "worse"),
        ("rereferrals_pct", "41.5", "40", "better"),
        ("rereferrals_pct", "40", "40", "same"),
        ("referrals_count", "40", "41.5", None),
    ],
)
def test_the_change_is_judged_by_the_polarity(metric_id: str, before: str, now: str, judged: str | None) -> None:
    found = compared(row(metric_id, "202", before, date(2024, 3, 31)), row(metric_id, "202", now))["202"]
    assert found["change_from_before"] == found["change_from_year_before"] == Decimal(now) - Decimal(before)
    assert found["change_is"] == judged


@pytest.mark.parametrize(
    ("period_type", "now", "before", "year_before"),
    [
        ("quarter", date(2024, 6, 30), date(2024, 3, 31), date(2023, 6, 30)),
        ("snapshot", date(2024, 12, 31), date(2024, 9, 30), date(2023, 12, 31)),
        ("year", date(2024, 3, 31), date(2023, 3, 31), date(2023, 3, 31)),
        ("three_years", date(2024, 3, 31), date(2023, 3, 31), date(2023, 3, 31)),
    ],
)
def test_the_period_before_and_the_year_before(period_type: str, now: date, before: date, year_before: date) -> None:
    cells = {now: "10", before: "8", year_before: "7"}
    found = compared(*(row("eet_pct", "202", value, end, period_type) for end, value in cells.items()))["202"]
    expected = ("7", "7") if before == year_before else ("8", "7")
    assert (found["value_before"], found["value_year_before"]) == tuple(Decimal(value) for value in expected)
    other = compared(row("eet_pct", "202", "8", before, "other"), row("eet_pct", "202", "10", now, period_type))["202"]
    assert other["value_before"] is None


def test_no_change_is_told_from_or_to_a_hidden_value() -> None:
    before = date(2024, 3, 31)
    from_hidden = compared(row("eet_pct", "202", None, before), row("eet_pct", "202", "40"))["202"]
    to_hidden = compared(row("eet_pct", "202", "40", before), row("eet_pct", "202", None))["202"]
    for found in (from_hidden, to_hidden):
        assert (found["change_from_before"], found["change_is"]) == (None, None)


def relations(cells: pl.DataFrame, *rows: tuple[Any, ...]) -> dict[str, pl.DataFrame]:
    return {
        "share_london__authority": AUTHORITY,
        "share_london__measure": protected(*rows),
        "share_london__metric": METRIC,
        "share_london__neighbour": NEIGHBOUR,
        "share_london__quarterly": cells,
    }


def test_a_dashboard_gets_the_figures_of_its_cells_and_their_comparison() -> None:
    given = relations(
        protected(row("eet_pct", "203", None), row("eet_pct", "202", "1")).select(disclosure.CELL),
        *(row("eet_pct", code, value) for code, value in (("202", "40"), ("203", None), ("204", "7"))),
    )
    with duckdb.connect() as connection:
        done = dict(comparison.completed(connection, given))
    assert done["share_london__measure"].equals(given["share_london__measure"])
    dashboard = done["share_london__quarterly"]
    assert dashboard["la_code"].to_list() == ["203", "202"], "the order of the relation"
    assert dashboard["value"].to_list() == [None, Decimal("40")]
    assert dashboard["value_mark"].to_list() == ["c", None]
    assert dashboard["rank_in_london"].to_list() == [None, 1]


def test_a_relation_with_more_than_cells_gets_figures_alone() -> None:
    cells = protected(row("eet_pct", "202", "1")).select(disclosure.CELL).with_columns(pl.lit("B1").alias("table_name"))
    with duckdb.connect() as connection:
        done = dict(comparison.completed(connection, relations(cells, row("eet_pct", "202", "40"))))
    assert done["share_london__quarterly"].columns == [*disclosure.CELL, "table_name", *comparison.SHOWN]


def test_a_cell_that_the_measures_do_not_show_stops_the_publication() -> None:
    cells = protected(row("eet_pct", "204", "1")).select(disclosure.CELL)
    with duckdb.connect() as connection, pytest.raises(PublicationRefused, match=r"names 1 cells.*of eet_pct"):
        dict(comparison.completed(connection, relations(cells, row("eet_pct", "202", "40"))))


def test_without_dashboards_nothing_is_added() -> None:
    given = {"share_london__authority": AUTHORITY}
    with duckdb.connect() as connection:
        assert dict(comparison.completed(connection, given)) == given


def test_a_dashboard_leaves_with_its_comparison_and_its_hidden_cells_are_logged_once(built: Paths) -> None:
    cells = ", ".join(disclosure.CELL)
    views = {
        "authority": "SELECT * FROM (VALUES ('202', 'CMD', false), ('201', 'CTY', false), ('london', 'LON', true)) "
        "AS t (la_code, short_code, is_london)",
        "metric": "SELECT *, 'neutral' AS polarity FROM (VALUES ('referrals_count', 'Referrals', 'count', 'S5'), "
        "('repeat_pct', 'Repeats', 'percent', 'P5')) AS t (metric_id, title, unit, suppression_rule)",
        "neighbour": "SELECT '202' AS la_code, '201' AS neighbour_la_code",
        "quarterly": f"SELECT {cells} FROM share.share_london__measure",
    }
    manifest_file = dbt_target(built) / "manifest.json"
    manifest = json.loads(manifest_file.read_text())
    added = ["value_before", "change_from_before", "value_year_before", "change_from_year_before", "change_is"]
    added += ["london_value", "neighbour_median", "n_neighbours", "rank_in_london", "n_ranked", *comparison.SHOWN]
    with warehouse.connect(built) as connection:
        for name, rows in views.items():
            relation = f"share_london__{name}"
            connection.execute(f"CREATE OR REPLACE VIEW share.{relation} AS {rows}")
            columns = [column for column, *_ in connection.execute(f"DESCRIBE share.{relation}").fetchall()]
            manifest["nodes"][f"model.liia_warehouse.{relation}"] = text_of(relation, columns)
    manifest["docs"] |= {f"doc.{name}": {"name": name, "block_contents": f"About {name}."} for name in added}
    manifest_file.write_text(json.dumps(manifest))
    done = power_bi.publish(built)
    shown = pl.read_parquet(done.folder / "share_london__quarterly.parquet")
    measure = pl.read_parquet(done.folder / "share_london__measure.parquet")
    assert shown.select(measure.drop("source").columns).equals(measure.drop("source"))
    camden = shown.row(by_predicate=(pl.col("la_code") == "202") & (pl.col("metric_id") == "referrals_count"), named=True)
    assert (camden["london_value"], camden["rank_in_london"], camden["n_ranked"]) == (Decimal(1290), 1, 1)
    with warehouse.connect(built, read_only=True) as connection:
        log = warehouse.fetch(connection, f"SELECT {cells}, count(*) FROM audit.suppression_log GROUP BY ALL")
    assert log
    assert {row[-1] for row in log} == {1}
    assert done.marks["c"] == len(log)
