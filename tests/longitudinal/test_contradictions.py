"""Each row of samples/ssda903/contradictions.csv holds: two authorities over three years."""

import csv
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loaders.settings import Paths
from synthetic.identity import check_letter
from tests.longitudinal import built

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ssda903"
CAMDEN, BARKING = "202", "301"
# the samples' pupil numbers have no valid check letter; of these children the link by pupil number is asked for
LINKED = ("202000001111", "202000001414")


def lay(returns: Path) -> None:
    """All that the two authorities send."""
    shutil.copytree(SAMPLES / "valid", returns / "ssda903", dirs_exist_ok=True)
    for file in returns.rglob("*_header.csv"):
        text = file.read_text(encoding="utf-8")
        for body in LINKED:
            text = text.replace(f"A{body}", check_letter(body) + body)
        file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def paths(told: Paths) -> Paths:
    return told


class Child:
    """One child of the samples, and what the marts say of it."""

    def __init__(self, paths: Paths, la_code: str, number: str) -> None:
        self.paths, self.la_code, self.key = paths, la_code, built.child_key(paths, la_code, number)

    def rows(self, mart: str, columns: str, order: str = "ALL") -> list[tuple[Any, ...]]:
        told = f"SELECT {columns} FROM marts.{mart} WHERE child_key = ? ORDER BY {order}"
        return built.fetch(self.paths, told, [self.key]).rows()

    def episodes(self, columns: str = "start_date, end_date, end_rule_code") -> list[tuple[Any, ...]]:
        return self.rows("fct_episode_spell", columns, "start_date")

    def periods(self, columns: str = "start_date, end_date, reason_ceased") -> list[tuple[Any, ...]]:
        return self.rows("fct_care_period", columns, "start_date")

    def conflicts(self) -> dict[str, tuple[str, str]]:
        return {row[0]: row[1:] for row in self.rows("fct_conflict", "attribute, old_value, new_value")}

    @property
    def person(self) -> str:
        return str(self.rows("dim_child", "person_key")[0][0])


