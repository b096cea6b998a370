"""The measures against the truth: counted anew from the records the invented London knows, by the catalogue's own words."""

import csv
import re
from datetime import date
from functools import cache

import polars as pl
import pytest

from loaders import warehouse
from loaders.settings import SEEDS
from tests.end_to_end.london import London
from tests.end_to_end.truth_measures import Truth

ASSESSMENT = ["la_code", "collection_year", "child_seq", "cin_details_seq", "assessment_seq"]
CELL = ["metric_id", "la_code", "period_end", "breakdown", "breakdown_value"]


@cache
def catalogue() -> dict[str, dict[str, str]]:
    with (SEEDS / "config" / "config_measure.csv").open(encoding="utf-8", newline="") as file:
        return {row["metric_id"]: row for row in csv.DictReader(file)}


def code_sets(words: str) -> list[list[str]]:
    """The sets of factor codes that the text of a numerator names: '… in (1A,1B) and at least one in (4A)'."""
    return [found.split(",") for found in re.findall(r"\bin \(([0-9A-F,]+)\)", words)]


def reference_date(year: int) -> date:
    return date(year, 3, 31)


@pytest.fixture(scope="module")
def measure(clean_london: London) -> pl.DataFrame:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        return connection.execute("SELECT * FROM marts.fct_measure").pl()


@pytest.fixture(scope="module")
def completed(clean_london: London) -> pl.DataFrame:
    """Assessments authorised in the year of their return, one per child and start, with age, sex and the set of factors."""
    truth = clean_london.paths.truth
    factors = (
        pl.read_parquet(truth / "record_assessment_factor.parquet")
        .group_by(ASSESSMENT)
        .agg(pl.col("assessment_factor").unique().sort().alias("factors"))
    )
    children = pl.read_parquet(truth / "record_child.parquet").select(
        "la_code",
        "collection_year",
        "child_seq",
        pl.col("person_birth_date").dt.month_start().alias("birth_month"),
    )
    # what a child is like is the latest that any return knew (timelines.md 3): of an unborn child the sex is told later
    persons = Truth(clean_london.paths).persons.select("la_code", "child_number", "sex")
    authorised = pl.col("assessment_authorisation_date")
    return (
        pl.read_parquet(truth / "record_assessment.parquet")
        .filter(authorised.is_between(pl.date(pl.col("collection_year") - 1, 4, 1), pl.date("collection_year", 3, 31)))
        .sort("assessment_authorisation_date")
        .unique(["la_code", "collection_year", "child_number", "assessment_actual_start_date"], keep="last")
        .join(factors, on=ASSESSMENT, how="left")
        .join(children, on=["la_code", "collection_year", "child_seq"], how="left")
        .join(persons, on=["la_code", "child_number"], how="left")
        .with_columns(
            pl.col("factors").fill_null([]),
            pl.date("collection_year", 3, 31).alias("period_end"),
            age=authorised.dt.year()
            - pl.col("birth_month").dt.year()
            - (authorised.dt.month() < pl.col("birth_month").dt.month()).cast(pl.Int32),
        )
        .with_columns(
            pl.when(pl.col("birth_month").is_null() | (pl.col("birth_month") > authorised))
            .then(pl.lit("unborn"))
            .when(pl.col("age") == 0)
            .then(pl.lit("0"))
            .when(pl.col("age") < 5)
            .then(pl.lit("1-4"))
            .when(pl.col("age") < 10)
            .then(pl.lit("5-9"))
            .when(pl.col("age") < 16)
            .then(pl.lit("10-15"))
            .otherwise(pl.lit("16+"))
            .alias("age_band_cin")
        )
    )


def is_authority() -> pl.Expr:
    """London and its sub-regions have names, authorities numbers."""
    return pl.col("la_code").str.contains(r"^[0-9]+$")


def shown(measure: pl.DataFrame, metric_id: str, breakdown: str, period_type: str = "year") -> pl.DataFrame:
    """Numerators and denominators of the authorities, rows of nothing left out."""
    return (
        measure.filter(
            (pl.col("metric_id") == metric_id)
            & (pl.col("breakdown") == breakdown)
            & (pl.col("period_type") == period_type)
            & is_authority()
        )
        .select("la_code", "period_end", "breakdown_value", pl.col("numerator", "denominator").cast(pl.Int64))
        .filter(pl.coalesce("denominator", "numerator") > 0)
        .sort("la_code", "period_end", "breakdown_value")
    )


def counted(rows: pl.DataFrame, value: pl.Expr, numerator: pl.Expr, denominator: pl.Expr) -> pl.DataFrame:
    """The same table from the truth."""
    return (
        rows.with_columns(value.alias("breakdown_value"))
        .group_by("la_code", "period_end", "breakdown_value")
        .agg(numerator.cast(pl.Int64).alias("numerator"), denominator.cast(pl.Int64).alias("denominator"))
        .sort("la_code", "period_end", "breakdown_value")
    )


def assert_equal(left: pl.DataFrame, right: pl.DataFrame) -> None:
    assert left.height > 0
    assert left.equals(right, null_equal=True)


@pytest.mark.parametrize("breakdown", ["total", "sex", "age_band_cin"])
def test_completed_assessments_are_those_of_the_truth(measure: pl.DataFrame, completed: pl.DataFrame, breakdown: str) -> None:
    value = pl.lit("total") if breakdown == "total" else pl.col(breakdown)
    truth = counted(completed, value, pl.len(), pl.lit(None).first())
    assert_equal(shown(measure, "assessments_completed_count", breakdown), truth)


