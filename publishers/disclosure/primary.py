"""Primary suppression: what a cell's own row would tell (disclosure_control.md 2 and 3)."""

import polars as pl

from publishers.disclosure.links import signed_measures
from publishers.disclosure.rules import FIGURES, PublicationRefused, Rules, level

# Exact arithmetic: a figure becomes a whole number of 10^-8, so that 0.05 is 0.05 and half up is half up.
DECIMALS = 8
ONE = 10**DECIMALS
EXACT = pl.Decimal(38, DECIMALS)


def judged(measure: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """`measure` with its rule, unit and level, exact figures (_numerator …) and `own_mark`: what its own row asks for.

    Raises PublicationRefused when a metric, its rule or a part that its rule asks for is unknown.
    """
    coded = _with_rules(measure, catalogue, rules)
    exact = coded.with_columns(
        *(pl.col(figure).cast(EXACT).to_physical().cast(pl.Int64).alias(f"_{figure}") for figure in FIGURES)
    ).with_columns((pl.col("_denominator") - pl.col("_numerator")).alias("_remainder"), pl.col("_numerator").abs().alias("_size"))
    return exact.with_columns(pl.coalesce(*_marks(exact, rules, signed_measures(catalogue)), *_absent()).alias("own_mark"))


def _with_rules(measure: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    for figure in FIGURES:
        kind = measure.schema[figure]
        if not (kind.is_integer() or kind.is_decimal()):
            raise PublicationRefused(
                f"The column {figure} of a measure is {kind}, not a whole number or a decimal: its last digits would "
                "differ from build to build. Cast it in the model."
            )
    looked_up = catalogue.select(pl.col("metric_id", "suppression_rule", "unit", "^shown_from_numerator$"))
    coded = measure.join(looked_up, on="metric_id", how="left", maintain_order="left", validate="m:1").with_columns(
        level(pl.col("la_code")).alias("level")
    )
    known = set(rules.suppression["rule_code"])
    for metric, code in coded.select("metric_id", "suppression_rule").unique().sort("metric_id").iter_rows():
        if code not in known:
            raise PublicationRefused(
                f"The measure {metric} has the suppression rule {code or 'none'}, which no row of "
                "seeds/config/config_suppression_rule.csv explains."
            )
    return coded


def _marks(exact: pl.DataFrame, rules: Rules, signed: list[str]) -> list[pl.Expr]:
    """One expression per rule row in use: its mark where the part lies between minimum and maximum, else null.

    A measure with rows of its own is judged by these, all others by the rows of their code.
    """
    in_use = set(exact["suppression_rule"])
    own = set(rules.suppression["metric_id"]) - {""}
    expressions: list[pl.Expr] = [pl.lit(None, pl.String)]
    for row in rules.suppression.iter_rows(named=True):
        if not row["part"] or row["rule_code"] not in in_use:
            continue
        # of a difference nobody is counted: it has a row of its own, or goes where a count goes that follows from it
        named = pl.col("metric_id") == row["metric_id"] if row["metric_id"] else ~pl.col("metric_id").is_in([*own, *signed])
        applies = (pl.col("suppression_rule") == row["rule_code"]) & named
        amount = _amount(exact, row, applies)
        inside = amount.is_between(int(row["minimum"]) * ONE, int(row["maximum"]) * ONE)
        expressions.append(pl.when(applies & inside).then(pl.lit(row["mark"])))
    if "shown_from_numerator" in exact.columns:
        # a measure may ask for more than its code: the catalogue says from which numerator on it is shown
        too_few = pl.col("_numerator") < pl.col("shown_from_numerator").cast(pl.Int64) * ONE
        expressions.append(pl.when(too_few).then(pl.lit("c")))
    return expressions


def _amount(exact: pl.DataFrame, row: dict[str, str], applies: pl.Expr) -> pl.Expr:
    """The part a rule row looks at, in units of 10^-8; refused where it is not a count."""
    if f"_{row['part']}" in exact.columns:
        amount = pl.col(f"_{row['part']}")
    elif row["part"] in exact.columns:
        amount = pl.col(row["part"]).cast(pl.Int64) * ONE
    elif exact.filter(applies).height:
        raise PublicationRefused(
            f"The suppression rule {row['rule_code']} asks for the column {row['part']}, which the share model "
            "does not have. Without it nobody can say what to hide."
        )
    else:
        amount = pl.lit(None, pl.Int64)
    # a row for one measure may look at what is no count, such as a forecast
    broken = exact.filter(applies & (amount % ONE != 0) & pl.lit(not row["metric_id"]))
    if broken.height:
        raise PublicationRefused(
            f"The {row['part']} of {broken['metric_id'][0]} is not a count, so the rule {row['rule_code']} cannot judge "
            "it. The share model must carry the counts behind the figure."
        )
    return amount


def _absent() -> list[pl.Expr]:
    """Why there is no value: nothing to count (z), or something it needs is missing (x)."""
    absent = pl.col("value").is_null()
    nothing_to_count = pl.col("numerator").is_null() | (pl.col("denominator") == 0)
    return [pl.when(absent & nothing_to_count).then(pl.lit("z")), pl.when(absent).then(pl.lit("x"))]
