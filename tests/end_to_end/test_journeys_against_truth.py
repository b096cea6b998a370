"""London's two child-level reports against the truth of a clean London: what referrals led to, and what enquiries led to."""

import polars as pl
import pytest

from loaders import warehouse
from tests.end_to_end.london import London
from tests.end_to_end.truth_measures import CHILD, Truth, days, in_year

REFERRAL = [*CHILD, "cin_referral_date"]
ENQUIRY = [*CHILD, "s47_actual_start_date"]


@pytest.fixture(scope="module")
def truth(clean_london: London) -> Truth:
    return Truth(clean_london.paths)


def counted(clean_london: London, mart: str, *columns: str) -> pl.DataFrame:
    listed = ", ".join(("la_code", "collection_year", *columns))
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        rows = connection.execute(f"SELECT {listed}, count(*) AS n FROM marts.{mart} GROUP BY ALL ORDER BY ALL").pl()
    return rows.filter(pl.col("collection_year").is_in(Truth(clean_london.paths).years))


def by_year(truth: Truth, rows: pl.DataFrame, day: str, *columns: str) -> pl.DataFrame:
    """The same from the truth, in the years of the returns."""
    years = rows.with_columns(in_year(day).dt.year().cast(pl.Int32).alias("collection_year"))
    by = ["la_code", "collection_year", *columns]
    return (
        years.filter(pl.col("collection_year").is_in(truth.years))
        .group_by(by)
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .sort(by, nulls_last=True)
    )


def within_30_days(truth: Truth, record: str, start: str) -> pl.DataFrame:
    """The referrals that a step of their own follows within 30 days."""
    held = [*CHILD, "collection_year", "child_seq", "cin_details_seq"]
    of_referral = truth.record("cin_details").select(*held, "cin_referral_date")
    steps = truth.record(record).select(*held, start).join(of_referral, on=held)
    return steps.filter(days("cin_referral_date", start).is_between(0, 30)).select(REFERRAL).unique()


def test_every_referral_has_the_outcome_of_the_truth(clean_london: London, truth: Truth) -> None:
    assessed = within_30_days(truth, "assessment", "assessment_actual_start_date").with_columns(assessed=True)
    enquired = within_30_days(truth, "section47", "s47_actual_start_date").with_columns(enquired=True)
    referral = (
        truth.referrals.join(assessed, on=REFERRAL, how="left")
        .join(enquired, on=REFERRAL, how="left")
        .with_columns(
            pl.when(pl.col("assessed") & pl.col("enquired"))
            .then(pl.lit("both"))
            .when("assessed")
            .then(pl.lit("S17"))
            .when("enquired")
            .then(pl.lit("S47"))
            .otherwise(pl.lit("none"))
            .alias("outcome"),
            is_window_complete=pl.col("cin_referral_date").dt.offset_by("30d") <= truth.cutoff,
            is_re_referral=(
                pl.col("cin_referral_date").shift(1).over(CHILD, order_by="cin_referral_date")
                >= pl.col("cin_referral_date").dt.offset_by("-12mo")
            ).fill_null(value=False),
        )
    )
    columns = ("outcome", "is_window_complete", "is_re_referral")
    found = counted(clean_london, "fct_referral_outcome", *columns)
    assert found.equals(by_year(truth, referral, "cin_referral_date", *columns))
    assert {"both", "S17", "none"} <= set(found["outcome"])
    assert set(found["is_window_complete"]) == set(found["is_re_referral"]) == {True, False}


def test_every_enquiry_leads_where_the_truth_says(clean_london: London, truth: Truth) -> None:
    conference = pl.col("date_of_initial_cpc")
    enquiry = truth.enquiries.with_columns(pl.when(conference >= pl.col("s47_actual_start_date")).then(conference).alias("held"))
    planned = (
        enquiry.join(truth.plans.select(*CHILD, "cpp_start_date"), on=CHILD)
        .filter(
            days("s47_actual_start_date", "cpp_start_date").is_between(0, 60)
            | days("held", "cpp_start_date").is_between(0, 45).fill_null(value=False)
        )
        .select(*ENQUIRY, planned=True)
        .unique()
    )
    recent = pl.col("s47_actual_start_date").dt.offset_by("60d") > truth.cutoff
    conference_recent = pl.col("held").dt.offset_by("45d") > truth.cutoff
    journey = enquiry.join(planned, on=ENQUIRY, how="left").with_columns(
        pl.when(pl.col("held").is_not_null())
        .then(pl.lit("conference"))
        .when("planned")
        .then(pl.lit("plan"))
        .when(recent)
        .then(pl.lit("too_recent"))
        .otherwise(pl.lit("none"))
        .alias("step_1"),
        pl.when(pl.col("held").is_null())
        .then(None)
        .when("planned")
        .then(pl.lit("plan"))
        .when(recent | conference_recent)
        .then(pl.lit("too_recent"))
        .otherwise(pl.lit("none"))
        .alias("step_2"),
    )
    found = counted(clean_london, "fct_section_47_journey", "step_1", "step_2")
    assert found.equals(by_year(truth, journey, "s47_actual_start_date", "step_1", "step_2"))
    assert {"conference", "too_recent", "none"} <= set(found["step_1"])
    assert {"plan", "too_recent", "none"} <= set(found["step_2"])
