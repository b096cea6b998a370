"""Rounding: each figure at the decimals of the first rounding row that fits, half up (disclosure_control.md 4.5)."""

import polars as pl

from publishers.disclosure.primary import EXACT, ONE
from publishers.disclosure.rules import FIGURES, PublicationRefused

SHOWN = pl.Decimal(18, 4)


def rounded(exact: pl.DataFrame, rounding: pl.DataFrame) -> pl.DataFrame:
    """`exact` (with suppression_rule, metric_id, unit, level and _numerator …) with its figures rounded from the exact ones."""
    asked = exact.select("suppression_rule", "metric_id", "unit", "level").unique(maintain_order=True)
    steps = asked.with_columns(
        *(
            pl.Series(f"_{figure}_step", [_step(kind, figure, rounding) for kind in asked.iter_rows(named=True)], dtype=pl.Int64)
            for figure in FIGURES
        )
    )
    joined = exact.join(steps, on=asked.columns, how="left", maintain_order="left")
    return joined.with_columns(_half_up(figure, exact.schema[figure]) for figure in FIGURES)


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
