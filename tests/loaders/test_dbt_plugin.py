"""How dbt opens the warehouse."""

import duckdb
import pytest

from loaders import warehouse
from loaders.dbt_plugin import Plugin
from loaders.settings import Paths


@pytest.mark.parametrize(("asked", "limit"), [("", "2.7 GiB"), ("500MB", "476.8 MiB")])
def test_models_are_held_to_a_limit_of_memory(paths: Paths, monkeypatch: pytest.MonkeyPatch, asked: str, limit: str) -> None:
    warehouse.open_or_create(paths).close()
    monkeypatch.setenv("LIIA_DBT_ROOT", str(paths.root))
    monkeypatch.setenv("LIIA_DBT_KIND", paths.kind)
    monkeypatch.setenv("LIIA_DUCKDB_MEMORY_LIMIT", asked)
    with duckdb.connect(":memory:") as connection:
        Plugin("warehouse", {}).configure_connection(connection)
        assert connection.execute("SELECT current_setting('memory_limit')").fetchone() == (limit,)
