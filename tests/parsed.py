"""The project is read once for all tests: dbt keeps what it has read, and reads again only the files that have changed.

Reading all of it takes dbt as long as building a small London takes DuckDB, and many tests build one in a folder of their own.
"""

import os
import shutil
from pathlib import Path

from loaders.dbt_environment import dbt_target
from loaders.settings import Paths

READ = "partial_parse.msgpack"
# set by tests/conftest.py: a folder of this run of the tests, the same for all its processes
place: Path | None = None


def give(paths: Paths) -> None:
    """Lay beside a warehouse what another test had dbt read, if one has."""
    if place and (place / READ).exists() and not (dbt_target(paths) / READ).exists():
        dbt_target(paths).mkdir(parents=True, exist_ok=True)
        shutil.copy(place / READ, dbt_target(paths) / READ)


def keep(paths: Paths) -> None:
    """Keep for others what dbt has read for this warehouse."""
    if place and (dbt_target(paths) / READ).exists() and not (place / READ).exists():
        fresh = place / f"{READ}.{os.getpid()}"
        shutil.copy(dbt_target(paths) / READ, fresh)
        fresh.replace(place / READ)
