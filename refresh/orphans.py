"""Clears from the warehouse what a former build made and no model makes any more."""

import json
from pathlib import Path

from loaders import warehouse
from loaders.settings import Paths

# The rooms that dbt fills. `ledger` and `raw_<return>` belong to the loaders and are never touched.
DBT_SCHEMAS = ("staging", "intermediate", "marts", "share", "audit")
# What the publishers and the refresh itself write there.
KEPT = {("audit", "suppression_log"), ("audit", "publication"), ("audit", "refresh")}


def drop(paths: Paths, manifest: Path) -> list[str]:
    """Drop every table and view in dbt's schemas that no node of `manifest` makes; their names, sorted.

    A renamed mart would otherwise stay behind with its children's rows, out of date and outside every test. The caller
    holds the lock, and dbt has just succeeded.
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    made = {(node["schema"], node["alias"]) for node in nodes} | KEPT
    dropped = []
    with warehouse.connect(paths) as connection:
        found = warehouse.fetch(
            connection,
            "SELECT table_schema, table_name, table_type FROM information_schema.tables "
            "WHERE table_catalog = 'warehouse' AND list_contains(?, table_schema) ORDER BY ALL",
            [list(DBT_SCHEMAS)],
        )
        for schema, name, kind in found:
            if (schema, name) not in made:
                connection.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} "{schema}"."{name}"')
                dropped.append(f"{schema}.{name}")
    return dropped
