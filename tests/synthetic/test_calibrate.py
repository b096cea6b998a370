"""Fitting moves each parameter towards the figure it answers for, and no further than a round may."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from loaders.facts import rows
from synthetic import calibrate, facts
from tests.synthetic.conftest import CITY


def as_published(share: float) -> pl.DataFrame:
    """A London whose every count is a share of the published one."""
    found = []
    for wanted, share_of, _ in calibrate.ANSWERS.values():
        for name, breakdown, without in (wanted, *((share_of,) if share_of else ())):
            for part in (breakdown, without) if without else (breakdown,):
                table = facts.by_authority(name, part)
                found += [
                    (name, part, la_code, year, share * table[place, year - 2020])
                    for place, la_code in enumerate(facts.la_codes())
                    for year in range(2021, 2026)
                ]
    return pl.DataFrame(sorted(set(found)), schema=["measure", "breakdown", "la_code", "year", "value"], orient="row")


@pytest.mark.parametrize("parameter", calibrate.ANSWERS)
def test_what_meets_the_figures_stays(parameter: str) -> None:
    now = np.linspace(0.5, 2.0, 33)
    assert calibrate.moved(parameter, now, as_published(1.0)) == pytest.approx(now)


def test_too_few_referrals_call_for_more_first_ones() -> None:
    now = np.ones(33)
    assert (calibrate.moved("first_referrals", now, as_published(0.9)) > 1.0).all()
    assert (calibrate.moved("first_referrals", now, as_published(1.1)) < 1.0).all()
    # a share of a share does not move when both fall alike
    assert calibrate.moved("conference", now, as_published(0.9)) == pytest.approx(now, abs=0.02)


def test_too_many_in_care_call_for_a_quicker_leaving() -> None:
    measured = as_published(1.0).with_columns(
        pl.when(pl.col("measure") == "looked_after_at31").then(pl.col("value") * 1.2).otherwise(pl.col("value")).alias("value")
    )
    moved = calibrate.moved("leaving_care", np.ones(33), measured)
    assert (moved >= 1.0).all() and moved.max() > 1.1


def test_a_round_never_leaps() -> None:
    assert calibrate.moved("first_referrals", np.ones(33), as_published(0.01)) == pytest.approx(np.full(33, 1.6))


def test_the_written_values_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "calibration.csv"
    calibrate.write(path, as_published(1.0))
    written = rows(path)
    assert len(written) == 33 * len(calibrate.ANSWERS)
    now = facts.parameter("need_length")
    assert [float(row["value"]) for row in written if row["parameter"] == "need_length"] == pytest.approx(now, abs=1e-3)


def test_an_authority_is_measured_in_the_published_years() -> None:
    measured = calibrate.measure_authority(CITY)
    assert set(measured["year"]) == set(facts.PUBLISHED_YEARS) and set(measured["la_code"]) == {"201"}
    assert {"referrals", "looked_after_at31", "care_leavers", "rereferrals"} <= set(measured["measure"])
    assert "referrals" in calibrate.farthest(measured)
