"""What happens inside a referral: assessments and their factors, enquiries, conferences, plans and reviews.

The tables are polars frames of days and places; `referral` is the place in Lives.referrals. They follow the national
rules: nothing overlaps that may not, conferences fall on working days, everything is over when the referral closes.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from synthetic import facts
from synthetic.chance import Chance, branch
from synthetic.days import NEVER, after_working, collection_year, day, next_working
from synthetic.lives import (
    CONFERENCE_BANDS,
    IN_NEED,
    NO_FURTHER_ACTION,
    NOT_IN_NEED,
    UNACCOMPANIED,
    Flags,
    Ints,
    Lives,
    _assessment_days,
    _banded,
    plan_days,
)

# codes of the child stand alone; those of parents and household are the same for brothers and sisters
OF_THE_FAMILY = frozenset(["1B", "1C", "2B", "2C", "3B", "3C", "4B", "4C", "5B", "5C", "6B", "6C", "20"])
PRIVATE_FOSTERING = ("8B", "8C", "8D", "8E", "8F")
MOST_REVIEWS = 12


@dataclass(frozen=True)
class Need:
    """Tables of one authority's referrals, each with `referral` (place in Lives.referrals) and days.

    assessment: start, end · factor: assessment (row of `assessment`), code · section47: start, end, target, conference
    (NEVER where none) · plan: start, end, first_category, last_category, previous · review: plan (row of `plan`), date ·
    cin_plan: start, end · pre_proceedings: start, letter, offer, facilitated, meeting, reviews, decision, outcome, court.
    """

    assessment: pl.DataFrame
    factor: pl.DataFrame
    section47: pl.DataFrame
    plan: pl.DataFrame
    review: pl.DataFrame
    cin_plan: pl.DataFrame
    pre_proceedings: pl.DataFrame


def tell(chance: Chance, lives: Lives) -> Need:
    """The tables of every referral made in the authority."""
    section47, plan = _protection(chance, lives)
    own = pl.DataFrame({"referral": np.flatnonzero(lives.here)})

    def of_this_authority(table: pl.DataFrame) -> pl.DataFrame:
        return table.join(own, on="referral", how="semi", maintain_order="left")

    assessment, plan = of_this_authority(_assessments(chance, lives)), of_this_authority(plan)
    return Need(
        assessment=assessment,
        factor=_factors(chance, lives, assessment),
        section47=of_this_authority(section47),
        plan=plan,
        review=_reviews(chance, lives, plan),
        cin_plan=of_this_authority(_cin_plans(chance, lives, plan)),
        pre_proceedings=_pre_proceedings(chance, lives, plan),
    )


def _assessments(chance: Chance, lives: Lives) -> pl.DataFrame:
    """The first one of every referral that was acted on, then about one a year for some of the long ones."""
    r = lives.referrals
    first = np.flatnonzero(r.outcome != NO_FURTHER_ACTION)
    found = [(first, r.assessment_start[first], r.assessment_end[first])]
    reassessed = facts.rates()["reassessed"] * facts.parameter("reassessed")[r.authority]
    for number in range(1, 19):
        key = branch(r.course, 100 + number)
        start = next_working(r.assessment_end + 275 * number + chance.between(key, "reassessment", 0, 60))
        possible = (r.outcome == IN_NEED) & (start < r.end) & chance.happens(key, "reassessed", reassessed)
        at = np.flatnonzero(possible)
        if not len(at):
            continue
        end = after_working(start[at], _assessment_days(chance, key[at], "reassessment takes", r.authority[at]))
        fits = end < r.end[at] - 1
        found.append((at[fits], start[at][fits], end[fits]))
    return pl.DataFrame(
        {
            "referral": np.concatenate([rows for rows, _, _ in found]),
            "start": np.concatenate([starts for _, starts, _ in found]),
            "end": np.concatenate([ends for _, _, ends in found]),
        }
    ).sort("referral", "start")


def _factors(chance: Chance, lives: Lives, assessment: pl.DataFrame) -> pl.DataFrame:
    """Factors of every assessment, by the shares published for the authority and the year it was finished."""
    r, who = lives.referrals, lives.people
    referral = assessment["referral"].to_numpy()
    end = assessment["end"].to_numpy()
    year = np.clip(collection_year(end), facts.PUBLISHED_FIRST - 4, facts.PUBLISHED_LAST)
    person = r.person[referral]
    row = np.arange(len(referral))
    # an assessment of its own from the start day, so that later ones differ from the first
    start = assessment["start"].to_numpy()
    key = branch(r.key[referral], 200) ^ start.astype(np.uint64)
    family = branch(r.course[referral], 200) ^ start.astype(np.uint64)
    unaccompanied = who.group[person] == UNACCOMPANIED
    disabled = who.is_disabled[person]
    codes, _ = facts.factor_shares(facts.PUBLISHED_LAST)
    shares = np.zeros((len(referral), len(codes)))
    for one in np.unique(year):
        table = facts.factor_shares(int(one))[1][lives.place]
        shares[year == one] = table
    found_rows, found_codes = [], []
    any_factor = np.zeros(len(referral), dtype=bool)
    share_disabled = max(disabled.mean(), 0.01) if len(disabled) else 1.0
    for column, code in enumerate(codes):
        share = shares[:, column]
        if code == "9A":
            present = unaccompanied
        else:
            if code in ("5A", "6A"):
                # a disability of the child is mostly found in disabled children
                lift = np.where(disabled, 3.5, (1 - 3.5 * share_disabled) / (1 - share_disabled))
                share = np.minimum(share * np.maximum(lift, 0.3), 0.95)
            present = chance.happens(family if code in OF_THE_FAMILY else key, f"factor {code}", share)
        any_factor |= present
        at = row[present]
        found_rows.append(at)
        if code == "8":
            names = np.array(PRIVATE_FOSTERING)[chance.pick(key[at], "private fostering", (2, 1, 3, 3, 2))]
            found_codes.append(names)
        else:
            found_codes.append(np.full(len(at), code))
    closed_without_need = r.outcome[referral] == NOT_IN_NEED
    none = row[~any_factor]
    recorded = chance.happens(
        key,
        "factors recorded",
        np.minimum(facts.rates()["factors_recorded"] * facts.parameter("factors_recorded")[lives.place], 1.0),
    )
    found_rows.append(none)
    found_codes.append(np.where(closed_without_need[none], "21", "20"))
    frame = pl.DataFrame({"assessment": np.concatenate(found_rows), "code": np.concatenate(found_codes)})
    frame = frame.filter(pl.Series(recorded).gather(frame["assessment"]))
    order = {code: place for place, code in enumerate(sorted(frame["code"].unique().to_list(), key=_natural))}
    return (
        frame.with_columns(pl.col("code").replace_strict(order, return_dtype=pl.Int64).alias("order"))
        .sort("assessment", "order")
        .drop("order")
    )


def _natural(code: str) -> tuple[int, str]:
    digits = "".join(c for c in code if c.isdigit())
    return int(digits), code


def _protection(chance: Chance, lives: Lives) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Section 47 enquiries and child protection plans of every referral: the first of lives.py, and later ones."""
    r, who = lives.referrals, lives.people
    birth = who.birth[r.person]
    at = np.flatnonzero(r.section47_start < NEVER)
    # referral, start, end, conference
    enquiries = [(at, r.section47_start[at], r.section47_end[at], r.conference[at])]
    plans: list[tuple[Ints, Ints, Ints]] = []
    at = np.flatnonzero(r.plan_start < NEVER)
    plans.append((at, r.plan_start[at], r.plan_end[at]))

    # later enquiries: when the first is over and no plan runs, never beside care or a plan moved in
    quiet_from = np.maximum(
        np.where(r.section47_end < NEVER, r.section47_end, r.assessment_start), np.where(r.plan_end < NEVER, r.plan_end, 0)
    )
    chance_of_more = facts.rates()["section47_later"] * facts.parameter("section47")[r.authority]
    can = (
        (r.outcome == IN_NEED) & (r.care_start >= NEVER) & (who.group[r.person] != UNACCOMPANIED) & (r.transfer_conference >= NEVER)
    )
    for number in range(6):
        key = branch(r.course, 300 + number)
        room = np.minimum(r.end, birth + 6200) - quiet_from
        again = can & (room > 150) & chance.happens(key, "section 47 later", chance_of_more)
        start = next_working(
            quiet_from
            + 30
            + np.floor(chance.uniform(key, "section 47 later|day") * np.minimum(np.maximum(room - 110, 1), 420)).astype(np.int64)
        )
        to_conference = again & chance.happens(
            key, "conference", facts.rates()["conference_after_section47"] * facts.parameter("conference")[r.authority]
        )
        band = chance.pick(key, "conference band", facts.shares("conference_days")[1])
        conference = after_working(start, _banded(chance, key, "conference days", CONFERENCE_BANDS, band))
        decided = after_working(start, chance.between(key, "section 47 decided", 4, 12))
        end = np.where(to_conference, conference, decided)
        again &= end + 10 < r.end
        to_conference &= again
        planned = to_conference & chance.happens(
            key, "plan", facts.rates()["plan_after_conference"] * facts.parameter("plan")[r.authority]
        )
        plan_end = next_working(conference + plan_days(chance, key, "plan", r.authority))
        # a review conference ends a plan before the referral closes
        plan_end = np.where(plan_end < r.end - 5, plan_end, r.end)
        planned &= plan_end > conference + 7
        at = np.flatnonzero(again)
        enquiries.append((at, start[at], end[at], np.where(to_conference, conference, NEVER)[at]))
        at = np.flatnonzero(planned)
        plans.append((at, conference[at], plan_end[at]))
        quiet_from = np.where(again, np.where(planned, plan_end, end), quiet_from + 200)
    referral, start, end, conference = (np.concatenate(column) for column in zip(*enquiries, strict=True))
    section47 = pl.DataFrame(
        {"referral": referral, "start": start, "end": end, "target": after_working(start, 15), "conference": conference}
    ).sort("referral", "start")

    referral = np.concatenate([rows for rows, _, _ in plans])
    plan_start = np.concatenate([days for _, days, _ in plans])
    key = branch(r.key[referral], 400) ^ plan_start.astype(np.uint64)
    family = branch(r.course[referral], 400) ^ plan_start.astype(np.uint64)
    names, weights = facts.shares("category_of_abuse")
    codes = np.array(names)
    first = codes[chance.pick(family, "category", weights)]
    changed = chance.happens(key, "category changed", 0.07)
    last = np.where(changed, codes[chance.pick(key, "later category", weights)], first)
    # only a known number of plans elsewhere, before the first one here
    elsewhere = chance.happens(who.household[r.person[referral]], "earlier plans", facts.rates()["earlier_plans_elsewhere"])
    twice = chance.happens(who.household[r.person[referral]], "earlier plans twice", 0.2)
    plan = pl.DataFrame(
        {
            "referral": referral,
            "person": r.person[referral],
            "start": plan_start,
            "end": np.concatenate([days for _, _, days in plans]),
            "first_category": first,
            "last_category": last,
            "before": elsewhere.astype(np.int64) * (1 + twice),
        }
    ).sort("person", "start")
    plan = plan.with_columns((pl.col("before") + pl.int_range(pl.len()).over("person")).alias("previous"))
    return section47, plan.sort("referral", "start").drop("person", "before")


