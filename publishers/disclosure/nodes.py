"""The counts behind the cells: each count once, however many cells show it.

A cell (a row of a measure) shows its numerator and, unless that is a number of residents, its denominator. The same count
stands behind many cells: the referrals of a quarter are a count, the base of six percentages and of a rate. Here every
such count becomes one node, so that what is hidden once is hidden everywhere (disclosure_control.md 4.4).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from publishers.disclosure.links import WITH_DENOMINATOR, Links, is_public, name_of
from publishers.disclosure.rules import PEOPLE, SMALL, Rules

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]

KEY = ("count", "la_code", "period_type", "period_end", "breakdown", "breakdown_value")
NONE = -1


@dataclass(frozen=True)
class Nodes:
    """Every count once. `frame`: KEY and amount, one row per node, sorted; the arrays have one entry per node.

    amount: the exact figure. is_shown_by_cell: some cell would show it. is_sensitive: what must not be known to within
    fewer than five values. is_markable: may be hidden (a public constant may not). marked: why it is hidden (0 not,
    1 primary, 2 secondary, 3 linked).
    """

    frame: pl.DataFrame
    amount: Reals
    is_published: Flags
    is_sensitive: Flags
    is_markable: Flags
    marked: NDArray[np.int8]

    def extended(self, keys: pl.DataFrame, amount: Reals, is_sensitive: Flags, markable: bool = False) -> "Nodes":
        """With further nodes that no cell shows: rests, left-over parts, constants (published, when `markable` is false
        and they are not sensitive, is left to the caller)."""
        more = len(amount)
        return replace(
            self,
            frame=pl.concat([self.frame, keys.with_columns(pl.Series("amount", amount)).select(*KEY, "amount")]),
            amount=np.concatenate([self.amount, amount]),
            is_published=np.concatenate([self.is_published, np.zeros(more, bool)]),
            is_sensitive=np.concatenate([self.is_sensitive, is_sensitive]),
            is_markable=np.concatenate([self.is_markable, np.full(more, markable)]),
            marked=np.concatenate([self.marked, np.zeros(more, np.int8)]),
        )


@dataclass(frozen=True)
class Cells:
    """One entry per row of the measure: the nodes it shows (NONE where it has none) and whether its own rule hides it."""

    numerator: Ints
    denominator: Ints
    is_primary: Flags


def read_nodes(exact: pl.DataFrame, links: Links, rules: Rules, texts: dict[str, str]) -> tuple[Nodes, Cells, list[str]]:
    """Nodes and cells of `exact` (CELL, suppression_rule, is_primary, and exact numbers n and d, null where there is none).

    `texts` gives the words of each measure's denominator. The third of the result names figures that the catalogue calls
    the same count and that differ; each is then a count of its own.
    """
    apart: set[tuple[str, str]] = set()
    while True:
        sights = _sights(exact, links, rules, texts, apart)
        disagree = (
            sights.group_by(KEY)
            .agg(pl.col("amount").n_unique().alias("n"), pl.col("own").unique())
            .filter(pl.col("n") > 1)
            .explode("own")
        )
        found = {
            (metric, part)
            for metric, part in disagree.join(sights.select(*KEY, "own", "metric_id", "part").unique(), on=[*KEY, "own"])
            .filter(pl.col("own") != pl.col("count"))
            .select("metric_id", "part")
            .unique()
            .iter_rows()
        } - apart
        if not found:
            break
        apart |= found
    frame = sights.group_by(KEY).agg(pl.col("amount").first()).sort(KEY)
    numbered = frame.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    placed = sights.select("row", "part", *KEY).join(numbered.drop("amount"), on=KEY, how="left")
    cell = {part: np.full(exact.height, NONE) for part in ("numerator", "denominator")}
    for part, array in cell.items():
        of_part = placed.filter(pl.col("part") == part)
        array[of_part["row"].to_numpy()] = of_part["node"].to_numpy()
    amount = frame["amount"].to_numpy().astype(np.float64)
    cells = Cells(cell["numerator"], cell["denominator"], exact["is_primary"].to_numpy())
    marked, sensitive = _primary(exact, cells, amount)
    nodes = Nodes(frame, amount, np.ones(len(amount), bool), sensitive, np.ones(len(amount), bool), marked)
    return nodes, cells, sorted(name_of(*pair) for pair in apart)


def _sights(exact: pl.DataFrame, links: Links, rules: Rules, texts: dict[str, str], apart: set[tuple[str, str]]) -> pl.DataFrame:
    """Every sight of a count in a cell: row, part, metric_id, own (its own name), KEY, amount."""
    band = dict(rules.band.select("metric_id", "breakdown").iter_rows())
    overlapping = rules.overlap["breakdown"].to_list()
    metrics = exact.select("metric_id", "suppression_rule").unique().sort("metric_id")
    of_metric = metrics.with_columns(
        *(
            pl.Series(
                f"{part}_count",
                [
                    name_of(metric, part) if (metric, part) in apart else links.count.get((metric, part), name_of(metric, part))
                    for metric in metrics["metric_id"]
                ],
                dtype=pl.String,
            )
            for part in ("numerator", "denominator")
        ),
        pl.Series(
            "is_divided",
            [rule in WITH_DENOMINATOR and not is_public(texts.get(metric)) for metric, rule in metrics.iter_rows()],
            dtype=pl.Boolean,
        ),
        pl.Series("band", [band.get(metric, "") for metric in metrics["metric_id"]], dtype=pl.String),
        pl.Series("has_nodes", [rule in (*PEOPLE, "M10") for rule in metrics["suppression_rule"]], dtype=pl.Boolean),
    ).drop("suppression_rule")
    rows = exact.with_row_index("row").join(of_metric, on="metric_id", how="left").filter(pl.col("has_nodes"))
    first = pl.col("breakdown").str.split(";").list.first()
    is_banded = (first == pl.col("band")) | first.is_in(overlapping)
    # the band is what a percentage counts, not whom it counts among: its denominator stands without it
    without = {
        name: pl.when(is_banded)
        .then(
            pl.when(pl.col(name).str.contains(";"))
            .then(pl.col(name).str.split(";").list.slice(1).list.join(";"))
            .otherwise(pl.lit("total"))
        )
        .otherwise(pl.col(name))
        for name in ("breakdown", "breakdown_value")
    }
    common = ("row", "metric_id", "la_code", "period_type", "period_end")
    numerators = rows.filter(pl.col("n").is_not_null()).select(
        *common,
        "breakdown",
        "breakdown_value",
        pl.lit("numerator").alias("part"),
        pl.col("metric_id").alias("own"),
        pl.col("numerator_count").alias("count"),
        pl.col("n").alias("amount"),
    )
    denominators = rows.filter(pl.col("d").is_not_null() & pl.col("is_divided")).select(
        *common,
        without["breakdown"],
        without["breakdown_value"],
        pl.lit("denominator").alias("part"),
        (pl.col("metric_id") + "#denominator").alias("own"),
        pl.col("denominator_count").alias("count"),
        pl.col("d").alias("amount"),
    )
    return _same_period(pl.concat([numerators, denominators]), exact)


def _same_period(sights: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
    """A count at a date is the same count whether the cell that shows it is a snapshot or a year that ends then."""
    kinds = exact.group_by("metric_id").agg(pl.col("period_type").unique().alias("kinds"))
    home = sights.with_columns(pl.col("count").str.split("#").list.first().alias("home")).join(
        kinds, left_on="home", right_on="metric_id", how="left"
    )
    moved = (
        (pl.col("home") != pl.col("metric_id"))
        & pl.col("kinds").list.contains("snapshot").fill_null(False)
        & ~pl.col("kinds").list.contains(pl.col("period_type")).fill_null(False)
    )
    return home.with_columns(pl.when(moved).then(pl.lit("snapshot")).otherwise(pl.col("period_type")).alias("period_type")).drop(
        "home", "kinds"
    )


def _primary(exact: pl.DataFrame, cells: Cells, amount: Reals) -> tuple[NDArray[np.int8], Flags]:
    """What the cells' own rules hide (marked) and what must not be found out (sensitive)."""
    marked = np.zeros(len(amount), np.int8)
    sensitive = np.zeros(len(amount), bool)
    rule = exact["suppression_rule"].to_numpy()
    small = (amount >= SMALL[0]) & (amount <= SMALL[1])
    numerators = cells.numerator[cells.is_primary & (cells.numerator != NONE)]
    hidden = numerators[amount[numerators] != 0]
    marked[hidden] = 1
    sensitive[hidden[small[hidden]]] = True
    of_mean = cells.numerator[cells.is_primary & (cells.numerator != NONE) & (rule == "M10")]
    sensitive[of_mean[amount[of_mean] > 0]] = True
    denominators = cells.denominator[cells.is_primary & (cells.denominator != NONE)]
    denominators = denominators[small[denominators]]
    marked[denominators] = 1
    sensitive[denominators] = True
    return marked, sensitive
