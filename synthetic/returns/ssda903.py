"""The return on looked after children: one CSV for each table, authority and year.

It holds every episode that was open on any day of the year with what belongs to its children, and the care leavers whose
17th to 21st birthday fell in it. Whatever lies after the reference date is not yet known.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from synthetic import facts, identity
from synthetic.chance import Floats, Keys, branch
from synthetic.days import NEVER, birthday, period
from synthetic.identity import Texts
from synthetic.lives import ADOPTED, AGE_ASSESSED, DIED, OTHER_AUTHORITY, UNACCOMPANIED, Flags, Ints, People, ethnicity_codes
from synthetic.story import Story, dates

NAME = "ssda903"

# part of each file's name; the tables in the order they are sent
FILES = {
    "header": "header",
    "episodes": "episodes",
    "reviews": "reviews",
    "uasc": "uasc",
    "oc2": "oc2",
    "oc3": "oc3",
    "ad1": "ad1",
    "placed_for_adoption": "placed_adoption",
    "previous_permanence": "prev_perm",
    "missing": "missing",
    "social_worker": "social_worker",
    "dolo": "dolo",
}
FIRST_YEAR_OF_SEX_LETTERS = 2025
FIRST_YEAR_OF_SOCIAL_WORKERS = 2024
FIRST_YEAR_OF_DEPRIVATIONS = 2027
FIRST_YEAR_OF_K3 = 2025
FIRST_YEAR_OF_OTHER_SUBDIVISIONS = 2026
FIRST_YEAR_OF_APPRENTICESHIPS = 2022
# from 28 October 2023 on, so first in this return, semi-independent homes had to be registered and have a number
FIRST_YEAR_OF_H5_NUMBERS = 2024


def view(story: Story, year: int) -> dict[str, pl.DataFrame]:
    """The records of one year's return: `child_number`, then the return's fields in lower case; dates as dates."""
    first, last = period(year)
    periods = story.care.periods.with_row_index("period").with_columns(pl.col("period").cast(pl.Int64))
    identities = pl.Series("identity", story.lives.referrals.identity[periods["referral"].to_numpy()])
    periods = periods.with_columns(identities).join(
        story.children.select("person", "identity", "child_number", "upn"),
        on=["person", "identity"],
        how="left",
        maintain_order="left",
    )
    periods = periods.with_columns(pl.Series("dob", story.lives.people.birth[periods["person"].to_numpy()]))
    in_year = periods.filter((pl.col("start") <= last) & (pl.col("end") >= first))
    leavers = _care_leavers(story, periods, year)
    tables = {
        "header": _header(story, periods, in_year, leavers, year),
        "episodes": _episodes(story, in_year, year),
        "reviews": _reviews(story, in_year, first, last),
        "uasc": _unaccompanied(story, in_year, year),
        "oc2": _health(story, in_year, year),
        "oc3": leavers,
        "ad1": _adoptions(story, in_year, first, last),
        "placed_for_adoption": _decisions(story, in_year, first, last),
        "previous_permanence": _permanence(in_year, first, last),
        "missing": _missing(story, in_year, first, last),
    }
    if year >= FIRST_YEAR_OF_SOCIAL_WORKERS:
        tables["social_worker"] = _social_workers(story, in_year, first, last)
    if year >= FIRST_YEAR_OF_DEPRIVATIONS:
        tables["dolo"] = _deprivations(story, in_year, first, last)
    return tables


def _attached(table: pl.DataFrame, in_year: pl.DataFrame) -> pl.DataFrame:
    """Rows of the year's periods, with the child's number and birth."""
    return in_year.select("period", "child_number", "dob").join(table, on="period", how="inner")


def _birth_date(rows: pl.DataFrame) -> pl.Series:
    return dates(rows["dob"].to_numpy()).alias("dob")


def _sex(who: People, year: int) -> pl.Series:
    letters = ("M", "F") if year >= FIRST_YEAR_OF_SEX_LETTERS else ("1", "2")
    return pl.Series("sex", np.where(who.is_male, *letters), dtype=pl.String)


def _header(story: Story, periods: pl.DataFrame, in_year: pl.DataFrame, leavers: pl.DataFrame, year: int) -> pl.DataFrame:
    _, last = period(year)
    cared_for = in_year.group_by("child_number").agg(
        (~pl.col("is_short_break")).any().alias("is_looked_after"), pl.col("end").max()
    )
    numbers = pl.concat([in_year.select("child_number"), leavers.select("child_number")]).unique()
    rows = (
        numbers.join(
            periods.group_by("child_number").agg(pl.col("person").first(), pl.col("upn").first()), on="child_number", how="left"
        )
        .join(cared_for, on="child_number", how="left")
        .with_columns(pl.col("is_looked_after").fill_null(value=False))
        .sort("child_number")
    )
    who = story.lives.people.take(rows["person"].to_numpy())
    known, reason = identity.pupil_number_known(story.chance, who, last)
    mother_of = _first_child(story, who)
    left = rows["end"].fill_null(0).to_numpy()
    is_mother = (mother_of <= last) & (mother_of <= left)
    asked = rows["is_looked_after"].to_numpy() & ~who.is_male
    return rows.select("child_number").with_columns(
        _sex(who, year),
        dates(who.birth).alias("dob"),
        pl.Series("ethnic", np.array(ethnicity_codes())[who.ethnicity], dtype=pl.String),
        pl.when(pl.Series(known)).then(rows["upn"]).otherwise(pl.Series(reason, dtype=pl.String)).alias("upn"),
        pl.when(pl.Series(asked)).then(pl.Series(np.where(is_mother, "1", "0"), dtype=pl.String)).alias("mother"),
        dates(np.where(asked & is_mother, mother_of, NEVER)).alias("mc_dob"),
    )


def _first_child(story: Story, who: People) -> Ints:
    """Day a young woman's first child is born, before she is 18; NEVER for most."""
    has = ~who.is_male & (who.group != UNACCOMPANIED) & story.chance.happens(who.key, "is a mother", 0.035)
    age = 15 + 2.9 * story.chance.uniform(who.key, "mother at")
    return np.where(has, who.birth + (age * 365.25).astype(np.int64), NEVER)


