"""The rows that decide, and what they are called: the rules of disclosure control as seeds."""

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from loaders.errors import LiiaError
from loaders.settings import SEEDS

CELL = ("metric_id", "la_code", "period_type", "period_end", "breakdown", "breakdown_value")
FIGURES = ("numerator", "denominator", "value")
# disclosure_control.md 8: the codes of people's counts, and what no count of theirs may be when it leaves. Stands apart
# from the rule rows on purpose: a damaged row must not loosen the check on its own result.
PEOPLE = ("S5", "R5", "P5", "F5", "RRI")
SMALL = (1, 5)
WIDTH = SMALL[1] - SMALL[0] + 1


class PublicationRefused(LiiaError):
    """Something would leave that may not, or cannot be judged. Nothing is published; the former exports stand."""

    exit_code = 1


@dataclass(frozen=True)
class Rules:
    """The rows that decide. Every column is text, blank where a row does not ask.

    `suppression`: rule_code, metric_id (blank: all of the code), part, minimum, maximum, mark.
    `rounding`: rule_code, metric_id, unit, level (london, sub_region, la), part, decimals (-1: nearest 10; blank: as it
    is); the first row that fits decides. `columns`: pattern, verdict (allow, refuse), reason; the first that fits decides.
    `relation`: relation, kind (sum, part), metric_id, part, sign, period (same, before), breakdown, breakdown_value.
    `overlap`: breakdown, reason: breakdowns whose values are no parts of a whole.
    `band`: metric_id, breakdown: the breakdown is part of what the numerator counts.
    `area`: la_code, sub_region: which authority is added up where.
    """

    suppression: pl.DataFrame
    rounding: pl.DataFrame
    columns: pl.DataFrame
    relation: pl.DataFrame
    overlap: pl.DataFrame
    band: pl.DataFrame
    area: pl.DataFrame


def read_rules(folder: Path = SEEDS / "config") -> Rules:
    """The rules in force, from the same seeds that dbt loads."""
    authority = pl.read_csv(folder.parent / "reference" / "ref_authority.csv", infer_schema=False)
    names = ("suppression_rule", "rounding_rule", "export_column", "measure_relation", "overlapping_breakdown", "measure_band")
    rows = {name: pl.read_csv(folder / f"config_{name}.csv", infer_schema=False).fill_null("") for name in names}
    return Rules(
        suppression=rows["suppression_rule"],
        rounding=rows["rounding_rule"],
        columns=rows["export_column"],
        relation=rows["measure_relation"],
        overlap=rows["overlapping_breakdown"],
        band=rows["measure_band"],
        area=authority.select("la_code", pl.col("sub_region").str.to_lowercase().str.replace_all(" ", "_")),
    )


def level(la_code: pl.Expr) -> pl.Expr:
    """The level of an area by its code: three digits are an authority."""
    return (
        pl.when(la_code == "london")
        .then(pl.lit("london"))
        .when(la_code.str.contains(r"^\d{3}$"))
        .then(pl.lit("la"))
        .otherwise(pl.lit("sub_region"))
    )


def words(text: str) -> list[str]:
    """The words of a text of the catalogue that could name a measure."""
    return re.findall(r"[a-z][a-z0-9_]*", text)