def test_quarters_are_those_of_the_authorisation(measure: pl.DataFrame, completed: pl.DataFrame) -> None:
    by_quarter = completed.with_columns(
        pl.col("assessment_authorisation_date").dt.truncate("1q").dt.offset_by("2mo").dt.month_end().alias("period_end")
    )
    truth = counted(by_quarter, pl.lit("total"), pl.len(), pl.lit(None).first())
    assert_equal(shown(measure, "assessments_completed_count", "total", "quarter"), truth)


@pytest.mark.parametrize("breakdown", ["total", "sex", "age_band_cin"])
@pytest.mark.parametrize(
    "metric_id",
    [
        metric_id
        for metric_id, row in catalogue().items()
        if "assessment_factors" in row["dashboard"].split(";") and code_sets(row["numerator"])
    ],
)
def test_each_factor_measure_counts_what_its_own_words_say(
    measure: pl.DataFrame, completed: pl.DataFrame, metric_id: str, breakdown: str
) -> None:
    words = catalogue()[metric_id]
    is_hit = pl.all_horizontal(
        pl.col("factors").list.eval(pl.element().is_in(codes)).list.any() for codes in code_sets(words["numerator"])
    )
    with_factors = completed.filter(pl.col("factors").list.len() > 0)
    if "24A" in words["numerator"]:
        with_factors = with_factors.filter(pl.col("collection_year") >= 2022)
    value = pl.lit("total") if breakdown == "total" else pl.col(breakdown)
    truth = counted(with_factors, value, is_hit.sum(), pl.len())
    assert_equal(shown(measure, metric_id, breakdown), truth)


def test_single_codes_and_the_mean_are_those_of_the_truth(measure: pl.DataFrame, completed: pl.DataFrame) -> None:
    with_factors = completed.filter(pl.col("factors").list.len() > 0)
    of_code = with_factors.explode("factors").group_by("la_code", "period_end", "factors").agg(pl.len().alias("numerator"))
    found = (
        shown(measure, "factor_code_pct", "factor")
        .filter(pl.col("numerator") > 0)
        .select("la_code", "period_end", pl.col("breakdown_value").alias("factors"), pl.col("numerator").cast(pl.UInt32))
    )
    order = ["la_code", "period_end", "factors"]
    assert_equal(found.sort(order), of_code.sort(order))
    n_factors = pl.col("factors").list.set_difference(["20", "21"]).list.len()
    truth = counted(with_factors, pl.lit("total"), n_factors.sum(), pl.len())
    assert_equal(shown(measure, "factor_mean_per_assessment", "total"), truth)


def test_the_lift_of_every_pair_is_that_of_the_truth(measure: pl.DataFrame, completed: pl.DataFrame) -> None:
    with_factors = completed.filter((pl.col("factors").list.len() > 0) & (pl.col("collection_year") == 2024))
    held = [set(factors) for factors in with_factors["factors"]]
    rows = measure.filter((pl.col("metric_id") == "factor_cooccurrence_lift") & (pl.col("period_end") == reference_date(2024)))
    assert rows.height > 500
    for pair, numerator, value in rows.select("breakdown_value", "numerator", "value").iter_rows():
        a, b = pair.split(";")
        n_a, n_b, n_both = (sum(codes <= factors for factors in held) for codes in ({a}, {b}, {a, b}))
        assert int(numerator) == n_both, pair
        if n_a and n_b:
            assert float(value) == pytest.approx(n_both * len(held) / (n_a * n_b), abs=1e-6), pair
        else:
            assert value is None, pair


def test_london_and_its_sub_regions_are_the_sums_of_their_authorities(clean_london: London, measure: pl.DataFrame) -> None:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        summed = connection.execute("SELECT DISTINCT metric_id FROM intermediate.int_measure__authority_value").pl()
        area = connection.execute(
            "SELECT la_code, lower(replace(sub_region, ' ', '_')) AS area FROM intermediate.ref_authority"
        ).pl()
    cell = ["metric_id", "period_type", "period_end", "breakdown", "breakdown_value"]
    rows = measure.join(summed, on="metric_id", how="semi")
    parts = rows.filter(is_authority()).join(area, on="la_code")
    both = pl.concat([parts, parts.with_columns(pl.lit("london").alias("area"))]).rename({"la_code": "part", "area": "la_code"})
    by_parts = both.group_by(*cell, "la_code").agg(
        pl.when(pl.col("numerator").is_not_null().any()).then(pl.col("numerator").sum()).alias("numerator_of_parts")
    )
    areas = rows.filter(~is_authority())
    joined = areas.join(by_parts, on=[*cell, "la_code"], how="full")
    assert joined.height == areas.height == by_parts.height > 10_000
    assert joined.filter(pl.col("numerator").ne_missing(pl.col("numerator_of_parts"))).is_empty()


def test_a_clean_london_breaks_no_rule_of_the_models(clean_london: London) -> None:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        broken = warehouse.fetch(
            connection,
            "SELECT return_name, rule_code, sum(n_occurrences) FROM marts.dq_finding "
            "WHERE source = 'model' AND severity = 'error' GROUP BY ALL ORDER BY ALL",
        )
        orphans = warehouse.fetch(connection, "SELECT count(*) FROM marts.dq_orphan")
        missing = warehouse.fetch(
            connection, "SELECT count(*) FROM marts.dq_expected_seen WHERE status IN ('rejected', 'not sent') OR NOT is_expected"
        )
    assert (broken, orphans, missing) == ([], [(0,)], [(0,)])