def _episodes(story: Story, in_year: pl.DataFrame, year: int) -> pl.DataFrame:
    first, last = period(year)
    rows = (
        _attached(story.care.episode, in_year)
        .filter((pl.col("start") <= last) & (pl.col("end") >= first))
        .sort("child_number", "start", "end")
    )
    end = rows["end"].to_numpy()
    open_at_end = pl.Series(end > last)
    place, urn = _as_of(story, rows, year)
    return rows.select("child_number").with_columns(
        dates(rows["start"].to_numpy()).alias("decom"),
        rows["rne"],
        rows["ls"],
        rows["cin"],
        place,
        _blank(rows["place_provider"]),
        dates(end, last).alias("dec"),
        pl.when(~open_at_end).then(rows["rec"]).alias("rec"),
        pl.when(~open_at_end).then(_blank(rows["reason_place_change"])).alias("reason_place_change"),
        _blank(rows["home_post"]),
        _blank(rows["pl_post"]),
        urn,
    )


def _blank(column: pl.Series) -> pl.Series:
    return column.to_frame().select(pl.when(pl.col(column.name) != "").then(pl.col(column.name)).alias(column.name)).to_series()


def _as_of(story: Story, rows: pl.DataFrame, year: int) -> tuple[pl.Series, pl.Series]:
    """(place, urn) in the codes of the year: H5 became K3, Z1 was divided, and homes got numbers."""
    place, urn = rows["place"].to_numpy().astype(str), rows["urn"].to_numpy().astype(str)
    supported = place == "H5"
    if year < FIRST_YEAR_OF_H5_NUMBERS:
        urn = np.where(supported, "", urn)
    if year >= FIRST_YEAR_OF_K3:
        place = np.where(supported, "K3", place)
    if year >= FIRST_YEAR_OF_OTHER_SUBDIVISIONS:
        referral = story.care.periods["referral"].to_numpy()[rows["period"].to_numpy()]
        key = branch(story.lives.referrals.key[referral], 4)
        kind = np.array(["Z11", "Z12", "Z13", "Z14"])[story.chance.pick(key, "other placement", (1, 1, 1, 1))]
        place = np.where(place == "Z1", kind, place)
    return pl.Series("place", place, dtype=pl.String), _blank(pl.Series("urn", urn, dtype=pl.String))


