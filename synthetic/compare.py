"""Synthetic against published: the same counts, from the records of the invented returns and from national statistics.

Counting follows the national statistics: an episode of need is a referral neither left without further action nor closed
after assessment without need (RC8, RC9); short breaks (V3, V4) are not looked after; care leavers are rows of oc3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl
from rich.table import Table

from synthetic import facts

# what a return of the whole of London has to come near to, at scale 1
HEADLINES = (
    ("referrals", ""),
    ("rereferrals", ""),
    ("referrals_nfa", ""),
    ("referrals_not_in_need", ""),
    ("children_in_need_anypoint", ""),
    ("episodes_started", ""),
    ("episodes_ended", ""),
    ("episodes_at31", ""),
    ("assessments", ""),
    ("episodes_with_factors", ""),
    ("section47", ""),
    ("conferences", ""),
    ("plans_started", ""),
    ("plans_ended", ""),
    ("plans_at31", ""),
    ("plans_subsequent", ""),
    ("cin_plans_started", ""),
    ("cin_plans_at31", ""),
    ("looked_after_at31", ""),
    ("looked_after_started", ""),
    ("looked_after_ceased", ""),
    ("looked_after_at31", "uasc:uasc"),
    ("looked_after_started", "uasc:uasc"),
    ("care_leavers", "17-18"),
    ("care_leavers", "19-21"),
)
TOLERANCE = 0.15

PLACEMENT_GROUPS = {
    **dict.fromkeys(("U1", "U2", "U3", "U4", "U5", "U6"), "foster"),
    **dict.fromkeys(("A3", "A4", "A5", "A6"), "adoption"),
    "P1": "parents",
    **dict.fromkeys(("P2", "H5", "K3"), "supported"),
    **dict.fromkeys(("K1", "K2"), "homes"),
    **dict.fromkeys(("R1", "R2", "R3", "R5"), "residential_other"),
    "S1": "residential_school",
    **dict.fromkeys(("Z1", "Z11", "Z12", "Z13", "Z14"), "other"),
}
LEGAL_GROUPS = {"J1": "J", "J2": "J", "J3": "J"}
ETHNIC_GROUPS = {"W": "White", "M": "Mixed", "A": "Asian", "C": "Asian", "B": "Black", "O": "Other", "R": "Unknown", "N": "Unknown"}

KEYS = ["la_code", "year"]


class Adder(Protocol):
    """Takes rows to be counted under a measure's name, by a breakdown."""

    def __call__(self, name: str, rows: pl.DataFrame, breakdown: pl.Expr | str = "") -> None: ...


@dataclass(frozen=True)
class Line:
    """One measure of one year: published, synthetic (brought to scale 1) and their ratio minus 1."""

    measure: str
    breakdown: str
    year: int
    published: float
    synthetic: float

    @property
    def difference(self) -> float:
        return self.synthetic / self.published - 1 if self.published else 0.0


def measure(records: Mapping[str, pl.DataFrame], spells: pl.DataFrame) -> pl.DataFrame:
    """Counts by authority and year: measure, breakdown, la_code, year, value.

    `records` are the record_<table> frames of truth/, `spells` its spell frame.
    """
    found: list[pl.DataFrame] = []
    frames = {name: frame.rename({"collection_year": "year"}).cast({"year": pl.Int64}) for name, frame in records.items()}

    def add(name: str, rows: pl.DataFrame, breakdown: pl.Expr | str = "") -> None:
        label = pl.lit(breakdown) if isinstance(breakdown, str) else breakdown
        found.append(
            rows.with_columns(label.alias("breakdown"), pl.lit(name).alias("measure"))
            .group_by("measure", "breakdown", "la_code", "year")
            .agg(pl.len().cast(pl.Float64).alias("value"))
        )

    _need(frames, spells, add)
    _care(frames, add)
    return pl.concat(found).with_columns(pl.col("year").cast(pl.Int64)).sort("measure", "breakdown", "la_code", "year")


