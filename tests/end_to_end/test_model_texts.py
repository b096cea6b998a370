"""Every model and seed has its text with the same heads, and every column of every relation is described."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders import warehouse
from loaders.dbt_environment import dbt_target
from loaders.settings import PROJECT_ROOT
from tests.end_to_end.london import London

HEADS = ("**Grain**", "**What it holds**", "**Rules**", "**Watch out**", "**Example**")


def texts(folder: str) -> dict[str, str]:
    """Name to description of every model and seed that a yml of the folder describes."""
    found: dict[str, str] = {}
    for path in sorted((PROJECT_ROOT / folder).rglob("*.yml")):
        content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        for node in [*content.get("models", []), *content.get("seeds", [])]:
            assert node["name"] not in found, f"{node['name']} is described twice"
            found[node["name"]] = node["description"]
    return found


@pytest.mark.parametrize(("folder", "suffixes"), [("models", (".sql", ".py")), ("seeds", (".csv",))])
def test_every_model_and_seed_has_a_text_with_the_same_heads(folder: str, suffixes: tuple[str, ...]) -> None:
    described = texts(folder)
    assert sorted(described) == sorted(path.stem for path in Path(PROJECT_ROOT / folder).rglob("*") if path.suffix in suffixes)
    for name, text in described.items():
        places = [text.find(head) for head in HEADS]
        assert -1 not in places, f"{name} lacks {HEADS[places.index(-1)]}"
        assert places == sorted(places), f"the heads of {name} are not in the order {' '.join(HEADS)}"


def test_every_column_is_described_and_no_other(clean_london: London) -> None:
    manifest = json.loads((dbt_target(clean_london.paths) / "manifest.json").read_text(encoding="utf-8"))
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert nodes
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        for node in nodes:
            relation = (node["schema"], node["name"])
            columns = warehouse.fetch(
                connection,
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_catalog = 'warehouse' AND table_schema = ? AND table_name = ?",
                list(relation),
            )
            assert {name for (name,) in columns} == set(node["columns"]), relation
            assert all(column["description"].strip() for column in node["columns"].values()), relation
