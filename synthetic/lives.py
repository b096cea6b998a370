"""Lives: who the children of one authority are, and the course of every referral about them.

Everything here is columns of numbers (days since 1970, places in lists), one entry per person or per referral. A
referral carries what decides when it ends: the first assessment, the first enquiry, the first child protection plan and
up to two periods of care. What happens inside (further assessments, reviews, placements …) is told by need.py and care.py.
Returns come last: each is a view of these lives at its reference date.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from synthetic import facts
from synthetic.chance import Chance, Keys, branch, mix
from synthetic.days import (
    NEVER,
    Days,
    after_working,
    birthday,
    collection_year,
    day,
    next_working,
    period,
)

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# childhood lasts 18 years, care leavers are followed to 21: earlier lives touch no later return
YEARS_BEFORE = 18
MOST_REFERRALS = 12

FAMILY, UNACCOMPANIED = 0, 1

# how a referral went
NO_FURTHER_ACTION, NOT_IN_NEED, IN_NEED = 0, 1, 2

# how a period of care ended
KINDS_OF_LEAVING = (
    "adult",
    "home",
    "relatives",
    "special_guardianship",
    "child_arrangements",
    "adopted",
    "other_authority",
    "abroad",
    "died",
    "age_assessed",
    "remand_ended",
    "custody",
    "other",
)
(
    ADULT,
    HOME,
    RELATIVES,
    GUARDIANSHIP,
    ARRANGEMENTS,
    ADOPTED,
    OTHER_AUTHORITY,
    ABROAD,
    DIED,
    AGE_ASSESSED,
    REMAND_ENDED,
    CUSTODY,
    OTHER,
) = range(len(KINDS_OF_LEAVING))

# leaving care: chance a year by age, before the authority's own pace (fitted to cla_characteristics, ceased by age)
LEAVING_BANDS = ((0, 1, 0.06), (1, 5, 0.8), (5, 10, 0.3), (10, 16, 0.145), (16, 18, 0.07))
UNACCOMPANIED_LEAVING = ((0, 18, 0.08),)

# how care ended other than at 18, as weights: after less than 90 days; of babies and toddlers after 14 months to four
# years; of others; of unaccompanied children; after remand (fitted to cla_characteristics, reason episode ceased)
LEAVING_MIXES: tuple[dict[int, float], ...] = (
    {HOME: 64, RELATIVES: 14, OTHER: 14, GUARDIANSHIP: 2, OTHER_AUTHORITY: 3, ARRANGEMENTS: 1},
    {ADOPTED: 30, GUARDIANSHIP: 46, HOME: 14, RELATIVES: 4, ARRANGEMENTS: 3, OTHER: 3},
    {HOME: 43, GUARDIANSHIP: 21, RELATIVES: 13, OTHER: 14, ARRANGEMENTS: 2, OTHER_AUTHORITY: 3, ABROAD: 1, DIED: 0.5},
    {OTHER: 30, OTHER_AUTHORITY: 38, AGE_ASSESSED: 20, RELATIVES: 8, ABROAD: 2},
    {REMAND_ENDED: 40, CUSTODY: 25, HOME: 35},
)

# entering care: by age at entry, relative to 10-15 (fitted to cla_characteristics, started by age)
ENTRY_BY_AGE = ((0, 1, 2.2), (1, 5, 0.45), (5, 10, 0.55), (10, 16, 1.0), (16, 18, 2.5))

ASSESSMENT_BANDS = {
    "0": (0, 0),
    "1-10": (1, 10),
    "11-20": (11, 20),
    "21-30": (21, 30),
    "31-40": (31, 40),
    "41-45": (41, 45),
    "46-50": (46, 50),
    "51-60": (51, 60),
    "61+": (61, 105),
}
CONFERENCE_BANDS = {"0-10": (4, 10), "11-15": (11, 15), "16-20": (16, 20), "21+": (21, 38)}
PLAN_BANDS = {
    "0-3m": (63, 91),
    "3-6m": (92, 182),
    "6-12m": (183, 365),
    "1-2y": (366, 730),
    "2-4y": (731, 1460),
    "4y+": (1465, 2000),
}


@dataclass
class People:
    """One entry per person whose life touches the authority."""

    key: Keys
    household: Keys
    home: Ints  # place of the authority where the first referral is made
    cohort: Ints  # collection year of the first referral
    number: Ints  # place in the cohort
    group: Ints  # FAMILY or UNACCOMPANIED
    first_referral: Days
    birth: Days
    expected_birth: Days
    is_male: Flags
    ethnicity: Ints  # place in ethnicity_codes()
    is_disabled: Flags
    move_date: Days  # NEVER where the family stays
    move_to: Ints
    second_move_date: Days
    second_move_to: Ints

    def __len__(self) -> int:
        return len(self.key)

    def take(self, chosen: Ints | Flags) -> "People":
        return People(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass
class Referrals:
    """One entry per referral. Days are NEVER where a thing does not happen."""

    person: Ints  # place in People
    sequence: Ints  # 0 for the person's first referral
    key: Keys  # of the person in this referral
    course: Keys  # shared by siblings whose case goes the same way
    authority: Ints
    identity: Ints  # 0, and 1 more after each adoption
    outcome: Ints
    start: Days
    end: Days  # closure; the referral day itself where no further action was taken
    closure_reason: npt.NDArray[np.str_]
    is_transfer_in: Flags
    moved_out: Flags
    primary_need: npt.NDArray[np.str_]
    assessment_start: Days
    assessment_end: Days
    section47_start: Days
    section47_end: Days  # conference held, or decided that none is needed
    conference: Days
    transfer_conference: Days
    plan_start: Days
    plan_end: Days
    is_remand: Flags
    care_start: Days
    care_end: Days
    care_kind: Ints
    care2_start: Days
    care2_end: Days
    care2_kind: Ints

    def __len__(self) -> int:
        return len(self.person)

    def take(self, chosen: Ints | Flags) -> "Referrals":
        return Referrals(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def ethnicity_codes() -> tuple[str, ...]:
    return facts.ethnicity_by_authority()[0]


def cohort_size(chance: Chance, home: int, year: int, group: int, scale: float) -> int:
    """How many persons are referred for the first time; never none, so that City of London is there at any scale."""
    column = facts.year_column(np.array([year]))[0]
    if group == FAMILY:
        expected = facts.by_authority("referrals")[home, column] * facts.rates()["first_referral_share"]
        expected *= facts.parameter("first_referrals")[home]
        least = 3
    else:
        expected = facts.by_authority("looked_after_started", "uasc:uasc")[home, column]
        expected *= facts.parameter("unaccompanied")[home]
        if year < facts.PUBLISHED_FIRST:
            expected *= facts.rates()["unaccompanied_before"]
        least = year % 2
    key = np.array([home * 100_000 + year * 10 + group], dtype=np.uint64)
    return max(least, int(chance.whole(key, "cohort size", np.array([expected * scale]))[0]))


def _moves(chance: Chance, household: Keys, home: Ints, first: Days) -> tuple[Days, Ints, Days, Ints]:
    """When and where the household moves inside London, once or twice: later than its first referral."""
    n = len(facts.la_codes())
    moves = chance.happens(household, "moves", facts.rates()["moves_household"])
    again = moves & chance.happens(household, "moves again", facts.rates()["moves_again"])
    date = np.where(moves, first + 40 + chance.exponential(household, "move after", 260).astype(np.int64), NEVER)
    weights = facts.by_authority("referrals")[:, -1]
    to = chance.pick(household, "move to", weights)
    to = np.where(to == home, (to + 1) % n, to)
    second_date = np.where(again, date + 60 + chance.exponential(household, "second move after", 400).astype(np.int64), NEVER)
    # some go back where they came from
    back = chance.happens(household, "moves back", 0.5)
    second_to = np.where(back, home, chance.pick(household, "second move to", weights))
    second_to = np.where(second_to == to, (to + 1) % n, second_to)
    return date, to, second_date, second_to


def _cohort(chance: Chance, home: int, year: int, group: int, scale: float) -> People | None:
    """The persons first referred in one authority and year."""
    size = cohort_size(chance, home, year, group, scale)
    if size == 0:
        return None
    number = np.arange(size, dtype=np.int64)
    key = mix(np.uint64(home * 2**48 + year * 2**32 + group * 2**31) + number.astype(np.uint64))
    if group == FAMILY:
        alone = ~chance.happens(key, "sibling", facts.rates()["sibling"])
        alone[0] = True
        household = key[np.maximum.accumulate(np.where(alone, number, 0))]
    else:
        household = key
    return _persons(chance, home, year, group, number, key, household)


@lru_cache(maxsize=4096)
def _leavers(chance: Chance, home: int, year: int, scale: float) -> People | None:
    """Of one authority's cohort, the households that ever move to another one; kept, as every other authority asks."""
    everyone = _cohort(chance, home, year, FAMILY, scale)
    return None if everyone is None else everyone.take(everyone.move_date < NEVER)


