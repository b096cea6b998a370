"""The sources of dbt are the raw tables the loaders make, column for column; every column has its text."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders import facts, warehouse
from loaders.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "models" / "sources"

Columns = list[tuple[str, str]]


def expected() -> dict[tuple[str, str], Columns]:
    """(schema, table) to (column, type), as the loaders make them."""
    tables = {
        (a_return.raw_schema, table.table): list(a_return.raw_columns(table))
        for a_return in facts.returns().values()
        for table in a_return.tables
    }
    return tables | {("ledger", name): list(columns) for name, columns in warehouse.LEDGER_TABLES.items()}


def described() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(schema, table) to the columns the yml describes."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for path in sorted(Path(SOURCES).glob("*.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                found[(source["schema"], table["name"])] = table["columns"]
    return found


def test_every_raw_table_and_no_other_is_a_source() -> None:
    assert sorted(described()) == sorted(expected())


@pytest.mark.parametrize("table", sorted(expected()), ids=".".join)
def test_columns_types_and_texts(table: tuple[str, str]) -> None:
    columns = described()[table]
    assert [(column["name"], column["data_type"].upper()) for column in columns] == expected()[table]
    assert all(column["description"].strip() for column in columns)
