"""The project's models run on rows of a test, in a database in memory: the SQL as it stands, without a dbt process."""

from functools import cache
from typing import Any

import duckdb
import jinja2
import yaml
from dbt_common.clients.jinja import MaterializationExtension

from loaders.settings import PROJECT_ROOT

# dbt's own tag {% materialization %} stands in macros/ too
EXTENSIONS = ["jinja2.ext.do", MaterializationExtension]


@cache
def _macros() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT_ROOT / "macros").glob("*.sql")))


@cache
def model_sql(name: str) -> str:
    """The query of a model: its Jinja rendered with the project's macros and variables, refs as plain table names."""
    found = list((PROJECT_ROOT / "models").rglob(f"{name}.sql"))
    assert len(found) == 1, f"{len(found)} models are called {name}"
    variables = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False, extensions=EXTENSIONS)
    template = environment.from_string(_macros() + found[0].read_text(encoding="utf-8"))
    return template.render(ref=lambda model: model, var=lambda variable: variables[variable], config=lambda **_: "")


@cache
def components_sql(links: str, left: str, right: str) -> str:
    """What the macro connected_components makes of a table of links."""
    call = "{{ connected_components('" + links + "', '" + left + "', '" + right + "') }}"
    return jinja2.Environment(autoescape=False, extensions=EXTENSIONS).from_string(_macros() + call).render()


def make(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """A table of the named columns (name to type) with these rows, in this order."""
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE {table} ({listed})")
    if rows:
        values = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in rows)
        connection.execute(f"INSERT INTO {table} VALUES {values}", [value for row in rows for value in row])


def run(connection: duckdb.DuckDBPyConnection, *models: str) -> None:
    """Build models as tables, in the order given."""
    for model in models:
        connection.execute(f"CREATE OR REPLACE TABLE {model} AS {model_sql(model)}")