def _persons(chance: Chance, home: int, year: int, group: int, number: Ints, key: Keys, household: Keys) -> People:
    size = len(number)
    first = _referral_day(chance, household, year)
    homes = np.full(size, home, dtype=np.int64)
    move_date, move_to, second_date, second_to = _moves(chance, household, homes, first)
    if group == UNACCOMPANIED:
        move_date = second_date = np.full(size, NEVER, dtype=np.int64)
    birth = _birth(chance, key, group, first)
    codes, table = facts.ethnicity_by_authority()
    if group == FAMILY:
        differs = chance.happens(key, "own ethnicity", 0.04)
        ethnicity = chance.pick(np.where(differs, key, household), "ethnicity", table[home])
        male = chance.happens(key, "male", facts.rates()["male"])
        disabled = chance.happens(key, "disabled", facts.rates()["disabled"] * facts.parameter("disabled")[home])
    else:
        foreign, weights = facts.shares("unaccompanied_ethnicity")
        ethnicity = np.array([codes.index(code) for code in foreign])[chance.pick(key, "ethnicity", weights)]
        male = chance.happens(key, "male", facts.rates()["male_unaccompanied"])
        disabled = chance.happens(key, "disabled", 0.01)
    return People(
        key=key,
        household=household,
        home=homes,
        cohort=np.full(size, year, dtype=np.int64),
        number=number,
        group=np.full(size, group, dtype=np.int64),
        first_referral=first,
        birth=birth,
        expected_birth=birth + np.rint(np.clip(chance.normal(key, "expected birth"), -2.5, 2.5) * 8).astype(np.int64),
        is_male=male,
        ethnicity=ethnicity,
        is_disabled=disabled,
        move_date=move_date,
        move_to=move_to,
        second_move_date=second_date,
        second_move_to=second_to,
    )


