"""The last look at what is about to leave, whatever the rules said (disclosure_control.md 8)."""

import fnmatch
from dataclasses import replace

import numpy as np
import polars as pl

from publishers.disclosure.bounds import narrow, read_bounds
from publishers.disclosure.codes import NONE, Flags
from publishers.disclosure.links import signed_measures
from publishers.disclosure.proof import exposed_nodes
from publishers.disclosure.protection import Protected
from publishers.disclosure.rules import CELL, FIGURES, PEOPLE, SMALL, PublicationRefused, Rules, level
from publishers.disclosure.secondary import FREE, Network, State


def check_measures(shown: dict[str, pl.DataFrame], protected: Protected, catalogue: pl.DataFrame) -> None:
    """The checks on the relations as they leave, beside the counts behind them. Raises PublicationRefused, naming the measure.

    The marks are read from `shown` alone: what the protection believed to have hidden plays no part.
    """
    for rows in shown.values():
        check_measure(rows, catalogue)
    marks = pl.concat([rows.select("value_mark") for rows in shown.values()]).to_series().is_not_null().to_numpy()
    n_rows = np.bincount(protected.place, minlength=protected.network.cells.is_primary.size)
    n_hidden = np.bincount(protected.place, marks, len(n_rows))
    unequal = int((n_hidden % n_rows != 0).sum())
    if unequal:
        _refuse(unequal, sorted(shown), "the same cell carries another mark in one table than in another")
    check_counts(protected.network, n_hidden > 0)


def check_measure(shown: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    """Small counts, left-over parts, marked cells that show something, blank cells that say not why."""
    coded = shown.join(catalogue.select("metric_id", "suppression_rule", "unit"), on="metric_id", how="left")
    people = coded.filter(pl.col("suppression_rule").is_in(PEOPLE) & (pl.col("numerator").is_null() | (pl.col("numerator") >= 0)))
    people = people.filter(~pl.col("metric_id").is_in(signed_measures(catalogue)))
    counts = [pl.col("numerator"), pl.col("denominator"), pl.when(pl.col("unit") == "count").then(pl.col("value"))]
    small = people.filter(pl.any_horizontal(count.is_between(*SMALL) for count in counts))
    _refuse_rows(small, "a count of 1 to 5 would leave")
    # a percentage shows the part left over as well
    remainder = pl.col("denominator") - pl.col("numerator")
    exact = people.filter((pl.col("suppression_rule") == "P5") & (level(pl.col("la_code")) == "la"))
    _refuse_rows(exact.filter(remainder.is_between(*SMALL)), "a percentage would leave whose left-over part is 1 to 5")
    partly = coded.filter(
        pl.col("value_mark").is_not_null() & pl.any_horizontal(pl.col(figure).is_not_null() for figure in FIGURES)
    )
    _refuse_rows(partly, "a marked cell still shows a figure")
    blank = coded.filter(pl.col("value_mark").is_null() & pl.col("value").is_null())
    _refuse_rows(blank, "a cell is blank without a mark")


def check_counts(network: Network, is_hidden: Flags) -> None:
    """Nobody who sees what leaves, and knows every line, bounds a hidden 1 to 5 to fewer than five values.

    `is_hidden`: of each cell of the network, whether it leaves without figures. What is marked in the network plays no part.
    """
    nodes, cells = network.nodes, network.cells
    seen = np.concatenate([side[~is_hidden] for side in cells.sides()])
    n_visible = np.bincount(seen[seen != NONE], minlength=len(nodes.amount))
    is_shown = n_visible > 0
    # what a cell hides by its own rule must be seen nowhere
    _refuse_counts(network, nodes.is_sensitive & is_shown, "a figure would leave whose count is hidden in another cell")
    state = State(~is_hidden, n_visible, ~is_shown & ~nodes.is_given, np.full(len(n_visible), FREE))
    attacked = replace(network, state=state)
    bounds = read_bounds(attacked)
    narrow(attacked, bounds)
    _refuse_counts(network, exposed_nodes(attacked, bounds), "what else is shown would tell a hidden 1 to 5")


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


def small_changes(before: pl.DataFrame, after: pl.DataFrame, catalogue: pl.DataFrame) -> int:
    """How many counts of an authority shown in both of two exports differ by 1 to 5: whoever holds both learns of few."""
    people = catalogue.filter(pl.col("suppression_rule").is_in(PEOPLE)).select("metric_id")
    both = (
        after.filter(pl.col("value_mark").is_null() & (level(pl.col("la_code")) == "la"))
        .join(people, on="metric_id", how="semi")
        .join(before.filter(pl.col("value_mark").is_null()), on=CELL, suffix="_before")
    )
    change = (pl.col("numerator") - pl.col("numerator_before")).abs()
    return both.filter(change.is_between(*SMALL)).height


def _refuse_counts(network: Network, which: Flags, why: str) -> None:
    if which.any():
        _refuse(int(which.sum()), network.nodes.names(which), why)


def _refuse_rows(rows: pl.DataFrame, why: str) -> None:
    if rows.height:
        _refuse(rows.height, sorted(rows["metric_id"].unique()), why)


def _refuse(n_cells: int, names: list[str], why: str) -> None:
    raise PublicationRefused(
        f"Nothing was published: {why}, in {n_cells} cells of {', '.join(names[:5])}. The former exports stand. Look at the rows "
        "of seeds/config/config_suppression_rule.csv for these measures."
    )
