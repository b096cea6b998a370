"""The worked examples of docs/rules/disclosure_control.md 7 and the edges of sections 2 to 4.5 and 8."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.settings import SEEDS
from publishers import disclosure
from publishers.disclosure import PublicationRefused, check_columns, check_measure, protect, protect_all, read_rules

RULES = read_rules()
CATALOGUE = pl.DataFrame(
    [
        ("referrals_count", "count", "S5"),
        ("plan_rate", "rate per 10,000", "R5"),
        ("repeat_pct", "percent", "P5"),
        ("plan_days_mean", "days", "M10"),
        ("factors_mean", "index", "M10"),
        ("uasc_pct_of_child_population", "percent", "R5"),
        ("caseload", "cases per fte", "F5"),
        ("published", "percent", "EXT"),
        ("cost", "gbp per week", "N"),
        ("lift", "index", "RRI"),
        ("odd", "percent", "P6"),
        ("furlongs", "furlong", "N"),
    ],
    schema=["metric_id", "unit", "suppression_rule"],
    orient="row",
)
Number = int | str | None


def measure(*rows: tuple[str, str, Number, Number, Number]) -> pl.DataFrame:
    """Rows of (metric_id, la_code, numerator, denominator, value), for the year to 31 March 2025."""
    return pl.DataFrame(
        [
            {
                "metric_id": metric,
                "la_code": la_code,
                "period_type": "year",
                "period_end": date(2025, 3, 31),
                "breakdown": "total",
                "breakdown_value": "total",
                "numerator": numerator,
                "denominator": denominator,
                "value": None if value is None else Decimal(value),
                "source": "cin_census",
            }
            for metric, la_code, numerator, denominator, value in rows
        ],
        schema_overrides={"numerator": pl.Int64, "denominator": pl.Int64, "value": pl.Decimal(18, 8)},
    )


def shown(metric: str, la_code: str, numerator: Number, denominator: Number, value: Number) -> tuple[object, ...]:
    """(numerator, denominator, value or None, mark or None) as one cell comes out."""
    row = protect(measure((metric, la_code, numerator, denominator, value)), CATALOGUE, RULES).row(0, named=True)
    return row["numerator"], row["denominator"], row["value"], row["value_mark"]


def percent(numerator: int, denominator: int) -> str:
    return str(round(Decimal(100 * numerator) / denominator, 8))


HIDDEN = (None, None, None, "c")


@pytest.mark.parametrize(("count", "comes_out"), [(0, 0), (1, None), (5, None), (6, 6)])
def test_example_1_small_counts_are_hidden_and_zero_is_not(count: int, comes_out: int | None) -> None:
    expected = (count, None, comes_out, None) if comes_out is not None else HIDDEN
    assert shown("referrals_count", "202", count, None, count) == expected


@pytest.mark.parametrize(
    ("numerator", "denominator", "comes_out"),
    [
        (0, 120, "0.0"),
        (120, 120, "100.0"),
        (3, 120, None),
        (118, 120, None),
        (6, 120, "5.0"),
        (114, 120, "95.0"),
        (115, 120, None),
        (0, 5, None),
        (5, 5, None),
        (0, 6, "0.0"),
        (6, 6, "100.0"),
    ],
)
def test_example_4_a_percentage_hides_its_part_the_rest_and_a_small_group(
    numerator: int, denominator: int, comes_out: str | None
) -> None:
    expected = (numerator, denominator, Decimal(comes_out), None) if comes_out else HIDDEN
    assert shown("repeat_pct", "202", numerator, denominator, percent(numerator, denominator)) == expected


def test_example_5_a_rate_over_a_population() -> None:
    assert shown("plan_rate", "202", 5, 41000, "1.21951220") == HIDDEN
    assert shown("plan_rate", "202", 6, 41000, "1.46341463") == (6, 41000, Decimal("1.5"), None)


def test_example_6_london_counts_go_to_the_nearest_ten_and_authorities_stay() -> None:
    assert shown("referrals_count", "london", 1285, None, 1285) == (1290, None, 1290, None)
    assert shown("referrals_count", "london", 1284, None, 1284) == (1280, None, 1280, None)
    assert shown("referrals_count", "london", 4, None, 4) == HIDDEN
    assert shown("referrals_count", "202", 1285, None, 1285) == (1285, None, 1285, None)


def test_example_6_a_percentage_is_made_from_unrounded_counts() -> None:
    assert shown("repeat_pct", "london", 127, 640, percent(127, 640)) == (130, 640, Decimal("19.8"), None)


def test_example_9_a_mean_needs_ten() -> None:
    assert shown("plan_days_mean", "202", 900, 9, 100) == HIDDEN
    assert shown("plan_days_mean", "202", 1005, 10, "100.5") == (1005, 10, Decimal(101), None)


@pytest.mark.parametrize(
    ("metric", "value", "comes_out"),
    [
        ("repeat_pct", "12.05", "12.1"),
        ("repeat_pct", "12.04999999", "12.0"),
        ("factors_mean", "2.345", "2.35"),
        ("uasc_pct_of_child_population", "0.0125", "0.013"),
        ("cost", "-1.5", "-1"),
        ("cost", "1234.5", "1235"),
        ("published", "12.3456", "12.3456"),
    ],
)
def test_each_unit_has_its_decimals_half_up(metric: str, value: str, comes_out: str) -> None:
    assert shown(metric, "202", 40, 400, value) == (40, 400, Decimal(comes_out), None)


def test_why_there_is_no_value() -> None:
    nothing = (None, None, None)
    assert shown("repeat_pct", "202", None, 640, None) == (*nothing, "z")  # the code was not in use
    assert shown("repeat_pct", "202", 0, 0, None) == (*nothing, "z")  # nobody is in the group
    assert shown("plan_rate", "202", 60, None, None) == (*nothing, "x")  # no population yet
    assert shown("plan_rate", "202", 4, None, None) == HIDDEN  # hidden comes before not available


def test_what_rounds_to_zero_is_marked_and_zero_is_not() -> None:
    assert shown("repeat_pct", "london", 10, 30000, percent(10, 30000)) == (None, None, None, "k")
    assert shown("repeat_pct", "london", 0, 30000, 0) == (0, 30000, Decimal(0), None)


def test_a_measure_may_ask_for_more_than_its_code() -> None:
    catalogue = CATALOGUE.with_columns(pl.when(pl.col("metric_id") == "lift").then(6).cast(pl.Int32).alias("shown_from_numerator"))
    for numerator, value, mark in ((0, 0, "c"), (6, "1.2", None)):
        assert protect(measure(("lift", "london", numerator, 50, value)), catalogue, RULES)["value_mark"].to_list() == [mark]


def test_other_columns_and_the_order_of_rows_stay() -> None:
    before = measure(("repeat_pct", "301", 50, 90, 55), ("referrals_count", "202", 3, None, 3))
    after = protect(before, CATALOGUE, RULES)
    assert after.columns == [*before.columns[:9], "value_mark", "source"]
    assert after.select(disclosure.CELL).equals(before.select(disclosure.CELL))
    assert protect_all({"measure": before}, CATALOGUE, RULES).log.rows() == [
        ("referrals_count", "202", "year", date(2025, 3, 31), "total", "total", "primary")
    ]


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(PublicationRefused, match="odd has the suppression rule P6"):
        protect(measure(("odd", "202", 50, 90, 55)), CATALOGUE, RULES)
    with pytest.raises(PublicationRefused, match="stranger has the suppression rule none"):
        protect(measure(("stranger", "202", 50, 90, 55)), CATALOGUE, RULES)
    with pytest.raises(PublicationRefused, match="asks for the column numerator_headcount"):
        protect(measure(("caseload", "202", 50, 90, 55)), CATALOGUE, RULES)
    with pytest.raises(PublicationRefused, match="furlong"):
        protect(measure(("furlongs", "202", 50, 90, 55)), CATALOGUE, RULES)
    with pytest.raises(PublicationRefused, match="value of a measure is Float64"):
        protect(measure(("cost", "202", 50, 90, 55)).with_columns(pl.col("value").cast(pl.Float64)), CATALOGUE, RULES)
    shares = measure(("repeat_pct", "202", 50, 90, 55)).with_columns(
        (pl.col("numerator").cast(pl.Decimal(18, 4)) / pl.lit(100, pl.Decimal(18, 4))).alias("numerator")
    )
    with pytest.raises(PublicationRefused, match="numerator of repeat_pct is not a count"):
        protect(shares, CATALOGUE, RULES)


def test_headcounts_behind_a_figure_of_workers_hide_it() -> None:
    row = measure(("caseload", "202", 50, 90, 55))
    for numerator, denominator, mark in ((6, 6, None), (5, 6, "c"), (6, 1, "c"), (0, 6, None)):
        counted = row.with_columns(
            pl.lit(numerator).alias("numerator_headcount"), pl.lit(denominator).alias("denominator_headcount")
        )
        assert protect(counted, CATALOGUE, RULES)["value_mark"].to_list() == [mark]


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator", "value", "mark", "why"),
    [
        ("referrals_count", 5, None, 5, None, "a count of 1 to 5"),
        ("referrals_count", None, None, 5, None, "a count of 1 to 5"),
        ("plan_rate", 1, 41000, 1, None, "a count of 1 to 5"),
        ("repeat_pct", 6, 5, 120, None, "a count of 1 to 5"),
        ("repeat_pct", 118, 120, 98, None, "left-over part"),
        ("repeat_pct", 50, 120, None, "c", "a marked cell still shows"),
        ("cost", None, None, 3, "c", "a marked cell still shows"),
        ("repeat_pct", 50, 120, None, None, "blank without a mark"),
    ],
)
def test_the_last_check_stops_what_suppression_missed(
    metric: str, numerator: Number, denominator: Number, value: Number, mark: str | None, why: str
) -> None:
    leaking = measure((metric, "202", numerator, denominator, value)).with_columns(pl.lit(mark, pl.String).alias("value_mark"))
    with pytest.raises(PublicationRefused, match=why):
        check_measure(leaking, CATALOGUE)


def test_the_last_check_lets_through_what_is_not_about_people() -> None:
    fine = measure(("cost", "202", 3, 4, 5), ("published", "202", 3, 4, 5)).with_columns(
        pl.lit(None, pl.String).alias("value_mark")
    )
    check_measure(fine, CATALOGUE)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["referrals_count", "plan_rate", "repeat_pct", "plan_days_mean"]),
            st.sampled_from(["202", "london"]),
            st.integers(0, 40),
            st.integers(0, 40),
        ),
        min_size=1,
        max_size=30,
        unique_by=lambda cell: cell[:2],
    )
)
def test_nothing_small_ever_leaves(cells: list[tuple[str, str, int, int]]) -> None:
    rows: list[tuple[str, str, Number, Number, Number]] = []
    for metric, la_code, part, rest in cells:
        if metric == "referrals_count":
            rows.append((metric, la_code, part, None, part))
        else:
            # a rate is over residents, of whom there are many and known to all
            whole = part + rest + (1000 if metric == "plan_rate" else 0)
            rows.append((metric, la_code, part, whole, percent(part, whole) if whole else None))
    after = protect(measure(*rows), CATALOGUE, RULES)
    check_measure(after, CATALOGUE)
    for (metric, _, part, whole, _), row in zip(rows, after.iter_rows(named=True), strict=True):
        if row["value_mark"] is None and metric != "plan_days_mean":
            assert part not in range(1, 6)
        if row["value_mark"] is None and metric == "repeat_pct":
            assert isinstance(whole, int) and isinstance(part, int)
            assert whole - part not in range(1, 6)
        if metric == "plan_days_mean" and row["value_mark"] is None:
            assert isinstance(whole, int)
            assert whole >= 10


@pytest.mark.parametrize(
    "column",
    ["child_key", "PERSON_KEY", "upn", "birth_month", "home_sector", "placement_urn", "n_children", "load_id", "name"],
)
def test_a_column_that_may_not_leave_is_refused(column: str) -> None:
    with pytest.raises(PublicationRefused, match=column):
        check_columns("share_london__thing", ["la_code", column], RULES)


def test_the_columns_of_the_share_relations_may_leave() -> None:
    check_columns("share_london__measure", ["la_code", "authority_name", "n_authorities", "period_end", "value"], RULES)


def test_every_rule_code_of_the_catalogue_is_explained() -> None:
    used = pl.read_csv(SEEDS / "config" / "config_measure.csv", infer_schema=False)
    assert set(used["suppression_rule"]) - {"as base metric"} <= set(RULES.suppression["rule_code"])
    known = set(RULES.rounding["unit"])
    assert set(used["unit"]) <= known
