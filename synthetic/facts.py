"""The figures the invented London is made to resemble, read from synthetic/facts/*.csv (origins: facts/SOURCES.md)."""

import csv
import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from loaders.facts import authorities, rows
from loaders.settings import SEEDS

FACTS = Path(__file__).resolve().parent / "facts"

Floats = npt.NDArray[np.float64]

PUBLISHED_FIRST, PUBLISHED_LAST = 2021, 2025
PUBLISHED_YEARS = range(PUBLISHED_FIRST, PUBLISHED_LAST + 1)


@cache
def la_codes() -> tuple[str, ...]:
    """DfE codes of the 33, in order: everywhere in this package an authority is its place in this list."""
    return tuple(authority.la_code for authority in authorities())


@cache
def la_folders() -> Mapping[str, str]:
    """Folder name of each authority: its name in lower case, spaces to underscores."""
    return {authority.la_code: authority.name.lower().replace(" ", "_") for authority in authorities()}


@cache
def published() -> Mapping[tuple[str, str, str, int], float]:
    """(measure, breakdown, la_code or 'london', year) -> value."""
    return {
        (row["measure"], row["breakdown"], row["la_code"], int(row["year"])): float(row["value"])
        for row in rows(FACTS / "published.csv")
    }


@cache
def by_authority(measure: str, breakdown: str = "") -> Floats:
    """Authorities × (years before the published ones, then each published year).

    A year without a figure takes the nearest year of that authority, an authority without any takes the authorities'
    median share of its referrals (only City of London, whose counts are suppressed). Earlier years take the mean.
    """
    figures = published()
    table = np.full((len(la_codes()), len(PUBLISHED_YEARS)), np.nan)
    for place, la_code in enumerate(la_codes()):
        known = {
            year: figures[measure, breakdown, la_code, year]
            for year in PUBLISHED_YEARS
            if (measure, breakdown, la_code, year) in figures
        }
        for column, year in enumerate(PUBLISHED_YEARS):
            if known:
                table[place, column] = known[min(known, key=lambda other: (abs(other - year), other))]
    if measure != "referrals":
        referrals = by_authority("referrals")[:, 1:]
        share = np.nanmedian(table / referrals, axis=0)
        table = np.where(np.isnan(table), share * referrals, table)
    return np.column_stack([table.mean(axis=1), table])


def year_column(years: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Column of `by_authority` for each year; later years take the last published one."""
    return np.clip(years - PUBLISHED_FIRST + 1, 0, len(PUBLISHED_YEARS))


@cache
def shares(name: str) -> tuple[tuple[str, ...], Floats]:
    """(codes, weights) of one list of synthetic/facts/share.csv, in file order."""
    found = [row for row in rows(FACTS / "share.csv") if row["list"] == name]
    if not found:
        raise KeyError(f"synthetic/facts/share.csv has no list {name!r}")
    return tuple(row["code"] for row in found), np.array([float(row["weight"]) for row in found])


@cache
def rates() -> Mapping[str, float]:
    """Single figures of synthetic/facts/rate.csv, by name."""
    return {row["name"]: float(row["value"]) for row in rows(FACTS / "rate.csv")}


@cache
def calibration() -> Mapping[str, Floats]:
    """Fitted parameters by authority (synthetic/calibrate.py writes them); an unknown one is 1 everywhere."""
    places = {la_code: place for place, la_code in enumerate(la_codes())}
    fitted: dict[str, Floats] = {}
    path = FACTS / "calibration.csv"
    for row in rows(path) if path.exists() else []:
        fitted.setdefault(row["parameter"], np.ones(len(places)))[places[row["la_code"]]] = float(row["value"])
    return fitted


def parameter(name: str) -> Floats:
    """One fitted parameter for each authority."""
    return calibration().get(name, np.ones(len(la_codes())))


@cache
def ethnicity_by_authority() -> tuple[tuple[str, ...], Floats]:
    """(codes, authorities × codes): the latest school census headcounts, weighted by how often each group is in need."""
    latest: dict[tuple[str, str], tuple[int, float]] = {}
    for row in rows(SEEDS / "reference" / "ref_school_census_ethnicity.csv"):
        key, year = (row["la_code"], row["ethnicity_code"]), int(row["census_year"])
        if year >= latest.get(key, (0, 0.0))[0]:
            latest[key] = (year, float(row["headcount"] or 0))
    codes, weights = shares("ethnicity_in_need")
    table = np.array([[latest.get((la_code, code), (0, 0.0))[1] for code in codes] for la_code in la_codes()])
    return codes, (table + 0.5) * weights


@cache
def factor_shares(year: int) -> tuple[tuple[str, ...], Floats]:
    """(factor codes, authorities × codes): share of assessments with each factor, for authority and year.

    The authority's own latest pattern, moved by London's change from 2025 to `year` (nearest published year).
    """
    london: dict[tuple[int, str], float] = {}
    own: dict[tuple[str, str], float] = {}
    for row in rows(FACTS / "factor_share.csv"):
        if row["la_code"] == "london":
            london[int(row["year"]), row["factor_code"]] = float(row["share"])
        else:
            own[row["la_code"], row["factor_code"]] = float(row["share"])
    nearest = min(max(year, min(known for known, _ in london)), PUBLISHED_LAST)
    codes = tuple(code for known, code in london if known == PUBLISHED_LAST)
    table = np.zeros((len(la_codes()), len(codes)))
    for column, code in enumerate(codes):
        now, then = london[PUBLISHED_LAST, code], london[nearest, code]
        for place, la_code in enumerate(la_codes()):
            # a code that left (18A, 19A) has no pattern of today: London's then
            table[place, column] = own.get((la_code, code), now) * then / now if now else then
    return codes, np.minimum(table, 0.9)


@cache
def postcode_sectors() -> tuple[tuple[str, ...], npt.NDArray[np.int64], Floats, tuple[str, ...]]:
    """(sector, easting/northing in metres (n × 2), postcodes in it, country) with la place in `sector_authority`."""
    names, places, weights, countries = [], [], [], []
    for row in _sector_rows():
        names.append(row["postcode_sector"])
        places.append((int(row["easting"]), int(row["northing"])))
        weights.append(float(row["n_postcodes"] or 1))
        countries.append(row["country"])
    return tuple(names), np.array(places), np.array(weights), tuple(countries)


@cache
def sector_authority() -> tuple[str, ...]:
    """DfE code of the London authority each sector of `postcode_sectors` mainly lies in ('' elsewhere)."""
    london = set(la_codes())
    return tuple(row["main_la_code"] if row["main_la_code"] in london else "" for row in _sector_rows())


@cache
def _sector_rows() -> tuple[dict[str, str], ...]:
    path = SEEDS / "reference" / "ref_postcode_sector.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["easting"] and row["northing"])
