"""Disclosure control: what may be shown of a measure, by the rows of seeds/config/config_suppression_rule.csv.

The rules are docs/rules/disclosure_control.md, sections 2 (primary suppression), 3 (marks), 4.5 (rounding) and 8 (checks).
This module hides and rounds; it computes no measure.
"""

import fnmatch
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from loaders.errors import LiiaError
from loaders.settings import SEEDS

CELL = ("metric_id", "la_code", "period_type", "period_end", "breakdown", "breakdown_value")
FIGURES = ("numerator", "denominator", "value")
# Exact arithmetic: a figure becomes a whole number of 10^-8, so that 0.05 is 0.05 and half up is half up.
DECIMALS = 8
ONE = 10**DECIMALS
EXACT = pl.Decimal(38, DECIMALS)
SHOWN = pl.Decimal(18, 4)
# disclosure_control.md 8: the codes of people's counts, and what no count of theirs may be when it leaves. Stands apart
# from the rule rows on purpose: a damaged row must not loosen the check on its own result.
PEOPLE = ("S5", "R5", "P5", "F5", "RRI")
SMALL = (1, 5)


class PublicationRefused(LiiaError):
    """Something would leave that may not, or cannot be judged. Nothing is published; the former exports stand."""

    exit_code = 1


@dataclass(frozen=True)
class Rules:
    """The rows that decide. Every column is text, blank where a row does not ask.

    `suppression`: rule_code, metric_id (blank: all of the code), part, minimum, maximum, mark.
    `rounding`: rule_code, metric_id, unit, level (london, la), part, decimals (-1: nearest 10; blank: as it is); the first
    row that fits decides. `columns`: pattern, verdict (allow, refuse), reason; the first that fits decides.
    """

    suppression: pl.DataFrame
    rounding: pl.DataFrame
    columns: pl.DataFrame


def read_rules(folder: Path = SEEDS / "config") -> Rules:
    """The rules in force, from the same seeds that dbt loads."""
    return Rules(
        *(
            pl.read_csv(folder / f"config_{name}.csv", infer_schema=False).fill_null("")
            for name in ("suppression_rule", "rounding_rule", "export_column")
        )
    )


def is_measure(columns: list[str]) -> bool:
    """Whether a relation holds figures, to be judged row by row."""
    return {*CELL, *FIGURES} <= set(columns)


