"""A data folder of its own for every test that asks for one."""

from pathlib import Path

import pytest

from loaders.settings import Paths, real_paths
from tests.loaders.store import new_keys


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """The real warehouse's rooms in an empty folder, with fresh keys and nothing loaded."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("LIIA_DATA", str(data))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(data / "config"))
    monkeypatch.delenv("LIIA_PSEUDONYM_KEY_FILE", raising=False)
    monkeypatch.delenv("LIIA_WAREHOUSE_KEY_FILE", raising=False)
    found = real_paths()
    new_keys(found)
    return found
