"""More measures counted anew from the truth: those that follow a child over time or beyond its authority.

What follows within days, what must have happened by a date, chains of reviews and placements, three years as one, net
flows, adolescents, and who is placed where. As in truth_measures, by the words of the catalogue and never from the warehouse.
"""

import csv
from datetime import date
from functools import cache
from itertools import pairwise

import polars as pl

from loaders.settings import SEEDS
from tests.end_to_end.truth_measures import (
    ADOPTIVE,
    CELL,
    CHILD,
    FOSTER,
    TEMPORARY,
    Measure,
    Truth,
    age_at,
    count,
    days,
    entered,
    in_quarter,
    in_year,
    last_reason,
    mean,
    median,
    on_plan,
    open_at,
    referred,
    share,
    working_days,
)

DAY = "period_end"
# of the stages over the population those that the truth counts here
STAGES = ("referral", "section_47", "plan_open", "looked_after_start", "looked_after_open")


def before(months: int) -> pl.Expr:
    """So many calendar months before the day, at most the last of its month."""
    return pl.col(DAY).dt.offset_by(f"-{months}mo")


# --- referrals and enquiries ----------------------------------------------------------------------------------------------


def not_in_need(truth: Truth) -> pl.DataFrame:
    """Assessed, and closed RC8 or RC9 by the 31 March after the referral."""
    held = [*CHILD, "collection_year", "child_seq", "cin_details_seq"]
    assessed = (
        truth.record("assessment")
        .drop_nulls("assessment_authorisation_date")
        .join(truth.record("cin_details").select(*held, "cin_referral_date"), on=held)
        .select(*CHILD, "cin_referral_date", assessed=True)
        .unique()
    )
    referral = referred(truth).join(assessed, on=[*CHILD, "cin_referral_date"], how="left")
    return share(
        referral,
        (pl.col("referral_nfa") == "0")
        & pl.col("assessed")
        & pl.col("reason_for_closure").is_in(["RC8", "RC9"])
        & (pl.col("cin_closure_date") <= pl.col(DAY)),
    )


def enquiries_without_conference(truth: Truth) -> pl.DataFrame:
    """No conference, and neither conference nor plan of the child within 60 days, of enquiries 60 days old at the cutoff."""
    enquiry = truth.enquiries.filter(pl.col("s47_actual_start_date").dt.offset_by("60d") <= truth.cutoff)
    enquiry = enquiry.with_columns(in_year("s47_actual_start_date"))
    followers = pl.concat(
        [
            truth.conferences.select(*CHILD, pl.col("date_of_initial_cpc").alias("then")),
            truth.plans.select(*CHILD, pl.col("cpp_start_date").alias("then")),
        ]
    )
    followed = (
        enquiry.join(followers, on=CHILD)
        .filter(days("s47_actual_start_date", "then").is_between(0, 60))
        .select(*CHILD, "s47_actual_start_date", followed=True)
        .unique()
    )
    found = enquiry.join(followed, on=[*CHILD, "s47_actual_start_date"], how="left")
    return share(found, pl.col("date_of_initial_cpc").is_null() & pl.col("followed").is_null())


# --- plans ----------------------------------------------------------------------------------------------------------------


def reviewed_on_time(truth: Truth) -> pl.DataFrame:
    """Of plans open for 92 days or more: first review within 91 days, none later than 183 after another, nor the last."""
    held = [*CHILD, "collection_year", "child_seq", "cin_details_seq", "cpp_seq"]
    reviews = (
        truth.record("review")
        .join(truth.record("child_protection_plan").select(*held, "cpp_start_date"), on=held)
        .select(*CHILD, "cpp_start_date", "cpp_review_date")
        .unique()
    )
    first_day = date(truth.years[0] - 1, 4, 1)
    plan = on_plan(truth).filter(days("cpp_start_date", DAY) >= 92)
    rows = []
    for plan_row in plan.join(reviews, on=[*CHILD, "cpp_start_date"], how="left").partition_by(
        [*CHILD, "cpp_start_date", DAY], maintain_order=True
    ):
        end, start = plan_row[DAY][0], plan_row["cpp_start_date"][0]
        held_by = sorted(day for day in plan_row["cpp_review_date"].drop_nulls() if day <= end)
        gaps = [(later - earlier).days for earlier, later in pairwise([*held_by, end])]
        # a plan from before the first return is tested on what is known
        is_first_late = bool(held_by) and start >= first_day and (held_by[0] - start).days > 91
        rows.append((plan_row["la_code"][0], end, bool(held_by) and not is_first_late and all(gap <= 183 for gap in gaps)))
    return share(pl.DataFrame(rows, schema=["la_code", DAY, "on_time"], orient="row"), pl.col("on_time"))


