"""From counted rows to forecasts of every authority and of London, for each scenario, with their intervals."""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from forecast.demand import Array, drawn_blocks, interval, project, rates_of

LONDON = "london"
OUT_OF_CARE = "out of care"
ANY = "any"
PAIR = "age_band_forecast;placement_category"

COLUMNS = pa.schema(
    [
        ("la_code", pa.string()),
        ("fit", pa.string()),
        ("scenario", pa.string()),
        ("period_end", pa.date32()),
        ("months_ahead", pa.int32()),
        ("breakdown", pa.string()),
        ("breakdown_value", pa.string()),
        ("expected", pa.float64()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("n_authorities", pa.int32()),
    ]
)


@dataclass(frozen=True)
class AgeBand:
    """A band of ages in years, the lower bound inside and the upper one outside."""

    name: str
    from_age: int
    below_age: int


@dataclass(frozen=True)
class Change:
    """One row of a scenario: what is changed (entry or move), where (`any` for all), by how much of itself."""

    scenario: str
    flow: str
    age_band: str
    from_category: str
    to_category: str
    relative_change: float


@dataclass(frozen=True)
class Settings:
    """The parameters of docs/rules/sufficiency.md 5."""

    refits: int
    step_days: int
    is_ageing_observed: bool


@dataclass(frozen=True)
class States:
    """The states in their order: every category of the first age band, then of the next."""

    bands: tuple[AgeBand, ...]
    categories: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.bands) * len(self.categories)

    def index(self, age_band: str, category: str) -> int:
        band = [band.name for band in self.bands].index(age_band)
        return band * len(self.categories) + self.categories.index(category)

    def target(self, age_band: str, move_to: str) -> int:
        """Where a move leads: the category in the same age band, or out of care, which comes last."""
        return self.count if move_to == OUT_OF_CARE else self.index(age_band, move_to)

    def of(self, age_band: str, category: str) -> list[int]:
        """The states that an age band and a category mean; `any` means all."""
        return [
            self.index(band.name, name)
            for band in self.bands
            for name in self.categories
            if age_band in (ANY, band.name) and category in (ANY, name)
        ]

    def shares_by_length(self) -> Array:
        """The share of each state (S) that reaches the next band in a day if its children were spread evenly over the band."""
        days = [(band.below_age - band.from_age) * 365 for band in self.bands for _ in self.categories]
        return 1 / np.array(days)

    def ageing(self, shares: Array) -> Array:
        """Those shares (S) as rates (S, S + 1): to the same category of the next band, from the last band out of care."""
        rates = np.zeros((self.count, self.count + 1))
        for number, band in enumerate(self.bands):
            for category in self.categories:
                state = self.index(band.name, category)
                is_last = number == len(self.bands) - 1
                rates[state, self.count if is_last else self.index(self.bands[number + 1].name, category)] = shares[state]
        return rates

    def series(self) -> Iterator[tuple[str, str, list[int]]]:
        """Every breakdown, its values and the states that each holds."""
        yield "total", "total", self.of(ANY, ANY)
        for band in self.bands:
            yield "age_band_forecast", band.name, self.of(band.name, ANY)
        for category in self.categories:
            yield "placement_category", category, self.of(ANY, category)
        for band in self.bands:
            for category in self.categories:
                yield PAIR, f"{band.name};{category}", self.of(band.name, category)


@dataclass(frozen=True)
class Counts:
    """What was counted for one fit of one authority, block by block: B blocks, S states."""

    la_code: str
    fit: str
    origin: date
    horizon_months: int
    block_days: Array  # (B)
    days: Array  # (B, S) days that children spent in each state
    entries: Array  # (B, S)
    moves: Array  # (B, S, S + 1)
    birthdays: Array  # (B, S) children who reached the next age band, or 18
    stock: Array  # (S) on the day of the origin


def month_ends(origin: date, months: int) -> list[date]:
    """The last days of the `months` months after that of `origin`."""
    firsts = [divmod(origin.year * 12 + origin.month - 1 + ahead, 12) for ahead in range(1, months + 1)]
    return [date(year, month + 1, calendar.monthrange(year, month + 1)[1]) for year, month in firsts]


def counts_of(
    states: States,
    fit: tuple[str, str, date, int],
    flows: Iterable[tuple[int, str, str | None, str | None, str | None, int]],
    stock: Iterable[tuple[str, str, int]],
) -> Counts:
    """Counts from rows: (block_number, flow, age_band, placement_category, move_to, n) and (age_band, category, children)."""
    rows = list(flows)
    blocks = 1 + max(number for number, *_ in rows)
    counts = Counts(
        *fit,
        block_days=np.zeros(blocks),
        days=np.zeros((blocks, states.count)),
        entries=np.zeros((blocks, states.count)),
        moves=np.zeros((blocks, states.count, states.count + 1)),
        birthdays=np.zeros((blocks, states.count)),
        stock=np.zeros(states.count),
    )
    by_state = {"days": counts.days, "entry": counts.entries, "birthday": counts.birthdays}
    for number, flow, age_band, category, move_to, n in rows:
        if age_band is None or category is None:
            counts.block_days[number] = n
        elif move_to is not None:
            counts.moves[number, states.index(age_band, category), states.target(age_band, move_to)] = n
        else:
            by_state[flow][number, states.index(age_band, category)] = n
    for age_band, category, children in stock:
        counts.stock[states.index(age_band, category)] = children
    return counts


