"""Everything that leaves, protected together: primary, secondary, linked tables, proof, rounding, the log."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from publishers.disclosure.lines import Lines, read_lines
from publishers.disclosure.links import Links, read_links
from publishers.disclosure.nodes import NONE, Cells, Flags, Nodes, read_nodes
from publishers.disclosure.primary import ONE, judged
from publishers.disclosure.proof import ALLOWANCE, Proof, prove
from publishers.disclosure.rounding import rounded
from publishers.disclosure.rules import CELL, FIGURES, PublicationRefused, Rules
from publishers.disclosure.secondary import look

REASONS = ("", "primary", "secondary", "linked")
JUDGED = (*CELL, *FIGURES)


@dataclass(frozen=True)
class Protected:
    """What may leave: the relations with `value_mark`, the log (CELL, reason), how the proof went, and the figures that the
    catalogue calls the same count and that differ."""

    relations: dict[str, pl.DataFrame]
    log: pl.DataFrame
    proof: Proof
    apart: list[str]


@dataclass(frozen=True)
class Network:
    """The counts behind a set of cells and how they hang together."""

    nodes: Nodes
    cells: Cells
    lines: Lines
    is_part: Flags
    apart: list[str]


def is_measure(columns: list[str]) -> bool:
    """Whether a relation holds figures, to be judged row by row."""
    return set(JUDGED) <= set(columns)


def protect_all(
    relations: dict[str, pl.DataFrame], catalogue: pl.DataFrame, rules: Rules, allowance: float = ALLOWANCE
) -> Protected:
    """The rows of all `relations` as they may be shown, with `value_mark` after `value`; row order is kept.

    Each has CELL and FIGURES (exact: integers or decimals). The same cell in several relations is one cell: it must have the
    same figures in all and carries the same mark in all. `catalogue` has metric_id, unit, suppression_rule and may have
    shown_from_numerator and, in words, numerator and denominator. A marked row has no numerator, denominator or value: each
    would tell the others. Raises PublicationRefused when something cannot be judged or cannot be protected.
    """
    extra = sorted({name for rows in relations.values() for name in rows.columns if name.endswith("_headcount")})
    together = pl.concat(
        [rows.select(*JUDGED, *(name for name in extra if name in rows.columns)) for rows in relations.values()],
        how="diagonal_relaxed",
    )
    cells = together.unique(maintain_order=False).sort(CELL)
    twice = cells.filter(pl.struct(CELL).is_duplicated())
    if twice.height:
        raise PublicationRefused(
            f"Nothing was published: {twice.height} cells of {', '.join(sorted(twice['metric_id'].unique())[:5])} have other "
            "figures in one share model than in another, or twice in one. The former exports stand."
        )
    exact = judged(cells, catalogue, rules)
    network = read_network(exact, catalogue, rules)
    proof = prove(network.nodes, network.cells, network.lines, network.is_part, allowance)
    state = look(network.nodes, network.cells, network.lines)
    marked = exact.with_columns(pl.Series("is_hidden", ~state.cell), pl.Series("reason", _reasons(exact, network)))
    marked = rounded(marked, rules.rounding).with_columns(_mark())
    log = marked.filter(pl.col("value_mark") == "c").select(*CELL, "reason").sort(CELL)
    shown = marked.select(*CELL, "value_mark", *FIGURES)
    return Protected({name: _shown(rows, shown) for name, rows in relations.items()}, log, proof, network.apart)


def read_network(exact: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> Network:
    """Nodes, cells and lines of `exact` (as primary.judged gives it)."""
    links: Links = read_links(catalogue, rules.band)
    texts = dict(catalogue.select("metric_id", "denominator").iter_rows()) if "denominator" in catalogue.columns else {}
    counted = exact.with_columns(
        (pl.col("_numerator") / ONE).alias("n"),
        (pl.col("_denominator") / ONE).alias("d"),
        pl.col("own_mark").eq_missing(pl.lit("c")).alias("is_primary"),
    )
    nodes, cells, apart = read_nodes(counted, links, rules, texts)
    is_part: Flags = (exact["suppression_rule"] == "P5").to_numpy()
    nodes, lines = read_lines(nodes, cells, links, rules, is_part)
    return Network(nodes, cells, lines, is_part, apart)


def _reasons(exact: pl.DataFrame, network: Network) -> list[str]:
    """Why each cell is hidden: by its own rule, by a line of its own measure, or because another table shows the same."""
    own = exact["metric_id"].to_numpy()
    names = network.nodes.frame["count"].str.split("#").list.first().to_numpy()
    reason = np.where(network.cells.is_primary, 1, 0)
    for side in (network.cells.numerator, network.cells.denominator):
        there = side != NONE
        hidden, by_line = np.zeros(len(side), bool), np.zeros(len(side), bool)
        hidden[there] = network.nodes.marked[side[there]] > 0
        by_line[there] = (names[side[there]] == own[there]) & (network.nodes.marked[side[there]] == 2)
        reason = np.where((reason == 0) & hidden, np.where(by_line, 2, 3), reason)
    return [REASONS[number] for number in reason]


def _mark() -> pl.Expr:
    """The mark of a cell: hidden, absent, or not zero but zero at the decimals shown."""
    gone_to_zero = (pl.col("value") == 0) & (pl.col("_value") != 0)
    return (
        pl.when(pl.col("is_hidden") & (pl.col("own_mark").is_null() | (pl.col("own_mark") == "c")))
        .then(pl.lit("c"))
        .when(pl.col("own_mark").is_not_null())
        .then(pl.col("own_mark"))
        .when(gone_to_zero)
        .then(pl.lit("k"))
        .alias("value_mark")
    )


def _shown(rows: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """The rows of one relation with the figures that may be seen."""
    after = rows.columns.index("value") + 1
    columns = [*rows.columns[:after], "value_mark", *rows.columns[after:]]
    joined = rows.drop(FIGURES).join(shown, on=CELL, how="left", maintain_order="left", nulls_equal=True)
    seen = joined.with_columns(pl.when(pl.col("value_mark").is_null()).then(pl.col(figure)).alias(figure) for figure in FIGURES)
    return seen.select(columns)


def no_log() -> pl.DataFrame:
    """The suppression log of a publication without measures."""
    return pl.DataFrame(schema=dict.fromkeys((*CELL, "reason"), pl.String))


def protect(measure: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One relation by itself, as protect_all."""
    return protect_all({"measure": measure}, catalogue, rules).relations["measure"]