def _first_day() -> pl.Expr:
    return pl.date(pl.col("year") - 1, 4, 1)


def _last_day() -> pl.Expr:
    return pl.date(pl.col("year"), 3, 31)


def _in_year(column: str) -> pl.Expr:
    return pl.col(column).is_between(_first_day(), _last_day())


def _need(frames: Mapping[str, pl.DataFrame], spells: pl.DataFrame, add: Adder) -> None:
    details = frames["cin_details"]
    referred = details.filter(_in_year("cin_referral_date"))
    episode = details.filter(
        (pl.col("referral_nfa") == "0") & ~pl.col("reason_for_closure").is_in(["RC8", "RC9"]).fill_null(value=False)
    )
    at31 = episode.filter(pl.col("cin_closure_date").is_null())
    add("referrals", referred)
    add("referrals_nfa", referred.filter(pl.col("referral_nfa") == "1"))
    add("referrals_not_in_need", referred.filter(pl.col("reason_for_closure").is_in(["RC8", "RC9"])))
    add("children_in_need_anypoint", episode.unique(["la_code", "year", "child_number"]))
    add("children_in_return", details.unique(["la_code", "year", "child_number"]))
    add("episodes_started", episode.filter(_in_year("cin_referral_date")))
    add("episodes_ended", episode.filter(pl.col("cin_closure_date").is_not_null()))
    add("episodes_at31", at31)
    again = (
        spells.filter(pl.col("kind") == "referral")
        .sort("la_code", "child_number", "start_date")
        .with_columns(
            (pl.col("start_date") - pl.col("start_date").shift(1).over("la_code", "child_number")).dt.total_days().alias("since")
        )
        .filter(pl.col("since") <= 365)
        .with_columns(pl.col("start_date").dt.offset_by("9mo").dt.year().cast(pl.Int64).alias("year"))
        .filter(pl.col("year").is_in(details["year"].unique().implode()))
    )
    add("rereferrals", again)
    add(
        "episodes_at31",
        at31.join(frames["child"].select(*KEYS, "child_number", "ethnicity"), on=[*KEYS, "child_number"]),
        "ethnicity:" + _ethnic_group("ethnicity"),
    )
    born = at31.join(frames["child"].select(*KEYS, "child_number", "person_birth_date"), on=[*KEYS, "child_number"])
    add("episodes_at31", born, "age:" + _age_group(pl.col("person_birth_date"), _last_day()).fill_null("unborn"))
    disabled = frames["child_disability"].filter(pl.col("disability") != "NONE").unique([*KEYS, "child_number"])
    add("episodes_at31", at31.join(disabled, on=[*KEYS, "child_number"], how="semi"), "disabled")
    add("assessments", frames["assessment"].filter(_in_year("assessment_authorisation_date")))
    add("episodes_with_factors", frames["assessment_factor"].unique([*KEYS, "child_number", "cin_details_seq"]))
    add("section47", frames["section47"].filter(_in_year("s47_actual_start_date")))
    held = [table.filter(_in_year("date_of_initial_cpc")).select(*KEYS) for table in (frames["section47"], details)]
    add("conferences", pl.concat(held))
    plan = frames["child_protection_plan"]
    started = plan.filter(_in_year("cpp_start_date"))
    add("plans_started", started)
    add("plans_subsequent", started.filter(pl.col("number_of_previous_cpp") > 0))
    add("plans_ended", plan.filter(pl.col("cpp_end_date").is_not_null()))
    add("plans_at31", plan.filter(pl.col("cpp_end_date").is_null()))
    if "cin_plan_dates" in frames:
        plan = frames["cin_plan_dates"]
        add("cin_plans_started", plan.filter(_in_year("cin_plan_start_date")))
        add("cin_plans_at31", plan.filter(pl.col("cin_plan_end_date").is_null()))
    factors = frames["assessment_factor"].unique([*KEYS, "child_number", "cin_details_seq", "assessment_factor"])
    add(
        "factors",
        factors,
        pl.when(pl.col("assessment_factor").str.starts_with("8")).then(pl.lit("8")).otherwise(pl.col("assessment_factor")),
    )