def open_through_all_years(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100001")
    assert child.episodes("start_date, end_date, first_return_year, last_return_year, n_returns") == [
        (date(2021, 6, 10), None, 2023, 2025, 3)
    ]


def same_identifier_in_two_authorities(paths: Paths) -> None:
    here, there = Child(paths, CAMDEN, "100001"), Child(paths, BARKING, "100001")
    assert here.key != there.key
    assert here.person != there.person


def four_linked_episodes(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100002")
    rows = child.episodes("start_date, end_date, reason_new_episode_code, reason_placement_change_code")
    assert [row[0] for row in rows] == [date(2022, 9, 5), date(2023, 2, 1), date(2023, 7, 20), date(2024, 1, 15)]
    assert [row[1] for row in rows] == [*(row[0] for row in rows[1:]), None]
    assert rows[1][3] is None
    assert rows[2][2] == "L"
    assert child.periods("start_date, end_date, n_episodes, n_placements") == [(date(2022, 9, 5), None, 4, 3)]


def semi_independent_becomes_supported(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100003")
    assert child.episodes("start_date, placement_type_code, placement_urn") == [(date(2022, 11, 20), "K3", "SC100010")]
    assert child.conflicts() == {}


def supported_without_urn(paths: Paths) -> None:
    told = built.fetch(
        paths,
        "SELECT la_code, collection_year, line_number FROM marts.dq_ssda903__broken_rule "
        "WHERE rule_code = 'supported_home_without_urn'",
    )
    lines = (SAMPLES / "valid/camden/2024/SSDA903_2024_episodes.csv").read_text(encoding="utf-8").splitlines()
    place = 1 + next(number for number, line in enumerate(lines) if line.startswith("100003,"))
    assert told.row(by_predicate=(pl.col("la_code") == CAMDEN) & (pl.col("line_number") == place)) == (CAMDEN, 2024, place)


def adopted(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100004")
    assert child.periods() == [(date(2021, 12, 1), date(2023, 8, 15), "E11")]
    assert child.rows("dim_child", "is_after_adoption") == [(False,)]
    assert [row[0] for row in child.rows("fct_placement_decision", "collection_year")] == [2023, 2024]
    assert [row[0] for row in child.rows("fct_adoption", "collection_year")] == [2024]


def short_breaks(paths: Paths) -> None:
    agreement, breaks = Child(paths, CAMDEN, "100005"), Child(paths, CAMDEN, "100006")
    assert agreement.periods() == breaks.periods() == []
    assert agreement.rows("fct_short_break_spell", "start_date, end_date, nights") == [(date(2022, 5, 1), None, 1065)]
    assert [row[0] for row in breaks.rows("fct_short_break_spell", "nights", "start_date")] == [2, 3, 3, 3]


def open_episode_comes_back_otherwise(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100007")
    assert child.episodes("end_date, placement_type_code, category_of_need_code, placement_provider_code, placement_urn") == [
        (date(2023, 10, 10), "U3", "N5", "PR1", "SC100001")
    ]
    assert child.conflicts() == {
        "birth_month": ("2015-12-01", "2016-12-01"),
        "category_of_need_code": ("N1", "N5"),
        "placement_provider_code": ("PR4", "PR1"),
        "placement_type_code": ("U6", "U3"),
        "placement_urn": ("SC100005", "SC100001"),
    }


def starts_again_after_an_absence(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100008")
    assert child.episodes("start_date, end_date, end_source, end_rule_code") == [
        (date(2022, 8, 14), date(2023, 3, 31), "assumed", "REPAIR_GAP"),
        (date(2024, 6, 1), None, None, None),
    ]
    assert child.periods() == [(date(2022, 8, 14), date(2023, 3, 31), "not known"), (date(2024, 6, 1), None, None)]


def start_two_days_later(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100009")
    assert child.episodes("start_date, start_rule_code, end_date") == [(date(2023, 1, 12), "SHIFT", None)]
    assert child.conflicts() == {"start_date": ("2023-01-10", "2023-01-12"), "ethnicity": ("ABAN", "APKN")}


def zero_length_beside_another(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100010")
    repairs = child.rows("fct_episode_repair", "rule_code, start_date_before, end_date_before, end_date_after", "rule_code DESC")
    assert repairs[0] == ("SAME_DAY", date(2023, 9, 1), date(2023, 9, 1), date(2023, 11, 1))
    assert child.periods("start_date, end_date, nights, n_episodes") == [(date(2023, 2, 2), date(2023, 11, 1), 272, 2)]


def identifier_changed(paths: Paths) -> None:
    old, new = Child(paths, CAMDEN, "100011"), Child(paths, CAMDEN, "200011")
    assert old.person == new.person
    assert old.rows("dim_child", "linkage") == [("upn",)]
    # seen by child number alone, the old one looks as if it vanished
    assert old.episodes() == [(date(2020, 5, 18), date(2024, 3, 31), "LOST")]
    assert new.episodes() == [(date(2020, 5, 18), None, None)]


def missing_over_the_year_end(paths: Paths) -> None:
    child = Child(paths, CAMDEN, "100013")
    spells = child.rows("fct_missing_from_care_spell", "start_date, end_date, duration_days, n_returns", "start_date")
    assert spells[1] == (date(2023, 3, 30), date(2023, 4, 3), 4, 2)
    assert len(spells) == 3
    assert [row[0] for row in child.rows("fct_placement_spell", "placement_type_code", "start_date")] == ["K2", "R5", "K1"]


def taken_over_by_another_authority(paths: Paths) -> None:
    old, new = Child(paths, CAMDEN, "100014"), Child(paths, BARKING, "300014")
    assert old.person == new.person
    assert old.periods() == [(date(2023, 10, 19), date(2024, 5, 1), "E3")]
    assert new.periods() == [(date(2024, 5, 1), None, None)]
    moves = built.fetch(
        paths, "SELECT la_from, la_to, move_date, kind FROM marts.fct_move_between_authorities WHERE person_key = ?", [old.person]
    )
    assert moves.rows() == [(CAMDEN, BARKING, date(2024, 5, 1), "transfer")]


def legal_status_without_a_new_episode(paths: Paths) -> None:
    child = Child(paths, BARKING, "100001")
    assert child.episodes("start_date, legal_status_code") == [(date(2022, 2, 22), "E1")]
    assert child.conflicts() == {"legal_status_code": ("C2", "E1")}


def temporary_stay(paths: Paths) -> None:
    child = Child(paths, BARKING, "300002")
    assert child.rows("fct_placement_spell", "start_date, n_episodes, n_temporary_stays") == [(date(2022, 4, 10), 3, 1)]
    assert child.periods("n_placements") == [(1,)]
    assert child.rows("dim_looked_after_child_year", "is_mother", "collection_year") == [(False,), (False,), (True,)]


def placed_with_parents(paths: Paths) -> None:
    child = Child(paths, BARKING, "300003")
    assert child.episodes("placement_type_code, home_sector = placement_sector") == [("R3", False), ("P1", True)]
    assert child.periods() == [(date(2022, 1, 20), date(2023, 12, 12), "E4A")]


def returned_home_and_back(paths: Paths) -> None:
    child = Child(paths, BARKING, "300005")
    assert child.rows("fct_care_leaver_year", "collection_year, in_touch_code, former_in_touch_code") == [
        (2023, "YES", None),
        (2024, "RHOM", "YES"),
        (2025, "YES", "RHOM"),
    ]


def files_not_sent(paths: Paths) -> None:
    silent = built.fetch(
        paths,
        "SELECT DISTINCT table_name FROM marts.dq_expected_seen WHERE la_code = ? AND return_name = 'ssda903' "
        "AND status = 'not sent' AND table_name IN ('ad1', 'placed_for_adoption')",
        [BARKING],
    )
    assert sorted(silent["table_name"]) == ["ad1", "placed_for_adoption"]
    assert built.fetch(paths, "SELECT count(*) FROM marts.fct_adoption WHERE la_code = ?", [BARKING]).item() == 0


# (la, child, what) as in the file, by words of its text
CHECKS: dict[str, Callable[[Paths], None]] = {
    "one episode open through all years": open_through_all_years,
    "the same identifier is a different child": same_identifier_in_two_authorities,
    "four linked episodes": four_linked_episodes,
    "H5 open in 2024 comes back as K3": semi_independent_becomes_supported,
    "H5 open after 28 October 2023 without URN": supported_without_urn,
    "adopted August 2023": adopted,
    "short breaks V4 and V3": short_breaks,
    "the open episode comes back with other PLACE": open_episode_comes_back_otherwise,
    "open in 2023, absent in 2024": starts_again_after_an_absence,
    "with a start two days later": start_two_days_later,
    "starts and ends the same day": zero_length_beside_another,
    "identifier changed, same UPN": identifier_changed,
    "missing episode open at 31 March 2023": missing_over_the_year_end,
    "care taken over by another authority": taken_over_by_another_authority,
    "legal status of the open episode changes": legal_status_without_a_new_episode,
    "temporary placement T4 between two stays": temporary_stay,
    "placed with own parents": placed_with_parents,
    "care leaver RHOM in 2024": returned_home_and_back,
    "ad1 and placed_adoption files are not sent": files_not_sent,
}
with (SAMPLES / "contradictions.csv").open(encoding="utf-8", newline="") as file:
    ROWS = [row["what"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("what", ROWS, ids=lambda what: re.sub(r"\W+", "_", what)[:40])
def test_each_contradiction_is_resolved_as_its_row_says(what: str, paths: Paths) -> None:
    found = [check for words, check in CHECKS.items() if words in what]
    assert len(found) == 1, f"no check, or more than one, for: {what}"
    found[0](paths)
