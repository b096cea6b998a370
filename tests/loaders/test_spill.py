"""What DuckDB spills to disk for want of memory is encrypted: a canary in a spilled table is not in the spill files."""

from pathlib import Path

import duckdb
import pytest

from loaders import warehouse
from loaders.settings import Paths

CANARY = "Quillfeather-spilled"


def spilled(connection: duckdb.DuckDBPyConnection, tmp: Path) -> list[bytes]:
    """Fill a temporary table beyond the memory limit; the content of every spill file that this makes."""
    connection.execute(
        f"CREATE TEMP TABLE much AS SELECT i, '{CANARY}' || i || repeat(md5(i::VARCHAR), 8) AS words FROM range(400000) AS t(i)"
    )
    return [path.read_bytes() for path in tmp.rglob("*") if path.is_file()]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path, "demo")
    paths.make()
    return paths


def test_spilled_rows_are_not_readable(paths: Paths) -> None:
    with warehouse.memory(paths, {"memory_limit": "40MB", "threads": 1}) as connection:
        files = spilled(connection, paths.tmp)
        assert sum(map(len, files)) > 10_000_000
        assert not any(CANARY.encode() in content for content in files)


def test_without_encryption_the_same_search_finds_them(paths: Paths) -> None:
    """The control: it is the setting that hides them, not the way they are looked for."""
    with warehouse.memory(paths, {"memory_limit": "40MB", "threads": 1, "temp_file_encryption": False}) as connection:
        assert any(CANARY.encode() in content for content in spilled(connection, paths.tmp))
