"""Who may have the travel concession, counted anew from the truth by docs/rules/care_leavers.md 1, 2 and 5.

Nights of qualifying care, the short history of the first returns, former relevant young people, the authority responsible and
who has left or died, at the end of every quarter. Nothing here reads the warehouse.
"""

from datetime import date

import polars as pl

from tests.end_to_end.truth_measures import CHILD, Measure, Truth, age_at, count
from tests.end_to_end.truth_over_time import person_of

DAY = "period_end"
OF_PERSON = ["person_id", DAY]
NEVER = date(9999, 12, 31)


def grown_up(truth: Truth) -> pl.DataFrame:
    """Everybody in a return who is 18 to 25 at the end of a quarter, with the birthdays, by the month."""
    told = pl.concat([truth.care_periods.select(CHILD), truth.record("oc3").select(CHILD)]).unique()
    month = truth.persons.select(*CHILD, pl.col("birth_date").dt.month_start().alias("born"))
    born = told.join(person_of(truth, "ssda903"), on=CHILD).join(month, on=CHILD).group_by("person_id").agg(pl.col("born").first())
    birthdays = (pl.col("born").dt.offset_by(f"{age}y").alias(f"is_{age}") for age in (14, 16, 18, 26))
    return (
        born.join(pl.DataFrame({DAY: truth.quarter_ends}), how="cross")
        .with_columns(*birthdays)
        .filter((pl.col("is_18") <= pl.col(DAY)) & (pl.col("is_26") > pl.col(DAY)))
    )


def care_by_then(truth: Truth, persons: pl.DataFrame) -> pl.DataFrame:
    """A row per person and day with any care: nights from 14 to 18, one on or after 16, and how the last care ended."""
    care = truth.care_periods.join(person_of(truth, "ssda903"), on=CHILD).select(
        "person_id", "la_code", "start_date", "end_date", pl.col("code").alias("reason")
    )
    is_over = pl.col("end_date") <= pl.col(DAY)
    begun = (
        persons.join(care, on="person_id")
        .filter(pl.col("start_date") <= pl.col(DAY))
        .with_columns(
            pl.when(is_over).then("end_date").otherwise(NEVER).alias("ended"), pl.when(is_over).then("reason").alias("reason")
        )
        .with_columns(until=pl.min_horizontal("ended", DAY, "is_18"))
        .with_columns(
            nights=(pl.col("until") - pl.max_horizontal("start_date", "is_14")).dt.total_days().clip(0),
            after_16=pl.col("until") > pl.max_horizontal("start_date", "is_16"),
        )
    )
    return (
        begun.sort("ended", "start_date")
        .group_by(OF_PERSON, maintain_order=True)
        .agg(
            pl.col("nights").sum(),
            pl.col("after_16").any(),
            (pl.col("reason") == "E2").any().alias("has_died"),
            pl.col("la_code", "reason").last(),
        )
    )


def listed(truth: Truth, persons: pl.DataFrame) -> pl.DataFrame:
    """What OC3 told by the day: since when it makes a care leaver, the latest row, and by whom the first after the day is."""
    rows = (
        truth.record("oc3")
        .join(person_of(truth, "ssda903"), on=CHILD)
        .with_columns(pl.date("collection_year", 3, 31).alias("told_on"))
        .with_columns(age=age_at("dob", "told_on"))
        .select("person_id", "told_on", "age", "in_touch", "accom", pl.col("la_code").alias("listed_by"))
    )
    # a row at 17 tells of the 17th birthday, one at any later age of the 18th
    since = rows.group_by("person_id").agg(pl.col("age").min())
    of_day = persons.select(*OF_PERSON, "born").join(rows.drop("age"), on="person_id")
    return_day = pl.date(pl.col(DAY).dt.offset_by("9mo").dt.year(), 3, 31)
    past = (
        of_day.filter(pl.col("told_on") <= return_day)
        .sort("told_on")
        .group_by(OF_PERSON, maintain_order=True)
        .agg(pl.col("listed_by", "accom").last(), (pl.col("in_touch") == "DIED").any().alias("is_listed_dead"))
    )
    coming = (
        of_day.filter(pl.col("told_on") > return_day)
        .sort("told_on")
        .group_by(OF_PERSON, maintain_order=True)
        .agg(pl.col("listed_by").first().alias("listed_next_by"))
    )
    birthday = (
        pl.when(pl.col("age") <= 17)
        .then(pl.col("born").dt.offset_by("17y"))
        .when(pl.col("age") > 17)
        .then(pl.col("born").dt.offset_by("18y"))
    )
    return (
        persons.select(*OF_PERSON, "born")
        .join(since, on="person_id", how="left")
        .with_columns(birthday.alias("listed_from"))
        .drop("age", "born")
        .join(past, on=OF_PERSON, how="left")
        .join(coming, on=OF_PERSON, how="left")
    )


def eligible(truth: Truth) -> pl.DataFrame:
    """Former relevant young people who have not died, gone abroad or been found adult, in their responsible authority."""
    first_day = date(truth.years[0] - 1, 4, 1)
    persons = grown_up(truth)
    known = persons.join(care_by_then(truth, persons), on=OF_PERSON, how="left").join(listed(truth, persons), on=OF_PERSON)
    has_qualified = (pl.col("nights") >= 91) & pl.col("after_16")
    # where the returns do not reach back to the 14th birthday, a row as care leaver stands for the care
    is_history_short = (pl.col("is_14") < first_day) | pl.col("nights").is_null()
    is_care_leaver = has_qualified.fill_null(value=False) | (
        is_history_short & (pl.col("listed_from") <= pl.col(DAY)).fill_null(value=False)
    )
    is_gone = pl.any_horizontal(
        sign.fill_null(value=False)
        for sign in (
            pl.col("has_died"),
            pl.col("is_listed_dead"),
            pl.col("reason") == "E15",
            pl.col("accom").str.slice(0, 1).is_in(["G", "H"]),
        )
    )
    handed_over = pl.when((pl.col("reason") == "E3") & (pl.col("listed_by") != pl.col("la_code"))).then("listed_by")
    return known.filter(is_care_leaver & ~is_gone).with_columns(
        pl.coalesce(handed_over, "la_code", "listed_by", "listed_next_by").alias("la_code")
    )


CARE_LEAVERS = [Measure("tfl_concession_eligible_count", "snapshot", "total", lambda truth: count(eligible(truth)))]
