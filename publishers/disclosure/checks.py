"""The last look at what is about to leave, whatever the rules said (disclosure_control.md 8)."""

import fnmatch

import numpy as np
import polars as pl

from publishers.disclosure.lines import read_lines
from publishers.disclosure.links import read_links
from publishers.disclosure.nodes import NONE, Flags, read_nodes
from publishers.disclosure.primary import ONE, judged
from publishers.disclosure.rules import CELL, FIGURES, PEOPLE, SMALL, PublicationRefused, Rules, level


def check_measures(shown: dict[str, pl.DataFrame], exact: dict[str, pl.DataFrame], catalogue: pl.DataFrame, rules: Rules) -> None:
    """The checks on the protected relations `shown`, beside the `exact` ones. Raises PublicationRefused, naming the measure.

    The marks are read from `shown` alone: what the protection believed to have hidden plays no part.
    """
    for rows in shown.values():
        check_measure(rows, catalogue)
    marks = pl.concat([rows.select(*CELL, "value_mark") for rows in shown.values()]).unique()
    unequal = marks.filter(pl.struct(CELL).is_duplicated())
    _refuse_rows(unequal, "the same cell carries another mark in one table than in another")
    cells = pl.concat([rows.select(*CELL, *FIGURES) for rows in exact.values()], how="vertical_relaxed").unique()
    check_lines(cells.join(marks, on=CELL, how="inner"), catalogue, rules)


def check_measure(shown: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    """Small counts, left-over parts, marked cells that show something, blank cells that say not why."""
    coded = shown.join(catalogue.select("metric_id", "suppression_rule", "unit"), on="metric_id", how="left")
    people = coded.filter(pl.col("suppression_rule").is_in(PEOPLE) & (pl.col("numerator").is_null() | (pl.col("numerator") >= 0)))
    signed = people.filter(pl.col("metric_id").is_in(_signed(catalogue)))
    people = people.join(signed.select("metric_id").unique(), on="metric_id", how="anti")
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


def check_lines(cells: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> None:
    """No line with exactly one hidden count, no figure shown whose count is hidden elsewhere.

    `cells`: CELL, the exact FIGURES and value_mark as it leaves.
    """
    ordered = judged(cells.sort(CELL), catalogue, rules)
    counted = ordered.with_columns(
        (pl.col("_numerator") / ONE).alias("n"),
        (pl.col("_denominator") / ONE).alias("d"),
        pl.col("own_mark").eq_missing(pl.lit("c")).alias("is_primary"),
    )
    links = read_links(catalogue, rules.band)
    texts = dict(catalogue.select("metric_id", "denominator").iter_rows()) if "denominator" in catalogue.columns else {}
    nodes, seen, _ = read_nodes(counted, links, rules, texts)
    is_part = ordered.select(pl.col("suppression_rule") == "P5").to_series().to_numpy()
    nodes, lines = read_lines(nodes, seen, links, rules, is_part)
    # a marked cell shows no figure, whatever its mark
    hidden = ordered.select(pl.col("value_mark").is_not_null()).to_series().to_numpy()
    is_shown = np.zeros(len(nodes.amount), bool)
    for side in (seen.numerator, seen.denominator):
        here = side[~hidden]
        is_shown[here[here != NONE]] = True
    is_shown |= nodes.is_published & ~nodes.is_markable
    # what a hidden cell hides by its own rule must be seen nowhere
    given = is_shown & (nodes.marked > 0)
    _refuse_counts(nodes.frame, given, "a figure would leave whose count is hidden in another cell")
    unknown = ~is_shown[lines.node]
    protected = unknown & ((nodes.marked[lines.node] > 0) | nodes.is_sensitive[lines.node])
    alone = (lines.sums(unknown) == 1) & (lines.sums(protected) == 1)
    lone = np.zeros(len(nodes.amount), bool)
    lone[lines.node[unknown & alone[lines.line]]] = True
    _refuse_counts(nodes.frame, lone, "a line would leave with exactly one mark, which the others give away")


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


def _signed(catalogue: pl.DataFrame) -> list[str]:
    """The measures of S5 that are differences: their 1 to 5 are not people."""
    if "numerator" not in catalogue.columns:
        return []
    signed: list[str] = catalogue.filter(pl.col("numerator").str.contains(r"^floor\(| minus ").fill_null(False))[
        "metric_id"
    ].to_list()
    return signed


def _refuse_counts(frame: pl.DataFrame, which: Flags, why: str) -> None:
    _refuse_rows(frame.filter(pl.Series(which)).select(pl.col("count").str.split("#").list.first().alias("metric_id")), why)


def _refuse_rows(rows: pl.DataFrame, why: str) -> None:
    if rows.height:
        metrics = ", ".join(sorted(rows["metric_id"].unique())[:5])
        raise PublicationRefused(
            f"Nothing was published: {why}, in {rows.height} cells of {metrics}. The former exports stand. Look at the rows of "
            "seeds/config/config_suppression_rule.csv for these measures."
        )
