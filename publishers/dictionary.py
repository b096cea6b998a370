"""The data dictionary of an export: every table, column and mark in the words of the models themselves, CSV and XLSX."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from loaders.errors import SetUpError
from loaders.spreadsheet import defuse

# The one date a workbook must carry; a clock would make every export differ from the last.
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
HEADINGS = ("relation", "column", "type", "description")
# Excel reads a CSV as UTF-8 only when it begins with this mark; Power BI, polars and pandas skip it.
BOM = "\ufeff"


@dataclass(frozen=True)
class Column:
    """One published column. `description` is the text of the model."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Table:
    """One published relation."""

    name: str
    description: str
    columns: tuple[Column, ...]


def read_manifest(path: Path) -> dict[str, Any]:
    """dbt's manifest.json. Raises SetUpError when the models have not been built."""
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetUpError(f"The texts of the models are not at {path}. Run `make build` first.") from None
    return manifest


def describe(relation: str, types: dict[str, str], manifest: dict[str, Any]) -> Table:
    """A relation with its published columns and types, in the words of its model.

    A column that the publisher adds has its text in a doc block of its own name (dbt_project/*.md).
    Raises SetUpError for a column without a text: an export explains itself.
    """
    model = next(
        (node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["name"] == relation), None
    )
    if model is None:
        raise SetUpError(f"share.{relation} stands in the warehouse but not among the models. Run `make build`.")
    blocks = {block["name"]: block["block_contents"] for block in manifest["docs"].values()}
    columns = []
    for name, kind in types.items():
        text = model["columns"].get(name, {}).get("description") or blocks.get(name, "")
        if not text:
            raise SetUpError(f"The column {name} of share.{relation} has no description. Write it beside the model.")
        columns.append(Column(name, kind, text.strip()))
    return Table(relation, model["description"].strip(), tuple(columns))


def as_csv(tables: list[Table]) -> bytes:
    """One row per column: relation, column, type, description; the relation's own text has an empty column name."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for table in tables:
        writer.writerow([table.name, "", "", defuse(table.description)])
        for column in table.columns:
            writer.writerow([table.name, column.name, column.type, defuse(column.description)])
    return (BOM + text.getvalue()).encode()


def as_xlsx(tables: list[Table], marks: list[tuple[str, str, str]]) -> bytes:
    """The same as a workbook: sheets Tables, Columns and Marks, with filters and frozen headings."""
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    workbook.set_properties({"title": "Data dictionary", "created": CREATED})
    _sheet(workbook, "Tables", ("relation", "description"), (30, 110), [(table.name, table.description) for table in tables])
    _sheet(
        workbook,
        "Columns",
        HEADINGS,
        (30, 24, 16, 100),
        [(table.name, column.name, column.type, column.description) for table in tables for column in table.columns],
    )
    _sheet(workbook, "Marks", ("mark", "title", "meaning"), (8, 20, 110), marks)
    workbook.close()
    return content.getvalue()


def _sheet(workbook: Any, name: str, headings: tuple[str, ...], widths: tuple[int, ...], rows: Sequence[tuple[str, ...]]) -> None:
    sheet = workbook.add_worksheet(name)
    heading = workbook.add_format({"bold": True, "bottom": 1, "valign": "top"})
    body = workbook.add_format({"text_wrap": True, "valign": "top"})
    for number, (text, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, text, heading)
    for line, row in enumerate(rows, start=1):
        for number, text in enumerate(row):
            sheet.write_string(line, number, defuse(text), body)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(headings) - 1)