def _reviews(story: Story, in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    rows = _attached(story.care.review, in_year).filter(pl.col("date").is_between(first, last)).sort("child_number", "date")
    return rows.select("child_number").with_columns(
        _birth_date(rows), dates(rows["date"].to_numpy()).alias("review"), rows["code"].alias("review_code")
    )


def _unaccompanied(story: Story, in_year: pl.DataFrame, year: int) -> pl.DataFrame:
    _, last = period(year)
    rows = (
        in_year.filter(pl.col("is_unaccompanied"))
        .group_by("child_number")
        .agg(pl.col("person", "dob").first(), pl.col("end").max())
        .sort("child_number")
    )
    who = story.lives.people.take(rows["person"].to_numpy())
    ceased = np.minimum(rows["end"].to_numpy(), birthday(rows["dob"].to_numpy(), 18))
    return rows.select("child_number").with_columns(_sex(who, year), _birth_date(rows), dates(ceased, last).alias("duc"))


def _health(story: Story, in_year: pl.DataFrame, year: int) -> pl.DataFrame:
    """Children looked after for the whole year: what the health checks found."""
    first, last = period(year)
    rows = (
        in_year.filter(~pl.col("is_short_break") & (pl.col("start") <= first) & (pl.col("end") >= last))
        .unique("child_number")
        .sort("child_number")
    )
    who = story.lives.people.take(rows["person"].to_numpy())
    chance, key = story.chance, branch(who.key, year)
    dob = rows["dob"].to_numpy()

    def yes_no(purpose: str, share: Floats | float, asked: Flags | None = None) -> pl.Series:
        value = pl.Series(np.where(chance.happens(key, purpose, share), "1", "0"), dtype=pl.String)
        return value if asked is None else value.to_frame("v").select(pl.when(pl.Series(asked)).then(pl.col("v"))).to_series()

    # questionnaire: asked of those who were 4 to 16 at some time of the year
    asked = (birthday(dob, 4) <= last) & (birthday(dob, 17) >= first)
    whole_year = (birthday(dob, 4) <= first) & (birthday(dob, 16) >= last)
    scored = asked & chance.happens(key, "sdq scored", np.where(whole_year, 0.87, 0.45))
    score = np.clip(np.rint(14 + 7.2 * chance.normal(who.key, "sdq") + 2.5 * chance.normal(key, "sdq this year")), 0, 40).astype(
        np.int64
    )
    names, weights = facts.shares("sdq_reason")
    reason = np.array(names)[chance.pick(key, "sdq reason", weights)]
    reason = np.where(~whole_year & chance.happens(key, "sdq too young or old", 0.7), "SDQ1", reason)
    misuse = (dob + 12 * 365 < last) & chance.happens(key, "substance misuse", 0.075)
    received = chance.happens(key, "intervention received", 0.42)
    misused = pl.Series(misuse)
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        pl.when(pl.Series(scored)).then(pl.Series(score)).alias("sdq_score"),
        pl.when(pl.Series(asked & ~scored)).then(pl.Series(reason, dtype=pl.String)).alias("sdq_reason"),
        yes_no("convicted", 0.03, birthday(dob, 10) <= last).alias("convicted"),
        yes_no("development checked", 0.88, birthday(dob, 5) > last).alias("health_check"),
        yes_no("immunised", 0.74).alias("immunisations"),
        yes_no("teeth", 0.81).alias("teeth_check"),
        yes_no("health assessment", 0.93).alias("health_assessment"),
        pl.Series("substance_misuse", np.where(misuse, "1", "0"), dtype=pl.String),
        pl.when(misused).then(pl.Series(np.where(received, "1", "0"), dtype=pl.String)).alias("intervention_received"),
        pl.when(misused & pl.Series(~received)).then(yes_no("intervention offered", 0.9)).alias("intervention_offered"),
    )


def _care_leavers(story: Story, periods: pl.DataFrame, year: int) -> pl.DataFrame:
    """Young people who turned 17 to 21 in the year and had left care, after 13 weeks of it that reached past 16.

    Who left on the 18th birthday counts at 18, as the published figures do.
    """
    first, last = period(year)
    care = periods.filter(~pl.col("is_short_break")).sort("child_number", "start")
    found = []
    for age in range(17, 22):
        people = care.with_columns(
            pl.Series("birthday", birthday(care["dob"].to_numpy(), age)),
            pl.Series("at_14", birthday(care["dob"].to_numpy(), 14)),
            pl.Series("at_16", birthday(care["dob"].to_numpy(), 16)),
        )
        people = people.filter(pl.col("birthday").is_between(first, last) & (pl.col("start") < pl.col("birthday")))
        days = (pl.col("end") - pl.max_horizontal("start", "at_14")).clip(lower_bound=0)
        found.append(
            people.group_by("child_number")
            .agg(
                pl.col("person", "dob", "birthday").first(),
                days.sum().alias("days"),
                pl.col("end").max(),
                (pl.col("end").max() > pl.col("at_16").first()).alias("past_16"),
                pl.col("kind").last(),
            )
            .filter((pl.col("days") >= 91) & pl.col("past_16") & (pl.col("end") <= pl.col("birthday")))
            .filter(~pl.col("kind").is_in([ADOPTED, DIED, OTHER_AUTHORITY, AGE_ASSESSED]))
            .with_columns(pl.lit(age).alias("age"))
        )
    in_care_at_end = care.filter((pl.col("start") <= last) & (pl.col("end") >= last)).select("child_number")
    rows = pl.concat(found).join(in_care_at_end, on="child_number", how="anti").sort("child_number")
    who = story.lives.people.take(rows["person"].to_numpy())
    key, ages = branch(who.key, 10 * year), rows["age"].to_numpy()
    touch, activity, accommodation = (_by_age(story, key, name, ages) for name in ("in_touch", "activity", "accommodation"))
    if year < FIRST_YEAR_OF_APPRENTICESHIPS:
        activity = np.where(np.isin(activity, ("F4", "F5")), "F3", np.where(np.isin(activity, ("P4", "P5")), "P3", activity))
    in_touch = touch == "YES"
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        pl.Series("in_touch", touch, dtype=pl.String),
        pl.Series("activ", np.where(in_touch, activity, "0"), dtype=pl.String),
        pl.Series("accom", np.where(in_touch, accommodation, "0"), dtype=pl.String),
    )


