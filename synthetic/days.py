"""Days as whole numbers (days since 1970-01-01), collection years, birthdays and England's working days."""

import csv
from functools import cache

import numpy as np
import numpy.typing as npt

from loaders.settings import SEEDS

Days = npt.NDArray[np.int64]

# beyond any simulated life: stands for "never" where a date is compared
NEVER = 10**6


def day(year: int, month: int, day_of_month: int) -> int:
    return int(np.datetime64(f"{year:04d}-{month:02d}-{day_of_month:02d}", "D").astype(np.int64))


def period(collection_year: int) -> tuple[int, int]:
    """First and last day of a collection year: 1 April to 31 March."""
    return day(collection_year - 1, 4, 1), day(collection_year, 3, 31)


def collection_year(days: Days) -> Days:
    """The collection year in which each day falls."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year = months // 12 + 1970 + (months % 12 >= 3)
    return year.astype(np.int64)


def birthday(birth: Days, age: int) -> Days:
    """The day a person turns `age`; born on 29 February, it is 28 February in other years."""
    dates = birth.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    day_of_month = (dates - month.astype("datetime64[D]")).astype(np.int64)
    target = month + np.timedelta64(12 * age, "M")
    month_length = ((target + np.timedelta64(1, "M")).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    turned: Days = target.astype("datetime64[D]").astype(np.int64) + np.minimum(day_of_month, month_length - 1)
    return turned


def birthday_of(birth: int, age: int) -> int:
    return int(birthday(np.array([birth], dtype=np.int64), age)[0])


@cache
def _calendar() -> tuple[int, npt.NDArray[np.bool_], Days, Days]:
    """(first day, is working day, working days up to and including each day, the working days in order)."""
    first, last = day(1990, 1, 1), day(2045, 12, 31)
    days = np.arange(first, last + 1)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday: Monday is 0
    with (SEEDS / "reference" / "ref_bank_holiday.csv").open(encoding="utf-8", newline="") as file:
        holidays = np.array([row["holiday_date"] for row in csv.DictReader(file)], dtype="datetime64[D]").astype(np.int64)
    working = (weekday < 5) & ~np.isin(days, holidays)
    return first, working, np.cumsum(working).astype(np.int64), days[working].astype(np.int64)


def is_working(days: Days) -> npt.NDArray[np.bool_]:
    first, working, _, _ = _calendar()
    found: npt.NDArray[np.bool_] = working[days - first]
    return found


def next_working(days: Days) -> Days:
    """The day itself where it is a working day, else the first one after it; NEVER stays NEVER."""
    first, working, upto, in_order = _calendar()
    at = np.clip(days - first, 0, len(working) - 8)
    return np.where((days >= NEVER) | working[at], days, in_order[upto[at]])


def after_working(days: Days, n: npt.ArrayLike) -> Days:
    """The n-th working day after each day (n = 0: the day itself or the next working one); NEVER stays NEVER."""
    first, working, upto, in_order = _calendar()
    at = np.clip(next_working(days) - first, 0, len(working) - 1)
    place = np.minimum(upto[at] - 1 + np.asarray(n, dtype=np.int64), len(in_order) - 1)
    return np.where(days >= NEVER, NEVER, in_order[place])


def working_between(start: Days, end: Days) -> Days:
    """Working days after `start` up to and including `end`."""
    first, _, upto, _ = _calendar()
    between: Days = upto[end - first] - upto[start - first]
    return between
