"""The page that lays our measures beside the published ones: every line finds its cell, and nothing far goes unexplained."""

import csv

from benchmarks.published import Line, gaps, latest, lines, page, why
from loaders.settings import SEEDS
from tests.end_to_end.london import London


def line(metric_id: str, ours: float | None, *, value: str = "total", year: int = 2024, headline: bool = True) -> Line:
    breakdown = "total" if value == "total" else "band"
    return Line(metric_id, f"Title of {metric_id}", breakdown, value, year, headline, 100.0, ours)


def test_every_published_figure_finds_its_cell_in_the_mart(clean_london: London) -> None:
    found = lines(clean_london.paths, scale=0.01)
    assert {one.collection_year for one in found} == {2023, 2024, 2025}
    # what needs a look-back is not there in the first years
    without = {one.metric_id for one in found if one.ours is None}
    assert without <= {"rereferrals_pct", "cla_long_term_stability_pct", "cla_3plus_placements_pct"}
    referrals = [one for one in found if one.metric_id == "referrals_count"]
    assert len(referrals) == 3
    assert all(50_000 < (one.ours or 0) < 200_000 for one in referrals), "brought to scale 1"


def test_every_line_names_a_cell_that_the_catalogue_allows() -> None:
    def rows(folder: str, name: str) -> list[dict[str, str]]:
        with (SEEDS / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    values = {(row["breakdown"], row["breakdown_value"]) for row in rows("config", "config_breakdown")}
    status = {row["metric_id"]: row["status"] for row in rows("config", "config_measure_status")}
    table = rows("config", "config_national_table")
    for row in table:
        assert (row["breakdown"], row["breakdown_value"]) in values, row
        assert status[row["metric_id"]] == "computed", row
    keys = {(row["metric_id"], row["breakdown"], row["breakdown_value"], row["figure"]) for row in table}
    published = rows("reference", "ref_published_figure")
    assert {(row["metric_id"], row["breakdown"], row["breakdown_value"], row["figure"]) for row in published} <= keys


def test_the_page_marks_what_is_far_and_says_why() -> None:
    found = [
        line("near", 114.9),
        line("far", 130, year=2023),
        line("far", 150),
        line("banded", 10, value="b1", headline=False),
        line("banded", 10, value="b2", headline=False),
        line("silent", None, headline=False),
    ]
    known = {("far", ""): "Counted otherwise.", ("banded", "b1"): "Drawn.", ("near", ""): "Never needed."}
    text = page(found, known, scale=1.0, years="2023-2024")
    assert "Headline figures within 15%: 1 of 3." in text
    assert text.count("explained below") == 3
    assert text.count("**not explained**") == 2
    assert "- **Title of far.** Counted otherwise." in text
    assert "- **Title of banded, b1.** Drawn." in text
    assert "- **Title of banded, b2; Title of silent.** **Not explained yet.**" in text
    assert "Never needed." not in text


def test_the_last_year_stands_for_the_others() -> None:
    assert [one.collection_year for one in latest([line("a", 1, year=2022), line("a", 1, year=2024), line("b", 1)])] == [2024, 2024]


def test_an_explanation_of_a_part_comes_before_that_of_its_measure() -> None:
    known = {("m", ""): "all", ("m", "b1"): "one"}
    assert [why(line("m", 1, value=value), known) for value in ("b1", "b2")] == ["one", "all"]
    assert why(line("other", 1), known) == ""


def test_explanations_are_of_measures_that_are_compared() -> None:
    with (SEEDS / "config" / "config_national_table.csv").open(encoding="utf-8", newline="") as file:
        compared = {row["metric_id"] for row in csv.DictReader(file)}
    assert {metric_id for metric_id, _ in gaps()} <= compared