def _by_age(story: Story, key: Keys, name: str, ages: Ints) -> Texts:
    """A code for each young person from the list of their age group."""
    drawn = []
    for band in ("17_18", "19_21"):
        codes, weights = facts.shares(f"{name}_{band}")
        drawn.append(np.array(codes)[story.chance.pick(key, name, weights)])
    return np.where(ages <= 18, drawn[0], drawn[1])


def _adoptions(story: Story, in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    adopted = in_year.filter((pl.col("kind") == ADOPTED) & pl.col("end").is_between(first, last))
    rows = _attached(story.care.adoption, adopted).sort("child_number")
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        dates(rows["date_int"].to_numpy()).alias("date_int"),
        dates(rows["date_match"].to_numpy()).alias("date_match"),
        rows["foster_care"].cast(pl.String),
        rows["nb_adoptr"].cast(pl.String),
        rows["sex_adoptr"],
        rows["ls_adoptr"],
    )


def _decisions(story: Story, in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    rows = (
        _attached(story.care.decision, in_year)
        .filter((pl.col("date") <= last) & (pl.col("reversed") >= first))
        .sort("child_number", "date")
    )
    reversed_on = rows["reversed"].to_numpy()
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        dates(rows["date"].to_numpy()).alias("date_placed"),
        dates(reversed_on, last).alias("date_placed_ceased"),
        pl.when(pl.Series(reversed_on <= last)).then(_blank(rows["reason"])).alias("reason_placed_ceased"),
    )


def _permanence(in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    rows = (
        in_year.filter(pl.col("start").is_between(first, last))
        .sort("child_number", "start")
        .unique("child_number", keep="first", maintain_order=True)
    )
    return rows.select("child_number").with_columns(
        _birth_date(rows), rows["prev_perm"], _blank(rows["la_perm"]), _blank(rows["date_perm"])
    )


def _missing(story: Story, in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    rows = (
        _attached(story.care.missing, in_year)
        .filter((pl.col("start") <= last) & (pl.col("end") >= first))
        .sort("child_number", "start")
    )
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        rows["kind"].alias("missing"),
        dates(rows["start"].to_numpy()).alias("mis_start"),
        dates(rows["end"].to_numpy(), last).alias("mis_end"),
    )


def _social_workers(story: Story, in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    rows = (
        _attached(story.care.worker, in_year)
        .filter((pl.col("start") <= last) & (pl.col("end") >= first))
        .sort("child_number", "start")
    )
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        rows["worker"].alias("sw_id"),
        dates(rows["start"].to_numpy()).alias("sw_decom"),
        dates(rows["end"].to_numpy(), last).alias("sw_dec"),
        rows["reason"].alias("sw_reason"),
    )


def _deprivations(story: Story, in_year: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    rows = (
        _attached(story.care.deprivation, in_year)
        .filter((pl.col("start") <= last) & (pl.col("end") >= first))
        .sort("child_number", "start")
    )
    return rows.select("child_number").with_columns(
        _birth_date(rows),
        dates(rows["start"].to_numpy()).alias("dolo_start"),
        dates(rows["end"].to_numpy(), last).alias("dolo_end"),
    )


def as_sent(tables: Mapping[str, pl.DataFrame], year: int) -> dict[str, pl.DataFrame]:
    """The records as text under the return's headings: dates as dd/mm/yyyy, CHILD first."""
    return {
        name: table.with_columns(pl.col(pl.Date).dt.strftime("%d/%m/%Y"))
        .cast(pl.String)
        .rename({"child_number": "child"})
        .rename(str.upper)
        for name, table in tables.items()
    }


def write(folder: Path, la_code: str, year: int, sent: Mapping[str, pl.DataFrame]) -> list[tuple[str, str, int]]:
    """Write `SSDA903_<year>_<table>.csv` for every table; (file name, table, rows). A table with no rows is headings only."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in sent.items():
        file_name = f"SSDA903_{year}_{FILES[name]}.csv"
        table.write_csv(folder / file_name, line_terminator="\n")
        written.append((file_name, name, table.height))
    return written
