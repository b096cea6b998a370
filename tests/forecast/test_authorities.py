"""Forecasts from counted rows: states, ageing, scenarios, intervals, London."""

from datetime import date

import numpy as np
import pytest

from forecast.authorities import (
    COLUMNS,
    AgeBand,
    Change,
    Counts,
    Settings,
    States,
    ageing_of,
    changed,
    counts_of,
    forecast_all,
    forecast_authority,
    month_ends,
)

STATES = States((AgeBand("10-16", 10, 16), AgeBand("16-18", 16, 18)), ("fostering", "residential"))
BASE = Change("base", "entry", "any", "any", "any", 0.0)
SETTINGS = Settings(refits=50, step_days=1, is_ageing_observed=False)
BLOCKS = 26


def counts(
    la_code: str = "202", origin: date = date(2025, 3, 31), fit: str = "forecast", horizon: int = 3, busy: int = 1
) -> Counts:
    """Two years in blocks of 28 days: 10 children in each state, with entries and moves that differ from block to block."""
    flows: list[tuple[int, str, str | None, str | None, str | None, int]] = []
    for block in range(BLOCKS):
        flows.append((block, "block", None, None, None, 28))
        for band in ("10-16", "16-18"):
            for category in ("fostering", "residential"):
                flows.append((block, "days", band, category, None, 280))
        flows.append((block, "entry", "10-16", "fostering", None, (block % 3) * busy))
        flows.append((block, "move", "10-16", "fostering", "residential", block % 2))
        flows.append((block, "move", "16-18", "fostering", "out of care", 1))
        flows.append((block, "birthday", "16-18", "fostering", None, 1))
    stock = [(band, category, 10) for band in ("10-16", "16-18") for category in ("fostering", "residential")]
    return counts_of(STATES, (la_code, fit, origin, horizon), flows, stock)


