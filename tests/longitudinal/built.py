"""A small warehouse for the longitudinal tests: returns loaded by the command line, only the models they need built."""

import subprocess
from pathlib import Path
from typing import Any

import polars as pl

from loaders import keys, vault, warehouse
from loaders.dbt_environment import dbt_environment, dbt_program
from loaders.settings import PROJECT_ROOT, Paths
from tests import parsed
from tests.end_to_end.london import environment, liia

LONGITUDINAL = ("+path:models/marts/longitudinal",)


def load_and_build(data: Path, kind: str = "demo", also: tuple[str, ...] = ()) -> Paths:
    """Load the returns that lie in the data folder and build the longitudinal models; returns the rooms."""
    if kind == "demo":
        liia(data, "load", "--demo")
        paths = Paths(data / "demo", "demo")
    else:
        liia(data, "load")
        paths = Paths(data, "real")
    build(paths, data, also)
    return paths


def build(paths: Paths, data: Path, also: tuple[str, ...] = ()) -> None:
    """Run the seeds and models, tests left out: they are run where the whole is built."""
    user = environment(data)
    told = {**dbt_environment(paths), **{name: user[name] for name in ("LIIA_DATA", "XDG_CONFIG_HOME")}}
    parsed.give(paths)
    done = subprocess.run(
        [dbt_program(), "--quiet", "build", "--resource-type", "model", "seed", "--select", *LONGITUDINAL, *also],
        cwd=PROJECT_ROOT,
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    parsed.keep(paths)


def fetch(paths: Paths, sql: str, parameters: list[Any] | None = None) -> pl.DataFrame:
    """The rows of a query on the warehouse."""
    with warehouse.connect(paths, read_only=True) as connection:
        return connection.execute(sql, parameters or []).pl()


def child_key(paths: Paths, la_code: str, child_number: str) -> str:
    """The key of one child number."""
    return vault.read(paths, keys.pseudonym_key(paths), la_code).children[child_number]