def _ethnic_group(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 1).replace_strict(ETHNIC_GROUPS, default="Unknown")


def _age_group(born: pl.Expr, on: pl.Expr) -> pl.Expr:
    had_birthday = (on.dt.month() > born.dt.month()) | ((on.dt.month() == born.dt.month()) & (on.dt.day() >= born.dt.day()))
    age = on.dt.year() - born.dt.year() - (~had_birthday).cast(pl.Int32)
    return (
        pl.when(age < 1)
        .then(pl.lit("0"))
        .when(age < 5)
        .then(pl.lit("1-4"))
        .when(age < 10)
        .then(pl.lit("5-9"))
        .when(age < 16)
        .then(pl.lit("10-15"))
        .when(age >= 16)
        .then(pl.lit("16+"))
    )


def _care(frames: Mapping[str, pl.DataFrame], add: Adder) -> None:
    header = frames["header"].select(*KEYS, "child_number", "dob", "sex", "ethnic")
    alone = frames["uasc"].select(*KEYS, "child_number").with_columns(pl.lit("uasc:uasc").alias("alone"))
    episode = (
        frames["episodes"]
        .filter(~pl.col("ls").is_in(["V3", "V4"]))
        .join(header, on=[*KEYS, "child_number"], how="left", maintain_order="left")
        .join(alone, on=[*KEYS, "child_number"], how="left", maintain_order="left")
    )
    at31 = episode.filter(pl.col("dec").is_null())
    child = [*KEYS, "child_number"]
    started = (
        episode.filter((pl.col("rne") == "S") & _in_year("decom"))
        .sort(*child, "decom")
        .unique(child, keep="last", maintain_order=True)
    )
    ceased = (
        episode.filter(pl.col("rec").is_not_null() & (pl.col("rec") != "X1"))
        .sort(*child, "dec")
        .unique(child, keep="last", maintain_order=True)
    )
    ages = {
        "looked_after_at31": _age_group(pl.col("dob"), _last_day()),
        "looked_after_started": _age_group(pl.col("dob"), pl.col("decom")),
    }
    legal = "legal_status:" + pl.col("ls").replace(LEGAL_GROUPS)
    for name, rows in (("looked_after_at31", at31), ("looked_after_started", started), ("looked_after_ceased", ceased)):
        add(name, rows)
        add(name, rows.filter(pl.col("alone").is_not_null()), pl.col("alone"))
        add(name, rows, "sex:" + pl.col("sex").replace({"1": "M", "2": "F"}))
        if name in ages:
            add(name, rows, "age:" + ages[name])
            add(name, rows, "need:" + pl.col("cin"))
        if name == "looked_after_started":
            add(name, rows, "legal_status:" + pl.col("ls"))
    add("looked_after_at31", at31, legal)
    add("looked_after_at31", at31, "ethnicity:" + _ethnic_group("ethnic"))
    add("looked_after_at31", at31, "placement:" + pl.col("place").replace_strict(PLACEMENT_GROUPS, default="temporary"))
    had_birthday = (pl.col("dec").dt.month() > pl.col("dob").dt.month()) | (
        (pl.col("dec").dt.month() == pl.col("dob").dt.month()) & (pl.col("dec").dt.day() >= pl.col("dob").dt.day())
    )
    age = pl.col("dec").dt.year() - pl.col("dob").dt.year() - (~had_birthday).cast(pl.Int32)
    band = (
        pl.when(age < 1)
        .then(pl.lit("0"))
        .when(age < 5)
        .then(pl.lit("1-4"))
        .when(age < 10)
        .then(pl.lit("5-9"))
        .when(age < 16)
        .then(pl.lit("10-15"))
        .when(age < 17)
        .then(pl.lit("16"))
        .when(age < 18)
        .then(pl.lit("17"))
        .otherwise(pl.lit("18+"))
    )
    add("looked_after_ceased", ceased, "age:" + band)
    add("looked_after_ceased", ceased.filter(pl.col("rec").is_in(["E11", "E12"])), "reason:adopted")
    add(
        "looked_after_ceased",
        ceased.filter(pl.col("rec").is_in(["E43", "E44", "E45", "E46", "E47", "E48"])),
        "reason:special_guardianship",
    )
    leaver = frames["oc3"]
    turned = pl.col("year") - pl.col("dob").dt.year() - (pl.col("dob").dt.month() > 3).cast(pl.Int32)
    add("care_leavers", leaver, pl.when(turned <= 18).then(pl.lit("17-18")).otherwise(pl.lit("19-21")))
    incident = frames["missing"].filter(_in_year("mis_start"))
    add("missing_incidents", incident, pl.col("missing"))
    add("missing_children", incident.unique([*child, "missing"]), pl.col("missing"))


