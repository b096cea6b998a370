"""Measures counted anew from the truth of an invented London, each in a few lines, by the words of the catalogue.

Nothing here reads the warehouse. A measure is a table of counts: la_code, period_end, breakdown_value, numerator and
denominator (null for a count); of a median, value and how many it is of.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property

import numpy as np
import polars as pl

from benchmarks import accuracy_spells
from loaders.settings import SEEDS, Paths

CHILD = ["la_code", "child_number"]
CELL = ["la_code", "period_end", "breakdown_value"]
FOSTER = ["U1", "U2", "U3", "U4", "U5", "U6"]
ADOPTIVE = ["A3", "A4", "A5", "A6"]
TEMPORARY = ["T0", "T1", "T2", "T3", "T4"]
# disproportionality.md 7: of a smaller group no index is given
TOO_FEW_CHILDREN = 30
TOTAL = pl.lit("total")
ETHNIC_GROUP = {"W": "White", "M": "Mixed", "A": "Asian", "C": "Asian", "B": "Black", "O": "Other"}


def in_quarter(day: str) -> pl.Expr:
    """The last day of the quarter of a day."""
    return pl.col(day).dt.truncate("1q").dt.offset_by("2mo").dt.month_end().alias("period_end")


def in_year(day: str) -> pl.Expr:
    """The 31 March that ends the year of a day."""
    return pl.date(pl.col(day).dt.offset_by("9mo").dt.year(), 3, 31).alias("period_end")


def days(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_days()


def age_at(birth: str, day: str) -> pl.Expr:
    """Completed years; the birthday of 29 February falls on 1 March."""
    month_and_day = [pl.col(name).dt.month().cast(pl.Int32) * 100 + pl.col(name).dt.day() for name in (day, birth)]
    return pl.col(day).dt.year() - pl.col(birth).dt.year() - (month_and_day[0] < month_and_day[1]).cast(pl.Int32)


def age_band_cla(age: pl.Expr) -> pl.Expr:
    """0, 1-4, 5-9, 10-15, 16-17."""
    return (
        pl.when(age < 1).then(pl.lit("0"))
        .when(age < 5).then(pl.lit("1-4"))
        .when(age < 10).then(pl.lit("5-9"))
        .when(age < 16).then(pl.lit("10-15"))
        .otherwise(pl.lit("16-17"))
    )  # fmt: skip


@cache
def bank_holidays() -> list[date]:
    with (SEEDS / "reference" / "ref_bank_holiday.csv").open(encoding="utf-8", newline="") as file:
        return [date.fromisoformat(row["holiday_date"]) for row in csv.DictReader(file)]


def working_days(rows: pl.DataFrame, start: str, end: str) -> pl.Series:
    """wd of timelines.md 1: after the start, up to and with the end."""
    after = rows[start].dt.offset_by("1d").to_numpy().astype("datetime64[D]")
    until = rows[end].dt.offset_by("1d").to_numpy().astype("datetime64[D]")
    return pl.Series("wd", np.busday_count(after, until, holidays=np.array(bank_holidays(), dtype="datetime64[D]")))


@cache
def population() -> dict[tuple[str, int], int]:
    """Residents aged 0 to 17 by authority and mid-year."""
    with (SEEDS / "reference" / "ref_population_0_17.csv").open(encoding="utf-8", newline="") as file:
        return {(row["la_code"], int(row["mid_year"])): int(row["population"]) for row in csv.DictReader(file)}


def pop017(la_code: str, day: date) -> int:
    """The estimate of the latest 30 June on or before a day."""
    return population()[la_code, day.year if (day.month, day.day) >= (6, 30) else day.year - 1]


@cache
def pupils() -> dict[tuple[str, str], int]:
    """Pupils by authority and ethnic group in the last school census, that of 2022."""
    with (SEEDS / "reference" / "ref_school_census_ethnicity.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["census_year"] == "2022"]
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        place = row["la_code"], ETHNIC_GROUP.get(row["ethnicity_code"][0], "Unknown")
        found[place] = found.get(place, 0) + int(row["headcount"])
    return found


@cache
def sectors() -> pl.DataFrame:
    """Postcode sectors: where they are and in which authority."""
    return pl.read_csv(SEEDS / "reference" / "ref_postcode_sector.csv.gz", infer_schema=False).select(
        "postcode_sector", "main_la_code", "main_ons_code", pl.col("easting", "northing").cast(pl.Int64, strict=False)
    )


@dataclass(frozen=True)
class Truth:
    """The records that went into the returns of one invented London, as the last return to hold each told it."""

    paths: Paths

    @cached_property
    def cutoff(self) -> date:
        return max(self.year_ends)

    @cached_property
    def years(self) -> list[int]:
        return sorted(pl.read_parquet(self.paths.truth / "file.parquet")["collection_year"].unique())

    @cached_property
    def year_ends(self) -> list[date]:
        return [date(year, 3, 31) for year in self.years]

    @cached_property
    def quarter_ends(self) -> list[date]:
        return [date(year - 1, *day) for year in self.years for day in ((6, 30), (9, 30), (12, 31))] + self.year_ends

    @cached_property
    def authorities(self) -> list[str]:
        return sorted(pl.read_parquet(self.paths.truth / "file.parquet")["la_code"].unique())

    def record(self, name: str) -> pl.DataFrame:
        """Every row of every return."""
        return pl.read_parquet(self.paths.truth / f"record_{name}.parquet")

    def latest(self, name: str, *key: str) -> pl.DataFrame:
        """One row per child and key, as the last return to hold it has it."""
        return self.record(name).sort("collection_year").unique([*CHILD, *key], keep="last", maintain_order=True)

    @cached_property
    def persons(self) -> pl.DataFrame:
        """CHILD, birth_date, sex (M, F, U), ethnicity, ethnic_group: of each the latest that any return knew."""
        census = self.record("child").with_columns(pl.coalesce("sex", "gender_current").alias("sex"))
        header = self.record("header").rename({"dob": "person_birth_date", "ethnic": "ethnicity"})
        told = pl.concat(
            rows.select(
                *CHILD,
                "collection_year",
                pl.col("person_birth_date").alias("birth_date"),
                pl.col("sex").replace_strict({"1": "M", "2": "F", "M": "M", "F": "F"}, default=None).alias("sex"),
                pl.col("ethnicity").replace({"REFU": None, "NOBT": None}),
            )
            for rows in (census, header)
        )
        known = (pl.col(name).drop_nulls().last() for name in ("birth_date", "sex", "ethnicity"))
        return (
            told.sort("collection_year")
            .group_by(CHILD)
            .agg(*known)
            .with_columns(
                pl.col("sex").fill_null("U"),
                pl.col("ethnicity")
                .str.slice(0, 1)
                .replace_strict(ETHNIC_GROUP, default=None)
                .fill_null("Unknown")
                .alias("ethnic_group"),
            )
        )

    @cached_property
    def spells(self) -> dict[str, pl.DataFrame]:
        """Spells by kind, as far as any return tells of them: CHILD, start_date, end_date, code."""
        numbers = accuracy_spells.child_keys(self.paths)
        return {kind: rows.join(numbers, on="child_key") for kind, rows in accuracy_spells.expected(self.paths).items()}

    @cached_property
    def referrals(self) -> pl.DataFrame:
        return self.latest("cin_details", "cin_referral_date").join(self.persons, on=CHILD)

    @cached_property
    def assessments(self) -> pl.DataFrame:
        """Completed ones, with their working days."""
        found = self.latest("assessment", "assessment_actual_start_date").drop_nulls("assessment_authorisation_date")
        wd = working_days(found, "assessment_actual_start_date", "assessment_authorisation_date")
        return found.with_columns(wd.alias("wd"))

    @cached_property
    def enquiries(self) -> pl.DataFrame:
        return self.latest("section47", "s47_actual_start_date")

    @cached_property
    def conferences(self) -> pl.DataFrame:
        """Distinct by child and day, with the latest start of a section 47 enquiry behind them (null for transfers in)."""
        after_enquiry = self.enquiries.select(*CHILD, "date_of_initial_cpc", "s47_actual_start_date")
        transfer = self.referrals.select(*CHILD, "date_of_initial_cpc", pl.lit(None, pl.Date).alias("s47_actual_start_date"))
        return (
            pl.concat([transfer, after_enquiry])
            .drop_nulls("date_of_initial_cpc")
            .sort("s47_actual_start_date", nulls_last=False)
            .unique([*CHILD, "date_of_initial_cpc"], keep="last", maintain_order=True)
        )

    @cached_property
    def plans(self) -> pl.DataFrame:
        return self.latest("child_protection_plan", "cpp_start_date")

    @cached_property
    def care_periods(self) -> pl.DataFrame:
        """CHILD, start_date, end_date, code (what the last REC says), with the person."""
        return self.spells["care_period"].join(self.persons, on=CHILD)

    @cached_property
    def episodes(self) -> pl.DataFrame:
        """Episodes of care with their final ends, no short breaks."""
        told = self.latest("episodes", "decom").filter(~pl.col("ls").is_in(["V3", "V4"])).drop("dec", "rec")
        ends = self.spells["episode"].select(*CHILD, pl.col("start_date").alias("decom"), "end_date", pl.col("code").alias("rec"))
        return told.join(ends, on=[*CHILD, "decom"])

    @cached_property
    def lasting(self) -> pl.DataFrame:
        """Episodes with the place that counts: during a temporary stay still the one the child left for a while."""
        place = ["place", "place_provider", "home_post", "pl_post", "urn"]
        temporary = pl.col("place").is_in(TEMPORARY)
        before = (pl.when(~temporary).then(pl.col(name)).forward_fill().over(CHILD, order_by="decom") for name in place)
        return self.episodes.sort(*CHILD, "decom").with_columns(
            *(pl.when(temporary).then(told).otherwise(pl.col(name)).alias(name) for name, told in zip(place, before, strict=True))
        )

    @cached_property
    def stock(self) -> pl.DataFrame:
        """A row per child looked after at the end of each quarter: its period, its open episode, its person, its UASC status."""
        at = open_at(self.care_periods, "start_date", "end_date", self.quarter_ends).rename({"start_date": "care_start"})
        episode = open_at(self.lasting, "decom", "end_date", self.quarter_ends).drop("end_date")
        uasc = open_at(self.spells["uasc"], "start_date", "end_date", self.quarter_ends).select(*CHILD, "period_end", uasc=True)
        ever = self.spells["uasc"].select(*CHILD, was_uasc=True).unique()
        children = (
            at.join(episode, on=[*CHILD, "period_end"])
            .join(uasc, on=[*CHILD, "period_end"], how="left")
            .join(ever, on=CHILD, how="left")
            .with_columns(pl.col("uasc", "was_uasc").fill_null(value=False), age=age_at("birth_date", "period_end"))
        )
        return placed(children).with_columns(pl.col("uasc") & (pl.col("age") < 18))

    @cached_property
    def oc2_cohort(self) -> pl.DataFrame:
        """Looked after at 31 March and the whole year before it, with an OC2 row of the year."""
        breaks = self.record("episodes").filter(pl.col("ls").is_in(["V3", "V4"])).select(*CHILD, "collection_year").unique()
        oc2 = self.record("oc2").drop("dob", "return_name")
        return (
            self.stock.filter(pl.col("period_end").dt.month() == 3)
            .filter(pl.col("care_start") <= pl.date(pl.col("period_end").dt.year() - 1, 4, 1))
            .with_columns(pl.col("period_end").dt.year().alias("collection_year"))
            .join(breaks, on=[*CHILD, "collection_year"], how="anti")
            .join(oc2, on=[*CHILD, "collection_year"])
        )

    @cached_property
    def care_leavers(self) -> pl.DataFrame:
        found = self.record("oc3").with_columns(pl.date("collection_year", 3, 31).alias("period_end"))
        return found.with_columns(age=age_at("dob", "period_end")).filter(
            pl.col("age").is_between(17, 25) & ~pl.col("in_touch").is_in(["DIED", "RHOM"]).fill_null(value=False)
        )


def open_at(rows: pl.DataFrame, start: str, end: str, ends: list[date]) -> pl.DataFrame:
    """The rows that are open at each of some days (period_end), one row a child and day: that of the latest start."""
    days_asked = pl.DataFrame({"period_end": ends})
    return (
        rows.join(days_asked, how="cross")
        .filter((pl.col(start) <= pl.col("period_end")) & (pl.col(end).is_null() | (pl.col(end) > pl.col("period_end"))))
        .sort(start)
        .unique([*CHILD, "period_end"], keep="last", maintain_order=True)
    )


def placed(children: pl.DataFrame) -> pl.DataFrame:
    """With placement_la (null when not known), miles (null when not known; as national statistics: of UASC never known)."""
    sector = {name: pl.col(name).str.replace(r"\w\w$", "").str.strip_chars() for name in ("home_post", "pl_post")}
    there, home = (
        sectors().rename({column: f"{prefix}{column}" for column in sectors().columns}) for prefix in ("there_", "home_")
    )
    found = (
        children.with_columns(sector["home_post"].alias("_home"), sector["pl_post"].alias("_there"))
        .join(there, left_on="_there", right_on="there_postcode_sector", how="left")
        .join(home, left_on="_home", right_on="home_postcode_sector", how="left")
    )
    metres = (
        (pl.col("there_easting") - pl.col("home_easting")) ** 2 + (pl.col("there_northing") - pl.col("home_northing")) ** 2
    ).sqrt()
    miles = (metres / 1000 / 1.6093).round(1)
    return found.with_columns(
        pl.when(~pl.col("was_uasc")).then(miles).alias("miles"),
        pl.coalesce("there_main_la_code", "there_main_ons_code").alias("placement_la"),
    )


# --- counts ---------------------------------------------------------------------------------------------------------------


def count(rows: pl.DataFrame, value: pl.Expr = TOTAL) -> pl.DataFrame:
    """Rows by cell."""
    found = rows.with_columns(value.alias("breakdown_value")).group_by(CELL).agg(pl.len().cast(pl.Int64).alias("numerator"))
    return found.with_columns(pl.lit(None, pl.Int64).alias("denominator"))


def share(rows: pl.DataFrame, has: pl.Expr, value: pl.Expr = TOTAL) -> pl.DataFrame:
    """How many of the rows of each cell have something; null has it not."""
    return (
        rows.with_columns(value.alias("breakdown_value"))
        .group_by(CELL)
        .agg(has.fill_null(value=False).sum().cast(pl.Int64).alias("numerator"), pl.len().cast(pl.Int64).alias("denominator"))
    )


def mean(rows: pl.DataFrame, amount: pl.Expr) -> pl.DataFrame:
    return (
        rows.with_columns(TOTAL.alias("breakdown_value"))
        .group_by(CELL)
        .agg(amount.sum().cast(pl.Int64).alias("numerator"), pl.len().cast(pl.Int64).alias("denominator"))
    )


def median(rows: pl.DataFrame, amount: pl.Expr) -> pl.DataFrame:
    """By authority and for London: medians cannot be summed."""
    both = pl.concat([rows, rows.with_columns(pl.lit("london").alias("la_code"))])
    return (
        both.with_columns(TOTAL.alias("breakdown_value"))
        .group_by(CELL)
        .agg(amount.median().cast(pl.Float64).alias("value"), pl.len().cast(pl.Int64).alias("denominator"))
    )


def rate(counts: pl.DataFrame, truth: Truth, ends: list[date]) -> pl.DataFrame:
    """The same counts over the children living there, of every authority and period."""
    grid = pl.DataFrame(
        [(la_code, end) for la_code in truth.authorities for end in ends], schema=["la_code", "period_end"], orient="row"
    )
    whole = [pop017(la_code, end) for la_code, end in grid.iter_rows()]
    return (
        grid.with_columns(TOTAL.alias("breakdown_value"), pl.Series("whole", whole, dtype=pl.Int64))
        .join(counts.drop("denominator"), on=CELL, how="left")
        .select(*CELL, pl.col("numerator").fill_null(0), pl.col("whole").alias("denominator"))
    )


def relative_rate_index(parts: pl.DataFrame) -> pl.DataFrame:
    """Rate of each ethnic group over that of the White group, by authority and for London, from the pooled parts.

    `parts`: CELL (breakdown_value the group), numerator, denominator. disproportionality.md 6 and 7.
    """
    london = parts.with_columns(pl.lit("london").alias("la_code")).group_by(CELL).agg(pl.col("numerator", "denominator").sum())
    both = pl.concat([parts, london.select(parts.columns)])
    white = both.filter(pl.col("breakdown_value") == "White").select("la_code", "period_end", b="numerator", n0="denominator")
    rows = []
    for *cell, a, n1, b, n0 in (
        both.join(white, on=["la_code", "period_end"], how="left").select(*CELL, "numerator", "denominator", "b", "n0").iter_rows()
    ):
        known = b and min(n1, n0) >= TOO_FEW_CHILDREN
        rows.append((*cell, float(round(Fraction(a, n1) / Fraction(b, n0), 6)) if known else None, n1))
    schema = {
        "la_code": pl.String,
        "period_end": pl.Date,
        "breakdown_value": pl.String,
        "value": pl.Float64,
        "denominator": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def over_pupils(counts: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """Counts by ethnic group over the pupils of the group, every authority, year and group."""
    grid = pl.DataFrame(
        [
            (la_code, end, group, pupils().get((la_code, group), 0))
            for la_code in truth.authorities
            for end in truth.year_ends
            for group in sorted(set(ETHNIC_GROUP.values()))
        ],
        schema=[*CELL, "denominator"],
        orient="row",
    )
    found = grid.join(counts.drop("denominator"), on=CELL, how="left")
    return found.select(*CELL, pl.col("numerator").fill_null(0), "denominator")


# --- the measures ---------------------------------------------------------------------------------------------------------


def referred(truth: Truth) -> pl.DataFrame:
    return truth.referrals.with_columns(in_year("cin_referral_date"))


def referred_in_quarter(truth: Truth) -> pl.DataFrame:
    return truth.referrals.with_columns(in_quarter("cin_referral_date"))


def rereferrals(truth: Truth) -> pl.DataFrame:
    """Another referral in the twelve months before; the first year cannot look back."""
    before = pl.col("cin_referral_date").shift(1).over(CHILD, order_by="cin_referral_date")
    found = referred(truth).with_columns(again=before >= pl.col("cin_referral_date").dt.offset_by("-12mo"))
    return share(found.filter(pl.col("period_end") > truth.year_ends[0]), pl.col("again"))


def closed(truth: Truth) -> pl.DataFrame:
    """Episodes of need that ended, not those that needed no action."""
    return (
        truth.referrals.filter(pl.col("referral_nfa") == "0")
        .drop_nulls("cin_closure_date")
        .with_columns(in_year("cin_closure_date"))
    )


def in_need(truth: Truth, ends: list[date] | None = None) -> pl.DataFrame:
    """Children with an open episode of need at the end of each quarter, the latest where there are two."""
    episodes = truth.referrals.filter(pl.col("referral_nfa") == "0")
    return open_at(episodes, "cin_referral_date", "cin_closure_date", ends or truth.quarter_ends)


def assessed(truth: Truth) -> pl.DataFrame:
    return truth.assessments.with_columns(in_quarter("assessment_authorisation_date"))


def conferences_after_enquiry(truth: Truth) -> pl.DataFrame:
    held = truth.conferences.drop_nulls("s47_actual_start_date").with_columns(in_year("date_of_initial_cpc"))
    return held.with_columns(working_days(held, "s47_actual_start_date", "date_of_initial_cpc"))


def conferences_to_plans(truth: Truth) -> pl.DataFrame:
    """A plan within 45 days, of the conferences that are 45 days old."""
    old = truth.conferences.filter(pl.col("date_of_initial_cpc").dt.offset_by("45d") <= truth.cutoff)
    conference = old.with_columns(in_year("date_of_initial_cpc"))
    led = (
        conference.join(truth.plans.select(*CHILD, "cpp_start_date"), on=CHILD)
        .filter(days("date_of_initial_cpc", "cpp_start_date").is_between(0, 45))
        .select(*CHILD, "date_of_initial_cpc", led=True)
        .unique()
    )
    return share(conference.join(led, on=[*CHILD, "date_of_initial_cpc"], how="left"), pl.col("led"))


def on_plan(truth: Truth) -> pl.DataFrame:
    return open_at(truth.plans, "cpp_start_date", "cpp_end_date", truth.quarter_ends)


def plans_ended(truth: Truth) -> pl.DataFrame:
    return truth.plans.drop_nulls("cpp_end_date").with_columns(in_year("cpp_end_date"))


def length_of_plan(truth: Truth) -> pl.DataFrame:
    """Plans ended by band, each band a share of all."""
    ended = plans_ended(truth).with_columns(length=days("cpp_start_date", "cpp_end_date"))
    whole = count(ended).select("la_code", "period_end", pl.col("numerator").alias("denominator"))
    bands = ("0-91", 0, 91), ("92-183", 92, 183), ("184-364", 184, 364), ("365-729", 365, 729), ("730+", 730, 10**6)
    parts = [
        whole.join(
            count(ended.filter(pl.col("length").is_between(low, high))).drop("denominator"), on=CELL[:2], how="left"
        ).with_columns(pl.lit(name).alias("breakdown_value"), pl.col("numerator").fill_null(0))
        for name, low, high in bands
    ]
    return pl.concat(parts).select(*CELL, "numerator", "denominator")


def repeated_in_two_years(truth: Truth) -> pl.DataFrame:
    """Of plans started, those after a plan that ended in the 24 months before; the first two years cannot look back."""
    started = truth.plans.with_columns(in_year("cpp_start_date")).filter(pl.col("period_end") > truth.year_ends[1])
    again = (
        started.join(truth.plans.select(*CHILD, pl.col("cpp_end_date").alias("ended")), on=CHILD)
        .filter((pl.col("ended") < pl.col("cpp_start_date")) & (pl.col("ended") >= pl.col("cpp_start_date").dt.offset_by("-24mo")))
        .select(*CHILD, "cpp_start_date", again=True)
        .unique()
    )
    return share(started.join(again, on=[*CHILD, "cpp_start_date"], how="left"), pl.col("again"))


def entered(truth: Truth, period: Callable[[str], pl.Expr] = in_year) -> pl.DataFrame:
    """Children who began to be looked after, each once a period, at the first start of it."""
    found = truth.care_periods.with_columns(period("start_date")).sort("start_date")
    # a period whose beginning no return saw began with its first visible episode, before the first year
    return found.unique([*CHILD, "period_end"], keep="first", maintain_order=True)


def left_care(truth: Truth) -> pl.DataFrame:
    """Children who ceased to be looked after, each once a year, at the last end of it."""
    found = truth.care_periods.drop_nulls("end_date").with_columns(in_year("end_date")).sort("end_date")
    return found.unique([*CHILD, "period_end"], keep="last", maintain_order=True)


def last_reason(truth: Truth) -> pl.DataFrame:
    """left_care with the REC of the last episode."""
    ends = truth.episodes.drop_nulls("end_date").select(*CHILD, "end_date", "rec").filter(pl.col("rec") != "X1")
    return left_care(truth).join(ends, on=[*CHILD, "end_date"], how="left")


def three_placements(truth: Truth) -> pl.DataFrame:
    """Three or more placements in the twelve months to the day, where the returns go back as far."""
    spell = truth.spells["placement"].rename({"start_date": "placement_start", "end_date": "placement_end"})
    stays = truth.episodes.select(*CHILD, pl.col("decom").alias("placement_start"), "place")
    spell = spell.join(stays, on=[*CHILD, "placement_start"]).filter(~pl.col("place").is_in(TEMPORARY)).drop("place")
    window = pl.col("period_end").dt.offset_by("-12mo").dt.month_end()
    looked_back = truth.stock.filter(pl.col("period_end") >= truth.year_ends[0])
    overlap = (
        looked_back.select(*CHILD, "period_end")
        .join(spell, on=CHILD)
        .filter(
            (pl.col("placement_start") <= pl.col("period_end"))
            & (pl.col("placement_end").is_null() | (pl.col("placement_end") > window))
            & (pl.col("placement_end").is_null() | (pl.col("placement_end") > pl.col("placement_start")))
        )
        .group_by(*CHILD, "period_end")
        .agg(n_placements=pl.len())
    )
    return looked_back.join(overlap, on=[*CHILD, "period_end"], how="left")


def went_missing(truth: Truth) -> pl.DataFrame:
    """Of the children looked after at any time in the year, those with a missing incident that touches it."""
    first_and_last = pl.DataFrame({"period_end": truth.year_ends}).with_columns(
        period_start=pl.date(pl.col("period_end").dt.year() - 1, 4, 1)
    )
    any_time = (
        truth.care_periods.join(first_and_last, how="cross")
        .filter(
            (pl.col("start_date") <= pl.col("period_end"))
            & (pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("period_start")))
        )
        .unique([*CHILD, "period_end"])
    )
    missing = (
        truth.spells["missing_from_care"]
        .filter(pl.col("code") == "M")
        .join(first_and_last, how="cross")
        .filter(
            (pl.col("start_date") <= pl.col("period_end"))
            & (pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("period_start")))
        )
        .select(*CHILD, "period_end", missing=True)
        .unique()
    )
    return share(any_time.join(missing, on=[*CHILD, "period_end"], how="left"), pl.col("missing"))


def suitable(accom: pl.Expr) -> pl.Expr:
    """Suitable by its second character; no fixed abode, custody, abroad, deported and not known never are."""
    return (accom.str.slice(1, 1) == "1") & ~accom.str.slice(0, 1).is_in(["S", "X", "G", "H", "R"])


def headroom(truth: Truth) -> pl.DataFrame:
    """0.1% of the children living there, whole, less the UASC looked after."""
    found = rate(count(truth.stock.filter("uasc")), truth, truth.quarter_ends)
    return found.select(
        *CELL,
        (pl.col("denominator") // 1000 - pl.col("numerator")).alias("numerator"),
        pl.lit(None, pl.Int64).alias("denominator"),
    )


def nights(truth: Truth) -> pl.DataFrame:
    """Nights slept in placements in the year: the night of the last day is not one."""
    year = pl.DataFrame({"period_end": truth.year_ends}).with_columns(start=pl.date(pl.col("period_end").dt.year() - 1, 4, 1))
    slept = pl.min_horizontal(pl.col("end_date").fill_null(date(2999, 1, 1)), pl.col("period_end").dt.offset_by("1d")) - (
        pl.max_horizontal("start_date", "start")
    )
    found = truth.spells["placement"].join(year, how="cross").with_columns(nights=slept.dt.total_days())
    return mean(found.filter(pl.col("nights") > 0), pl.col("nights")).with_columns(pl.lit(None, pl.Int64).alias("denominator"))


@dataclass(frozen=True)
class Measure:
    """One measure to be proved: which cells of it, and how to count them anew.

    `values` limits the breakdown to those the truth counts; a flow between authorities has rows of London only.
    """

    metric_id: str
    period_type: str
    breakdown: str
    count: Callable[[Truth], pl.DataFrame]
    values: tuple[str, ...] = ()
    is_of_london: bool = False

    @property
    def name(self) -> str:
        return f"{self.metric_id}-{self.period_type}-{self.breakdown}"


MEASURES = [
    # counts of events
    Measure("referrals_count", "year", "total", lambda t: count(referred(t))),
    Measure("referrals_count", "quarter", "total", lambda t: count(referred_in_quarter(t))),
    Measure("referrals_count", "year", "sex", lambda t: count(referred(t), pl.col("sex"))),
    Measure("referrals_count", "year", "ethnic_group", lambda t: count(referred(t), pl.col("ethnic_group"))),
    Measure("s47_count", "year", "total", lambda t: count(t.enquiries.with_columns(in_year("s47_actual_start_date")))),
    Measure("icpc_count", "quarter", "total", lambda t: count(t.conferences.with_columns(in_quarter("date_of_initial_cpc")))),
    Measure("cin_ended_count", "year", "total", lambda t: count(closed(t))),
    Measure("cpp_started_count", "quarter", "total", lambda t: count(t.plans.with_columns(in_quarter("cpp_start_date")))),
    Measure("cpp_ended_count", "year", "total", lambda t: count(plans_ended(t))),
    Measure("cla_started_count", "year", "total", lambda t: count(entered(t))),
    Measure("cla_started_count", "quarter", "total", lambda t: count(entered(t, in_quarter))),
    Measure("cla_ceased_count", "year", "total", lambda t: count(left_care(t))),
    Measure("cla_adopted_count", "year", "total", lambda t: count(last_reason(t).filter(pl.col("rec").is_in(["E11", "E12"])))),
    Measure("placement_days_count", "year", "total", nights),
    # snapshots
    Measure("cin_open_count", "snapshot", "total", lambda t: count(in_need(t))),
    Measure("cin_open_count", "snapshot", "sex", lambda t: count(in_need(t), pl.col("sex"))),
    Measure("cpp_open_count", "snapshot", "total", lambda t: count(on_plan(t))),
    Measure("cla_open_count", "snapshot", "total", lambda t: count(t.stock)),
    Measure("cla_open_count", "snapshot", "age_band_cla", lambda t: count(t.stock, age_band_cla(pl.col("age")))),
    Measure("cla_open_count", "snapshot", "ethnic_group", lambda t: count(t.stock, pl.col("ethnic_group"))),
    # percentages
    Measure("referrals_nfa_pct", "quarter", "total", lambda t: share(referred_in_quarter(t), pl.col("referral_nfa") == "1")),
    Measure("referrals_source_police_pct", "year", "total", lambda t: share(referred(t), pl.col("referral_source") == "6")),
    Measure("assessments_45wd_pct", "quarter", "total", lambda t: share(assessed(t), pl.col("wd") <= 45)),
    Measure("icpc_15wd_pct", "year", "total", lambda t: share(conferences_after_enquiry(t), pl.col("wd") <= 15)),
    Measure("icpc_to_cpp_pct", "year", "total", conferences_to_plans),
    Measure(
        "cin_open_2years_pct",
        "snapshot",
        "total",
        lambda t: share(in_need(t), days("cin_referral_date", "period_end") >= 730),
    ),
    Measure("cpp_open_2years_pct", "snapshot", "total", lambda t: share(on_plan(t), days("cpp_start_date", "period_end") >= 730)),
    Measure("cpp_ended_duration_band_pct", "year", "duration_band", length_of_plan),
    Measure("cla_foster_care_pct", "snapshot", "total", lambda t: share(t.stock, pl.col("place").is_in(FOSTER))),
    Measure("cla_placed_with_parents_pct", "snapshot", "total", lambda t: share(t.stock, pl.col("place") == "P1")),
    Measure("cla_age_16plus_pct", "snapshot", "total", lambda t: share(t.stock, pl.col("age") >= 16)),
    # rates over the children living there
    Measure("referrals_rate", "year", "total", lambda t: rate(count(referred(t)), t, t.year_ends)),
    Measure("referrals_rate", "quarter", "total", lambda t: rate(count(referred_in_quarter(t)), t, t.quarter_ends)),
    Measure("cin_open_rate", "snapshot", "total", lambda t: rate(count(in_need(t)), t, t.quarter_ends)),
    Measure("cla_open_rate", "snapshot", "total", lambda t: rate(count(t.stock), t, t.quarter_ends)),
    # medians and means
    Measure("assessment_duration_median_wd", "quarter", "total", lambda t: median(assessed(t), pl.col("wd"))),
    Measure(
        "time_in_care_median_days",
        "year",
        "total",
        lambda t: median(t.care_periods.drop_nulls("end_date").with_columns(in_year("end_date")), days("start_date", "end_date")),
    ),
    Measure("cla_distance_median_miles", "snapshot", "total", lambda t: median(t.stock.drop_nulls("miles"), pl.col("miles"))),
    Measure("cla_sdq_mean", "year", "total", lambda t: mean(sdq(t), pl.col("sdq_score"))),
    # measures that look back
    Measure("rereferrals_pct", "year", "total", rereferrals),
    Measure("cpp_repeat_ever_pct", "year", "total", lambda t: share(started(t), pl.col("number_of_previous_cpp") >= 1)),
    Measure("cpp_repeat_2years_pct", "year", "total", repeated_in_two_years),
    Measure("cla_3plus_placements_pct", "snapshot", "total", lambda t: share(three_placements(t), pl.col("n_placements") >= 3)),
    # where children live
    Measure(
        "cla_out_of_borough_pct",
        "snapshot",
        "total",
        lambda t: share(t.stock.drop_nulls("placement_la"), pl.col("placement_la") != pl.col("la_code")),
    ),
    Measure(
        "cla_20miles_outside_pct",
        "snapshot",
        "total",
        lambda t: share(t.stock, (pl.col("miles") > 20) & (pl.col("placement_la") != pl.col("la_code"))),
    ),
    # health, missing
    Measure("cla_health_assessment_pct", "year", "total", lambda t: share(t.oc2_cohort, pl.col("health_assessment") == "1")),
    Measure(
        "cla_convicted_pct",
        "year",
        "total",
        lambda t: share(t.oc2_cohort.filter(pl.col("age") >= 10), pl.col("convicted") == "1"),
    ),
    Measure("cla_missing_children_pct", "year", "total", went_missing),
    # unaccompanied children
    Measure("uasc_open_count", "snapshot", "total", lambda t: count(t.stock.filter("uasc"))),
    Measure("uasc_share_of_cla_pct", "snapshot", "total", lambda t: share(t.stock, pl.col("uasc"))),
    Measure(
        "uasc_pct_of_child_population",
        "snapshot",
        "total",
        lambda t: rate(count(t.stock.filter("uasc")), t, t.quarter_ends),
    ),
    Measure("uasc_aged_16plus_pct", "snapshot", "total", lambda t: share(t.stock.filter("uasc"), pl.col("age") >= 16)),
    Measure("uasc_nts_headroom_count", "snapshot", "total", headroom),
    # care leavers
    Measure("care_leavers_count", "year", "total", lambda t: count(t.care_leavers)),
    Measure("care_leavers_in_touch_pct", "year", "total", lambda t: share(t.care_leavers, pl.col("in_touch") == "YES")),
    Measure(
        "care_leavers_eet_pct",
        "year",
        "total",
        lambda t: share(t.care_leavers, pl.col("activ").str.contains("^[FP][1-5]$")),
    ),
    Measure("care_leavers_suitable_accom_pct", "year", "total", lambda t: share(t.care_leavers, suitable(pl.col("accom")))),
    # relative rate indices, over the children living there and over the stage before
    Measure("rri_s47", "year", "ethnic_group", lambda t: relative_rate_index(over_pupils(enquiries_by_group(t), t))),
    Measure("rri_cla_open", "year", "ethnic_group", lambda t: relative_rate_index(over_pupils(stock_by_group(t), t))),
    Measure("rri_cla_childrens_home", "year", "ethnic_group", lambda t: relative_rate_index(in_homes_by_group(t))),
]


def started(truth: Truth) -> pl.DataFrame:
    return truth.plans.with_columns(in_year("cpp_start_date"))


def sdq(truth: Truth) -> pl.DataFrame:
    """Children of 5 to 16 with a score."""
    return truth.oc2_cohort.filter(pl.col("age").is_between(5, 16)).drop_nulls("sdq_score")


def enquiries_by_group(truth: Truth) -> pl.DataFrame:
    enquiries = truth.enquiries.join(truth.persons, on=CHILD).with_columns(in_year("s47_actual_start_date"))
    return count(enquiries, pl.col("ethnic_group"))


def stock_at_year_end(truth: Truth) -> pl.DataFrame:
    return truth.stock.filter(pl.col("period_end").dt.month() == 3)


def stock_by_group(truth: Truth) -> pl.DataFrame:
    return count(stock_at_year_end(truth), pl.col("ethnic_group"))


def in_homes_by_group(truth: Truth) -> pl.DataFrame:
    known = stock_at_year_end(truth).filter(pl.col("ethnic_group") != "Unknown")
    return share(known, pl.col("place") == "K2", pl.col("ethnic_group"))
