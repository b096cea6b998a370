"""On a clean London each measure is what the truth says, exactly: more than 25 of all kinds, counted anew in polars."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest

from loaders import warehouse
from tests.end_to_end.london import London
from tests.end_to_end.truth_care_leaver import CARE_LEAVERS
from tests.end_to_end.truth_measures import CELL, MEASURES, Measure, Truth
from tests.end_to_end.truth_over_time import OVER_TIME

AREAS = ["north_central", "north_east", "north_west", "south_east", "south_west"]


@pytest.fixture(scope="module")
def truth(clean_london: London) -> Truth:
    return Truth(clean_london.paths)


@pytest.fixture(scope="module")
def computed(clean_london: London) -> pl.DataFrame:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        return connection.execute("SELECT * FROM marts.fct_measure").pl()


def expected(measure: Measure, truth: Truth) -> pl.DataFrame:
    """What the truth says, in the years of the returns."""
    counted = measure.count(truth)
    first_day = date(truth.years[0] - 1, 4, 1)
    figures = [column for column in counted.columns if column not in CELL]
    return counted.filter(pl.col("period_end").is_between(first_day, truth.cutoff)).select(*CELL, *figures).sort(CELL)


def rows_of(measure: Measure, computed: pl.DataFrame) -> pl.DataFrame:
    return computed.filter(
        (pl.col("metric_id") == measure.metric_id)
        & (pl.col("period_type") == measure.period_type)
        & (pl.col("breakdown") == measure.breakdown)
        & (pl.lit(not measure.values) | pl.col("breakdown_value").is_in(measure.values))
    )


@pytest.mark.parametrize("measure", [*MEASURES, *OVER_TIME, *CARE_LEAVERS], ids=lambda measure: measure.name)
def test_a_measure_is_what_the_truth_says(measure: Measure, truth: Truth, computed: pl.DataFrame) -> None:
    counted = expected(measure, truth)
    assert counted.height > 0, "the truth must have something to count"
    found = rows_of(measure, computed)
    if "value" in counted.columns:
        counted = counted.with_columns(pl.col("value").round(6))
        found = found.filter(~pl.col("la_code").is_in(AREAS) & (pl.col("denominator") > 0))
        made = found.select(*CELL, pl.col("value").cast(pl.Float64), pl.col("denominator").cast(pl.Int64)).sort(CELL)
    else:
        sums = AREAS if measure.is_of_london else [*AREAS, "london"]
        found = found.filter(~pl.col("la_code").is_in(sums))
        somebody = pl.coalesce("denominator", "numerator") != 0
        made = found.filter(somebody).select(*CELL, pl.col("numerator", "denominator").cast(pl.Int64)).sort(CELL)
        counted = counted.filter(somebody)
    missing, extra = (
        counted.join(made, on=counted.columns, how="anti", nulls_equal=True),
        made.join(counted, on=counted.columns, how="anti", nulls_equal=True),
    )
    assert made.equals(counted, null_equal=True), f"by the truth, not built:\n{missing}\nbuilt, not by the truth:\n{extra}"


def test_every_authority_and_period_has_its_cell_nobody_included(truth: Truth, computed: pl.DataFrame) -> None:
    counts = ["referrals_count", "cin_open_count", "cpp_open_count", "cla_open_count", "uasc_open_count"]
    total = computed.filter(pl.col("metric_id").is_in(counts) & (pl.col("breakdown") == "total"))
    of_authorities = total.filter(~pl.col("la_code").is_in([*AREAS, "london"]))
    for metric_id in counts:
        rows = of_authorities.filter(pl.col("metric_id") == metric_id)
        n_periods = len(truth.quarter_ends) + (len(truth.year_ends) if "year" in rows["period_type"] else 0)
        assert rows.height == len(truth.authorities) * n_periods, metric_id
    assert of_authorities["numerator"].null_count() == 0
    assert (of_authorities["numerator"] == 0).any(), "at this scale some have nobody now and then"


def test_every_value_is_its_counts_half_up_at_the_sixth_decimal(clean_london: London, computed: pl.DataFrame) -> None:
    """All percentages and rates, areas and breakdowns: value = multiplier x numerator / denominator, in whole numbers."""
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        units = connection.execute(
            "SELECT metric_id, multiplier, is_annualised FROM intermediate.config_measure "
            "JOIN intermediate.config_unit USING (unit) WHERE suppression_rule IN ('P5', 'R5')"
        ).pl()
    rows = (
        computed.join(units, on="metric_id")
        .filter(pl.col("denominator").is_not_null() & pl.col("numerator").is_not_null())
        .select("metric_id", "period_type", "numerator", "denominator", "multiplier", "is_annualised", "value")
        .unique()
    )
    assert rows.height > 1000
    for metric_id, period_type, numerator, denominator, multiplier, is_annualised, value in rows.iter_rows():
        if denominator == 0:
            assert value is None, metric_id
            continue
        quarters = 4 if is_annualised and period_type == "quarter" else 1
        exact = Fraction(numerator) * multiplier * quarters / Fraction(denominator) * 10**6
        assert abs(Fraction(value) * 10**6 - exact) <= Fraction(1, 2), (metric_id, numerator, denominator, value)
