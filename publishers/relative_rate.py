"""Disclosure control of the relative rate indices (share_london__disproportionality): docs/rules/disproportionality.md 7.

An index and its interval give away the two counts they are made of, so a row is shown with both or not at all. Its own
status decides first. Then its counts are judged as counts: each becomes a cell beside the measures (`as_measures`), where
disclosure control sees how they add up with all that is shown; a row goes when either of its counts goes (`hide`).
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from loaders.settings import SEEDS
from publishers.disclosure import CELL, PublicationRefused

INDEX = "share_london__disproportionality"
STAGE = "share_london__stage"
# a status that hides its row, and the mark that stands there; the other statuses are shown
MARK = {"suppressed": "c", "too_few_children": "c", "comparator_zero": "z", "no_population": "z"}
# the figures of a row and the decimals they leave with
COUNTS = ("a", "n1", "b", "n0")
DECIMALS = {
    **dict.fromkeys(COUNTS, 0),
    **dict.fromkeys(("rate1", "rate0"), 5),
    **dict.fromkeys(("rri", "ci_low", "ci_high"), 2),
    **dict.fromkeys(("rri_mantel_haenszel", "ci_low_mantel_haenszel", "ci_high_mantel_haenszel"), 2),
    **dict.fromkeys(("expected", "excess"), 1),
}
FIGURES = (*DECIMALS, "verdict")
PERIOD = {1: "year", 3: "three_years"}
PLACE = ("la_code", "period_end", "years_pooled", "stage", "mode", "breakdown", "breakdown_value", "ethnic_level")
COUNT = (*PLACE, "ethnicity")
SMALL = (1, 5)
SCALE = 8


@dataclass(frozen=True)
class Counts:
    """The counts of an index as cells of measures.

    `cells`: CELL, numerator, denominator, value, as share_london__measure has them. `catalogue`: metric_id, unit,
    suppression_rule, numerator and denominator (words) of these measures. `key`: COUNT of the index and the CELL it is.
    """

    cells: pl.DataFrame
    catalogue: pl.DataFrame
    key: pl.DataFrame


def read_groups(folder: Path = SEEDS / "config") -> dict[str, str]:
    """The ethnic group of each ethnicity code, from the seed that dbt loads."""
    return dict(pl.read_csv(folder / "config_ethnic_group.csv", infer_schema=False).select("code", "ethnic_group").iter_rows())


def as_measures(index: pl.DataFrame, stage: pl.DataFrame, group_of_code: dict[str, str]) -> Counts:
    """Each count of `index` once, as a cell of a measure of its own. `stage` is share_london__stage.

    A stage counts its events or children (S5) or, in conditional mode, who came on from the stage before (P5); where a
    measure of the catalogue counts the same, the words say so. A code stands within its group, and children without
    unaccompanied ones beside those: so what adds up is found.
    """
    of_all = stage.select(pl.col("stage").alias("stage_of_all_children"), "mode", "count_period_type")
    described = stage.select("stage", "mode", "leaves_out_uasc", "stage_of_all_children").join(
        of_all, on=["stage_of_all_children", "mode"], how="left"
    )
    counted = index.select(*COUNT, "a", "n1").unique(maintain_order=True).join(described, on=["stage", "mode"], how="left")
    # a stock of one day is a cell of its measure; the stocks of three years together are none that anybody adds up
    is_stock = pl.col("count_period_type").fill_null("") == "snapshot"
    is_group = pl.col("ethnic_level") == "group"
    code = pl.col("ethnicity").replace(group_of_code) + ";" + pl.col("ethnicity")
    part = pl.when(pl.col("breakdown") == "total").then(pl.lit(""))
    placed = counted.filter(~is_stock | (pl.col("years_pooled") == 1)).with_columns(
        (pl.col("stage_of_all_children") + "__" + pl.col("mode")).alias("metric_id"),
        pl.when(is_stock)
        .then(pl.lit("snapshot"))
        .otherwise(pl.col("years_pooled").replace_strict(PERIOD, return_dtype=pl.String))
        .alias("period_type"),
        (
            pl.when(is_group).then(pl.lit("ethnic_group")).otherwise(pl.lit("ethnic_group;ethnicity_code"))
            + part.otherwise(";" + pl.col("breakdown"))
        ).alias("names"),
        (pl.when(is_group).then(pl.col("ethnicity")).otherwise(code) + part.otherwise(";" + pl.col("breakdown_value"))).alias(
            "values"
        ),
    )
    key = pl.concat(
        [placed.filter(~pl.col("leaves_out_uasc")), _with_uasc(placed.filter("leaves_out_uasc"), "no"), _unaccompanied(placed)]
    ).rename({"names": "cell_breakdown", "values": "cell_breakdown_value"})
    is_conditional = pl.col("mode") == "conditional"
    share = (pl.col("a") * 100 / pl.when(pl.col("n1") > 0).then(pl.col("n1"))).round(6)
    cells = key.select(
        "metric_id",
        "la_code",
        "period_type",
        "period_end",
        pl.col("cell_breakdown").alias("breakdown"),
        pl.col("cell_breakdown_value").alias("breakdown_value"),
        pl.col("a").cast(pl.Decimal(18, 6)).alias("numerator"),
        pl.when(is_conditional).then(pl.col("n1")).cast(pl.Decimal(18, 6)).alias("denominator"),
        pl.when(is_conditional).then(share).otherwise(pl.col("a")).cast(pl.Decimal(18, 6)).alias("value"),
    )
    names = ("metric_id", "period_type", "cell_breakdown", "cell_breakdown_value")
    return Counts(cells, _catalogue(stage), key.filter(pl.col("stage").is_not_null()).select(*COUNT, *names))


def hide(index: pl.DataFrame, counts: Counts, shown: pl.DataFrame) -> pl.DataFrame:
    """The rows of `index` as they may be shown, rounded half up, with `value_mark` after `status`. Row order is kept.

    `shown`: the cells of `counts` after disclosure control. A row is hidden by its status, or when the count of the
    ethnicity or one that makes the comparator is hidden; a stock of three years also when one of the three is.
    """
    renamed = shown.rename({"breakdown": "cell_breakdown", "breakdown_value": "cell_breakdown_value"}).select(
        *(f"cell_{name}" if name.startswith("breakdown") else name for name in CELL),
        (pl.col("value_mark").fill_null("") == "c").alias("is_hidden"),
    )
    on = ["la_code", "period_end", "metric_id", "period_type", "cell_breakdown", "cell_breakdown_value"]
    judged = counts.key.join(renamed, on=on, how="left").select(*COUNT, pl.col("is_hidden").fill_null(True))
    rows = index.with_row_index("row")
    of_row = _hidden_sides(rows, judged)
    by_status = pl.col("status").replace_strict(MARK, default=None, return_dtype=pl.String)
    by_count = pl.when("is_hidden").then(pl.lit("c"))
    told = rows.join(of_row, on="row").sort("row").with_columns(pl.coalesce(by_status, by_count).alias("value_mark"))
    marked = _stocks_of_years(told)
    is_shown = pl.col("value_mark").is_null()
    rounded = marked.with_columns(_rounded(name, decimals, index.schema[name]) for name, decimals in DECIMALS.items())
    hidden = rounded.with_columns(pl.when(is_shown).then(pl.col(name)).alias(name) for name in FIGURES)
    after = index.columns.index("status") + 1
    return hidden.select(*index.columns[:after], "value_mark", *index.columns[after:])


def check(shown: pl.DataFrame) -> None:
    """Raises PublicationRefused when a row would leave with a count of 1 to 5, or a hidden one with a figure."""
    small = pl.any_horizontal(pl.col(name).is_between(*SMALL) for name in ("a", "b"))
    left_over = pl.any_horizontal((pl.col(n) - pl.col(k)).is_between(*SMALL) for n, k in (("n1", "a"), ("n0", "b")))
    exact_parts = (pl.col("mode") == "conditional") & (pl.col("la_code") != "london")
    partly = pl.col("value_mark").is_not_null() & pl.any_horizontal(pl.col(name).is_not_null() for name in FIGURES)
    unmarked = pl.col("value_mark").is_null() & (pl.col("a").is_null() | pl.col("rri").is_null())
    wrong = shown.filter((small | (exact_parts & left_over)).fill_null(False) | partly | unmarked)
    if wrong.height:
        stages = ", ".join(sorted(wrong["stage"].unique())[:5])
        raise PublicationRefused(
            f"Nothing was published: {wrong.height} relative rate indices of {stages} would tell a count of 1 to 5, or are "
            "hidden in part only. The former exports stand. Look at the statuses in docs/rules/disproportionality.md 7."
        )


def hidden_cells(shown: pl.DataFrame) -> pl.DataFrame:
    """The suppression log of the rows that are confidential, without values: CELL and the reason."""
    by_status = pl.col("status").is_in([status for status, mark in MARK.items() if mark == "c"])
    return shown.filter(pl.col("value_mark") == "c").select(
        (pl.col("stage") + "__" + pl.col("mode")).alias("metric_id"),
        "la_code",
        pl.col("years_pooled").replace_strict(PERIOD, return_dtype=pl.String).alias("period_type"),
        "period_end",
        ("ethnic_" + pl.col("ethnic_level") + ";comparator;" + pl.col("breakdown")).alias("breakdown"),
        (pl.col("ethnicity") + ";" + pl.col("comparator") + ";" + pl.col("breakdown_value")).alias("breakdown_value"),
        pl.when(by_status).then(pl.lit("primary")).otherwise(pl.lit("linked")).alias("reason"),
    )


def _with_uasc(rows: pl.DataFrame, value: str) -> pl.DataFrame:
    return rows.with_columns(pl.col("names") + ";uasc", pl.col("values") + f";{value}")


def _unaccompanied(placed: pl.DataFrame) -> pl.DataFrame:
    """The unaccompanied children: all less those without them. No row shows them, but whoever has both can tell."""
    same = ["metric_id", "la_code", "period_type", "period_end", "names", "values"]
    without = placed.filter("leaves_out_uasc").select(*same, pl.col("a").alias("other_a"), pl.col("n1").alias("other_n1"))
    rows = placed.filter(~pl.col("leaves_out_uasc")).join(without, on=same)
    difference = rows.with_columns(
        pl.col("a") - pl.col("other_a"), pl.col("n1") - pl.col("other_n1"), pl.lit(None, dtype=pl.String).alias("stage")
    ).select(placed.columns)
    return _with_uasc(difference, "yes")


def _catalogue(stage: pl.DataFrame) -> pl.DataFrame:
    """The catalogue's row of each stage and mode with all its children."""
    counted = pl.col("count_metric_id")
    is_conditional = pl.col("mode") == "conditional"
    return stage.filter(~pl.col("leaves_out_uasc")).select(
        (pl.col("stage") + "__" + pl.col("mode")).alias("metric_id"),
        pl.when(is_conditional).then(pl.lit("percent")).otherwise(pl.lit("count")).alias("unit"),
        pl.when(is_conditional).then(pl.lit("P5")).otherwise(pl.lit("S5")).alias("suppression_rule"),
        pl.coalesce(pl.when(is_conditional).then("numerator of " + counted).otherwise(counted), pl.col("title")).alias("numerator"),
        pl.when(is_conditional)
        .then(pl.coalesce("denominator of " + counted, pl.lit("who could have come to: ") + pl.col("title")))
        .alias("denominator"),
    )