@cache
def residents_10_17() -> dict[tuple[str, int], int]:
    """Residents aged 10 to 17 by authority and mid-year."""
    with (SEEDS / "reference" / "ref_population_10_17.csv").open(encoding="utf-8", newline="") as file:
        found: dict[tuple[str, int], int] = {}
        for row in (row for row in csv.DictReader(file) if row["sex"] == "all"):
            place = row["la_code"], int(row["mid_year"])
            found[place] = found.get(place, 0) + int(row["population"])
    return found


def adolescents_on_plans(truth: Truth) -> pl.DataFrame:
    """Plans open of children of 10 to 17, over the residents of that age where an estimate of the time is there."""
    aged = on_plan(truth).join(truth.persons, on=CHILD).filter(age_at("birth_date", DAY).is_between(10, 17))
    counts = {(la_code, end): n for la_code, end, _, n, _ in count(aged).iter_rows()}
    rows = [
        (la_code, end, "total", counts.get((la_code, end), 0), residents_10_17().get((la_code, end.year - (end.month < 6))))
        for la_code in truth.authorities
        for end in truth.quarter_ends
    ]
    return pl.DataFrame(rows, schema=[*CELL, "numerator", "denominator"], orient="row")


# --- children in care -----------------------------------------------------------------------------------------------------


def in_care_at_any_time(truth: Truth) -> pl.DataFrame:
    year = pl.DataFrame({DAY: truth.year_ends}).with_columns(first=pl.date(pl.col(DAY).dt.year() - 1, 4, 1))
    touched = truth.care_periods.join(year, how="cross").filter(
        (pl.col("start_date") <= pl.col(DAY)) & (pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("first")))
    )
    return touched.unique([*CHILD, DAY])


def net_change(truth: Truth) -> pl.DataFrame:
    """Children in care at the end of a quarter less those at the end of the quarter before."""
    rows = []
    for la_code in truth.authorities:
        periods = truth.care_periods.filter(pl.col("la_code") == la_code)
        for end in truth.quarter_ends:
            begin = pl.select(pl.lit(end).dt.offset_by("-3mo").dt.month_end()).item()
            n_end, n_begin = (
                periods.filter((pl.col("start_date") <= day) & (pl.col("end_date").is_null() | (pl.col("end_date") > day)))[
                    "child_number"
                ].n_unique()
                for day in (end, begin)
            )
            rows.append((la_code, end, "total", n_end - n_begin, None))
    return pl.DataFrame(
        rows, schema={**dict.fromkeys(CELL, pl.String), DAY: pl.Date, "numerator": pl.Int64, "denominator": pl.Int64}, orient="row"
    )


def lasting_placements(truth: Truth) -> pl.DataFrame:
    """Placements that are no temporary stay: CHILD, placement_start, placement_end, place and care_start."""
    stays = truth.episodes.select(*CHILD, pl.col("decom").alias("placement_start"), "place")
    periods = truth.care_periods.select(*CHILD, pl.col("start_date").alias("care_start"), pl.col("end_date").alias("care_end"))
    return (
        truth.spells["placement"]
        .rename({"start_date": "placement_start", "end_date": "placement_end"})
        .join(stays, on=[*CHILD, "placement_start"])
        .filter(~pl.col("place").is_in(TEMPORARY))
        .join(periods, on=CHILD)
        .filter(
            (pl.col("placement_start") >= pl.col("care_start"))
            & (pl.col("care_end").is_null() | (pl.col("placement_start") < pl.col("care_end")))
        )
    )


