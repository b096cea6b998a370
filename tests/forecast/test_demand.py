"""The arithmetic of the forecast against docs/rules/sufficiency.md 8, and against a simulation child by child in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.demand import (
    Array,
    drawn_blocks,
    interval,
    mean_absolute_percentage_error,
    over_days,
    project,
    rates_of,
    step_matrix,
)

# worked example 3: fostering and residential; the last column is out of care
RATES = np.array([[0.0, 0.0002, 0.0008], [0.0001, 0.0, 0.0010]])
ENTRIES = np.array([0.40, 0.08])
STOCK = np.array([400.0, 100.0])


def test_worked_example_3_day_by_day() -> None:
    days = project(STOCK, RATES, ENTRIES, [1] * 365)
    np.testing.assert_allclose(days[0], [400.01, 100.05], atol=1e-4)
    np.testing.assert_allclose(days[1], [400.02, 100.0999], atol=1e-4)
    np.testing.assert_allclose(days[2], [400.03, 100.1498], atol=1e-4)
    np.testing.assert_allclose(days[364], [403.3192, 115.1474], atol=1e-4)
    assert days[364].sum() == pytest.approx(518.4666, abs=1e-4)


def test_worked_example_3_at_its_horizon_and_its_steady_state() -> None:
    assert project(STOCK, RATES, ENTRIES, [365])[0].sum() == pytest.approx(518.4666, abs=1e-4)
    # months of any length make the same year
    assert project(STOCK, RATES, ENTRIES, [30, 31, 304])[-1] == pytest.approx([403.3192, 115.1474], abs=1e-4)
    np.testing.assert_allclose(project(STOCK, RATES, ENTRIES, [365 * 100])[0], [414.8148, 148.1481], atol=1e-4)


def test_worked_example_4_no_more_leave_than_are_there() -> None:
    np.testing.assert_allclose(project(np.array([0.5]), np.array([[0.0, 3.0]]), np.array([0.2]), [1]), [[0.2]])
    # the half child that leaves is shared among its targets by their rates
    moved = project(np.array([0.5, 0.0]), np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]), np.zeros(2), [1])
    np.testing.assert_allclose(moved, [[0.0, 0.5 / 3]])


def test_a_step_of_several_days() -> None:
    rates, entries = over_days(RATES, ENTRIES, 7)
    assert rates[0, 2] == pytest.approx(1 - (1 - 0.0008) ** 7)
    np.testing.assert_allclose(entries, 7 * ENTRIES)
    # 30 days are four steps of seven and one of two
    by_hand = STOCK
    for days in (7, 7, 7, 7, 2):
        by_hand = one_step(by_hand, *over_days(RATES, ENTRIES, days))
    np.testing.assert_allclose(project(STOCK, RATES, ENTRIES, [30], step_days=7)[0], by_hand)
    # and not far from thirty steps of one
    np.testing.assert_allclose(project(STOCK, RATES, ENTRIES, [30], step_days=7), project(STOCK, RATES, ENTRIES, [30]), rtol=1e-3)


def test_a_rate_is_a_ratio_of_sums() -> None:
    moves = np.array([[0.0, 3.0, 1.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(rates_of(moves, np.array([200.0, 0.0])), [[0.0, 0.015, 0.005], [0.0, 0.0, 0.0]])


def test_refits_side_by_side_are_refits_one_by_one() -> None:
    rates = np.stack([RATES, RATES * 2, np.zeros_like(RATES)])
    entries = np.stack([ENTRIES, ENTRIES / 2, ENTRIES])
    together = project(STOCK, rates, entries, [28, 31])
    assert together.shape == (3, 2, 2)
    for number in range(3):
        np.testing.assert_allclose(together[number], project(STOCK, rates[number], entries[number], [28, 31]))


def one_step(stock: Array, rates: Array, entries: Array) -> Array:
    """A day as docs/rules/sufficiency.md 5 tells it, state by state."""
    after = stock + entries
    for state, children in enumerate(stock):
        leaving = min(children, children * rates[state].sum())
        after[state] -= leaving
        for target in range(len(stock)):
            after[target] += leaving * rates[state, target] / rates[state].sum() if rates[state].sum() else 0
    return after


@given(
    stock=st.lists(st.floats(0, 500), min_size=3, max_size=3),
    rates=st.lists(st.floats(0, 1.5), min_size=12, max_size=12),
    entries=st.lists(st.floats(0, 5), min_size=3, max_size=3),
    days=st.integers(1, 5),
)
def test_a_step_is_what_the_rule_book_says(stock: list[float], rates: list[float], entries: list[float], days: int) -> None:
    rate = np.array(rates).reshape(3, 4)
    rate[np.arange(3), np.arange(3)] = 0
    expected = np.array(stock)
    for _ in range(days):
        expected = one_step(expected, rate, np.array(entries))
    found = project(np.array(stock), rate, np.array(entries), [days])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert (found >= -1e-9).all()


def test_nobody_is_made_or_lost_without_entries_and_exits() -> None:
    inside = RATES.copy()
    inside[:, 2] = 0
    assert project(STOCK, inside, np.zeros(2), [1000])[0].sum() == pytest.approx(500)
    assert step_matrix(inside, np.zeros(2)).shape == (3, 3)


def test_blocks_are_drawn_alike_each_time_and_evenly() -> None:
    drawn = drawn_blocks("forecast|2025-03-31|27", 27, 500)
    assert drawn.shape == (500, 27)
    assert (drawn.sum(axis=1) == 27).all()
    # 500 refits draw each block 500 times, give or take chance (a standard deviation of 22)
    assert np.abs(drawn.sum(axis=0) - 500).max() < 100
    np.testing.assert_array_equal(drawn, drawn_blocks("forecast|2025-03-31|27", 27, 500))
    # the numbers themselves: another library or machine must not change a published interval
    assert drawn[0].tolist() == [2, 1, 0, 0, 1, 3, 1, 1, 0, 1, 0, 3, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0, 0, 1, 2]
    assert (drawn != drawn_blocks("forecast|2024-03-31|27", 27, 500)).any()


def test_interval_is_the_10th_and_90th_percentile() -> None:
    lower, upper = interval(np.arange(101.0)[:, None])
    assert (lower[0], upper[0]) == (10, 90)


def test_error_leaves_out_months_without_children() -> None:
    assert mean_absolute_percentage_error(np.array([110.0, 38, 1]), np.array([100.0, 40, 0])) == pytest.approx(7.5)
    assert np.isnan(mean_absolute_percentage_error(np.array([1.0]), np.array([0.0])))
