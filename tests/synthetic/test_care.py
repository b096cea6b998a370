"""Single steps of a care history, on worked examples."""

import random

import numpy as np
import pytest

from synthetic import care, lives
from synthetic.care import Placement, Teller
from synthetic.days import NEVER, day
from synthetic.story import Story

HOME = Placement("U6", "PR1", "SE9 1AA", "SC950002", 1)
AWAY = Placement("T4", "", "SE9 2AA", "", 2)
OTHER = Placement("K2", "PR4", "SE9 3AA", "SC900001", 3)
MOVES = [(0, HOME, ""), (100, AWAY, ""), (106, HOME, ""), (200, OTHER, "CARPL")]


@pytest.fixture
def teller(greenwich: Story) -> Teller:
    return Teller(greenwich.chance, greenwich.lives)


@pytest.mark.parametrize(("on", "expected"), [(50, 50), (100, 107), (103, 107), (106, 107), (107, 107), (200, 200)])
def test_no_order_falls_into_a_temporary_absence(on: int, expected: int) -> None:
    assert care._clear_of(on, MOVES) == expected


def test_an_order_may_come_on_the_day_of_a_lasting_move_only() -> None:
    seen = {care._with_moves(random.Random(seed), [(0, "V2"), (190, "C1")], MOVES)[1][0] for seed in range(50)}
    assert seen == {190, 200}
    # never to the edge of an absence, never past the next order, never for police protection
    assert {care._with_moves(random.Random(seed), [(0, "V2"), (103, "C1")], MOVES)[1][0] for seed in range(50)} == {103}
    assert {care._with_moves(random.Random(seed), [(0, "V2"), (190, "C1"), (195, "C2")], MOVES)[1][0] for seed in range(50)} == {
        190
    }
    assert {care._with_moves(random.Random(seed), [(0, "L1"), (190, "C1")], MOVES)[1][0] for seed in range(50)} == {190}


def test_independent_living_ends_on_the_day_it_was_ended(teller: Teller) -> None:
    last = care.LAST_INDEPENDENT_DAY
    assert last == day(2023, 10, 28)
    dice = random.Random(1)
    before = {teller.place_type(dice, 17.0, "C2", False, 0, False, last) for _ in range(600)}
    after = {teller.place_type(dice, 17.0, "C2", False, 0, False, last + 1) for _ in range(600)}
    assert "P2" in before and "P2" not in after


def test_places_fit_age_and_status(teller: Teller) -> None:
    dice = random.Random(2)
    of_a_baby = {teller.place_type(dice, 0.2, "V2", False, 0, True, 0) for _ in range(500)}
    assert "P1" not in of_a_baby and not of_a_baby & {"H5", "R5", "S1", "K1"}
    assert {teller.place_type(dice, 15.0, "V2", True, 0, True, 0) for _ in range(300)} == {"U6", "K2"}
    assert {teller.place_type(dice, 15.0, "J1", False, 0, True, 0) for _ in range(300)} == {"R5", "K1", "K2", "U6"}


@pytest.mark.parametrize(
    ("place", "kind", "end", "expected"),
    [
        ("U3", lives.GUARDIANSHIP, day(2018, 4, 1), {"E45"}),
        ("U6", lives.GUARDIANSHIP, day(2018, 3, 31), {"E43"}),
        ("U6", lives.GUARDIANSHIP, day(2020, 1, 1), {"E46"}),
        ("K2", lives.GUARDIANSHIP, day(2020, 1, 1), {"E47"}),
        ("A6", lives.ADOPTED, day(2020, 1, 1), {"E11", "E12"}),
        ("U4", lives.ADULT, day(2020, 1, 1), {"E17", "E5", "E8"}),
        ("U4", lives.OTHER_AUTHORITY, day(2020, 1, 1), {"E3"}),
    ],
)
def test_how_care_ended_is_told_by_kind_place_and_day(teller: Teller, place: str, kind: int, end: int, expected: set[str]) -> None:
    told = care.Period(0, 0, 0, end, kind, False, "N1", "")
    last = care.Episode(0, end, "S", "C2", Placement(place, "PR1", "", "", 1))
    assert {teller._ceased(random.Random(seed), told, last) for seed in range(60)} == expected


def test_time_to_leave_uses_up_the_chances_of_the_ages_lived_through() -> None:
    bands = ((0, 10, 0.5), (10, 18, 0.1))
    years = lives._time_to_leave(np.array([0.25, 1.0, 1.2, 5.0]), np.array([0.0, 9.0, 9.0, 9.0]), bands)
    assert years[:3] == pytest.approx([0.5, 6.0, 8.0])
    # 0.5 in the last year before 10, then 0.1 a year: not used up by 18
    assert years[3] > 30


def test_a_plan_of_no_care_has_no_dates(greenwich: Story) -> None:
    r = greenwich.lives.referrals
    without = r.care_start >= NEVER
    assert (r.care_end[without] == NEVER).all() and (r.care_kind[without] == -1).all()
    assert (r.care2_start[without] == NEVER).all()
    assert (r.care_end[~without] >= r.care_start[~without]).all()