def _referral_day(chance: Chance, household: Keys, year: int) -> Days:
    """A day of the collection year by the months' published shares; few referrals come at weekends."""
    months, weights = facts.shares("referral_month")
    firsts = np.array([day(year - (month >= "04"), int(month), 1) for month in months])
    lengths = np.append(firsts[1:], day(year, 4, 1)) - firsts
    month = chance.pick(household, "referral month", weights)
    drawn = firsts[month] + np.floor(chance.uniform(household, "referral day") * lengths[month]).astype(np.int64)
    weekend = chance.happens(household, "referred at the weekend", 0.25)
    moved = np.minimum(next_working(drawn), firsts[month] + lengths[month] - 1)
    found: Days = np.where(weekend, drawn, moved)
    return found


def _birth(chance: Chance, key: Keys, group: int, first: Days) -> Days:
    if group == UNACCOMPANIED:
        # most say they are 16 or 17; few are younger
        bands, weights = np.array([(11.0, 15.0), (15.0, 16.0), (16.0, 17.0), (17.0, 17.92)]), np.array([5, 12, 36, 47])
    else:
        names, weights = facts.shares("age_at_referral")
        spans = {
            "unborn": (-0.48, 0.0),
            "0": (0.0, 1.0),
            "1-4": (1.0, 5.0),
            "5-9": (5.0, 10.0),
            "10-15": (10.0, 16.0),
            "16-17": (16.0, 17.8),
        }
        bands = np.array([spans[name] for name in names])
    band = bands[chance.pick(key, "age band", weights)]
    age = band[:, 0] + chance.uniform(key, "age in band") * (band[:, 1] - band[:, 0])
    birth: Days = first - np.floor(age * 365.25).astype(np.int64)
    return birth


def people(chance: Chance, place: int, years: range, scale: float) -> People:
    """Everyone first referred in the authority, and every household of another one that moves into it."""
    cohorts = []
    for year in years:
        for group in (FAMILY, UNACCOMPANIED):
            cohorts.append(_cohort(chance, place, year, group, scale))
        for home in range(len(facts.la_codes())):
            if home != place and (leavers := _leavers(chance, home, year, scale)) is not None:
                cohorts.append(leavers)
    found = [cohort for cohort in cohorts if cohort is not None]
    everyone = People(**{f.name: np.concatenate([getattr(cohort, f.name) for cohort in found]) for f in fields(People)})
    moves, again = everyone.move_date < NEVER, everyone.second_move_date < NEVER
    comes = (everyone.home == place) | (moves & (everyone.move_to == place)) | (again & (everyone.second_move_to == place))
    return everyone.take(comes)


def _in_bands(age: npt.NDArray[np.float64], bands: tuple[tuple[float, float, float], ...]) -> npt.NDArray[np.float64]:
    value = np.full(len(age), bands[-1][2])
    for low, high, rate in reversed(bands):
        value = np.where((age >= low) & (age < high), rate, value)
    return value