def settled(truth: Truth) -> pl.DataFrame:
    """Under 16 and 30 months in care: two years in the placement or, placed for adoption, in that and the one before."""
    first_day = date(truth.years[0] - 1, 4, 1)
    child = truth.stock.filter((pl.col("age") < 16) & (pl.col("care_start") <= before(30)) & (before(30) >= first_day))
    history = (
        child.select(*CHILD, DAY, "care_start")
        .join(lasting_placements(truth).select(*CHILD, "care_start", "placement_start"), on=[*CHILD, "care_start"])
        .filter(pl.col("placement_start") <= pl.col(DAY))
        .sort("placement_start", descending=True)
        .group_by(*CHILD, DAY, maintain_order=True)
        .agg(pl.col("placement_start").first().alias("now"), pl.col("placement_start").get(1, null_on_oob=True).alias("previous"))
    )
    return share(
        child.join(history, on=[*CHILD, DAY]),
        (pl.col("now") <= before(24)) | (pl.col("place").is_in(ADOPTIVE) & (pl.col("previous") <= before(24))),
    )


def moves_in_first_year(truth: Truth) -> pl.DataFrame:
    """Placements in the first 365 days, of care that began in the year and is as old."""
    began = truth.care_periods.filter(pl.col("start_date").dt.offset_by("365d") <= truth.cutoff)
    began = began.with_columns(in_year("start_date"), pl.col("start_date").alias("care_start"))
    placed = (
        began.join(lasting_placements(truth).drop("care_end"), on=[*CHILD, "care_start"], how="left")
        .filter(pl.col("placement_start") < pl.col("care_start").dt.offset_by("365d"))
        .group_by(*CHILD, "care_start")
        .len("n_placements")
    )
    return mean(began.join(placed, on=[*CHILD, "care_start"], how="left"), pl.col("n_placements").fill_null(0))


def days_until_settled(truth: Truth) -> pl.DataFrame:
    """Of unaccompanied children who came into care, days to the first placement of 90 nights."""
    long = (
        lasting_placements(truth)
        .filter((pl.col("placement_end").fill_null(truth.cutoff) - pl.col("placement_start")).dt.total_days() >= 90)
        .group_by(*CHILD, "care_start")
        .agg(pl.col("placement_start").min())
    )
    status = truth.spells["uasc"].select(*CHILD, pl.col("end_date").alias("status_end"))
    came = (
        truth.care_periods.join(status, on=CHILD)
        .filter(pl.col("status_end").is_null() | (pl.col("status_end") > pl.col("start_date")))
        .filter(pl.col("start_date").dt.offset_by("90d") <= truth.cutoff)
        .with_columns(in_year("start_date"))
        .join(long, left_on=[*CHILD, "start_date"], right_on=[*CHILD, "care_start"])
    )
    return median(came, days("start_date", "placement_start"))


def incidents_per_child(truth: Truth) -> pl.DataFrame:
    """Missing incidents of the year for each child who had one."""
    year = pl.DataFrame({DAY: truth.year_ends}).with_columns(first=pl.date(pl.col(DAY).dt.year() - 1, 4, 1))
    missing = (
        truth.spells["missing_from_care"]
        .filter(pl.col("code") == "M")
        .join(year, how="cross")
        .filter((pl.col("start_date") <= pl.col(DAY)) & (pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("first"))))
    )
    return mean(missing.group_by(*CHILD, DAY).len("n_incidents"), pl.col("n_incidents"))


# --- adoption -------------------------------------------------------------------------------------------------------------


def entry_to_placed(truth: Truth) -> pl.DataFrame:
    """Days from entering care to the adoptive home, of children adopted whose entry a return saw."""
    carers = truth.latest("ad1").select(*CHILD, pl.col("foster_care").cast(pl.String).alias("by_carers"))
    adopted = last_reason(truth).filter(pl.col("rec").is_in(["E11", "E12"]))
    episode = truth.episodes.join(adopted.select(*CHILD, "start_date", pl.col("end_date").alias("adopted")), on=CHILD).filter(
        pl.col("decom").is_between("start_date", "adopted")
    )
    began = episode.filter((pl.col("decom") == pl.col("start_date")) & (pl.col("rne") == "S")).select(CHILD)
    placed = episode.filter(pl.col("place").is_in(ADOPTIVE)).group_by(CHILD).agg(pl.col("decom").min().alias("placed"))
    # adopted by their foster carers: from the day the placement with them began, adoptive or not
    last = (
        episode.sort("decom")
        .group_by(CHILD, maintain_order=True)
        .agg(pl.col("decom").filter(pl.col("place").is_in([*ADOPTIVE, *FOSTER])).last().alias("last_day"))
    )
    home = (
        last.join(placed, on=CHILD, how="left")
        .with_columns(day=pl.coalesce("placed", "last_day"))
        .join(truth.spells["placement"].select(*CHILD, pl.col("start_date").alias("home")), on=CHILD)
        .filter(pl.col("home") <= pl.col("day"))
        .group_by(CHILD)
        .agg(pl.col("home").max())
    )
    return (
        adopted.join(began, on=CHILD, how="semi")
        .join(carers, on=CHILD, how="left")
        .join(placed, on=CHILD, how="left")
        .join(home, on=CHILD, how="left")
        .with_columns(reached=pl.when(pl.col("by_carers") == "1").then("home").otherwise("placed"))
        .drop_nulls("reached")
    )


