"""Fit the parameters by authority to the published figures, and write them to synthetic/facts/calibration.csv.

Run by hand when the simulation or the figures change: `python -m synthetic.calibrate [ROUNDS]`. Each parameter answers
for one measure; a round lives the five published years at full scale and moves each parameter towards its figure.
"""

import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from synthetic import compare, facts, story, truth
from synthetic.chance import Chance
from synthetic.days import period
from synthetic.returns import RETURNS

# a measure is (name, breakdown to count, breakdown to leave out)
Measure = tuple[str, str, str]
REFERRALS: Measure = ("referrals", "", "")
STARTED: Measure = ("episodes_started", "", "")
INTO_CARE: Measure = ("looked_after_started", "", "uasc:uasc")

# parameter -> the measure it answers for, what it is a share of, and how strongly it answers (below 0: more means fewer)
ANSWERS: dict[str, tuple[Measure, Measure | None, float]] = {
    "first_referrals": (REFERRALS, None, 0.8),
    "returns": (("rereferrals", "", ""), REFERRALS, 0.8),
    "not_in_need": (("referrals_not_in_need", "", ""), REFERRALS, 0.9),
    "reassessed": (("assessments", "", ""), REFERRALS, 4.0),
    "factors_recorded": (("episodes_with_factors", "", ""), ("assessments", "", ""), 0.9),
    "need_length": (("episodes_at31", "", ""), STARTED, 1.1),
    "section47": (("section47", "", ""), STARTED, 0.8),
    "conference": (("conferences", "", ""), ("section47", "", ""), 0.8),
    "plan": (("plans_started", "", ""), ("conferences", "", ""), 0.8),
    "plan_length": (("plans_at31", "", ""), ("plans_started", "", ""), 0.8),
    "cin_plan": (("cin_plans_started", "", ""), STARTED, 0.8),
    "in_care": (INTO_CARE, None, 0.7),
    "leaving_care": (("looked_after_at31", "", "uasc:uasc"), INTO_CARE, -0.9),
    "unaccompanied": (("looked_after_started", "uasc:uasc", ""), None, 0.9),
}
BOUNDS = (0.1, 8.0)
SEED = 20250331


def measure_authority(place: int, seed: int = SEED) -> pl.DataFrame:
    """What one authority at full scale comes to in the published years."""
    told = story.tell(Chance(seed), place, facts.PUBLISHED_FIRST, facts.PUBLISHED_LAST, 1.0)
    records: dict[str, list[pl.DataFrame]] = {}
    for one in RETURNS:
        for year in facts.PUBLISHED_YEARS:
            for name, table in one.view(told, year).items():
                records.setdefault(name, []).append(
                    table.with_columns(pl.lit(year).alias("collection_year"), pl.lit(told.la_code).alias("la_code"))
                )
    spells = truth.spells(told, period(facts.PUBLISHED_LAST)[1])
    return compare.measure({name: pl.concat(tables, how="diagonal") for name, tables in records.items()}, spells)


def moved(parameter: str, now: facts.Floats, measured: pl.DataFrame) -> facts.Floats:
    """The parameter's next values, by authority."""
    answers_for, share_of, power = ANSWERS[parameter]
    ratio = _ratio(answers_for, measured)
    if share_of is not None:
        ratio /= _ratio(share_of, measured)
    # a round never leaps
    found: facts.Floats = np.clip(now * np.clip(ratio**power, 0.6, 1.6), *BOUNDS)
    return found


def _ratio(wanted: Measure, measured: pl.DataFrame) -> facts.Floats:
    """Published over measured, by authority, over the years that were published."""
    name, part, without = wanted
    ours, theirs = np.zeros(len(facts.la_codes())), np.zeros(len(facts.la_codes()))
    places = {la_code: place for place, la_code in enumerate(facts.la_codes())}
    years = [year for year in facts.PUBLISHED_YEARS if (name, part, "london", year) in facts.published() or part]
    for sign, breakdown in ((1, part), *(((-1, without),) if without else ())):
        theirs += sign * facts.by_authority(name, breakdown)[:, [year - facts.PUBLISHED_FIRST + 1 for year in years]].sum(axis=1)
        counted = measured.filter((pl.col("measure") == name) & (pl.col("breakdown") == breakdown) & pl.col("year").is_in(years))
        for la_code, value in counted.group_by("la_code").agg(pl.col("value").sum()).rows():
            ours[places[la_code]] += sign * value
    # few cases tell little: small authorities move slowly
    ratio: facts.Floats = (np.maximum(theirs, 0) + 15) / (np.maximum(ours, 0) + 15)
    return ratio


def write(path: Path, measured: pl.DataFrame) -> None:
    """The next values of every parameter, from what the present ones came to."""
    facts.calibration.cache_clear()
    now = {name: facts.parameter(name).copy() for name in ANSWERS}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("parameter", "la_code", "value"))
        for name, values in now.items():
            for la_code, value in zip(facts.la_codes(), moved(name, values, measured), strict=True):
                writer.writerow((name, la_code, f"{value:.4f}"))


def farthest(measured: pl.DataFrame) -> str:
    """The headlines of the latest years that are farthest from the published figures, in words."""
    headlines = [
        line for line in compare.latest(compare.lines(measured, 1.0)) if (line.measure, line.breakdown) in compare.HEADLINES
    ]
    worst = sorted(headlines, key=lambda line: -abs(line.difference))[:8]
    return ", ".join(f"{line.measure} {line.breakdown} {line.difference:+.0%}".replace("  ", " ") for line in worst)


def main(rounds: int) -> None:
    """Fit for some rounds, on two processes that start afresh and so read the values of the round before."""
    for number in range(rounds):
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            measured = pl.concat(pool.map(measure_authority, range(len(facts.la_codes()))))
        sys.stdout.write(f"round {number + 1}: {farthest(measured)}\n")
        sys.stdout.flush()
        write(facts.FACTS / "calibration.csv", measured)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
