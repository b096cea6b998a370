"""How this project calls dbt: which warehouse, where dbt's own files lie, and nothing sent anywhere."""

import os
import sys
from pathlib import Path

from loaders.settings import PROJECT_ROOT, Paths


def dbt_program() -> str:
    """The dbt that was installed beside this Python."""
    return str(Path(sys.executable).parent / "dbt")


def dbt_target(paths: Paths) -> Path:
    """The folder dbt writes its artefacts into (manifest.json, run_results.json, compiled SQL)."""
    return paths.dbt / "target"


def dbt_environment(paths: Paths) -> dict[str, str]:
    """The environment variables for a dbt process on the warehouse of `paths`; its working folder is PROJECT_ROOT.

    dbt builds and reads, so it is given the warehouse key alone. No log file is written: the message of a failed
    query can hold a value, and what a person needs is on the screen and in run_results.json.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("DBT_") and name != "LIIA_PSEUDONYM_KEY_FILE"
    }
    return {
        **inherited,
        "LIIA_DBT_ROOT": str(paths.root),
        "LIIA_DBT_KIND": paths.kind,
        "DBT_PROJECT_DIR": str(PROJECT_ROOT),
        "DBT_PROFILES_DIR": str(PROJECT_ROOT),
        "DBT_TARGET_PATH": str(dbt_target(paths)),
        "DBT_LOG_PATH": str(paths.dbt / "logs"),
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DO_NOT_TRACK": "1",
    }