def three_years(rows: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """The rows of three years under the last of them, where three years have been returned."""
    pooled = [rows.with_columns(pl.col(DAY).dt.offset_by(f"{later}y")) for later in range(3)]
    return pl.concat(pooled).filter(pl.col(DAY).is_between(date(truth.years[0] + 2, 3, 31), truth.cutoff))


# --- between authorities --------------------------------------------------------------------------------------------------


def placed_where(truth: Truth) -> pl.DataFrame:
    """Children in care by responsible authority and authority of the placement, those of London by themselves."""
    area = (
        pl.when(pl.col("placement_la").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("placement_la").is_in(truth.authorities))
        .then("placement_la")
        .otherwise(pl.lit("outside_london"))
    )
    found = count(truth.stock, pl.concat_str("la_code", area, separator=";"))
    return found.with_columns(pl.lit("london").alias("la_code"))


# --- one return beside another, one episode after another -----------------------------------------------------------------


def person_of(truth: Truth, return_name: str) -> pl.DataFrame:
    """CHILD and person_id of every child number of a return."""
    identifier = pl.read_parquet(truth.paths.truth / "identifier.parquet")
    return identifier.filter(pl.col("return_name") == return_name).select(*CHILD, "person_id").unique()


def first_assessment_in_time(truth: Truth) -> pl.DataFrame:
    """45 working days from the referral to its first completed assessment, in the quarter of that."""
    held = [*CHILD, "collection_year", "child_seq", "cin_details_seq"]
    first = (
        truth.record("assessment")
        .drop_nulls("assessment_authorisation_date")
        .join(truth.record("cin_details").select(*held, "cin_referral_date"), on=held)
        .group_by(*CHILD, "cin_referral_date")
        .agg(pl.col("assessment_authorisation_date").min().alias("done"))
        .filter(pl.col("done") >= pl.col("cin_referral_date"))
        .with_columns(in_quarter("done"))
    )
    return share(first.with_columns(working_days(first, "cin_referral_date", "done")), pl.col("wd") <= 45)


def on_child_in_need_plan_alone(truth: Truth) -> pl.DataFrame:
    """Children on a child in need plan who are on no protection plan and, as the same person in the other return, not in care."""
    plan = open_at(
        truth.latest("cin_plan_dates", "cin_plan_start_date"), "cin_plan_start_date", "cin_plan_end_date", truth.quarter_ends
    )
    of_census, of_care = person_of(truth, "cin_census"), person_of(truth, "ssda903")
    in_care = truth.stock.select(*CHILD, DAY).join(of_care, on=CHILD).select("la_code", "person_id", DAY).unique()
    return (
        plan.join(on_plan(truth), on=[*CHILD, DAY], how="anti")
        .join(of_census, on=CHILD)
        .join(in_care, on=["la_code", "person_id", DAY], how="anti")
        .unique([*CHILD, DAY])
    )


def unplanned_moves(truth: Truth) -> pl.DataFrame:
    """Of the ends of placements that another follows, with a reason that is more than a change of status: the unplanned."""
    unplanned = ["CREQB", "CREQO", "STAND", "ALLEG", "APPRR", "CLOSE", "CHILD"]
    placements = lasting_placements(truth).with_columns(
        pl.col("placement_start").shift(-1).over(*CHILD, "care_start", order_by="placement_start").alias("next_start")
    )
    episodes = truth.episodes.select(*CHILD, "decom", "rne", "reason_place_change")
    ended = (
        placements.drop_nulls("placement_end")
        .join(episodes.drop("rne"), on=CHILD)
        .filter((pl.col("decom") >= pl.col("placement_start")) & (pl.col("decom") < pl.col("placement_end")))
        .sort("decom")
        .unique([*CHILD, "placement_start"], keep="last", maintain_order=True)
        .join(episodes.select(*CHILD, pl.col("decom").alias("next_start"), "rne"), on=[*CHILD, "next_start"])
        .filter(pl.col("rne").is_in(["P", "B", "T", "U"]) & (pl.col("reason_place_change") != "PLACE"))
        .with_columns(in_year("placement_end"))
    )
    return share(ended, pl.col("reason_place_change").is_in(unplanned))


def at_the_edge_of_care(truth: Truth) -> pl.DataFrame:
    """Of plans open, those with two of: not the first, 15 months old, been in care before, three referrals in 24 months."""
    first_day = date(truth.years[0] - 1, 4, 1)
    plan = on_plan(truth).filter(before(24).dt.offset_by("1d") >= first_day)
    referrals = (
        plan.select(*CHILD, DAY)
        .join(truth.referrals.select(*CHILD, "cin_referral_date"), on=CHILD)
        .filter((pl.col("cin_referral_date") <= pl.col(DAY)) & (pl.col("cin_referral_date") > before(24)))
        .group_by(*CHILD, DAY)
        .len("n_referrals")
    )
    of_census, of_care = person_of(truth, "cin_census"), person_of(truth, "ssda903")
    in_care = (
        plan.select(*CHILD, DAY)
        .join(of_census, on=CHILD)
        .join(
            truth.care_periods.drop_nulls("end_date").join(of_care, on=CHILD).select("la_code", "person_id", "end_date"),
            on=["la_code", "person_id"],
        )
        .filter(pl.col("end_date") <= pl.col(DAY))
        .select(*CHILD, DAY, been_in_care=True)
        .unique()
    )
    signs = (
        plan.join(referrals, on=[*CHILD, DAY], how="left")
        .join(in_care, on=[*CHILD, DAY], how="left")
        .with_columns(
            n_signs=sum(
                sign.fill_null(value=False).cast(pl.Int8)
                for sign in (
                    pl.col("number_of_previous_cpp") >= 1,
                    pl.col("cpp_start_date").dt.offset_by("15mo") <= pl.col(DAY),
                    pl.col("been_in_care"),
                    pl.col("n_referrals") >= 3,
                )
            )
        )
    )
    return share(signs, pl.col("n_signs") >= 2)


def under_police_protection(truth: Truth) -> pl.DataFrame:
    """Of children who came into care, those whose first episode is under police or emergency protection."""
    first = truth.episodes.select(*CHILD, pl.col("decom").alias("start_date"), "ls")
    return share(entered(truth).join(first, on=[*CHILD, "start_date"]), pl.col("ls").is_in(["L1", "L2"]))


def staying_put(truth: Truth) -> pl.DataFrame:
    """Of care leavers of 18 to 20 who were with foster carers before their 18th birthday, those still there."""
    adult = pl.col("birth_date").dt.month_start().dt.offset_by("18y")
    last = (
        truth.episodes.join(truth.persons, on=CHILD)
        .filter(pl.col("decom") < adult)
        .sort("decom")
        .unique(CHILD, keep="last", maintain_order=True)
        .filter(pl.col("place").is_in(FOSTER))
    )
    fostered = truth.care_leavers.filter(pl.col("age").is_between(18, 20)).join(last, on=CHILD, how="semi")
    return share(fostered, pl.col("accom").str.slice(0, 1) == "Z")


def many_workers(truth: Truth) -> pl.DataFrame:
    """Of children in care at the year's end, those with three social workers or more in the year; told from 2024 on."""
    year = pl.col("collection_year")
    workers = (
        truth.record("social_worker")
        .filter((year >= 2024) & (pl.col("sw_decom") <= pl.date(year, 3, 31)))
        .filter(pl.col("sw_dec").is_null() | (pl.col("sw_dec") >= pl.date(year - 1, 4, 1)))
        .group_by(*CHILD, pl.date(year, 3, 31).alias(DAY))
        .agg(pl.col("sw_id").n_unique().alias("n_workers"))
    )
    at_end = truth.stock.filter((pl.col(DAY).dt.month() == 3) & (pl.col(DAY).dt.year() >= 2024))
    return share(at_end.join(workers, on=[*CHILD, DAY], how="left"), pl.col("n_workers") >= 3)


OVER_TIME = [
    Measure("referrals_assessed_not_in_need_pct", "year", "total", not_in_need),
    Measure("s47_no_icpc_pct", "year", "total", enquiries_without_conference),
    Measure("cpp_reviews_on_time_pct", "snapshot", "total", reviewed_on_time),
    Measure("adolescent_cpp_rate", "snapshot", "total", adolescents_on_plans),
    Measure("cla_any_time_count", "year", "total", lambda t: count(in_care_at_any_time(t))),
    Measure("cla_net_change_count", "quarter", "total", net_change),
    Measure("cla_long_term_stability_pct", "snapshot", "total", settled),
    Measure("placements_in_first_year_mean", "year", "total", moves_in_first_year),
    Measure("uasc_days_to_first_settled_placement", "year", "total", days_until_settled),
    Measure("cla_missing_incidents_per_child", "year", "total", incidents_per_child),
    Measure(
        "cla_adoption_entry_to_placed_days", "year", "total", lambda t: mean(entry_to_placed(t), days("start_date", "reached"))
    ),
    Measure(
        "cla_adoption_entry_to_placed_days",
        "three_years",
        "total",
        lambda t: mean(three_years(entry_to_placed(t), t), days("start_date", "reached")),
    ),
    Measure("placement_flow_matrix_count", "snapshot", "responsible_la;placement_la", placed_where, is_of_london=True),
    Measure("cla_placement_locality_pct", "snapshot", "placement_locality", lambda t: localities(t)),
    Measure("assessments_45wd_from_referral_pct", "quarter", "total", first_assessment_in_time),
    Measure("cin_plans_open_count", "snapshot", "total", lambda t: count(on_child_in_need_plan_alone(t))),
    Measure("edge_of_care_risk_share_pct", "snapshot", "total", at_the_edge_of_care),
    Measure("cla_placement_change_unplanned_pct", "year", "total", unplanned_moves),
    Measure("cla_started_police_protection_pct", "year", "total", under_police_protection),
    Measure("care_leavers_staying_put_pct", "year", "total", staying_put),
    Measure("cla_social_workers_3plus_pct", "year", "total", many_workers),
    Measure("ethnicity_unknown_pct", "year", "stage", lambda t: unknown_ethnicity(t), values=STAGES),
]


def localities(truth: Truth) -> pl.DataFrame:
    """Where children live, of those of whom it is known; each place a share of all."""
    known = truth.stock.drop_nulls("placement_la")
    place = (
        pl.when(pl.col("placement_la") == pl.col("la_code"))
        .then(pl.lit("in_borough"))
        .when(pl.col("placement_la").is_in(truth.authorities))
        .then(pl.lit("other_london"))
        .otherwise(pl.lit("outside_london"))
    )
    whole = count(known).select("la_code", DAY, pl.col("numerator").alias("denominator"))
    parts = pl.DataFrame({"breakdown_value": ["in_borough", "other_london", "outside_london"]})
    found = whole.join(parts, how="cross").join(count(known, place).drop("denominator"), on=CELL, how="left")
    return found.select(*CELL, pl.col("numerator").fill_null(0), "denominator")


def unknown_ethnicity(truth: Truth) -> pl.DataFrame:
    """At stages over the population that the truth counts elsewhere: events or children without a known ethnicity."""
    year_end = pl.col(DAY).dt.month() == 3
    at_stage = {
        "referral": referred(truth),
        "section_47": truth.enquiries.with_columns(in_year("s47_actual_start_date")).join(truth.persons, on=CHILD),
        "plan_open": on_plan(truth).filter(year_end).join(truth.persons, on=CHILD),
        "looked_after_start": entered(truth),
        "looked_after_open": truth.stock.filter(year_end),
    }
    unknown = pl.col("ethnic_group") == "Unknown"
    return pl.concat(share(at_stage[stage], unknown, pl.lit(stage)) for stage in STAGES)
