"""Cells as numbers: each name once in a sorted list, a whole key in one 64-bit number.

Joining millions of cells by six columns of text takes minutes, by one number seconds. The numbers keep the order of the
alphabet, so that what is sorted by number is sorted by name: count, area, kind of period, period, breakdown, value.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]

NONE = -1
TOTAL = ("total", "total")
Place = tuple[str, str]
Period = tuple[str, date]


@dataclass(frozen=True)
class Codes:
    """The names behind the numbers, each list sorted. `place`: (breakdown, breakdown_value); `period`: (period_type, end)."""

    count: list[str]
    area: list[str]
    period: list[Period]
    place: list[Place]

    def key(self, count: Ints, area: Ints, period: Ints, place: Ints) -> Ints:
        """One number for each cell of a count."""
        found: Ints = ((count * len(self.area) + area) * len(self.period) + period) * len(self.place) + place
        return found

    def parts(self, key: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """count, area, period and place of each key."""
        rest, place = np.divmod(key, len(self.place))
        rest, period = np.divmod(rest, len(self.period))
        count, area = np.divmod(rest, len(self.area))
        return count, area, period, place

    @cached_property
    def number_of_count(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.count)}

    @cached_property
    def number_of_area(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.area)}

    @cached_property
    def number_of_period(self) -> dict[Period, int]:
        return {name: number for number, name in enumerate(self.period)}

    @cached_property
    def number_of_place(self) -> dict[Place, int]:
        return {name: number for number, name in enumerate(self.place)}

    def map_periods(self, name: Iterable[Period | None]) -> Ints:
        """The number of each period, NONE where there is none of that name."""
        return np.array([NONE if one is None else self.number_of_period.get(one, NONE) for one in name], np.int64)

    def map_places(self, name: Iterable[Place | None]) -> Ints:
        """The number of each place, NONE where there is none of that name."""
        return np.array([NONE if one is None else self.number_of_place.get(one, NONE) for one in name], np.int64)


@dataclass(frozen=True)
class Coded:
    """The cells of a table as numbers, one entry per row. `metric`: an index of `metrics`."""

    codes: Codes
    metrics: list[str]
    metric: Ints
    area: Ints
    period: Ints
    place: Ints

    def at(self, rows: Ints) -> "Coded":
        """Some of the rows."""
        return replace(self, metric=self.metric[rows], area=self.area[rows], period=self.period[rows], place=self.place[rows])


def read_codes(cells: pl.DataFrame, counts: Iterable[str]) -> Coded:
    """The numbers of `cells` (CELL). `counts`: the names that a count may have. Places and periods also hold what a line or
    a link may lead to: a place less one of its breakdowns, the snapshot at the end of a period."""
    metrics, metric = _numbered(cells["metric_id"])
    areas, area = _numbered(cells["la_code"])
    names, name = _numbered(cells["breakdown"])
    values, value = _numbered(cells["breakdown_value"])
    kinds, kind = _numbered(cells["period_type"])
    day = cells["period_end"].to_physical().to_numpy().astype(np.int64)
    places_there, place = np.unique(name * len(values) + value, return_inverse=True)
    days_there, period = np.unique(kind * (1 << 40) + day, return_inverse=True)
    own_places = [(names[one // len(values)], values[one % len(values)]) for one in places_there.tolist()]
    own_periods = [(kinds[one >> 40], date(1970, 1, 1).fromordinal(719163 + (one & (1 << 40) - 1))) for one in days_there.tolist()]
    places = sorted(_with_outer(own_places))
    periods = sorted({*own_periods, *(("snapshot", end) for _, end in own_periods)})
    codes = Codes(sorted(set(counts)), areas, periods, places)
    return Coded(codes, metrics, metric, area, codes.map_periods(own_periods)[period], codes.map_places(own_places)[place])


def without(place: Place, position: int) -> Place:
    """`place` less the breakdown at `position`: of a;b the place b, of a alone the total."""
    name, value = (text.split(";") for text in place)
    if len(name) == 1:
        return TOTAL
    return ";".join(name[:position] + name[position + 1 :]), ";".join(value[:position] + value[position + 1 :])


def month_end(day: date, months: int) -> date:
    """The last day of the month `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _with_outer(places: Iterable[Place]) -> set[Place]:
    found, left = {TOTAL}, set(places)
    while left:
        found |= left
        left = {without(one, position) for one in left for position in range(one[0].count(";") + 1)} - found
    return found


def _numbered(column: pl.Series) -> tuple[list[str], Ints]:
    """The distinct texts in order, and the place of each row's text among them."""
    texts: list[str] = sorted(column.unique().to_list())
    return texts, column.cast(pl.Enum(texts)).to_physical().to_numpy().astype(np.int64)
