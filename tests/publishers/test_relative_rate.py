"""Relative rate indices leave with both their counts or not at all (docs/rules/disproportionality.md 7)."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from loaders import warehouse
from loaders.dbt_environment import dbt_target
from loaders.errors import SetUpError
from loaders.settings import Paths
from publishers import disclosure, power_bi, relative_rate
from publishers.disclosure import PublicationRefused
from tests.publishers.conftest import text_of

GROUPS = {"WBRI": "White", "BAFR": "Black", "BCRB": "Black"}
STAGES = pl.DataFrame(
    [
        ("referral", "population", False, "referral", "referrals_count", "year", "Referrals"),
        ("plan_start", "conditional", False, "plan_start", "icpc_to_cpp_pct", "year", "Plan after the conference"),
        ("adopted", "conditional", False, "adopted", None, None, "Adopted"),
        ("looked_after", "population", False, "looked_after", "cla_open_count", "snapshot", "Looked after"),
        ("looked_after_without_uasc", "population", True, "looked_after", None, None, "Looked after, without"),
    ],
    schema=["stage", "mode", "leaves_out_uasc", "stage_of_all_children", "count_metric_id", "count_period_type", "title"],
    orient="row",
)
OF_AREA = ("rri_mantel_haenszel", "ci_low_mantel_haenszel", "ci_high_mantel_haenszel")
NUMBERS = ("rate1", "rate0", "rri", "ci_low", "ci_high", "expected", "excess", *OF_AREA)


def row(stage: str = "referral", mode: str = "population", **given: Any) -> dict[str, Any]:
    """One row of an index: 240 of 30,000 Black children against 300 of 60,000 White ones, save for what is given."""
    return {
        "la_code": "202",
        "period_end": date(2025, 3, 31),
        "years_pooled": 1,
        "stage": stage,
        "mode": mode,
        "breakdown": "total",
        "breakdown_value": "total",
        "ethnic_level": "group",
        "ethnicity": "Black",
        "comparator": "white",
        "a": 240,
        "n1": 30000,
        "b": 300,
        "n0": 60000,
        **dict.fromkeys(NUMBERS, Decimal("1.5")),
        "verdict": "over",
        "status": "ok",
        "unknown_pct": Decimal("2.5"),
        **given,
    }


def index(*rows: dict[str, Any]) -> pl.DataFrame:
    kinds = {name: pl.Decimal(18, 8) for name in (*NUMBERS, "unknown_pct")}
    return pl.DataFrame(list(rows), schema_overrides={**kinds, "years_pooled": pl.Int32})


def white(stage: str = "referral", mode: str = "population", **given: Any) -> dict[str, Any]:
    return row(stage, mode, **{"ethnicity": "White", "a": 300, "n1": 60000, **given})


def shown(rows: pl.DataFrame, *hidden: tuple[str, str]) -> pl.DataFrame:
    """The index after its counts: those of (breakdown, breakdown_value) in `hidden` do not leave."""
    counts = relative_rate.as_measures(rows, STAGES, GROUPS)
    marked = pl.struct("breakdown", "breakdown_value").is_in(
        [{"breakdown": breakdown, "breakdown_value": value} for breakdown, value in hidden]
    )
    cells = counts.cells.with_columns(
        (pl.when(marked).then(pl.lit("c")) if hidden else pl.lit(None, dtype=pl.String)).alias("value_mark")
    )
    return relative_rate.hide(rows, counts, cells)


def marks(rows: pl.DataFrame) -> list[str | None]:
    return list(rows["value_mark"])


def cells_of(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    counts = relative_rate.as_measures(index(*rows), STAGES, GROUPS)
    names = ("metric_id", "period_type", "breakdown", "breakdown_value", "numerator", "denominator", "value")
    return sorted(counts.cells.select(names).rows())


def test_a_count_is_one_cell_however_many_rows_show_it() -> None:
    rest = row(comparator="rest", b=310)
    assert cells_of(row(), rest) == [("referral__population", "year", "ethnic_group", "Black", 240, None, 240)]


def test_in_conditional_mode_the_stage_before_is_the_denominator() -> None:
    assert cells_of(row("plan_start", "conditional", a=36, n1=150), row("adopted", "conditional", a=0, n1=0)) == [
        ("adopted__conditional", "year", "ethnic_group", "Black", 0, 0, None),
        ("plan_start__conditional", "year", "ethnic_group", "Black", 36, 150, 24),
    ]


def test_a_code_stands_within_its_group_and_a_part_within_its_ethnicity() -> None:
    code = row(ethnic_level="code", ethnicity="BAFR", a=100)
    girls = row(breakdown="sex", breakdown_value="F", a=110)
    assert [cell[2:5] for cell in cells_of(row(), code, girls)] == [
        ("ethnic_group", "Black", 240),
        ("ethnic_group;ethnicity_code", "Black;BAFR", 100),
        ("ethnic_group;sex", "Black;F", 110),
    ]


def test_who_has_all_children_and_those_without_unaccompanied_ones_has_the_unaccompanied() -> None:
    every, without = row("looked_after", a=40), row("looked_after_without_uasc", a=37)
    assert [cell[:5] for cell in cells_of(every, without)] == [
        ("looked_after__population", "snapshot", "ethnic_group", "Black", 40),
        ("looked_after__population", "snapshot", "ethnic_group;uasc", "Black;no", 37),
        ("looked_after__population", "snapshot", "ethnic_group;uasc", "Black;yes", 3),
    ]


def test_the_words_say_which_measure_counts_the_same() -> None:
    catalogue = relative_rate.as_measures(index(row()), STAGES, GROUPS).catalogue
    assert catalogue.select("metric_id", "suppression_rule", "unit", "numerator", "denominator").rows() == [
        ("referral__population", "S5", "count", "referrals_count", None),
        ("plan_start__conditional", "P5", "percent", "numerator of icpc_to_cpp_pct", "denominator of icpc_to_cpp_pct"),
        ("adopted__conditional", "P5", "percent", "Adopted", "who could have come to: Adopted"),
        ("looked_after__population", "S5", "count", "cla_open_count", None),
    ]


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        ("ok", None),
        ("low_precision", None),
        ("zero_events", None),
        ("suppressed", "c"),
        ("too_few_children", "c"),
        ("comparator_zero", "z"),
        ("no_population", "z"),
    ],
)
def test_the_status_decides_first_and_a_hidden_row_has_no_figure(status: str, mark: str | None) -> None:
    hidden = shown(index(row(status=status), white()))
    assert marks(hidden) == [mark, None]
    figures = hidden.select(relative_rate.FIGURES).row(0)
    assert all(figure is None for figure in figures) == (mark is not None)
    # how much is unknown is a figure of its own
    assert hidden["unknown_pct"][0] == Decimal("2.5")


def test_a_row_goes_with_the_count_of_its_ethnicity_or_of_its_comparator() -> None:
    rows = index(
        row(),
        white(),
        row(ethnicity="Asian"),
        row(comparator="wbri"),
        row(ethnic_level="code", ethnicity="WBRI", comparator="wbri"),
        row(ethnic_level="code", ethnicity="BAFR", comparator="wbri"),
    )
    assert marks(shown(rows)) == [None] * 6
    assert marks(shown(rows, ("ethnic_group", "Black"))) == ["c", None, None, "c", None, None]
    assert marks(shown(rows, ("ethnic_group", "White"))) == ["c", "c", "c", None, None, None]
    assert marks(shown(rows, ("ethnic_group;ethnicity_code", "White;WBRI"))) == [None, None, None, "c", "c", "c"]


def test_all_others_together_go_with_any_one_of_them() -> None:
    rows = index(row(), white(), row(comparator="rest"), white(comparator="rest"), row(ethnicity="Asian", comparator="rest"))
    assert marks(shown(rows, ("ethnic_group", "Asian"))) == [None, None, "c", "c", "c"]
    assert marks(shown(rows, ("ethnic_group", "Black"))) == ["c", None, "c", "c", "c"]


def test_a_comparator_whose_count_is_not_there_hides() -> None:
    assert marks(shown(index(row()))) == ["c"]


def test_stocks_of_three_years_need_all_three_and_flows_have_a_cell_of_their_own() -> None:
    years = [date(2023, 3, 31), date(2024, 3, 31), date(2025, 3, 31)]
    stocks = [side("looked_after", period_end=year) for year in years for side in (row, white)]
    pooled = row("looked_after", years_pooled=3, a=700)
    assert marks(shown(index(*stocks, pooled)))[-1] is None
    assert marks(shown(index(*stocks[2:], pooled)))[-1] == "c"
    one_hidden = [*stocks[:2], {**stocks[2], "status": "suppressed"}, *stocks[3:]]
    assert marks(shown(index(*one_hidden, pooled)))[-1] == "c"
    flow = [row("adopted", "conditional", years_pooled=3), white("adopted", "conditional", years_pooled=3)]
    assert cells_of(*flow)[0][1] == "three_years"
    assert marks(shown(index(*flow))) == [None, None]


def test_figures_are_rounded_half_up_and_london_to_the_nearest_ten() -> None:
    exact = row(rri=Decimal("1.125"), excess=Decimal("-0.25"), expected=Decimal("3.25"), rate1=Decimal("0.000085"))
    rows = index(exact, white(), row(la_code="london", a=245), white(la_code="london"))
    rounded = shown(rows)
    assert rounded.select("rri", "excess", "expected", "rate1", "a").row(0) == (
        Decimal("1.13"),
        Decimal("-0.2"),
        Decimal("3.3"),
        Decimal("0.00009"),
        240,
    )
    assert rounded["a"][2] == 250
    assert rounded.schema["a"] == rows.schema["a"]


def test_the_log_tells_which_rows_are_confidential_and_why() -> None:
    hidden = shown(
        index(row(status="suppressed"), white(), row(ethnicity="Asian"), row(status="no_population")), ("ethnic_group", "Asian")
    )
    assert relative_rate.hidden_cells(hidden).rows() == [
        ("referral__population", "202", "year", date(2025, 3, 31), "ethnic_group;comparator;total", "Black;white;total", "primary"),
        ("referral__population", "202", "year", date(2025, 3, 31), "ethnic_group;comparator;total", "Asian;white;total", "linked"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        row(a=5),
        row(b=1),
        row("plan_start", "conditional", n1=245),
        row("plan_start", "conditional", n0=305),
        row(value_mark="c"),
        row(rri=None),
    ],
)
def test_nothing_leaves_that_tells_a_small_count(wrong: dict[str, Any]) -> None:
    right = row("plan_start", "conditional", n1=246, n0=300, value_mark=None)
    relative_rate.check(index(right, row(n1=243, value_mark=None)))
    with pytest.raises(PublicationRefused, match="1 relative rate indices of"):
        relative_rate.check(index(right, {"value_mark": None, **wrong}))


def test_groups_come_from_the_seed() -> None:
    groups = relative_rate.read_groups()
    assert (groups["WBRI"], groups["CHNE"]) == ("White", "Asian")
    assert len(groups) == 20


def lay(paths: Paths, *rows: dict[str, Any]) -> None:
    """The index and its stages as share relations of the warehouse, with their texts."""
    manifest = dbt_target(paths) / "manifest.json"
    texts = json.loads(manifest.read_text())
    with warehouse.connect(paths) as connection:
        for name, frame in ((relative_rate.INDEX, index(*rows)), (relative_rate.STAGE, STAGES)):
            texts["nodes"][f"model.liia_warehouse.{name}"] = text_of(name, frame.columns)
            connection.register("frame", frame.to_arrow())
            connection.execute(f"CREATE TABLE share.{name} AS SELECT * FROM frame")
            connection.unregister("frame")
    manifest.write_text(json.dumps(texts))


def test_an_index_is_published_beside_the_measures(built: Paths) -> None:
    lay(built, row(), white(), row(ethnicity="Asian", a=4, status="suppressed"), row(ethnicity="Mixed", comparator="rest"))
    done = power_bi.publish(built)
    left = pl.read_csv(done.folder / f"{relative_rate.INDEX}.csv", infer_schema=False).sort("ethnicity")
    assert left.select("ethnicity", "a", "b", "rri", "value_mark").rows() == [
        ("Asian", None, None, None, "c"),
        ("Black", "240", "300", "1.5", None),
        # one of the others is hidden, so all others together would tell it
        ("Mixed", None, None, None, "c"),
        ("White", "300", "300", "1.5", None),
    ]
    # the measures are as they are without an index
    assert done.rows["share_london__measure"] == 8
    assert done.marks == {"c": 6, "z": 1}
    with warehouse.connect(built) as connection:
        log = warehouse.fetch(connection, "SELECT reason, count(*) FROM audit.suppression_log GROUP BY ALL ORDER BY ALL")
    assert log == [("linked", 1), ("primary", 3), ("secondary", 2)]


def test_an_index_without_measures_beside_it_does_not_leave(built: Paths) -> None:
    lay(built, row(), white())
    with warehouse.connect(built) as connection:
        connection.execute("DROP VIEW share.share_london__measure")
    with pytest.raises(SetUpError, match="beside the measures"):
        power_bi.publish(built)


def test_the_counts_are_fit_for_disclosure_control(built: Paths) -> None:
    counts = relative_rate.as_measures(index(row(), row("adopted", "conditional", a=36, n1=150)), STAGES, GROUPS)
    protected = disclosure.protect(counts.cells, counts.catalogue, disclosure.read_rules())
    assert protected["value_mark"].null_count() == 2