def _hidden_sides(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """row, is_hidden: whether the count of the ethnicity or of its comparator is hidden; a stock of years is told later."""
    of_ethnicity = judged.rename({"is_hidden": "own"})
    of_level = judged.group_by(PLACE).agg(pl.col("is_hidden").sum().alias("n_hidden"))
    place = [name for name in PLACE if name != "ethnic_level"]
    of_comparator = judged.filter(
        ((pl.col("ethnic_level") == "group") & (pl.col("ethnicity") == "White")) | (pl.col("ethnicity") == "WBRI")
    ).select(
        *place,
        pl.when(pl.col("ethnicity") == "White").then(pl.lit("white")).otherwise(pl.lit("wbri")).alias("comparator"),
        pl.col("is_hidden").alias("of_comparator"),
    )
    sides = (
        rows.select("row", *COUNT, "comparator")
        .join(of_ethnicity, on=COUNT, how="left")
        .join(of_level, on=PLACE, how="left")
        .join(of_comparator, on=[*place, "comparator"], how="left")
    )
    rest = pl.col("n_hidden") - pl.col("own").cast(pl.Int64) > 0
    other = pl.when(pl.col("comparator") == "rest").then(rest).otherwise(pl.col("of_comparator").fill_null(True))
    # no count of its own: a stock of three years
    is_hidden = pl.when(pl.col("own").is_null()).then(pl.lit(False)).otherwise(pl.col("own") | other)
    return sides.select("row", is_hidden.alias("is_hidden"), pl.col("own").is_null().alias("is_stock_of_years"))


def _stocks_of_years(marked: pl.DataFrame) -> pl.DataFrame:
    """`marked`, the stocks of three years hidden where one of the three is not shown: two of them would tell it."""
    same = [name for name in (*COUNT, "comparator") if name not in ("years_pooled", "period_end")]
    yearly = marked.filter((pl.col("years_pooled") == 1) & pl.col("value_mark").is_null()).select(*same, "period_end")
    stocks = marked.filter("is_stock_of_years").select("row", *same, "period_end", "years_pooled")
    parts = pl.concat(
        stocks.filter(pl.col("years_pooled") > back).with_columns(pl.col("period_end").dt.offset_by(f"-{back}y"))
        for back in range(max(PERIOD))
    )
    whole = parts.join(yearly, on=[*same, "period_end"], how="semi").group_by("row").len()
    told = stocks.join(whole, on="row", how="left").filter(pl.col("len").fill_null(0) < pl.col("years_pooled"))["row"]
    return marked.with_columns(
        pl.when(pl.col("row").is_in(told.implode()) & pl.col("value_mark").is_null())
        .then(pl.lit("c"))
        .otherwise(pl.col("value_mark"))
        .alias("value_mark")
    )


def _rounded(name: str, decimals: int, kind: pl.DataType) -> pl.Expr:
    """Half up from the exact figure; counts of London to the nearest 10."""
    if name in COUNTS:
        nearest_ten = (pl.col(name) + 5) // 10 * 10
        return pl.when(pl.col("la_code") == "london").then(nearest_ten).otherwise(pl.col(name)).cast(kind).alias(name)
    step = 10 ** (SCALE - decimals)
    amount = pl.col(name).cast(pl.Decimal(38, SCALE)).to_physical().cast(pl.Int64)
    whole = (amount + step // 2) // step * step
    exact = whole.cast(pl.Decimal(38, SCALE)) / pl.lit(10**SCALE, dtype=pl.Decimal(38, 0))
    shown: pl.Expr = exact.cast(pl.Decimal(18, 5)).alias(name)
    return shown