def test_month_ends_over_a_leap_year() -> None:
    assert month_ends(date(2023, 11, 30), 4) == [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    assert month_ends(date(2025, 3, 31), 36)[-1] == date(2028, 3, 31)


def test_counts_find_their_state() -> None:
    found = counts()
    assert found.block_days.sum() == BLOCKS * 28
    assert found.days.sum() == BLOCKS * 4 * 280
    assert found.entries[:, STATES.index("10-16", "fostering")].sum() == sum(block % 3 for block in range(BLOCKS))
    assert found.moves[:, STATES.index("10-16", "fostering"), STATES.index("10-16", "residential")].sum() == 13
    assert found.moves[:, STATES.index("16-18", "fostering"), STATES.count].sum() == BLOCKS
    assert found.birthdays.sum() == BLOCKS
    assert found.stock.tolist() == [10, 10, 10, 10]


def test_ageing_by_the_length_of_the_band() -> None:
    ageing = ageing_of(STATES, [counts()], is_observed=False)
    young, old = STATES.index("10-16", "residential"), STATES.index("16-18", "residential")
    assert ageing[young, old] == pytest.approx(1 / (6 * 365))
    assert ageing[old, STATES.count] == pytest.approx(1 / (2 * 365))
    assert np.count_nonzero(ageing) == 4


def test_ageing_as_observed_and_by_length_where_nobody_was() -> None:
    empty = counts()
    empty.days[:, STATES.index("16-18", "residential")] = 0
    ageing = ageing_of(STATES, [empty, empty], is_observed=True)
    # a birthday in every block of 280 days, the same over two authorities
    assert ageing[STATES.index("16-18", "fostering"), STATES.count] == pytest.approx(1 / 280)
    assert ageing[STATES.index("10-16", "fostering"), STATES.index("16-18", "fostering")] == 0
    assert ageing[STATES.index("16-18", "residential"), STATES.count] == pytest.approx(1 / 730)


def test_one_year_is_one_band_of_365_days() -> None:
    assert States((AgeBand("0-1", 0, 1),), ("other",)).shares_by_length().tolist() == [pytest.approx(1 / 365)]


def test_scenarios_change_what_they_name() -> None:
    rates = np.full((4, 5), 0.01)
    entries = np.full(4, 1.0)
    moves = [Change("s", "move", "any", "residential", "fostering", 0.25), Change("s", "entry", "10-16", "any", "any", -0.1)]
    new_rates, new_entries = changed(STATES, moves, rates, entries)
    young, old = STATES.index("10-16", "residential"), STATES.index("16-18", "residential")
    expected = rates.copy()
    expected[young, STATES.index("10-16", "fostering")] = 0.0125
    expected[old, STATES.index("16-18", "fostering")] = 0.0125
    np.testing.assert_allclose(new_rates, expected)
    np.testing.assert_allclose(new_entries, [0.9, 0.9, 1, 1])
    assert rates.min() == rates.max()
    # to any target, and never below nothing
    gone, _ = changed(STATES, [Change("s", "move", "16-18", "fostering", "any", -2.0)], rates, entries)
    state = STATES.index("16-18", "fostering")
    within_band = [STATES.index("16-18", "fostering"), STATES.index("16-18", "residential"), STATES.count]
    assert gone[state, within_band].tolist() == [0, 0, 0]


def test_the_first_refit_is_the_whole_window() -> None:
    found = forecast_authority(STATES, counts(horizon=1), STATES.ageing(np.zeros(4)), {"base": [BASE]}, SETTINGS)["base"]
    assert found.shape == (51, 1, 4)
    # 26 leave in 26 x 280 days: 1/280 a day, out of ten, for 30 days
    assert found[0, 0, STATES.index("16-18", "fostering")] == pytest.approx(10 * (1 - 1 / 280) ** 30)
    assert found[0, 0, STATES.index("10-16", "residential")] > 10


def rows(table_of: list[Counts], changes: list[Change]) -> dict[tuple[str, ...], dict[str, object]]:
    table = forecast_all(STATES, table_of, changes, SETTINGS)
    assert table.schema == COLUMNS
    keys = ("la_code", "fit", "scenario", "period_end", "breakdown", "breakdown_value")
    found = {tuple(str(row[key]) for key in keys): row for row in table.to_pylist()}
    assert len(found) == table.num_rows
    return found


def value(row: dict[str, object], column: str) -> float:
    found = row[column]
    assert isinstance(found, float | int)
    return float(found)


def test_parts_sum_to_the_total_and_london_to_its_authorities() -> None:
    fewer = Change("fewer", "entry", "any", "any", "any", -0.5)
    found = rows([counts("203", busy=3), counts("202"), counts("202", date(2024, 3, 31), "back_test", 12)], [BASE, fewer])
    key = ("202", "forecast", "base", "2025-06-30")
    total = found[(*key, "total", "total")]
    assert total["months_ahead"] == 3
    for breakdown, number in (("age_band_forecast", 2), ("placement_category", 2), ("age_band_forecast;placement_category", 4)):
        parts = [row for of, row in found.items() if of[:4] == key and of[4] == breakdown]
        assert len(parts) == number
        assert sum(value(part, "expected") for part in parts) == pytest.approx(value(total, "expected"))
    london = found[("london", *key[1:], "total", "total")]
    other = found[("203", *key[1:], "total", "total")]
    assert value(london, "expected") == pytest.approx(value(total, "expected") + value(other, "expected"))
    assert london["n_authorities"] == 2
    # the same blocks are drawn for both, so chance does not cancel out between them
    spread = [value(row, "upper") - value(row, "lower") for row in (total, other, london)]
    assert spread[2] == pytest.approx(spread[0] + spread[1], rel=0.05)
    assert value(total, "lower") < value(total, "expected") < value(total, "upper")
    assert value(found[("202", "forecast", "fewer", *key[3:], "total", "total")], "expected") < value(total, "expected")
    # the back-test is of the forecast as it stands
    assert {of[2] for of in found if of[1] == "back_test"} == {"base"}


def test_london_is_those_authorities_that_reach_the_month() -> None:
    found = rows([counts("202"), counts("203", date(2025, 1, 31))], [BASE])
    numbers = {of[3]: row["n_authorities"] for of, row in found.items() if of[0] == "london" and of[4] == "total"}
    assert numbers == {"2025-02-28": 1, "2025-03-31": 1, "2025-04-30": 2, "2025-05-31": 1, "2025-06-30": 1}
    ahead = {of[3]: row["months_ahead"] for of, row in found.items() if of[0] == "london" and of[4] == "total"}
    assert ahead["2025-04-30"] == 1


def test_nothing_counted_gives_no_rows() -> None:
    assert forecast_all(STATES, [], [BASE], SETTINGS).num_rows == 0


def test_the_same_counts_give_the_same_table() -> None:
    first = forecast_all(STATES, [counts("202"), counts("203", busy=2)], [BASE], SETTINGS)
    assert first.equals(forecast_all(STATES, [counts("203", busy=2), counts("202")], [BASE], SETTINGS))