def _reviews(chance: Chance, lives: Lives, plan: pl.DataFrame) -> pl.DataFrame:
    """Review conferences: the first within three months, then every six, most of them in time; one where the plan ends."""
    r = lives.referrals
    referral, start, end = (plan[name].to_numpy() for name in ("referral", "start", "end"))
    row = np.arange(len(referral))
    key = branch(r.course[referral], 500) ^ start.astype(np.uint64)
    found = []
    late = chance.happens(key, "first review late", 0.06)
    date = next_working(
        start + np.where(late, chance.between(key, "late by", 95, 125), chance.between(key, "first review", 55, 86))
    )
    for number in range(MOST_REVIEWS):
        held = date < end - 14
        found.append((row[held], date[held]))
        step = branch(key, number)
        late = chance.happens(step, "review late", 0.04)
        date = next_working(
            date + np.where(late, chance.between(step, "late by", 186, 215), chance.between(step, "review", 140, 176))
        )
    ended_at_conference = (end < r.end[referral]) & (end > start + 30)
    found.append((row[ended_at_conference], end[ended_at_conference]))
    return (
        pl.DataFrame({"plan": np.concatenate([rows for rows, _ in found]), "date": np.concatenate([dates for _, dates in found])})
        .unique()
        .sort("plan", "date")
    )


