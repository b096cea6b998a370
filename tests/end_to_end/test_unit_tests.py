"""The unit tests of the models: each rule of logic with its worked example. A refresh leaves them out, so they run here."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from loaders.settings import PROJECT_ROOT, SEEDS
from tests.end_to_end.london import London, liia


def test_every_rule_of_the_models_holds_on_its_worked_example(clean_london: London) -> None:
    liia(clean_london.data, "dbt", "--quiet", "test", "--select", "test_type:unit")
    results = json.loads((clean_london.paths.dbt / "target" / "run_results.json").read_text())["results"]
    assert len(results) > 90
    assert {result["status"] for result in results} == {"pass"}


def expected_measures(models: Path) -> Iterator[str]:
    """The measures of which a unit test expects a row with a number other than 0."""
    for file in models.rglob("*.yml"):
        content = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for unit_test in content.get("unit_tests") or []:
            rows = unit_test["expect"]["rows"]
            if isinstance(rows, str):
                rows = csv.DictReader(rows.splitlines(), skipinitialspace=True)
            for row in rows:
                figures = [row.get(name) for name in ("numerator", "value", "rri", "n_counted")]
                if row.get("metric_id") and any(figure not in (None, "") and float(figure) != 0 for figure in figures):
                    yield row["metric_id"]


def test_every_computed_measure_has_a_worked_example() -> None:
    with (SEEDS / "config" / "config_measure_status.csv").open(encoding="utf-8", newline="") as file:
        computed = {row["metric_id"] for row in csv.DictReader(file) if row["status"] == "computed"}
    assert len(computed) > 200
    assert computed - set(expected_measures(PROJECT_ROOT / "models")) == set()


def test_a_row_without_a_number_or_with_0_is_no_worked_example(tmp_path: Path) -> None:
    (tmp_path / "_unit_tests.yml").write_text(
        "unit_tests:\n"
        "  - name: one\n"
        "    given: [{input: x, rows: [{metric_id: given_only, numerator: 1}]}]\n"
        "    expect:\n"
        "      format: csv\n"
        "      rows: |\n"
        "        metric_id,numerator\n"
        "        counted,-1\n"
        "        nobody,0\n"
        "        not_known,\n"
        "  - name: two\n"
        "    expect: {rows: [{metric_id: measured, value: 1.5}, {la_code: '202', numerator: 1}]}\n",
        encoding="utf-8",
    )
    (tmp_path / "_models.yml").write_text("models: []\n", encoding="utf-8")
    assert sorted(expected_measures(tmp_path)) == ["counted", "measured"]
