"""dbt-duckdb plugin: opens the encrypted warehouse for dbt, so that no key stands in a profile or a log."""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from loaders import warehouse
from loaders.settings import Kind, Paths, current_paths

# Keeps a build of London under 4 GB: DuckDB would else hold all that it has read, up to 80% of the machine. Five years of
# London at full scale are no slower for it; what is more spills, encrypted.
MEMORY_LIMIT = "3GB"


def paths_for_dbt() -> Paths:
    """The warehouse `liia` told dbt to use, or the one in use when an analyst calls dbt by hand."""
    root, kind = os.environ.get("LIIA_DBT_ROOT"), os.environ.get("LIIA_DBT_KIND")
    if root and kind:
        chosen: Kind = "demo" if kind == "demo" else "real"
        return Paths(Path(root), chosen)
    return current_paths()


class Plugin(BasePlugin):
    """Attaches the warehouse as `warehouse` and uses it, on the connection and on every cursor of it."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        paths = paths_for_dbt()
        warehouse.prepare(conn, paths, MEMORY_LIMIT)
        warehouse.attach(conn, paths, read_only=False)
        # whatever dbt is about to do: the models no longer stand as the last whole build left them (refresh/standing.py)
        conn.execute("DROP TABLE IF EXISTS warehouse.audit.refresh")

    def configure_cursor(self, cursor: Any) -> None:
        cursor.execute("USE warehouse")
