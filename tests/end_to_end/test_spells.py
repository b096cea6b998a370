"""On a clean London every spell is the truth's, to the day: none missing, none extra, no rule of repair needed."""

import polars as pl
import pytest

from benchmarks import accuracy_spells
from benchmarks.accuracy import error_names
from benchmarks.accuracy_report import Run, page, remains
from benchmarks.accuracy_spells import BUILT, Score
from loaders import warehouse
from tests.end_to_end.london import London


@pytest.fixture(scope="module")
def spells(clean_london: London) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """(expected by the truth, built), by kind."""
    return accuracy_spells.expected(clean_london.paths), accuracy_spells.built(clean_london.paths)


@pytest.mark.parametrize("kind", BUILT)
def test_every_spell_of_a_clean_london_is_the_truths(
    kind: str, spells: tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]
) -> None:
    expected, built = spells
    assert expected[kind].height or kind == "short_break"
    missing, extra = accuracy_spells.wrong(expected[kind], built[kind])
    assert missing.drop("child_key").rows() == []
    assert extra.drop("child_key").rows() == []
    assert accuracy_spells.right(expected[kind], built[kind]).height == expected[kind].height == built[kind].height


def test_a_clean_london_needs_no_repair_and_contradicts_itself_nowhere(clean_london: London) -> None:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        repairs = warehouse.fetch(connection, "SELECT DISTINCT rule_code FROM marts.fct_episode_repair ORDER BY ALL")
        ends = warehouse.fetch(connection, "SELECT DISTINCT end_rule_code FROM marts.fct_referral_spell ORDER BY ALL")
        conflicts = warehouse.fetch(
            connection, "SELECT attribute FROM marts.fct_conflict WHERE attribute IN ('start_date', 'end_date')"
        )
    # told again, and H5 that became K3: no fault
    assert {rule for (rule,) in repairs} <= {"DUP", "LATER_RETURN"}
    assert {rule for (rule,) in ends} == {None, "NO_FURTHER_ACTION"}
    assert conflicts == []


def test_wrong_and_right_spells_are_told_apart() -> None:
    """The judge itself: a spell a day off, one too many, one too few and one built twice."""

    def spells(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
        found = pl.DataFrame(rows, schema=["child_key", "start_date", "end_date"], orient="row")
        dates = pl.col("start_date", "end_date").cast(pl.String).str.to_date()
        nothing = pl.lit(None, dtype=pl.String)
        return found.with_columns(dates, code=nothing, codes=nothing)

    true = spells(("a", "2023-01-01", "2023-02-01"), ("b", "2023-01-01", None), ("c", "2023-01-01", None))
    twice = ("b", "2023-01-01", None)
    made = spells(("a", "2023-01-01", "2023-02-02"), twice, twice, ("d", "2023-01-01", None))
    missing, extra = accuracy_spells.wrong(true, made)
    assert missing["child_key"].to_list() == ["a", "c"]
    assert sorted(extra["child_key"]) == ["a", "b", "d"]
    assert accuracy_spells.right(true, made)["child_key"].to_list() == ["b"]
    # a code that differs is no less wrong than a day
    coded = true.with_columns(codes=pl.lit("N1|RC1"))
    assert accuracy_spells.right(coded, coded.with_columns(codes=pl.lit("N1|RC2"))).is_empty()
    assert accuracy_spells.right(coded, coded).height == 3
    score = Score(3, 4, 1)
    assert (score.precision, round(score.recall, 3)) == (0.25, 0.333)


def test_every_error_that_can_be_planted_is_explained() -> None:
    assert set(error_names()) <= set(remains())
    exact, off = Score(10, 10, 10), Score(10, 11, 9)
    runs = [
        Run("none", 0, {"referral": exact}, {"person": exact, "pair": exact, "pair_in_truth": off}),
        Run("late_correction", 5, {"referral": off, "episode": exact}, {"person": exact, "pair": exact, "pair_in_truth": off}),
    ]
    text = page(runs, scale=0.05, years="2021-2025", rate=0.05)
    assert "none missing, none extra" in text
    assert "| referral | 10 | 11 | 9 | 81.82% | 90.00% |" in text
    assert "| episode |" not in text
    assert "| none | 0 | 10 | 100% | 100% |" in text
    unclean = Run("none", 0, {"referral": off}, runs[0].persons)
    assert "**it does not.**" in page([unclean], scale=1, years="2025", rate=0.1)
