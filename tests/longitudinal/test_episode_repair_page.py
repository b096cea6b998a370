"""docs/episode-repair.md names a unit test for each case, and the rules it speaks of exist."""

import csv
import re

import yaml

from loaders.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "episode-repair.md"
UNIT_TESTS = PROJECT_ROOT / "models/intermediate/timeline_ssda903/_timeline_ssda903_unit_tests.yml"
RULES = PROJECT_ROOT / "seeds/config/config_timeline_rule.csv"


def cases() -> list[list[str]]:
    """The rows of the table by case: case, London today, here, why, tests."""
    text = PAGE.read_text(encoding="utf-8").split("## Case by case")[1].split("## Where the rule book is silent")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def test_each_case_has_a_unit_test_and_a_reason() -> None:
    known = {test["name"] for test in yaml.safe_load(UNIT_TESTS.read_text(encoding="utf-8"))["unit_tests"]}
    found = cases()
    assert len(found) >= 15
    for case, today, here, why, tests in found:
        assert today and here and why, case
        named = re.findall(r"`(\w+)`", tests)
        assert named, case
        assert set(named) <= known, case


def test_each_rule_of_the_page_is_a_rule_of_the_seed() -> None:
    with RULES.open(encoding="utf-8", newline="") as file:
        known = {row["rule_code"] for row in csv.DictReader(file)}
    named = set(re.findall(r"`([A-Z][A-Z_]{2,})`", PAGE.read_text(encoding="utf-8")))
    # London's own codes are named to say that they are not used
    assert named - {"LIIAF"} <= known