def _care_length(
    chance: Chance,
    key: Keys,
    purpose: str,
    start: Days,
    birth: Days,
    unaccompanied: Flags,
    remand: Flags,
    pace: npt.NDArray[np.float64],
) -> tuple[Days, Flags]:
    """(day care ends, whether by turning 18): the time until a chance that changes with age comes true."""
    turns_18 = birthday(birth, 18)
    age = (start - birth) / 365.25
    short = ~unaccompanied & chance.happens(key, purpose + "|short", facts.rates()["care_is_short"])
    ordinary = _time_to_leave(chance.exponential(key, purpose, 1.0) / pace, age, LEAVING_BANDS)
    alone = _time_to_leave(chance.exponential(key, purpose, 1.0), age, UNACCOMPANIED_LEAVING)
    years = np.where(unaccompanied, alone, ordinary)
    length = np.floor(years * 365.25).astype(np.int64) + 21
    length = np.where(short, 2 + chance.exponential(key, purpose + "|days", 35).astype(np.int64), length)
    length = np.where(remand, 5 + chance.exponential(key, purpose + "|remand", 60).astype(np.int64), length)
    end = np.minimum(start + length, turns_18)
    return end, end == turns_18


def _time_to_leave(
    pressure: npt.NDArray[np.float64], age: npt.NDArray[np.float64], bands: tuple[tuple[float, float, float], ...]
) -> npt.NDArray[np.float64]:
    """Years until `pressure` (a unit exponential) is used up at the yearly chances of the ages lived through."""
    left, elapsed = pressure.copy(), np.zeros(len(age))
    done = np.zeros(len(age), dtype=bool)
    at = np.maximum(age, 0.0)
    for _, high, rate in bands:
        room = np.maximum(high - at, 0.0)
        ends_here = ~done & (left < room * rate) & (room > 0)
        elapsed = np.where(ends_here, elapsed + left / rate, np.where(done, elapsed, elapsed + room))
        left = np.where(done | ends_here, left, left - room * rate)
        at = np.where(done | ends_here, at, np.maximum(at, high))
        done |= ends_here
    return np.where(done, elapsed, elapsed + 30.0)


def _leaving_kind(
    chance: Chance, key: Keys, purpose: str, start: Days, end: Days, birth: Days, adult: Flags, unaccompanied: Flags, remand: Flags
) -> Ints:
    """How care ended, by age at entry and length."""
    age_in, days = (start - birth) / 365.25, end - start
    mixes = np.zeros((len(LEAVING_MIXES), len(KINDS_OF_LEAVING)))
    for number, weights in enumerate(LEAVING_MIXES):
        for kind_of, weight in weights.items():
            mixes[number, kind_of] = weight
    row = np.where(days < 90, 0, np.where((age_in < 4) & (days > 420) & (days < 1500), 1, 2))
    row = np.where(unaccompanied, 3, np.where(remand, 4, row))
    kind = chance.pick_by_row(key, purpose, mixes[row])
    return np.where(adult, ADULT, kind)


def _residence(who: People, on: Days) -> Ints:
    """The authority each household lives in on a day."""
    return np.where(on >= who.second_move_date, who.second_move_to, np.where(on >= who.move_date, who.move_to, who.home))


def _next_move(who: People, after: Days) -> Days:
    return np.where(who.move_date > after, who.move_date, np.where(who.second_move_date > after, who.second_move_date, NEVER))