def protect(measure: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows of `measure` as they may be shown, with `value_mark` after `value`.

    `measure` has CELL and FIGURES (exact: integers or decimals); `catalogue` has metric_id, unit, suppression_rule and may
    have shown_from_numerator. A marked row has no numerator, denominator or value: each would tell the others. Row order is kept.
    Raises PublicationRefused when a metric, its rule, its unit or a part that its rule asks for is unknown.
    """
    judged = _with_rules(measure, catalogue, rules)
    exact = judged.with_columns(
        *(pl.col(figure).cast(EXACT).to_physical().cast(pl.Int64).alias(f"_{figure}") for figure in FIGURES)
    ).with_columns((pl.col("_denominator") - pl.col("_numerator")).alias("_remainder"))
    marked = exact.with_columns(pl.coalesce(*_primary(exact, rules), *_absent()).alias("value_mark"))
    rounded = _rounded(marked, rules)
    gone_to_zero = (pl.col("value") == 0) & (pl.col("_value") != 0)
    marked = rounded.with_columns(
        pl.when(pl.col("value_mark").is_null() & gone_to_zero).then(pl.lit("k")).otherwise(pl.col("value_mark")).alias("value_mark")
    )
    shown = marked.with_columns(pl.when(pl.col("value_mark").is_null()).then(pl.col(figure)).alias(figure) for figure in FIGURES)
    return shown.select(_with_mark(measure.columns))


def hidden_cells(shown: pl.DataFrame) -> pl.DataFrame:
    """The suppression log: one row per confidential cell of a protected measure, its key and the reason, no value."""
    return shown.filter(pl.col("value_mark") == "c").select(*CELL, pl.lit("primary").alias("reason"))


def check_measure(shown: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    """The checks of disclosure_control.md 8 on what is about to leave. Raises PublicationRefused, naming metric and rule."""
    coded = shown.join(catalogue.select("metric_id", "suppression_rule", "unit"), on="metric_id", how="left")
    people = coded.filter(pl.col("suppression_rule").is_in(PEOPLE))
    counts = [pl.col("numerator"), pl.col("denominator"), pl.when(pl.col("unit") == "count").then(pl.col("value"))]
    small = people.filter(pl.any_horizontal(count.is_between(*SMALL) for count in counts))
    _refuse_rows(small, "a count of 1 to 5 would leave")
    # a percentage shows the part left over as well
    remainder = pl.col("denominator") - pl.col("numerator")
    _refuse_rows(
        people.filter((pl.col("suppression_rule") == "P5") & (pl.col("la_code") != "london") & remainder.is_between(*SMALL)),
        "a percentage would leave whose left-over part is 1 to 5",
    )
    partly = coded.filter(
        pl.col("value_mark").is_not_null() & pl.any_horizontal(pl.col(figure).is_not_null() for figure in FIGURES)
    )
    _refuse_rows(partly, "a marked cell still shows a figure")
    blank = coded.filter(pl.col("value_mark").is_null() & pl.col("value").is_null())
    _refuse_rows(blank, "a cell is blank without a mark")


def check_columns(relation: str, columns: list[str], rules: Rules) -> None:
    """Refuse a relation with a column that names a person, joins releases or counts outside the measures."""
    for column in columns:
        for pattern, verdict, reason in rules.columns.select("pattern", "verdict", "reason").iter_rows():
            if fnmatch.fnmatchcase(column.lower(), pattern):
                if verdict != "allow":
                    raise PublicationRefused(
                        f"share.{relation} has the column {column}, which may not leave. {reason} Take it out of the "
                        "model, or decide otherwise in seeds/config/config_export_column.csv."
                    )
                break


def _with_rules(measure: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """`measure` with suppression_rule, unit and level; refuses what the rules cannot judge."""
    for figure in FIGURES:
        kind = measure.schema[figure]
        if not (kind.is_integer() or kind.is_decimal()):
            raise PublicationRefused(
                f"The column {figure} of a measure is {kind}, not a whole number or a decimal: its last digits would "
                "differ from build to build. Cast it in the model."
            )
    looked_up = catalogue.select(pl.col("metric_id", "suppression_rule", "unit", "^shown_from_numerator$"))
    judged = measure.join(looked_up, on="metric_id", how="left", maintain_order="left", validate="m:1").with_columns(
        pl.when(pl.col("la_code") == "london").then(pl.lit("london")).otherwise(pl.lit("la")).alias("level")
    )
    known = set(rules.suppression["rule_code"])
    for metric, code in judged.select("metric_id", "suppression_rule").unique().sort("metric_id").iter_rows():
        if code not in known:
            raise PublicationRefused(
                f"The measure {metric} has the suppression rule {code or 'none'}, which no row of "
                "seeds/config/config_suppression_rule.csv explains."
            )
    return judged


def _primary(exact: pl.DataFrame, rules: Rules) -> list[pl.Expr]:
    """One expression per rule row in use: its mark where the part lies between minimum and maximum, else null."""
    in_use = set(exact["suppression_rule"])
    expressions: list[pl.Expr] = []
    for row in rules.suppression.iter_rows(named=True):
        if not row["part"] or row["rule_code"] not in in_use:
            continue
        applies = pl.col("suppression_rule") == row["rule_code"]
        if row["metric_id"]:
            applies &= pl.col("metric_id") == row["metric_id"]
        part = f"_{row['part']}"
        if part not in exact.columns:
            if row["part"] not in exact.columns:
                raise PublicationRefused(
                    f"The suppression rule {row['rule_code']} asks for the column {row['part']}, which the share model "
                    "does not have. Without it nobody can say what to hide."
                )
            amount = pl.col(row["part"]).cast(pl.Int64) * ONE
        else:
            amount = pl.col(part)
        broken = exact.filter(applies & (amount % ONE != 0))
        if broken.height:
            raise PublicationRefused(
                f"The {row['part']} of {broken['metric_id'][0]} is not a count, so the rule {row['rule_code']} cannot judge "
                "it. The share model must carry the counts behind the figure."
            )
        inside = amount.is_between(int(row["minimum"]) * ONE, int(row["maximum"]) * ONE)
        expressions.append(pl.when(applies & inside).then(pl.lit(row["mark"])))
    if "shown_from_numerator" in exact.columns:
        # a measure may ask for more than its code: the catalogue says from which numerator on it is shown
        too_few = pl.col("_numerator") < pl.col("shown_from_numerator").cast(pl.Int64) * ONE
        expressions.append(pl.when(too_few).then(pl.lit("c")))
    return expressions


def _absent() -> list[pl.Expr]:
    """Why there is no value: nothing to count (z), or something it needs is missing (x)."""
    absent = pl.col("value").is_null()
    nothing_to_count = pl.col("numerator").is_null() | (pl.col("denominator") == 0)
    return [
        pl.when(absent & nothing_to_count).then(pl.lit("z")),
        pl.when(absent).then(pl.lit("x")),
    ]


def _rounded(marked: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Each figure at the decimals of the first rounding row that fits, half up, from the exact figure."""
    asked = marked.select("suppression_rule", "metric_id", "unit", "level").unique(maintain_order=True)
    steps = asked.with_columns(
        *(
            pl.Series(
                f"_{figure}_step",
                [_step(kind, figure, rules.rounding) for kind in asked.iter_rows(named=True)],
                dtype=pl.Int64,
            )
            for figure in FIGURES
        )
    )
    joined = marked.join(steps, on=asked.columns, how="left", maintain_order="left")
    return joined.with_columns(_half_up(figure, marked.schema[figure]) for figure in FIGURES)


def _step(kind: dict[str, str], part: str, rounding: pl.DataFrame) -> int:
    """The unit of rounding in 10^-8: 10 x 10^8 for the nearest 10, 10^7 for one decimal, 1 for as it is.

    `kind` has suppression_rule, metric_id, unit and level.
    """
    asked = {"part": part, "rule_code": kind["suppression_rule"], **kind}
    for row in rounding.iter_rows(named=True):
        if all(row[name] in ("", asked[name]) for name in ("rule_code", "metric_id", "unit", "level", "part")):
            return int(ONE * 10 ** -int(row["decimals"])) if row["decimals"] else 1
    raise PublicationRefused(
        f"No row of seeds/config/config_rounding_rule.csv says how to round the {part} of {kind['metric_id']} "
        f"({kind['unit']}, {kind['level']})."
    )


def _half_up(figure: str, kind: pl.DataType) -> pl.Expr:
    """A count stays a whole number, any other figure becomes a decimal of four places (SHOWN)."""
    amount, step = pl.col(f"_{figure}"), pl.col(f"_{figure}_step")
    whole = (amount + step // 2) // step * step
    if kind.is_integer() or (isinstance(kind, pl.Decimal) and kind.scale == 0):
        return (whole // pl.lit(ONE)).alias(figure)
    return (whole.cast(EXACT) / pl.lit(ONE, dtype=pl.Decimal(38, 0))).cast(SHOWN).alias(figure)


def _with_mark(columns: list[str]) -> list[str]:
    after = columns.index("value") + 1
    return [*columns[:after], "value_mark", *columns[after:]]


def _refuse_rows(rows: pl.DataFrame, why: str) -> None:
    if rows.height:
        metrics = ", ".join(sorted(rows["metric_id"].unique())[:5])
        raise PublicationRefused(
            f"Nothing was published: {why}, in {rows.height} cells of {metrics}. The former exports stand. Look at the rows of "
            "seeds/config/config_suppression_rule.csv for these measures."
        )