def _cin_plans(chance: Chance, lives: Lives, plan: pl.DataFrame) -> pl.DataFrame:
    """Child in need plans: between the first assessment and the next plan or care, and again after a plan ended."""
    r = lives.referrals
    n = len(r)
    first_start, first_end = np.full(n, NEVER), np.full(n, NEVER)
    second_start = np.full(n, NEVER)
    rank = plan.select(pl.col("referral"), "start", "end", pl.int_range(pl.len()).over("referral").alias("rank"))
    for start, end, number in ((first_start, first_end, 0), (second_start, None, 1)):
        rows = rank.filter(pl.col("rank") == number)
        start[rows["referral"].to_numpy()] = rows["start"].to_numpy()
        if end is not None:
            end[rows["referral"].to_numpy()] = rows["end"].to_numpy()
    need = (r.outcome == IN_NEED) & (r.care_start > r.start + 30)
    share = facts.rates()["cin_plan"] * facts.parameter("cin_plan")[r.authority]
    begins = next_working(r.assessment_end + chance.between(r.course, "cin plan starts", 1, 12))
    last = np.minimum(np.minimum(first_start, r.care_start), r.end)
    runs = (
        np.floor(chance.uniform(r.course, "cin plan share of stay") * 0.5 * (last - begins)).astype(np.int64) + (last - begins) // 2
    )
    ends = begins + runs
    given = need & (last - begins >= 21) & (runs >= 14) & chance.happens(r.course, "cin plan", np.minimum(share, 0.98))
    at = np.flatnonzero(given)
    found = [(at, begins[at], np.minimum(ends, last)[at])]
    after_last = np.minimum(np.minimum(second_start, np.where(r.care_start > first_end, r.care_start, first_end)), r.end)
    follows = (
        (first_end < NEVER)
        & (after_last - first_end >= 15)
        & chance.happens(r.course, "cin plan after", facts.rates()["cin_plan_after_protection"])
    )
    at = np.flatnonzero(follows)
    found.append((at, first_end[at], after_last[at]))
    return pl.DataFrame(
        {
            "referral": np.concatenate([rows for rows, _, _ in found]),
            "start": np.concatenate([starts for _, starts, _ in found]),
            "end": np.concatenate([ends for _, _, ends in found]),
        }
    ).sort("referral", "start")


