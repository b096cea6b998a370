"""The docs page holds our words and nothing of the machine that made it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from loaders.dbt_environment import dbt_target
from loaders.errors import SetUpError
from loaders.settings import PROJECT_ROOT, Paths, demo_paths
from publishers import docs_site

# The places of dbt's page that ours changes, as the installed dbt writes them.
TEMPLATE = """<html><head><title>dbt Docs</title><meta name="description" content="dbt Docs"/>
<link rel="canonical" href="/overview/"/><link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>
<meta property="og:description" content="documentation for dbt"/></head><body><script>
page='<img ng-src="{{ logo }}" alt="dbt logo" /><use xlink:href="{{ getIcon(item.type) }}">';
track("//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js","https://fuzzed.getdbt.com/","fishtownanalytics.sinter-collect.com");
n={manifest:"MANIFEST.JSON INLINE DATA",catalog:"CATALOG.JSON INLINE DATA"}</script></body></html>"""


def manifest(root: str) -> dict[str, Any]:
    """dbt's manifest of one model, with all that it tells of a machine."""
    node = {
        "resource_type": "model",
        "name": "fct_x",
        "build_path": f"{root}/dbt/target/run/fct_x.sql",
        "compiled_path": f"{root}/dbt/target/compiled/fct_x.sql",
        "root_path": root,
        "created_at": 1790000000.5,
        "raw_code": "select '</script>' as a",
        "depends_on": {
            "nodes": ["source.b", "source.a"],
            "macros": ["macro.liia_warehouse.z", "macro.dbt.y", "macro.liia_warehouse.a"],
        },
    }
    return {
        "metadata": {
            "dbt_schema_version": "v12",
            "dbt_version": "1.11.16",
            "project_name": "liia_warehouse",
            "adapter_type": "duckdb",
            "generated_at": "2026-01-02T03:04:05Z",
            "invocation_id": "4f39925a",
            "project_id": "95600b2f",
            "user_id": "person",
            "env": {"SECRET": "x"},
            "send_anonymous_usage_stats": True,
        },
        "nodes": {"model.liia_warehouse.fct_x": node},
        "sources": {},
        "exposures": {},
        "unit_tests": {},
        "macros": {
            name: {"package_name": name.split(".")[1], "depends_on": {"macros": []}}
            for name in ("macro.liia_warehouse.a", "macro.liia_warehouse.z", "macro.dbt.y")
        },
        "docs": {
            "doc.liia_warehouse.__overview__": {
                "package_name": "liia_warehouse",
                "block_contents": "![The way](assets/way_of_the_data.svg)",
            },
            "doc.dbt.__overview__": {"package_name": "dbt", "block_contents": "Welcome to dbt"},
        },
        "parent_map": {"model.liia_warehouse.fct_x": ["source.b", "source.a"]},
        "child_map": {"model.liia_warehouse.fct_x": []},
        "disabled": {"model.old": [{"build_path": root}]},
    }


def catalog(moment: str) -> dict[str, Any]:
    return {
        "metadata": {"dbt_schema_version": "v1", "generated_at": moment, "invocation_id": moment, "env": {}},
        "nodes": {"model.liia_warehouse.fct_x": {"columns": {"a": {"type": "VARCHAR"}}}},
        "sources": {},
        "errors": None,
    }


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """What dbt leaves in its target folder."""
    monkeypatch.setenv("LIIA_DATA", str(tmp_path / "data"))
    paths = demo_paths()
    target = dbt_target(paths)
    target.mkdir(parents=True)
    (target / "index.html").write_text(TEMPLATE)
    (target / "manifest.json").write_text(json.dumps(manifest(str(paths.root))))
    (target / "catalog.json").write_text(json.dumps(catalog("2026-01-02")))
    return paths


def inside(page: str, name: str) -> dict[str, Any]:
    """The JSON that the page holds under a name."""
    found: dict[str, Any]
    found, _ = json.JSONDecoder().raw_decode(page[page.index(f"{name}:{{") + len(name) + 1 :])
    return found


def test_the_page_names_no_folder_no_person_and_no_moment(described: Paths) -> None:
    text = docs_site.publish(described).read_text()
    for told in (str(described.root), str(PROJECT_ROOT), "person", "SECRET", "4f39925a", "95600b2f", "2026-01-02", "1790000000"):
        assert told not in text
    node = inside(text, "manifest")["nodes"]["model.liia_warehouse.fct_x"]
    assert not {"build_path", "compiled_path", "root_path", "created_at"} & set(node)


def test_the_page_asks_the_network_for_nothing(described: Paths) -> None:
    text = docs_site.publish(described).read_text()
    assert "default-src 'none'" in text
    without_pictures = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text).replace("http-equiv", "")
    assert "http" not in without_pictures
    assert "//" not in without_pictures
    assert inside(text, "manifest")["metadata"]["send_anonymous_usage_stats"] is False


def test_our_title_mark_pictures_and_words_are_in_it(described: Paths) -> None:
    text = docs_site.publish(described).read_text()
    assert f"<title>{docs_site.TITLE}</title>" in text
    assert "dbt Docs" not in text
    blocks = inside(text, "manifest")["docs"]
    assert list(blocks) == ["doc.liia_warehouse.__overview__"]
    assert blocks["doc.liia_warehouse.__overview__"]["block_contents"].startswith("![The way](data:image/svg+xml;base64,")


def test_sql_cannot_end_the_script_it_stands_in(described: Paths) -> None:
    text = docs_site.publish(described).read_text()
    assert text.count("</script>") == 1
    assert inside(text, "manifest")["nodes"]["model.liia_warehouse.fct_x"]["raw_code"] == "select '</script>' as a"


def test_the_same_models_make_the_same_bytes(described: Paths) -> None:
    first = docs_site.publish(described).read_bytes()
    again = manifest(str(described.root))
    again["metadata"].update(invocation_id="another", generated_at="2027-01-01")
    again["nodes"]["model.liia_warehouse.fct_x"]["created_at"] = 1.0
    again["nodes"]["model.liia_warehouse.fct_x"]["depends_on"]["macros"].reverse()
    again["parent_map"]["model.liia_warehouse.fct_x"].reverse()
    (dbt_target(described) / "manifest.json").write_text(json.dumps(dict(reversed(again.items()))))
    (dbt_target(described) / "catalog.json").write_text(json.dumps(catalog("2027-01-01")))
    assert docs_site.publish(described).read_bytes() == first


def test_a_folder_in_the_sql_stops_the_page_and_the_former_stands(described: Paths) -> None:
    former = docs_site.publish(described).read_bytes()
    leaking = manifest(str(described.root))
    leaking["nodes"]["model.liia_warehouse.fct_x"]["raw_code"] = f"select * from read_csv('{described.root}/x.csv')"
    (dbt_target(described) / "manifest.json").write_text(json.dumps(leaking))
    with pytest.raises(docs_site.DocsRefused, match="would name the folder"):
        docs_site.publish(described)
    assert docs_site.page(described).read_bytes() == former


def test_what_is_missing_is_said_with_what_to_do(described: Paths) -> None:
    (dbt_target(described) / "index.html").write_text(TEMPLATE.replace("dbt logo", "another logo"))
    with pytest.raises(SetUpError, match=r"another version than requirements\.lock names"):
        docs_site.publish(described)
    (dbt_target(described) / "catalog.json").unlink()
    with pytest.raises(SetUpError, match=r"catalog\.json is missing.*make docs"):
        docs_site.publish(described)
