"""The docs site as one static file: dbt's page with this project's texts in it, and nothing of this machine.

The page opens from a folder, an intranet or a mail without a server. It holds no absolute path, no user or run id and no
clock, loads nothing from a network (a content policy in the page forbids it), and is the same bytes for the same models.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

from loaders.dbt_environment import dbt_target
from loaders.errors import LiiaError, SetUpError
from loaders.settings import PROJECT_ROOT, Paths
from publishers import swap

TITLE = "London's child-level data warehouse"
PROJECT = "liia_warehouse"
WORDS = PROJECT_ROOT / "dbt_project"
# Nothing may be fetched, sent or framed; the page's own scripts, styles, pictures and fonts are inside it.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; form-action 'none'; base-uri 'none'"
)
# What dbt writes beside the facts of a model: where and when it was made.
MACHINE = ("build_path", "compiled_path", "created_at", "root_path")
METADATA = ("dbt_schema_version", "dbt_version", "project_name", "adapter_type")
# Hosts of dbt's own page: it counts visits when its maker's cloud serves it.
REMOTE = (
    "//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js",
    "https://fuzzed.getdbt.com/",
    "fishtownanalytics.sinter-collect.com",
)


class DocsRefused(LiiaError):
    """The page would tell of this machine. The former page stands."""

    exit_code = 1


# What of a node is a set, though dbt writes it as a list.
UNORDERED = ("nodes", "sources", "refs")
COMPILED = ("compiled", "compiled_code", "extra_ctes", "extra_ctes_injected")


def page(paths: Paths) -> Path:
    """Where the docs site lies."""
    return paths.exports / "docs" / "index.html"


def publish(paths: Paths) -> Path:
    """Write the page from what `dbt docs generate` left in dbt's target folder. The caller holds the warehouse's lock.

    Raises SetUpError when dbt has not run, DocsRefused when something of this machine is left in the page.
    """
    target = dbt_target(paths)
    try:
        template, manifest, catalog = (
            (target / name).read_text(encoding="utf-8") for name in ("index.html", "manifest.json", "catalog.json")
        )
    except FileNotFoundError as error:
        raise SetUpError(f"{error.filename} is missing: dbt has not described the models yet. Run `make docs`.") from None
    content = compose(template, clean_manifest(json.loads(manifest)), clean_catalog(json.loads(catalog)))
    _refuse_machine(content, paths)
    swap.write_file(page(paths), content.encode())
    return page(paths)


def compose(template: str, manifest: dict[str, Any], catalog: dict[str, Any]) -> str:
    """dbt's page with both artefacts, our title, mark and pictures inside it.

    Raises SetUpError when the page of this dbt has none of the places we know.
    """
    html = template
    logo = _data_uri(WORDS / "assets" / "logo.svg")
    for place, ours in (
        ("<title>dbt Docs</title>", f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/><title>{TITLE}</title>'),
        ("${require('./assets/favicons/favicon.ico')}", logo),
        ('ng-src="{{ logo }}" alt="dbt logo"', f'src="{logo}" alt="liia warehouse"'),
        # dbt's page asks for a picture called "{{ getIcon(…) }}" until Angular has filled in its name
        ('<use xlink:href="{{ getIcon(', '<use ng-attr-href="{{ getIcon('),
        ('<link rel="canonical" href="/overview/"/>', ""),
        ('content="dbt Docs"', f'content="{TITLE}"'),
        ('content="documentation for dbt"', f'content="{TITLE}"'),
        *((host, "") for host in REMOTE),
        ("</head>", f"<style>{(WORDS / 'assets' / 'page.css').read_text(encoding='utf-8')}</style></head>"),
        ('"MANIFEST.JSON INLINE DATA"', _script(_with_pictures(manifest))),
        ('"CATALOG.JSON INLINE DATA"', _script(catalog)),
    ):
        if place not in html:
            raise SetUpError(
                f"The page of this dbt has no {place[:40]!r}: it is another version than requirements.lock names. "
                "Run `make build`, which installs the right one."
            )
        html = html.replace(place, ours)
    return html


def clean_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """dbt's manifest with this project's models and words, without clocks, ids and folders, in one order.

    The macros of dbt itself are left out: three quarters of the text, and no one's business here.
    """
    kept = {name: value for name, value in manifest.items() if name not in ("metadata", "disabled", "macros")}
    ours = {name: macro for name, macro in manifest["macros"].items() if macro["package_name"] == PROJECT}
    cleaned: dict[str, Any] = _without_machine({**kept, "macros": ours})
    cleaned["docs"] = {name: block for name, block in cleaned["docs"].items() if block["package_name"] == PROJECT}
    for family in ("nodes", "sources", "macros", "exposures", "unit_tests"):
        for node in cleaned[family].values():
            depends_on = node.get("depends_on", {})
            if "macros" in depends_on:
                depends_on["macros"] = sorted(name for name in depends_on["macros"] if name in ours)
            # dbt collects a model's sources in an order that changes from run to run
            for listed in (depends_on, node):
                listed |= {name: sorted(listed[name], key=str) for name in UNORDERED if listed.get(name)}
    for node in cleaned["nodes"].values():
        if node["resource_type"] == "analysis":
            # compiled when the docs are made alone, not in a build: shown as written in both
            for name in COMPILED:
                node.pop(name, None)
    for lineage in ("parent_map", "child_map"):
        cleaned[lineage] = {name: sorted(others) for name, others in cleaned[lineage].items()}
    cleaned["metadata"] = {name: manifest["metadata"][name] for name in METADATA}
    cleaned["metadata"]["send_anonymous_usage_stats"] = False
    cleaned["disabled"] = {}
    return cleaned


def clean_catalog(catalog: dict[str, Any]) -> dict[str, Any]:
    """dbt's catalog without its clock, run id and errors: the relations with their columns and types."""
    return {
        "metadata": {"dbt_schema_version": catalog["metadata"]["dbt_schema_version"]},
        "nodes": catalog["nodes"],
        "sources": catalog["sources"],
        "errors": None,
    }


def _without_machine(value: Any) -> Any:
    """A copy without the entries that name a folder or a moment."""
    if isinstance(value, dict):
        return {name: _without_machine(inner) for name, inner in value.items() if name not in MACHINE}
    if isinstance(value, list):
        return [_without_machine(inner) for inner in value]
    return value


def _with_pictures(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the pictures of dbt_project/assets written into the texts that show them."""
    for block in manifest["docs"].values():
        block["block_contents"] = re.sub(
            r"\((assets/[\w.-]+)\)", lambda found: f"({_data_uri(WORDS / found.group(1))})", block["block_contents"]
        )
    return manifest


def _data_uri(path: Path) -> str:
    kind = {".svg": "image/svg+xml", ".png": "image/png"}[path.suffix]
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _script(value: dict[str, Any]) -> str:
    """JSON as it may stand inside a script element: sorted, compact, and unable to end the element."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _refuse_machine(content: str, paths: Paths) -> None:
    """The last look: no folder of this machine stands in the page."""
    for folder in {PROJECT_ROOT, paths.root, paths.root.resolve(), Path.home()}:
        if str(folder) != "/" and str(folder) in content:
            raise DocsRefused(
                f"The docs page would name the folder {folder}. Take it out of the description or the SQL that holds it: "
                "paths there are relative to the project."
            )