def _pre_proceedings(chance: Chance, lives: Lives, plan: pl.DataFrame) -> pl.DataFrame:
    """Pre-proceedings of some families on a plan; sent from the first collection year that asks for them."""
    r = lives.referrals
    referral, start, end = (plan[name].to_numpy() for name in ("referral", "start", "end"))
    first = np.append(True, referral[1:] != referral[:-1]) if len(referral) else np.zeros(0, dtype=bool)
    key = branch(r.course[referral], 600)
    begins = after_working(start + chance.between(key, "pre-proceedings", 40, 160), 0)
    chosen: Flags = first & (begins + 60 < end) & (begins >= day(2024, 4, 1)) & chance.happens(key, "pre-proceedings happen", 0.12)
    referral, key, begins, closes = referral[chosen], key[chosen], begins[chosen], r.end[referral[chosen]]
    letter = after_working(begins, chance.between(key, "letter", 2, 7))
    meeting = after_working(letter, chance.between(key, "meeting", 7, 12))
    decision = after_working(meeting, chance.between(key, "decision", 30, 90))
    outcome = np.array(["A", "B", "C"])[chance.pick(key, "pre-proceedings outcome", (50, 20, 30))]
    offer = chance.happens(key, "meeting offered", 0.85)
    return pl.DataFrame(
        {
            "referral": referral,
            "start": begins,
            "letter": letter,
            "offer": offer.astype(np.int64),
            "facilitated": (offer & chance.happens(key, "meeting facilitated", 0.6)).astype(np.int64),
            "meeting": meeting,
            "reviews": chance.between(key, "review meetings", 0, 4),
            "decision": np.minimum(decision, closes),
            "outcome": outcome,
            "court": np.where((outcome == "C") & (decision + 5 < closes), decision + 5, NEVER),
            "end": np.minimum(decision + 7, closes),
        }
    )
