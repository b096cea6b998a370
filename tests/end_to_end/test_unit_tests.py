"""The unit tests of the models: each rule of logic with its worked example. A refresh leaves them out, so they run here."""

import json

from tests.end_to_end.london import London, liia


def test_every_rule_of_the_models_holds_on_its_worked_example(clean_london: London) -> None:
    liia(clean_london.data, "dbt", "--quiet", "test", "--select", "test_type:unit")
    results = json.loads((clean_london.paths.dbt / "target" / "run_results.json").read_text())["results"]
    assert len(results) > 90
    assert {result["status"] for result in results} == {"pass"}