def compare(truth: Path, scale: float) -> list[Line]:
    """London's lines, headlines first: every measure published for a year that was invented.

    Reads one authority of `truth` at a time, so that full scale fits into little memory.
    """
    tables = {path.stem.removeprefix("record_"): path for path in sorted(truth.glob("record_*.parquet"))}
    measured = []
    for la_code in pl.scan_parquet(truth / "file.parquet").select(pl.col("la_code").unique().sort()).collect()["la_code"]:
        own = pl.col("la_code") == la_code
        records = {name: pl.scan_parquet(path).filter(own).collect() for name, path in tables.items()}
        measured.append(measure(records, pl.scan_parquet(truth / "spell.parquet").filter(own).collect()))
    return lines(pl.concat(measured), scale)


def lines(measured: pl.DataFrame, scale: float) -> list[Line]:
    """Published figures of London beside the measured ones, brought to scale 1. `measured` as measure() gives it."""
    london = measured.group_by("measure", "breakdown", "year").agg(pl.col("value").sum())
    ours = {(name, breakdown, year): value for name, breakdown, year, value in london.rows()}
    years = sorted(london["year"].unique().to_list())
    found = []
    for (name, breakdown, la_code, year), value in sorted(facts.published().items()):
        counted = any(key[:2] == (name, breakdown) for key in ours)
        if la_code == "london" and year in years and counted and value > 0:
            found.append(Line(name, breakdown, year, value, ours.get((name, breakdown, year), 0.0) / scale))
    order = {key: place for place, key in enumerate(HEADLINES)}
    return sorted(
        found, key=lambda line: (order.get((line.measure, line.breakdown), len(order)), line.measure, line.breakdown, line.year)
    )


def latest(found: list[Line]) -> list[Line]:
    """Of every measure the latest year with a figure."""
    last: dict[tuple[str, str], Line] = {}
    for line in found:
        last[line.measure, line.breakdown] = line
    return list(last.values())


def outside(found: list[Line]) -> list[Line]:
    """Headline lines farther from the published figure than the tolerance."""
    return [line for line in found if (line.measure, line.breakdown) in HEADLINES and abs(line.difference) > TOLERANCE]


def as_table(found: list[Line]) -> Table:
    """The latest year of every measure, for the terminal."""
    table = Table(title="synthetic against published (London; synthetic brought to scale 1)")
    for heading, side in (
        ("measure", "left"),
        ("breakdown", "left"),
        ("year", "right"),
        ("published", "right"),
        ("synthetic", "right"),
        ("difference", "right"),
    ):
        table.add_column(heading, justify="left" if side == "left" else "right")
    for line in latest(found):
        is_headline = (line.measure, line.breakdown) in HEADLINES
        style = "red" if is_headline and abs(line.difference) > TOLERANCE else "bold" if is_headline else ""
        table.add_row(
            line.measure,
            line.breakdown,
            str(line.year),
            f"{line.published:,.0f}",
            f"{line.synthetic:,.0f}",
            f"{line.difference:+.0%}",
            style=style,
        )
    return table