def courses(chance: Chance, who: People, last_day: int) -> Referrals:
    """Every referral of every person, made up to `last_day`; a referral runs to its natural end."""
    steps: list[Referrals] = []
    person = np.arange(len(who), dtype=np.int64)
    start = who.first_referral.copy()
    identity = np.zeros(len(who), dtype=np.int64)
    transfer = np.zeros(len(who), dtype=bool)
    arrives_in_care = np.zeros(len(who), dtype=bool)
    arrives_on_plan = np.zeros(len(who), dtype=bool)
    for sequence in range(MOST_REFERRALS):
        if not len(person):
            break
        step = _referral(chance, who.take(person), person, sequence, start, identity, transfer, arrives_in_care, arrives_on_plan)
        steps.append(step)
        # what comes after
        sub = who.take(person)
        adopted = (step.care_kind == ADOPTED) & (step.care_end < NEVER) | (step.care2_kind == ADOPTED) & (step.care2_end < NEVER)
        died = step.closure_reason == "RC2"
        returns = chance.happens(step.course, "returns", facts.rates()["returns"] * facts.parameter("returns")[step.authority])
        soon = chance.happens(step.course, "returns soon", facts.rates()["returns_soon"])
        gap = np.where(
            soon,
            10 + chance.exponential(step.course, "returns after", 150),
            300 + chance.exponential(step.course, "returns late after", 600),
        ).astype(np.int64)
        comes_again = step.end + gap
        comes_again = np.where(adopted, comes_again + 200, comes_again)
        returns = np.where(adopted, chance.happens(step.key, "adopted comes back", facts.rates()["adopted_comes_back"]), returns)
        in_care_at_end = step.moved_out & ((step.care_end == step.end) | (step.care2_end == step.end))
        on_plan_at_end = step.moved_out & (step.plan_end == step.end)
        transferred = step.moved_out & (
            in_care_at_end
            | on_plan_at_end
            | chance.happens(step.course, "transfer is referred", facts.rates()["transfer_is_referred"])
        )
        transfer_day = step.end + np.where(in_care_at_end, 0, chance.between(step.course, "transfer takes", 1, 12))
        following = np.where(transferred, transfer_day, np.where(returns & ~step.moved_out, comes_again, NEVER))
        following = np.where(died | (sub.group == UNACCOMPANIED), NEVER, following)
        goes_on = (following <= last_day) & (following < birthday(sub.birth, 18) - 75)
        person, start = person[goes_on], following[goes_on]
        identity = (identity + adopted)[goes_on]
        transfer = transferred[goes_on]
        arrives_in_care, arrives_on_plan = in_care_at_end[goes_on], on_plan_at_end[goes_on]
    return Referrals(**{f.name: np.concatenate([getattr(step, f.name) for step in steps]) for f in fields(Referrals)})


def _banded(chance: Chance, key: Keys, purpose: str, table: dict[str, tuple[int, int]], band: Ints) -> Ints:
    bounds = np.array(list(table.values()))
    return chance.between(key, purpose, bounds[band, 0], bounds[band, 1])


def _assessment_days(chance: Chance, key: Keys, purpose: str, authority: Ints) -> Ints:
    """Working days an assessment takes, by the authority's own published bands."""
    weights = np.column_stack([facts.by_authority("assessments", band)[:, -1] for band in ASSESSMENT_BANDS])
    return _banded(chance, key, purpose + "|days", ASSESSMENT_BANDS, chance.pick_by_row(key, purpose, weights[authority]))