def changed(states: States, changes: Sequence[Change], rates: Array, entries: Array) -> tuple[Array, Array]:
    """Rates and entries with the signed changes of a scenario; none falls below 0."""
    rates, entries = rates.copy(), entries.copy()
    for change in changes:
        factor = max(0.0, 1 + change.relative_change)
        for state in states.of(change.age_band, change.from_category):
            if change.flow == "entry":
                entries[..., state] *= factor
                continue
            age_band = states.bands[state // len(states.categories)].name
            targets = (*states.categories, OUT_OF_CARE) if change.to_category == ANY else (change.to_category,)
            for target in targets:
                rates[..., state, states.target(age_band, target)] *= factor
    return rates, entries


def ageing_of(states: States, every_counts: Sequence[Counts], is_observed: bool) -> Array:
    """The rates (S, S + 1) at which children grow out of their states.

    By the length of the band alone a state is left too late where children enter it late: in care at 16 and 17 are many who
    came at 17. Observed is what happened in the window, birthdays over days, over all authorities given: how old children are
    within a band differs less between authorities than chance does in one. A state in which nobody was takes the length.
    """
    shares = states.shares_by_length()
    if is_observed:
        days = sum((counts.days.sum(axis=0) for counts in every_counts), np.zeros(states.count))
        birthdays = sum((counts.birthdays.sum(axis=0) for counts in every_counts), np.zeros(states.count))
        np.divide(birthdays, days, out=shares, where=days > 0)
    return states.ageing(shares)


def forecast_authority(
    states: States, counts: Counts, ageing: Array, scenarios: dict[str, list[Change]], settings: Settings
) -> dict[str, Array]:
    """For each scenario the stock at each month's end: (1 + refits, months, S), the fit on the whole window first."""
    blocks = len(counts.block_days)
    drawn = drawn_blocks(f"{counts.fit}|{counts.origin.isoformat()}|{blocks}", blocks, settings.refits)
    weights = np.vstack([np.ones((1, blocks)), drawn])
    rates = rates_of(np.einsum("rb,bst->rst", weights, counts.moves), weights @ counts.days)
    entries = (weights @ counts.entries) / (weights @ counts.block_days)[:, None]
    ends = month_ends(counts.origin, counts.horizon_months)
    spans = [(end - start).days for start, end in zip([counts.origin, *ends], ends, strict=False)]
    found = {}
    for scenario, changes in scenarios.items():
        rates_now, entries_now = changed(states, changes, rates, entries)
        found[scenario] = project(counts.stock, rates_now + ageing, entries_now, spans, settings.step_days)
    return found


def forecast_all(states: States, every_counts: Sequence[Counts], changes: Sequence[Change], settings: Settings) -> pa.Table:
    """Every authority and London, fit, scenario, month and breakdown: COLUMNS.

    London's refits are the sums of the authorities' refits with the same number: the same blocks of days are drawn for all, so
    that what moves all boroughs at once stays together.
    """
    scenarios: dict[str, list[Change]] = {}
    for change in changes:
        scenarios.setdefault(change.scenario, []).append(change)
    alike: dict[tuple[str, date], list[Counts]] = {}
    for counts in every_counts:
        alike.setdefault((counts.fit, counts.origin), []).append(counts)
    ageing = {key: ageing_of(states, of_key, settings.is_ageing_observed) for key, of_key in alike.items()}
    london: dict[tuple[str, str, date], tuple[Array, int, int]] = {}
    tables = []
    for counts in sorted(every_counts, key=lambda one: (one.fit, one.la_code)):
        ends = month_ends(counts.origin, counts.horizon_months)
        # the back-test asks how far off the forecast as it stands has been
        asked = scenarios if counts.fit == "forecast" else {"base": scenarios["base"]}
        for scenario, stock in forecast_authority(states, counts, ageing[counts.fit, counts.origin], asked, settings).items():
            tables.append(
                _rows(states, counts.la_code, counts.fit, scenario, ends, range(1, len(ends) + 1), stock, [1] * len(ends))
            )
            for number, end in enumerate(ends):
                key = counts.fit, scenario, end
                former, ahead, authorities = london.get(key, (np.zeros_like(stock[:, number]), number + 1, 0))
                london[key] = former + stock[:, number], min(ahead, number + 1), authorities + 1
    for fit, scenario in sorted({key[:2] for key in london}):
        ends = sorted(end for of_fit, of_scenario, end in london if (of_fit, of_scenario) == (fit, scenario))
        found = [london[fit, scenario, end] for end in ends]
        stock = np.stack([sums for sums, _, _ in found], axis=1)
        ahead_of = [ahead for _, ahead, _ in found]
        tables.append(_rows(states, LONDON, fit, scenario, ends, ahead_of, stock, [number for *_, number in found]))
    return pa.concat_tables(tables) if tables else COLUMNS.empty_table()


def _rows(
    states: States,
    la_code: str,
    fit: str,
    scenario: str,
    ends: Sequence[date],
    months_ahead: Sequence[int],
    stock: Array,
    n_authorities: Sequence[int],
) -> pa.Table:
    """The rows of one area, fit and scenario, breakdown by breakdown."""
    series = list(states.series())
    of_series = np.stack([stock[:, :, members].sum(axis=-1) for _, _, members in series], axis=1)
    lower, upper = interval(of_series[1:])
    months = len(ends)
    size = months * len(series)
    return pa.table(
        [
            pa.array([la_code] * size),
            pa.array([fit] * size),
            pa.array([scenario] * size),
            pa.array(list(ends) * len(series)),
            pa.array(list(months_ahead) * len(series), pa.int32()),
            pa.array([breakdown for breakdown, _, _ in series for _ in range(months)]),
            pa.array([value for _, value, _ in series for _ in range(months)]),
            pa.array(of_series[0].ravel()),
            pa.array(lower.ravel()),
            pa.array(upper.ravel()),
            pa.array(list(n_authorities) * len(series), pa.int32()),
        ],
        schema=COLUMNS,
    )
