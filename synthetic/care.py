"""Care told step by step: episodes, placements, legal statuses, and what hangs on a period of care.

One life at a time, in plain Python: a care history is a chain of decisions, and there are few enough of them (some
10,000 children a year) to tell each in words. The national rules shape every step: see docs/rules and the guide's checks.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl

from synthetic import facts, places
from synthetic.chance import Chance, branch
from synthetic.days import NEVER, after_working, birthday_of, day
from synthetic.lives import (
    ABROAD,
    ADOPTED,
    ADULT,
    AGE_ASSESSED,
    ARRANGEMENTS,
    CUSTODY,
    DIED,
    GUARDIANSHIP,
    HOME,
    IN_NEED,
    OTHER,
    OTHER_AUTHORITY,
    RELATIVES,
    REMAND_ENDED,
    UNACCOMPANIED,
    Lives,
)

TEMPORARY = frozenset(("T0", "T1", "T2", "T3", "T4"))
FOSTER = frozenset(("U1", "U2", "U3", "U4", "U5", "U6"))
KINSHIP = frozenset(("U1", "U2", "U3"))
NO_PROVIDER = TEMPORARY | {"Z1"}
NO_URN = TEMPORARY | {"Z1", "P1", "P2", "P3", "R1", "R2", "R5"}

# lasting independent homes for under 18s ended on this day (supported accommodation regulations)
LAST_INDEPENDENT_DAY = day(2023, 10, 28)

# SGO codes told carers apart from collection 2019 on
NEW_GUARDIANSHIP_CODES = day(2018, 4, 1)


@dataclass
class Placement:
    """Where a child lives and who runs it; `carer` tells a change of status from a change of carers."""

    place: str
    provider: str
    postcode: str
    urn: str
    carer: int


# day, placement from then on, why the child moved
Move = tuple[int, Placement, str]


@dataclass
class Episode:
    """One row of the episodes file over its whole life (days; end is the day it ceased)."""

    start: int
    end: int
    new_reason: str
    legal_status: str
    placement: Placement
    ceased_reason: str = "X1"
    change_reason: str = ""


@dataclass
class Period:
    """One period of care, or one series of short breaks, with all that is recorded about it."""

    referral: int
    person: int
    start: int
    end: int
    kind: int
    is_short_break: bool
    need: str
    home_postcode: str
    episodes: list[Episode] = field(default_factory=list)
    reviews: list[tuple[int, str]] = field(default_factory=list)
    missing: list[tuple[str, int, int]] = field(default_factory=list)
    workers: list[tuple[str, int, int, str]] = field(default_factory=list)
    deprivations: list[tuple[int, int]] = field(default_factory=list)
    decision: tuple[int, int, str] | None = None  # should be placed for adoption: date, reversed, why
    adoption: tuple[int, int, int, int, str, str] | None = None
    permanence: tuple[str, str, str] = ("Z1", "", "")


@dataclass(frozen=True)
class Care:
    """Tables of the authority's care. `period` is the row of `periods`; days are whole numbers, NEVER where open.

    periods: referral, person, start, end, kind, is_short_break, is_unaccompanied, need, prev_perm, la_perm, date_perm ·
    episode: period, start, end, rne, ls, cin, place, place_provider, rec, reason_place_change, home_post, pl_post, urn ·
    review: period, date, code · missing: period, kind, start, end · worker: period, worker, start, end, reason ·
    deprivation: period, start, end · decision: period, date, reversed, reason · adoption: period, date_int, date_match,
    foster_care, nb_adoptr, sex_adoptr, ls_adoptr.
    """

    periods: pl.DataFrame
    episode: pl.DataFrame
    review: pl.DataFrame
    missing: pl.DataFrame
    worker: pl.DataFrame
    deprivation: pl.DataFrame
    decision: pl.DataFrame
    adoption: pl.DataFrame


def _choose(dice: random.Random, options: Sequence[tuple[str, float]]) -> str:
    drawn = dice.random() * sum(weight for _, weight in options)
    for code, weight in options:
        drawn -= weight
        if drawn < 0:
            return code
    return options[-1][0]


def _from_list(dice: random.Random, name: str) -> str:
    codes, weights = facts.shares(name)
    return _choose(dice, list(zip(codes, weights.tolist(), strict=True)))


def _days(dice: random.Random, mean: float) -> int:
    return 1 + int(dice.expovariate(1.0 / mean))


class Teller:
    """Tells the care of one authority's children."""

    def __init__(self, chance: Chance, lives: Lives) -> None:
        self.chance = chance
        self.lives = lives
        self.around = places.surroundings(chance, lives.place)
        self.carers = 0

    # -- placements ---------------------------------------------------------------------------------------------

    def home_postcode(self, household: int) -> str:
        """The family's address in this authority: the same for brothers and sisters and over the years."""
        dice = self.chance.dice(household, f"home {self.lives.la_code}")
        own = self.around.sectors[places.OWN]
        return places.postcode(own[int(dice.random() * len(own))], places.unit(dice))

    def _elsewhere(self, dice: random.Random, mix: Sequence[float]) -> str:
        kind = int(_choose(dice, [(str(i), weight) for i, weight in enumerate(mix)]))
        sectors = self.around.sectors[kind] or self.around.sectors[places.NEAR]
        return places.postcode(sectors[int(dice.random() * len(sectors))], places.unit(dice))

    def placement(self, dice: random.Random, place: str, home: str) -> Placement:
        """A new placement of one type, with a provider and an address that fit it."""
        self.carers += 1
        provider, urn = "", ""
        if place == "P1":
            return Placement(place, "PR0", home or self._elsewhere(dice, (1,)), "", self.carers)
        if place in KINSHIP:
            if dice.random() < 0.004:
                # with relatives abroad: no postcode, no registration
                return Placement(place, "PR1", "", "", self.carers)
            provider, urn = "PR1", f"SC95{self.lives.place:04d}"
            where = self._elsewhere(dice, (46, 40, 13, 1))
        elif place in FOSTER or place[0] == "A":
            provider = _choose(
                dice, (("PR1", 56), ("PR4", 39), ("PR5", 5)) if place in FOSTER else (("PR1", 75), ("PR2", 10), ("PR5", 15))
            )
            urn = f"SC95{self.lives.place:04d}" if provider == "PR1" else f"SC94{int(dice.random() * 90):04d}"
            where = self._elsewhere(dice, (48, 40, 12, 0.4) if provider == "PR1" else (25, 57, 18, 0.4))
        elif place in ("K2", "H5"):
            pool = self.around.homes if place == "K2" else self.around.supported
            provider = _choose(dice, (("PR4", 84), ("PR1", 8), ("PR5", 8)))
            kind = (
                0
                if provider == "PR1"
                else int(_choose(dice, (("0", 14), ("1", 44), ("2", 42)) if place == "K2" else (("0", 35), ("1", 54), ("2", 11))))
            )
            choice = pool[kind] or pool[places.NEAR]
            home_of = choice[int(dice.random() * len(choice))]
            urn, where = home_of.urn, places.postcode(home_of.sector, home_of.unit)
        elif place in ("K1", "R3", "S1"):
            pool_of = self.around.secure if place == "K1" else self.around.residential
            home_of = pool_of[int(dice.random() * len(pool_of))]
            provider, urn, where = "PR4", home_of.urn, places.postcode(home_of.sector, home_of.unit)
        else:
            where = self._elsewhere(dice, (25, 50, 25, 0.5))
            provider = "" if place in NO_PROVIDER else {"R2": "PR3", "R5": "PR3"}.get(place, "PR4")
        sector = where[:-2]
        if urn and _country_of()[sector] != "England":
            urn = ""  # the register knows England only
        return Placement(place, provider, where, "" if place in NO_URN else urn, self.carers)

    def place_type(
        self, dice: random.Random, age: float, legal_status: str, unaccompanied: bool, on: int, first: bool, spell_end: int
    ) -> str:
        """A type of placement for the child's age, legal status and the day."""
        at_home = 6.5 if legal_status in ("C1", "C2") and not first else 3.0 if legal_status in ("C1", "C2") else 0.0
        options: list[tuple[str, float]]
        if legal_status == "J1":
            options = [("R5", 45), ("K1", 10), ("K2", 20), ("U6", 25)]
        elif unaccompanied:
            options = [("U6", 90), ("K2", 5)] if age < 16 else [("H5", 68), ("U6", 27), ("K2", 2), ("Z1", 3)]
        elif age < 1:
            options = [("U6", 70), ("U3", 12), ("U5", 4), ("R3", 7), ("R2", 2), ("P1", at_home)]
        elif age < 10:
            options = [("U6", 74), ("U3", 17), ("K2", 2), ("R3", 0.5), ("P1", at_home), ("Z1", 0.8), ("S1", 0.1 if age > 5 else 0)]
        elif age < 16:
            options = [
                ("U6", 64),
                ("U3", 8),
                ("K2", 16),
                ("S1", 0.3),
                ("R1", 3.5),
                ("R2", 0.8),
                ("K1", 0.3),
                ("P1", at_home),
                ("Z1", 1.5),
            ]
        else:
            options = [("U6", 32), ("H5", 52), ("K2", 14), ("U3", 4), ("R1", 4), ("R5", 1.5), ("P2", 2), ("P1", at_home), ("Z1", 3)]
        place = _choose(dice, options)
        # P2 may not last past the day it was ended; the next best is semi-independent living
        return "H5" if place == "P2" and (spell_end > LAST_INDEPENDENT_DAY or age < 16.2) else place

    # -- one period ---------------------------------------------------------------------------------------------

    def period(self, referral: int, start: int, end: int, kind: int, number: int) -> Period:
        r, who = self.lives.referrals, self.lives.people
        person = int(r.person[referral])
        dice = self.chance.dice(int(branch(r.key[referral : referral + 1], 900 + number)[0]), "care")
        unaccompanied = bool(who.group[person] == UNACCOMPANIED)
        birth = int(who.birth[person])
        home = "" if unaccompanied else self.home_postcode(int(who.household[person]))
        need = "N8" if unaccompanied else _from_list(dice, "care_need")
        told = Period(referral, person, start, end, kind, False, need, home)
        remand = bool(r.is_remand[referral]) and number == 0
        self._episodes(dice, told, birth, unaccompanied, remand)
        self._reviews(dice, told, birth)
        self._missing(dice, told, birth, unaccompanied)
        self._workers(dice, told)
        self._permanence(dice, told, birth)
        return told

    def _legal_path(
        self, dice: random.Random, told: Period, birth: int, unaccompanied: bool, remand: bool
    ) -> list[tuple[int, str]]:
        """(day, status) from the start of the period; each status differs from the one before."""
        start, end = told.start, told.end
        length = end - start
        if remand:
            return [(start, "J1")]
        if unaccompanied:
            return [(start, "V2")]
        status = _from_list(dice, "care_entry_legal_status")
        path = [(start, status)]
        at = start
        if status == "L1":
            at += 1 + int(dice.random() * 2.99)
            if at < end:
                status = "C1" if dice.random() < 0.45 or told.kind == ADOPTED else "V2"
                path.append((at, status))
        elif status == "L2":
            at += 7 + int(dice.random() * 13)
            if at < end:
                status = "C1"
                path.append((at, status))
        if status == "V2":
            wait = _days(dice, 240) if told.kind != ADOPTED else min(_days(dice, 60), length // 4)
            if (dice.random() < 0.75 or told.kind == ADOPTED) and at + wait < end:
                at += wait
                status = "C1"
                path.append((at, status))
        if told.kind == ADOPTED:
            order = start + int(length * 0.36)
            if path[-1][0] < order:
                path.append((order, "E1"))
            else:
                path[-1] = (path[-1][0], "E1")
            return path
        if status == "C1":
            wait = 180 + _days(dice, 170)
            if dice.random() < 0.9 and at + wait < end:
                at += wait
                path.append((at, "C2"))
                self._maybe_reversed(dice, told, birth, path)
        return path

    def _episodes(self, dice: random.Random, told: Period, birth: int, unaccompanied: bool, remand: bool) -> None:
        start, end = told.start, told.end
        legal = self._legal_path(dice, told, birth, unaccompanied, remand)
        length = end - start
        placed_at = start + int(length * 0.64) if told.kind == ADOPTED else NEVER
        age = (start - birth) / 365.25
        first_type = self.place_type(dice, age, legal[0][1], unaccompanied, start, True, end)
        with_carers = told.kind == ADOPTED and dice.random() < 0.25
        if told.kind == ADOPTED:
            first_type = "U5" if with_carers else "U6"
            order_day = legal[-1][0]
            decided = order_day - int(dice.random() * min(60, max(order_day - start - 1, 0)))
            told.decision = (max(decided, start), NEVER, "")
            told.adoption = self._adopters(dice, told.decision[0], placed_at, with_carers)
        now = self.placement(dice, first_type, told.home_postcode)
        moves: list[Move] = [(start, now, "")]
        at, holidays = start, 0
        last_move = min(end, placed_at)
        while True:
            years_in = (at - start) / 365.25
            settled = now.place in ("U4", "U1")
            rate = (1.5 if years_in < 0.3 else 0.45) * (0.3 if settled else 1.0) * (0.5 if unaccompanied else 1.0)
            if told.kind == ADOPTED:
                rate *= 0.4
            if now.place in ("R5", "R2", "K1", "R3"):
                rate = 4.0
            wait = _days(dice, 365.25 / rate)
            if (
                now.place in ("U6", "U3")
                and told.kind != ADOPTED
                and not unaccompanied
                and dice.random() < 0.55
                and (at - birth) / 365.25 < 15.5
            ):
                # matched for the long term with the same carers
                matched = 330 + _days(dice, 200)
                if matched < wait and at + matched < last_move - 60:
                    at += matched
                    now = Placement("U4" if now.place == "U6" else "U1", now.provider, now.postcode, now.urn, now.carer)
                    moves.append((at, now, "PLACE"))
                    continue
            turns_16 = birthday_of(birth, 16)
            if at < turns_16 < at + wait and dice.random() < 0.3:
                wait = turns_16 - at + _days(dice, 120)
            if at + wait >= last_move:
                break
            at += wait
            status = _status_on(legal, at)
            away = dice.random()
            if away < 0.05 and now.place in FOSTER | {"K2"} and now.postcode and at + 45 < last_move:
                kind = _choose(dice, (("T4", 40), ("T3", 30 if holidays < 1 else 0), ("T1", 20), ("T2", 10)))
                holidays += kind == "T3"
                lasts = 1 + int(dice.random() * {"T4": 6, "T3": 20, "T1": 30, "T2": 13}[kind])
                moves.append((at, self.placement(dice, kind, told.home_postcode), ""))
                at += lasts
                moves.append((at, now, ""))
                continue
            age = (at - birth) / 365.25
            spell_end = at + 900
            place = self.place_type(dice, age, status, unaccompanied, at, False, spell_end)
            if place == "R5" and age < 10.1:
                place = "K2"
            reason = _from_list(dice, "placement_change_reason")
            if place == "R5":
                reason = "CUSTOD" if at >= day(2018, 4, 1) else "OTHER"
            now = self.placement(dice, place, told.home_postcode)
            moves.append((at, now, reason))
        if placed_at < NEVER:
            # placed with those who adopt: with the foster carers themselves, or with others
            if with_carers and now.place not in FOSTER:
                with_carers = False
                told.adoption = told.adoption and (*told.adoption[:2], 0, *told.adoption[3:])
            if with_carers:
                moves.append((placed_at, Placement("A5", "PR1", now.postcode, now.urn, now.carer), "PLACE"))
            else:
                moves.append((placed_at, self.placement(dice, "A6", told.home_postcode), "CARPL"))
        self._join(dice, told, legal, moves)
        self._deprive(dice, told, birth)

    def _join(self, dice: random.Random, told: Period, legal: list[tuple[int, str]], moves: list[Move]) -> None:
        """Lay legal statuses and placements side by side: a new episode wherever one of them changes."""
        # a parent may not be the placement of a child accommodated by agreement; a status may not change inside a short absence
        legal = _with_moves(dice, legal, moves)
        legal = [(on if on == told.start else _clear_of(on, moves), status) for on, status in legal]
        days = sorted({on for on, _ in legal} | {on for on, _, _ in moves})
        previous: Episode | None = None
        for on in days:
            if on >= told.end:
                continue
            status = _status_on(legal, on)
            placement, reason = next((p, why) for start, p, why in reversed(moves) if start <= on)
            moved = any(start == on for start, _, _ in moves)
            if placement.place == "P1" and status not in ("C1", "C2", "E1"):
                placement = self.placement(dice, "U6", told.home_postcode) if previous is None else previous.placement
                moved = False
            if previous is None:
                told.episodes.append(Episode(on, told.end, "S", status, placement))
                previous = told.episodes[-1]
                continue
            changed_status = status != previous.legal_status
            changed_place = (placement.place, placement.postcode, placement.urn, placement.provider) != (
                previous.placement.place,
                previous.placement.postcode,
                previous.placement.urn,
                previous.placement.provider,
            )
            if not changed_status and not changed_place:
                continue
            same_carer = placement.carer == previous.placement.carer
            if changed_status and changed_place:
                code = "U" if same_carer else "B"
            elif changed_place:
                code = "T" if same_carer else "P"
            else:
                code = "L"
            previous.end = on
            temporary = placement.place in TEMPORARY or previous.placement.place in TEMPORARY
            if code != "L" and not temporary:
                previous.change_reason = reason if moved and reason else "OTHER"
                if same_carer:
                    previous.change_reason = "PLACE"
            told.episodes.append(Episode(on, told.end, code, status, placement))
            previous = told.episodes[-1]
        last = told.episodes[-1]
        last.end = told.end
        last.ceased_reason = self._ceased(dice, told, last)

    def _ceased(self, dice: random.Random, told: Period, last: Episode) -> str:
        place = last.placement.place
        kind = told.kind
        if kind == ADULT:
            if place in FOSTER:
                return _choose(dice, (("E17", 74), ("E5", 18), ("E8", 8)))
            if place in ("K2", "R1", "S1") and told.need == "N2":
                return "E7"
            return _choose(dice, (("E5", 66), ("E6", 5), ("E8", 19), ("E17", 10)))
        if kind == HOME:
            return "E4A" if dice.random() < 0.87 else "E4B"
        if kind == GUARDIANSHIP:
            if told.end < NEW_GUARDIANSHIP_CODES:
                return "E43" if place in FOSTER else "E44"
            return "E45" if place in KINSHIP else "E46" if place in FOSTER else "E47"
        if kind == ADOPTED:
            return "E12" if dice.random() < 0.6 else "E11"
        return {
            RELATIVES: "E13",
            ARRANGEMENTS: "E41",
            OTHER_AUTHORITY: "E3",
            ABROAD: "E16",
            DIED: "E2",
            AGE_ASSESSED: "E15",
            REMAND_ENDED: "E14",
            CUSTODY: "E9",
            OTHER: "E8",
        }[kind]

    def _adopters(self, dice: random.Random, decided: int, placed: int, with_carers: bool) -> tuple[int, int, int, int, str, str]:
        matched = decided + int((placed - decided) * (0.6 + 0.35 * dice.random()))
        couple = dice.random()
        if couple < 0.14:
            number, sex, status = 1, "F1" if dice.random() < 0.9 else "M1", "L0"
        elif couple < 0.32:
            number, sex = 2, "MM" if dice.random() < 0.6 else "FF"
            status = _choose(dice, (("L12", 60), ("L4", 20), ("L2", 20)))
        else:
            number, sex = 2, "MF"
            status = _choose(dice, (("L11", 80), ("L3", 18), ("L2", 2)))
        return decided, matched, int(with_carers), number, sex, status

    def _maybe_reversed(self, dice: random.Random, told: Period, birth: int, path: list[tuple[int, str]]) -> None:
        """Some young children are to be placed for adoption, and then are not: the order is given and taken back."""
        ordered = path[-1][0]
        if (told.start - birth) / 365.25 > 5 or told.end - ordered < 400 or dice.random() > 0.7:
            return
        granted = ordered + 1 + int(dice.random() * 90)
        taken_back = granted + 150 + int(dice.random() * min(900, told.end - granted - 200))
        told.decision = (granted - int(dice.random() * 30), taken_back, _from_list(dice, "adoption_reversed"))
        path += [(granted, "E1"), (taken_back, "C2")]

    def _deprive(self, dice: random.Random, told: Period, birth: int) -> None:
        for episode in told.episodes:
            if episode.placement.place == "K2" and (episode.start - birth) / 365.25 > 12 and dice.random() < 0.05:
                first = episode.start + 3
                last = min(first + 28 + int(dice.random() * 150), episode.end - 1)
                if last > first + 7:
                    told.deprivations.append((first, last))

    def _reviews(self, dice: random.Random, told: Period, birth: int) -> None:
        turns_4 = birthday_of(birth, 4)
        at = told.start
        for number in range(60):
            late = dice.random() < 0.06
            if number == 0:
                at = int(after_working(np.array([told.start]), 14 + int(dice.random() * 6) + (9 if late else 0))[0])
            else:
                longest = 91 if number == 1 else 183
                at += longest - int(dice.random() * 20) + (30 if late else 0)
            at += {5: 2, 6: 1}.get((at + 3) % 7, 0)
            if at >= told.end:
                return
            told.reviews.append((at, "PN0" if at < turns_4 else _from_list(dice, "review_participation")))

    def _missing(self, dice: random.Random, told: Period, birth: int, unaccompanied: bool) -> None:
        """Spells away, in the years of youth; they never overlap, and end before care does."""
        turns_10 = birthday_of(birth, 10)
        first = max(told.start + 1, turns_10)
        spells: list[tuple[str, int, int]] = []
        year = first
        while year < told.end - 3:
            until = min(year + 365, told.end - 2)
            age = (year - birth) / 365.25
            weight = 0.35 if age < 12 else 1.0 if age < 14 else 1.9
            for kind, share, often in (
                ("M", facts.rates()["goes_missing"], 15.0),
                ("A", facts.rates()["away_without_authorisation"], 9.0),
            ):
                if dice.random() < share * weight * (0.6 if unaccompanied else 1.15) * min(1.0, (until - year) / 200):
                    for _ in range(1 + int(dice.expovariate(1 / often))):
                        on = year + int(dice.random() * max(until - year, 1))
                        lasts = int(dice.expovariate(1 / 1.6)) if dice.random() < 0.97 else 7 + int(dice.expovariate(1 / 35))
                        spells.append((kind, on, on + lasts))
            year += 365
        spells.sort(key=lambda spell: (spell[1], spell[2]))
        upto = told.start
        for kind, on, back in spells:
            if on > upto and back < told.end:
                told.missing.append((kind, on, back))
                upto = back

    def _workers(self, dice: random.Random, told: Period) -> None:
        at, reason = told.start, "FCONTA"
        pool = max(8, int(facts.by_authority("looked_after_at31")[self.lives.place, -1] / 7))
        while True:
            until = at + 35 + _days(dice, 190)
            agency = dice.random() < 0.15
            number = int(dice.random() * (300 if agency else pool))
            worker = f"SW9{99 if agency else self.lives.place:02d}{number:04d}"
            if dice.random() < 0.01:
                worker = f"XX{number:04d}"
            ends = until if until < told.end else NEVER
            told.workers.append((worker, at, ends, reason))
            if ends == NEVER:
                return
            at, reason = until, _from_list(dice, "social_worker_change")

    def _permanence(self, dice: random.Random, told: Period, birth: int) -> None:
        option = _from_list(dice, "previous_permanence")
        if option == "Z1" or told.start - birth < 700:
            return
        on = np.datetime64(birth + 200 + int(dice.random() * (told.start - birth - 600)), "D")
        year, month, day_of_month = str(on).split("-")
        detail = dice.random()
        date = f"{day_of_month}/{month}/{year}" if detail < 0.5 else f"zz/{month}/{year}" if detail < 0.7 else f"zz/zz/{int(year)}"
        codes = facts.la_codes()
        authority = (
            self.lives.la_code
            if dice.random() < 0.6
            else _choose(dice, ((codes[int(dice.random() * len(codes))], 80), ("WAL", 3), ("SCO", 3), ("NUK", 6), ("999", 8)))
        )
        told.permanence = (option, authority, date)

    # -- short breaks -------------------------------------------------------------------------------------------

    def short_breaks(self, referral: int) -> list[Period]:
        """A series of short breaks for a disabled child: every break (V3) or the agreement alone (V4)."""
        r, who = self.lives.referrals, self.lives.people
        person = int(r.person[referral])
        dice = self.chance.dice(int(branch(r.key[referral : referral + 1], 990)[0]), "short breaks")
        birth = int(who.birth[person])
        first = max(int(r.assessment_end[referral]) + 30, birth + 4 * 366)
        last = min(int(r.end[referral]) - 5, birthday_of(birth, 18) - 5, first + 200 + _days(dice, 900))
        if last < first + 60:
            return []
        self.carers += 1
        place = _choose(dice, (("K2", 55), ("U6", 35), ("R1", 10)))
        placement = Placement(place, _choose(dice, (("PR1", 50), ("PR4", 30), ("PR5", 20))), "", "", self.carers)
        periods = []
        if dice.random() < 0.4:
            periods.append((first, last, "V4"))
        else:
            at = first
            while at < last - 5:
                nights = 1 + int(dice.random() * 3.5)
                periods.append((at, at + nights, "V3"))
                at += 28 + int(dice.random() * 20)
        told = []
        permanence = Period(referral, person, first, last, HOME, True, "N2", "")
        self._permanence(dice, permanence, birth)
        for start, end, status in periods:
            one = Period(referral, person, start, end, HOME, True, "N2", "", permanence=permanence.permanence)
            one.episodes.append(Episode(start, end, "S", status, placement, ceased_reason="E4A"))
            told.append(one)
        return told


def _clear_of(on: int, moves: list[Move]) -> int:
    """The day, or the one after the return where it falls inside a temporary absence or on its edges."""
    for number, (start, placement, _) in enumerate(moves):
        if placement.place in TEMPORARY and number + 1 < len(moves):
            back = moves[number + 1][0]
            if start <= on <= back:
                return back + 1
    return on


def _with_moves(dice: random.Random, legal: list[tuple[int, str]], moves: list[Move]) -> list[tuple[int, str]]:
    """Some orders are made on the day a child moves: brought to a move within six weeks, never past another order."""
    lasting = [
        start
        for (_, before, _), (start, after, _) in pairwise(moves)
        if before.place not in TEMPORARY and after.place not in TEMPORARY
    ]
    found = list(legal)
    for number in range(1, len(legal)):
        on, status = found[number]
        # police protection and emergency orders have their own short term; a placement order its own date
        if status not in ("C1", "C2") or found[number - 1][1] not in ("V2", "C1") or dice.random() > 0.3:
            continue
        upto = found[number + 1][0] if number + 1 < len(found) else on + 43
        near = [start for start in lasting if abs(start - on) <= 42 and found[number - 1][0] < start < upto]
        if near:
            found[number] = (min(near, key=lambda start: abs(start - on)), status)
    return found


def _status_on(legal: list[tuple[int, str]], on: int) -> str:
    return next(status for start, status in reversed(legal) if start <= on)


@cache
def _country_of() -> dict[str, str]:
    names, _, _, countries = facts.postcode_sectors()
    return dict(zip(names, countries, strict=True))


def tell(chance: Chance, lives: Lives, window_start: int) -> Care:
    """The care of the authority's children that reaches `window_start`; leavers of six years before keep their period."""
    r, who = lives.referrals, lives.people
    teller = Teller(chance, lives)
    told: list[Period] = []
    here = lives.here
    for referral in np.flatnonzero(here & (r.care_start < NEVER)):
        for number, (start, end, kind) in enumerate(
            (
                (r.care_start[referral], r.care_end[referral], r.care_kind[referral]),
                (r.care2_start[referral], r.care2_end[referral], r.care2_kind[referral]),
            )
        ):
            if start >= NEVER:
                continue
            if end >= window_start - 366:
                told.append(teller.period(int(referral), int(start), int(end), int(kind), number))
            elif end >= window_start - 6 * 366:
                told.append(Period(int(referral), int(r.person[referral]), int(start), int(end), int(kind), False, "N8", ""))
    breaks = here & (r.outcome == IN_NEED) & (r.care_start >= NEVER) & who.is_disabled[r.person]
    breaks &= chance.happens(r.key, "short breaks", facts.rates()["short_breaks"]) & (r.end >= window_start - 366)
    for referral in np.flatnonzero(breaks):
        told.extend(one for one in teller.short_breaks(int(referral)) if one.end >= window_start - 366)
    return _tables(told, lives)


def _tables(told: list[Period], lives: Lives) -> Care:
    who = lives.people
    people = np.array([one.person for one in told], dtype=np.int64)

    def frame(columns: dict[str, type[pl.DataType]], rows: list[tuple[object, ...]]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=columns, orient="row")

    number, text = pl.Int64, pl.String
    return Care(
        periods=frame(
            {
                "referral": number,
                "person": number,
                "start": number,
                "end": number,
                "kind": number,
                "is_short_break": pl.Boolean,
                "need": text,
                "prev_perm": text,
                "la_perm": text,
                "date_perm": text,
            },
            [(p.referral, p.person, p.start, p.end, p.kind, p.is_short_break, p.need, *p.permanence) for p in told],
        ).with_columns(pl.Series("is_unaccompanied", who.group[people] == UNACCOMPANIED if len(people) else [], dtype=pl.Boolean)),
        episode=frame(
            {
                "period": number,
                "start": number,
                "end": number,
                "rne": text,
                "ls": text,
                "cin": text,
                "place": text,
                "place_provider": text,
                "rec": text,
                "reason_place_change": text,
                "home_post": text,
                "pl_post": text,
                "urn": text,
            },
            [
                (
                    i,
                    e.start,
                    e.end,
                    e.new_reason,
                    e.legal_status,
                    p.need,
                    e.placement.place,
                    e.placement.provider,
                    e.ceased_reason,
                    e.change_reason,
                    p.home_postcode,
                    e.placement.postcode,
                    e.placement.urn,
                )
                for i, p in enumerate(told)
                for e in p.episodes
            ],
        ),
        review=frame(
            {"period": number, "date": number, "code": text}, [(i, *review) for i, p in enumerate(told) for review in p.reviews]
        ),
        missing=frame(
            {"period": number, "kind": text, "start": number, "end": number},
            [(i, *spell) for i, p in enumerate(told) for spell in p.missing],
        ),
        worker=frame(
            {"period": number, "worker": text, "start": number, "end": number, "reason": text},
            [(i, *one) for i, p in enumerate(told) for one in p.workers],
        ),
        deprivation=frame(
            {"period": number, "start": number, "end": number}, [(i, *one) for i, p in enumerate(told) for one in p.deprivations]
        ),
        decision=frame(
            {"period": number, "date": number, "reversed": number, "reason": text},
            [(i, *p.decision) for i, p in enumerate(told) if p.decision],
        ),
        adoption=frame(
            {
                "period": number,
                "date_int": number,
                "date_match": number,
                "foster_care": number,
                "nb_adoptr": number,
                "sex_adoptr": text,
                "ls_adoptr": text,
            },
            [(i, *p.adoption) for i, p in enumerate(told) if p.adoption],
        ),
    )