def _referral(
    chance: Chance,
    who: People,
    person: Ints,
    sequence: int,
    start: Days,
    identity: Ints,
    transfer: Flags,
    arrives_in_care: Flags,
    arrives_on_plan: Flags,
) -> Referrals:
    rates, n = facts.rates(), len(person)
    authority = _residence(who, start)
    year = collection_year(start)
    column = facts.year_column(year)
    unaccompanied = who.group == UNACCOMPANIED
    own = chance.happens(who.key, "own course", rates["own_course"])
    course = branch(np.where(own, who.key, who.household), sequence)
    key = branch(who.key, sequence)
    turns_18 = birthday(who.birth, 18)
    never = np.full(n, NEVER, dtype=np.int64)

    def rate(measure: str, of: str) -> npt.NDArray[np.float64]:
        share: npt.NDArray[np.float64] = (facts.by_authority(measure) / facts.by_authority(of))[authority, column]
        return share

    # outcome of the referral
    nfa, not_in_need = rate("referrals_nfa", "referrals"), rate("referrals_not_in_need", "referrals")
    # of those made late in a year it is known in the next
    not_in_need = np.minimum(not_in_need * 1.2 * facts.parameter("not_in_need")[authority], 0.85 - nfa)
    drawn = chance.uniform(course, "outcome")
    outcome = np.where(drawn < nfa, NO_FURTHER_ACTION, np.where(drawn < nfa + not_in_need, NOT_IN_NEED, IN_NEED))
    outcome = np.where(unaccompanied | transfer, IN_NEED, outcome)
    need = outcome == IN_NEED
    assessed = outcome != NO_FURTHER_ACTION

    # first assessment
    assessment_start = after_working(start, chance.between(course, "assessment starts", 0, 2))
    assessment_end = after_working(assessment_start, _assessment_days(chance, course, "assessment", authority))
    assessment_start, assessment_end = np.where(assessed, assessment_start, NEVER), np.where(assessed, assessment_end, NEVER)

    # primary need
    needs, weights = facts.shares("primary_need")
    primary = np.array(needs)[chance.pick(course, "primary need", weights)]
    primary = np.where(
        who.is_disabled & chance.happens(key, "disability is need", rates["disability_is_primary_need"]), "N2", primary
    )
    primary = np.where(unaccompanied, "N8", primary)
    long_disabled = need & who.is_disabled & (primary == "N2")

    # care: entry
    age = (start - who.birth) / 365.25
    pace = facts.parameter("leaving_care")[authority]
    remand_entry = who.is_male & (age >= 14) & ~unaccompanied & chance.happens(key, "remand", rates["remand"])
    entry = (
        rates["in_care"]
        * facts.parameter("in_care")[authority]
        * rate("looked_after_started", "episodes_started")
        / (
            facts.published()["looked_after_started", "", "london", 2025]
            / facts.published()["episodes_started", "", "london", 2025]
        )
        * _in_bands(np.maximum(age, 0.0), ENTRY_BY_AGE)
        * facts.shares("care_by_ethnicity")[1][who.ethnicity]
    )
    # babies are taken into care at birth or soon after; for older children it may come late
    later = chance.pick(course, "care after", (28, 30, 24, 18))
    soon = chance.pick(course, "care after", (55, 32, 11, 2))
    when = np.where(age < 0.8, soon, later)
    spans = np.array([(0, 2), (3, 60), (61, 300), (301, 900)])
    offset = chance.between(course, "care after|days", spans[when, 0], spans[when, 1])
    enters = need & ~unaccompanied & chance.happens(course, "enters care", entry)
    enters = (enters | (need & unaccompanied) | arrives_in_care) & ~(transfer & ~arrives_in_care)
    offset = np.where(unaccompanied, chance.between(key, "arrival", 0, 2), np.where(arrives_in_care, 0, offset))
    care_start = np.maximum(start + offset, who.birth)
    enters &= care_start < turns_18 - 20
    remand_entry &= enters & ~arrives_in_care & (care_start - who.birth > 14 * 365.25)
    care_end, adult = _care_length(
        chance, np.where(own | unaccompanied, key, course), "care", care_start, who.birth, unaccompanied, remand_entry, pace
    )
    care_kind = _leaving_kind(
        chance, np.where(own, key, course), "leaves care", care_start, care_end, who.birth, adult, unaccompanied, remand_entry
    )
    care_start, care_end = np.where(enters, care_start, NEVER), np.where(enters, care_end, NEVER)

    # care again, for some who went home
    again = (
        enters
        & np.isin(care_kind, (HOME, RELATIVES, OTHER))
        & ~unaccompanied
        & chance.happens(course, "care again", rates["care_again"])
    )
    care2_start = np.where(again, care_end + 14 + chance.exponential(course, "care again after", 130).astype(np.int64), NEVER)
    again &= care2_start < turns_18 - 120
    care2_end, adult2 = _care_length(
        chance,
        branch(course, 71),
        "care again",
        np.where(again, care2_start, start),
        who.birth,
        unaccompanied,
        np.zeros(n, dtype=bool),
        pace,
    )
    care2_kind = _leaving_kind(
        chance,
        branch(course, 71),
        "leaves care again",
        np.where(again, care2_start, start),
        care2_end,
        who.birth,
        adult2,
        unaccompanied,
        np.zeros(n, dtype=bool),
    )
    care2_start, care2_end = np.where(again, care2_start, NEVER), np.where(again, care2_end, NEVER)

    # first enquiry, conference and plan; none where the child is already looked after
    enquiry = need & ~unaccompanied & ~transfer & ~long_disabled
    enquiry &= chance.happens(
        course,
        "section 47",
        np.minimum(
            rates["section47"] * facts.parameter("section47")[authority] * rate("section47", "episodes_started") / 0.55, 0.95
        ),
    )
    section47_start = after_working(start, chance.between(course, "section 47 starts", 0, 7))
    enquiry &= (section47_start < care_start) & (section47_start < turns_18 - 90)
    to_conference = enquiry & chance.happens(
        course,
        "conference",
        np.minimum(
            rates["conference_after_section47"]
            * facts.parameter("conference")[authority]
            * rate("conferences", "section47")
            / 0.30,
            0.95,
        ),
    )
    band = chance.pick(course, "conference band", facts.shares("conference_days")[1])
    conference = after_working(section47_start, _banded(chance, course, "conference days", CONFERENCE_BANDS, band))
    to_conference &= conference < care_start
    decided = after_working(section47_start, chance.between(course, "section 47 decided", 4, 12))
    section47_end = np.where(to_conference, conference, decided)
    transferred_plan = arrives_on_plan & need & ~arrives_in_care & (start < turns_18 - 60)
    transfer_conference = np.where(
        transferred_plan, after_working(start, chance.between(course, "transfer conference", 3, 14)), NEVER
    )
    planned = to_conference & chance.happens(course, "plan", rates["plan_after_conference"] * facts.parameter("plan")[authority])
    plan_start = np.where(planned, conference, np.where(transferred_plan, transfer_conference, NEVER))
    length = plan_days(chance, course, "plan", authority)
    plan_end = np.where(plan_start < NEVER, next_working(np.minimum(plan_start + length, birthday(who.birth, 18) - 3)), NEVER)
    # a plan ends soon after care begins
    with_care = (plan_start < NEVER) & (care_start < NEVER) & (care_start < plan_end)
    plan_end = np.where(with_care, next_working(care_start + chance.between(course, "plan ends in care", 5, 40)), plan_end)
    section47_start, section47_end = np.where(enquiry, section47_start, never), np.where(enquiry, section47_end, never)
    conference = np.where(to_conference, conference, NEVER)

    # natural end
    stays = np.where(
        chance.happens(course, "closes soon", rates["closes_soon"]) & ~transfer,
        1 + chance.exponential(course, "closes after", 20),
        facts.parameter("need_length")[authority] * 215 * np.exp(0.95 * chance.normal(course, "need length")),
    )
    stays = np.where(long_disabled, 60 + chance.exponential(key, "disabled length", 1900), stays)
    end = np.where(need, assessment_end, start) + np.where(need, stays.astype(np.int64), 0)
    end = np.where(outcome == NOT_IN_NEED, assessment_end + chance.between(course, "closed after assessment", 0, 6), end)
    end = np.where(enquiry, np.maximum(end, section47_end + 2), end)
    end = np.where(plan_start < NEVER, np.maximum(end, plan_end + chance.between(course, "after plan", 20, 150)), end)
    last_kind = np.where(again, care2_kind, care_kind)
    last_care = np.where(again, care2_end, care_end)
    wind_down = np.where(
        np.isin(last_kind, (ADULT, ADOPTED, DIED, AGE_ASSESSED, OTHER_AUTHORITY)), 0, chance.between(course, "after care", 3, 60)
    )
    closes_care = enters & np.isin(
        last_kind, (ADULT, ADOPTED, DIED, AGE_ASSESSED, OTHER_AUTHORITY, GUARDIANSHIP, ARRANGEMENTS, ABROAD)
    )
    # some authorities keep a young person's case open while they support the care leaver
    supported = enters & (last_kind == ADULT) & chance.happens(course, "open as care leaver", rates["open_as_care_leaver"])
    wind_down = np.where(supported, chance.between(course, "open as care leaver until", 200, 1050), wind_down)
    # what must be over before a referral can close
    floor = np.where(assessed, assessment_end, start)
    floor = np.where(enquiry, np.maximum(floor, section47_end), floor)
    floor = np.where(enters, np.maximum(floor, last_care), floor)
    floor = np.where((plan_start < NEVER) & ~enters, np.maximum(floor, plan_start + 7), floor)
    end = np.where(enters, np.where(closes_care, last_care + wind_down, np.maximum(end, last_care + wind_down)), end)
    end = np.maximum(np.where(need & ~supported, np.minimum(end, turns_18), end), floor)
    plan_end = np.where(plan_start < NEVER, np.minimum(plan_end, end), NEVER)

    # a move to another authority inside London cuts it short
    move = _next_move(who, start)
    moved_out = need & (move < end) & ~unaccompanied
    cut = np.maximum(move, np.where(assessed, assessment_end, start))
    cut = np.where(enquiry, np.maximum(cut, section47_end), cut)
    cut = np.where((plan_start < NEVER) & (plan_start <= cut), np.maximum(cut, plan_start + 7), cut)
    cut = np.where((care_start <= cut) & (care_start < NEVER), np.maximum(cut, care_start + 5), cut)
    # dates settled above may reach past the move; then nothing is cut
    moved_out &= cut < end
    end = np.where(moved_out, cut, end)
    dropped = moved_out & (care_start >= end)
    care_start, care_end = np.where(dropped, NEVER, care_start), np.where(dropped, NEVER, care_end)
    dropped2 = moved_out & (care2_start >= end)
    care2_start, care2_end = np.where(dropped2, NEVER, care2_start), np.where(dropped2, NEVER, care2_end)
    cut_care = moved_out & (care_start < NEVER) & (care_end >= end)
    care_end, care_kind = np.where(cut_care, end, care_end), np.where(cut_care, OTHER_AUTHORITY, care_kind)
    cut_care2 = moved_out & (care2_start < NEVER) & (care2_end >= end)
    care2_end, care2_kind = np.where(cut_care2, end, care2_end), np.where(cut_care2, OTHER_AUTHORITY, care2_kind)
    gone = moved_out & (plan_start > end)
    plan_start, plan_end = np.where(gone, NEVER, plan_start), np.where(gone, NEVER, plan_end)
    plan_end = np.where(plan_start < NEVER, np.minimum(plan_end, end), NEVER)
    transfer_conference = np.where(plan_start < NEVER, transfer_conference, NEVER)

    # why it closed
    reasons, weights = facts.shares("closure_reason")
    reason = np.array(reasons)[chance.pick(course, "closure reason", weights)]
    near_18 = end >= turns_18 - 60
    reason = np.where(long_disabled & near_18, "RC6", np.where((reason == "RC6") & ~near_18, "RC7", reason))
    last_kind = np.where(care2_start < NEVER, care2_kind, care_kind)
    in_care_last = closes_care & (care_start < NEVER)
    by_kind = {
        ADOPTED: "RC1",
        DIED: "RC2",
        GUARDIANSHIP: "RC4",
        ARRANGEMENTS: "RC3",
        OTHER_AUTHORITY: "RC5",
        ADULT: "RC7",
        AGE_ASSESSED: "RC7",
        ABROAD: "RC7",
    }
    for kind, code in by_kind.items():
        reason = np.where(in_care_last & (last_kind == kind), code, reason)
    # who was in care and did not die there does not die at closure
    reason = np.where((reason == "RC2") & (care_start < NEVER) & ~(in_care_last & (last_kind == DIED)), "RC7", reason)
    reason = np.where(np.isin(reason, ("RC3", "RC4")) & (care_start >= NEVER) & near_18, "RC7", reason)
    reason = np.where((reason == "RC2") & (end < who.birth), "RC7", reason)
    reason = np.where(moved_out, "RC5", reason)
    early_help = (end >= day(2022, 4, 1)) & chance.happens(course, "to early help", 0.3)
    reason = np.where(outcome == NOT_IN_NEED, np.where(early_help, "RC9", "RC8"), reason)
    reason = np.where(outcome == NO_FURTHER_ACTION, "", reason)

    return Referrals(
        person=person,
        sequence=np.full(n, sequence, dtype=np.int64),
        key=key,
        course=course,
        authority=authority,
        identity=identity,
        outcome=outcome,
        start=start,
        end=end,
        closure_reason=reason,
        is_transfer_in=transfer,
        moved_out=moved_out,
        primary_need=primary,
        assessment_start=assessment_start,
        assessment_end=assessment_end,
        section47_start=section47_start,
        section47_end=section47_end,
        conference=conference,
        transfer_conference=transfer_conference,
        plan_start=plan_start,
        plan_end=plan_end,
        is_remand=remand_entry,
        care_start=care_start,
        care_end=care_end,
        care_kind=np.where(care_start < NEVER, care_kind, -1),
        care2_start=care2_start,
        care2_end=care2_end,
        care2_kind=np.where(care2_start < NEVER, care2_kind, -1),
    )


