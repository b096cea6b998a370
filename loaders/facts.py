"""The facts of every return, read from rows: layouts in loaders/specs, code lists and authorities in seeds."""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from loaders.settings import SEEDS

SPECS = Path(__file__).resolve().parent / "specs"

# How a field is treated, and the raw columns that come of it (architecture.md, identity and privacy).
TREATMENTS = ("keep", "key:child", "key:upn", "key:worker", "month", "sector", "drop")


@dataclass(frozen=True)
class Field:
    """One field of a return as the guidance names it, and what becomes of it."""

    table: str
    field: str
    treatment: str
    shape: str
    code_list: str
    raw_column: str
    required: bool
    first_year: int
    last_year: int | None
    description: str
    xml_path: str = ""
    repeats: bool = False
    aliases: tuple[str, ...] = ()

    def valid_in(self, year: int) -> bool:
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)

    @cached_property
    def raw_columns(self) -> tuple[tuple[str, str], ...]:
        """(name, DuckDB type) of the raw columns this field fills."""
        if self.treatment == "drop":
            return ()
        if self.treatment in ("key:child", "key:worker"):
            return ((self.raw_column, "VARCHAR"),)
        if self.treatment == "key:upn":
            base = self.raw_column.removesuffix("_key")
            return (
                (self.raw_column, "VARCHAR"),
                (f"{base}_status", "VARCHAR"),
                (f"{base}_unknown_code", "VARCHAR"),
            )
        return ((self.raw_column, "VARCHAR"), (f"{self.raw_column}_unreadable", "BOOLEAN"))


@dataclass(frozen=True)
class Table:
    """One raw table of a return."""

    table: str
    fields: tuple[Field, ...]
    grain: str
    natural_key: str
    first_year: int
    last_year: int | None
    xml_path: str = ""
    parent_table: str = ""
    sequence_column: str = ""
    file_name_patterns: tuple[str, ...] = ()
    unique_key: str = ""
    warn_when_empty: bool = False

    def valid_in(self, year: int) -> bool:
        return self.first_year <= year and (self.last_year is None or year <= self.last_year)


@dataclass(frozen=True)
class Return:
    """One statutory return: its layout over all years."""

    name: str
    title: str
    format: str
    raw_schema: str
    collection_code: str
    root_element: str
    first_year: int
    last_year: int
    reference_month: int
    reference_day: int
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.table == name)

    def ancestors(self, table: Table) -> tuple[Table, ...]:
        """The tables above `table`, outermost first, without the file itself (header)."""
        chain: list[Table] = []
        parent = table.parent_table
        while parent and parent != "header":
            above = self.table(parent)
            chain.insert(0, above)
            parent = above.parent_table
        return tuple(chain)

    def raw_columns(self, table: Table) -> tuple[tuple[str, str], ...]:
        """(name, type) of every column of the raw table: lineage, place in the file, then the fields.

        An XML table below the child repeats child_key and the sequence numbers of what it hangs under.
        """
        columns: list[tuple[str, str]] = [
            ("load_id", "VARCHAR"),
            ("la_code", "VARCHAR"),
            ("collection_year", "INTEGER"),
            ("row_number_in_file", "INTEGER"),
            ("line_number", "INTEGER"),
        ]
        above = self.ancestors(table)
        columns += [(parent.sequence_column, "INTEGER") for parent in above]
        if table.sequence_column:
            columns.append((table.sequence_column, "INTEGER"))
        if above:
            columns.append(("child_key", "VARCHAR"))
        for field in table.fields:
            columns += [column for column in field.raw_columns if column not in columns]
        return tuple(columns)

    def raw_column_names(self, table: Table) -> list[str]:
        """The names of `raw_columns`, worked out once: readers ask for them with every batch."""
        return _raw_column_names(self.name, table.table)


@cache
def _raw_column_names(return_name: str, table_name: str) -> list[str]:
    a_return = returns()[return_name]
    return [name for name, _ in a_return.raw_columns(a_return.table(table_name))]


@dataclass(frozen=True)
class Authority:
    """One of the 33 London authorities."""

    la_code: str
    ons_code: str
    name: str


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV of facts, as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def year_or_none(text: str) -> int | None:
    return int(text) if text else None


def _field(row: dict[str, str]) -> Field:
    if row["treatment"] not in TREATMENTS:
        raise ValueError(f"{row['table']}.{row['field']}: treatment {row['treatment']!r} is none of {TREATMENTS}")
    return Field(
        table=row["table"],
        field=row["field"],
        treatment=row["treatment"],
        shape=row["shape"],
        code_list=row["code_list"],
        raw_column=row["raw_column"],
        required=row["required"] == "true",
        first_year=int(row["first_year"]),
        last_year=year_or_none(row["last_year"]),
        description=row["description"],
        xml_path=row.get("xml_path", ""),
        repeats=row.get("repeats") == "true",
        aliases=tuple(alias for alias in row.get("aliases", "").split("|") if alias),
    )


@cache
def returns() -> dict[str, Return]:
    """Every return the project knows, by name."""
    found: dict[str, Return] = {}
    for row in rows(SPECS / "returns.csv"):
        folder = SPECS / row["return_name"]
        fields = [_field(field) for field in rows(folder / "fields.csv")]
        tables = tuple(
            Table(
                table=table["table"],
                fields=tuple(field for field in fields if field.table == table["table"]),
                grain=table["grain"],
                natural_key=table["natural_key"],
                first_year=int(table["first_year"]),
                last_year=year_or_none(table["last_year"]),
                xml_path=table.get("xml_path", ""),
                parent_table=table.get("parent_table", ""),
                sequence_column=table.get("sequence_column", ""),
                file_name_patterns=tuple(p for p in table.get("file_name_patterns", "").split("|") if p),
                unique_key=table.get("unique_key", ""),
                warn_when_empty=table.get("warn_when_empty") == "true",
            )
            for table in rows(folder / "tables.csv")
        )
        found[row["return_name"]] = Return(
            name=row["return_name"],
            title=row["title"],
            format=row["format"],
            raw_schema=row["raw_schema"],
            collection_code=row["collection_code"],
            root_element=row["root_element"],
            first_year=int(row["first_year"]),
            last_year=int(row["last_year"]),
            reference_month=int(row["reference_month"]),
            reference_day=int(row["reference_day"]),
            tables=tables,
        )
    return found


@cache
def authorities() -> tuple[Authority, ...]:
    """The 33, in order of their DfE code."""
    return tuple(
        Authority(row["la_code"], row["ons_code"], row["la_name"]) for row in rows(SEEDS / "reference" / "ref_authority.csv")
    )


def find_authority(text: str) -> Authority | None:
    """One of the 33 by DfE code, ONS code or name; case, underscores, hyphens and "and" or "&" make no difference."""
    wanted = _plain_name(text)
    for authority in authorities():
        if wanted in (authority.la_code, authority.ons_code.casefold(), _plain_name(authority.name)):
            return authority
    return None


def _plain_name(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").replace("&", " and ").split())


@cache
def code_list(name: str) -> dict[str, tuple[int, int | None]]:
    """Codes of one list with first and last year (last None = still in use)."""
    return {
        row["code"]: (int(row["first_year"]), year_or_none(row["last_year"]))
        for row in rows(SEEDS / "code_lists" / f"code_{name}.csv")
    }


@cache
def fingerprint() -> str:
    """SHA-256 over the layouts: a warehouse keeps it, so that an older one is noticed on opening."""
    digest = hashlib.sha256()
    for path in sorted(SPECS.rglob("*.csv")):
        digest.update(path.relative_to(SPECS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
