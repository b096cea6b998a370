"""Two Londons built once for all end-to-end tests: a clean one, and one with every planted error and canary."""

from pathlib import Path

import pytest

from tests.end_to_end.london import NEIGHBOURS, London, built, invent, only

SMALL = ("--years", "2023-2025", "--seed", "7")


@pytest.fixture(scope="session")
def clean_london(tmp_path_factory: pytest.TempPathFactory) -> London:
    """No planted error: what the marts say must be what the truth says."""
    data = tmp_path_factory.mktemp("clean")
    printed = invent(data, *SMALL, "--scale", "0.01", "--errors", "0")
    return built(data, printed)


@pytest.fixture(scope="session")
def canary_london(tmp_path_factory: pytest.TempPathFactory) -> London:
    """Every planted error at its stated rate, canaries in every place, and little memory, so that DuckDB spills. Only some
    authorities, since it is built several times, between which children move."""
    data = tmp_path_factory.mktemp("canary")
    printed = invent(data, *SMALL, "--scale", "0.04", *only(NEIGHBOURS), "--canaries")
    return built(data, printed, LIIA_DUCKDB_MEMORY_LIMIT="600MB")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "data"