def plan_days(chance: Chance, key: Keys, purpose: str, authority: Ints) -> Ints:
    """How long a child protection plan lasts."""
    days = _banded(chance, key, purpose + "|days", PLAN_BANDS, chance.pick(key, purpose + "|band", facts.shares("plan_length")[1]))
    return np.maximum(30, np.rint(days * facts.parameter("plan_length")[authority])).astype(np.int64)


@dataclass
class Lives:
    """The lives that touch one authority between two collection years."""

    place: int
    la_code: str
    first_year: int
    last_year: int
    people: People
    referrals: Referrals  # all of each person, in any authority

    @property
    def here(self) -> Flags:
        """Referrals made in this authority."""
        here: Flags = self.referrals.authority == self.place
        return here


def simulate(chance: Chance, place: int, first_year: int, last_year: int, scale: float) -> Lives:
    """Lives that touch the authority's returns of `first_year` to `last_year`; each life is whole, not cut to the years."""
    window_start, window_end = period(first_year)[0], period(last_year)[1]
    everyone = people(chance, place, range(first_year - YEARS_BEFORE, last_year + 1), scale)
    referrals = courses(chance, everyone, window_end)
    # care leavers are followed to their 21st birthday
    leaves = np.maximum(
        np.where(referrals.care_end < NEVER, referrals.care_end, 0), np.where(referrals.care2_end < NEVER, referrals.care2_end, 0)
    )
    matters = (referrals.authority == place) & ((referrals.end >= window_start) | (leaves >= window_start - 6 * 366))
    kept = np.zeros(len(everyone), dtype=bool)
    kept[referrals.person[matters]] = True
    chosen = kept[referrals.person]
    place_of = np.cumsum(kept) - 1
    referrals = referrals.take(chosen)
    referrals.person = place_of[referrals.person]
    order = np.lexsort((referrals.sequence, referrals.person))
    return Lives(place, facts.la_codes()[place], first_year, last_year, everyone.take(kept), referrals.take(order))
