"""A warehouse as a build leaves it, small: four share relations and the models' texts."""

import json
from pathlib import Path

import pytest

from loaders import keys, warehouse
from loaders.dbt_environment import dbt_target
from loaders.settings import Paths, demo_paths

RELATIONS = {
    "share_london__authority": "SELECT * FROM (VALUES ('202', 'Camden'), ('201', 'City of London')) AS t (la_code, authority_name)",
    "share_london__metric": """
        SELECT * FROM (VALUES
            ('referrals_count', 'Referrals', 'count', 'S5', NULL::integer),
            ('repeat_pct', '=2+3 repeats', 'percent', 'P5', NULL)
        ) AS t (metric_id, title, unit, suppression_rule, shown_from_numerator)""",
    "share_london__measure": """
        SELECT metric_id, la_code, 'year' AS period_type, DATE '2025-03-31' AS period_end, 'total' AS breakdown,
            'total' AS breakdown_value, numerator::decimal(18, 6) AS numerator, denominator::decimal(18, 6) AS denominator,
            value::decimal(18, 6) AS value, n_authorities::integer AS n_authorities, 'cin_census' AS source
        FROM (VALUES
            ('referrals_count', 'london', 1292, NULL, 1292, 3),
            ('referrals_count', '203', 7, NULL, 7, 1),
            ('referrals_count', '202', 1281, NULL, 1281, 1),
            ('referrals_count', '201', 4, NULL, 4, 1),
            ('repeat_pct', '202', 127, 640, 19.84375, 1),
            ('repeat_pct', '201', 3, 4, 75, 1),
            ('repeat_pct', '203', 20, 60, 33.333333, 1),
            ('repeat_pct', 'london', NULL, 704, NULL, 3)
        ) AS t (metric_id, la_code, numerator, denominator, value, n_authorities)""",
}


def text_of(relation: str, columns: list[str]) -> dict[str, object]:
    """A model as dbt's manifest has it."""
    return {
        "resource_type": "model",
        "name": relation,
        "description": f"What {relation} holds.",
        "columns": {name: {"name": name, "description": f"The {name} – of it."} for name in columns},
    }


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """The demo's paths, after a build without exports."""
    monkeypatch.setenv("LIIA_DATA", str(tmp_path / "data"))
    paths = demo_paths()
    for place in (paths.pseudonym_key, paths.warehouse_key):
        keys.new_key(place)
    nodes = {}
    with warehouse.open_or_create(paths) as connection:
        for relation, rows in RELATIONS.items():
            connection.execute(f"CREATE VIEW share.{relation} AS {rows}")
            columns = [name for name, *_ in connection.execute(f"DESCRIBE share.{relation}").fetchall()]
            nodes[f"model.liia_warehouse.{relation}"] = text_of(relation, columns)
        connection.execute("CREATE TABLE share.share_research__child AS SELECT 'secret' AS child_key")
        connection.execute("CREATE TABLE marts.fct_child AS SELECT 'secret' AS child_key")
    target = dbt_target(paths)
    target.mkdir(parents=True)
    block = {"name": "value_mark", "block_contents": "Why there is no value."}
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes, "docs": {"doc.value_mark": block}}))
    return paths
