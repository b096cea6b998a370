"""Working days, birthdays and collection years, on worked examples."""

import numpy as np
import pytest

from synthetic import days


def on(text: str) -> np.ndarray:
    return np.array([text], dtype="datetime64[D]").astype(np.int64)


def text(value: np.ndarray) -> str:
    return str(value.astype("datetime64[D]")[0])


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2024-03-28", 1, "2024-04-02"),  # over Easter: Good Friday and Easter Monday do not count
        ("2024-03-30", 0, "2024-04-02"),  # a Saturday before Easter Monday moves to the next working day
        ("2024-12-24", 3, "2024-12-31"),  # Christmas Day and Boxing Day
        ("2025-05-01", 15, "2025-05-23"),  # the early May bank holiday is inside
        ("2024-06-03", 0, "2024-06-03"),
    ],
)
def test_working_days_after(start: str, n: int, expected: str) -> None:
    assert text(days.after_working(on(start), n)) == expected


def test_working_days_between_is_the_way_back() -> None:
    start = on("2024-03-28")
    for n in (1, 15, 45):
        assert days.working_between(start, days.after_working(start, n))[0] == n


def test_never_stays_never() -> None:
    never = np.array([days.NEVER])
    assert days.after_working(never, 5)[0] == days.NEVER
    assert days.next_working(never)[0] == days.NEVER


@pytest.mark.parametrize(
    ("born", "age", "expected"),
    [
        ("2008-02-29", 18, "2026-02-28"),
        ("2008-02-29", 4, "2012-02-29"),
        ("2010-12-31", 18, "2028-12-31"),
        ("2007-03-01", 10, "2017-03-01"),
    ],
)
def test_birthdays(born: str, age: int, expected: str) -> None:
    assert text(days.birthday(on(born), age)) == expected
    assert days.birthday_of(int(on(born)[0]), age) == on(expected)[0]


@pytest.mark.parametrize(("date", "year"), [("2024-03-31", 2024), ("2024-04-01", 2025), ("2024-12-31", 2025), ("2025-01-01", 2025)])
def test_collection_year(date: str, year: int) -> None:
    assert days.collection_year(on(date))[0] == year
    first, last = days.period(year)
    assert first <= on(date)[0] <= last
