"""Everything that leaves, protected together: primary, secondary, linked tables, proof, rounding, the log."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from publishers.disclosure.attack import silent
from publishers.disclosure.codes import NONE, Coded, Ints, read_codes
from publishers.disclosure.lines import read_lines
from publishers.disclosure.links import Links, read_links
from publishers.disclosure.nodes import count_names, read_nodes
from publishers.disclosure.primary import ONE, judged
from publishers.disclosure.proof import Proof, prove
from publishers.disclosure.rounding import rounded
from publishers.disclosure.rules import CELL, FIGURES, PublicationRefused, Rules
from publishers.disclosure.secondary import Network, network_of
from publishers.disclosure.views import THOROUGH, Depth

REASONS = ("", "primary", "secondary", "linked")
JUDGED = (*CELL, *FIGURES)


@dataclass(frozen=True)
class Protected:
    """What may leave: the relations with `value_mark`, the log (CELL, reason), how the proof went, the figures that the
    catalogue calls the same count and that differ somewhere. `network`: the counts behind the cells; `place`: for every row
    of the relations, one after another, its cell there."""

    relations: dict[str, pl.DataFrame]
    log: pl.DataFrame
    proof: Proof
    apart: list[str]
    network: Network
    place: Ints


@dataclass(frozen=True)
class Distinct:
    """The cells of several relations, each once and sorted. `place`: for every row of the relations, one after another, the
    cell that it is."""

    cells: pl.DataFrame
    coded: Coded
    place: Ints


def is_measure(columns: list[str]) -> bool:
    """Whether a relation holds figures, to be judged row by row."""
    return set(JUDGED) <= set(columns)


def protect_all(
    relations: dict[str, pl.DataFrame],
    catalogue: pl.DataFrame,
    rules: Rules,
    depth: Depth = THOROUGH,
    tell: Callable[[str], None] = silent,
) -> Protected:
    """The rows of all `relations` as they may be shown, with `value_mark` after `value`; row order is kept.

    Each has CELL and FIGURES (exact: integers or decimals). The same cell in several relations is one cell: it must have the
    same figures in all and carries the same mark in all. `catalogue` has metric_id, unit, suppression_rule and may have
    shown_from_numerator and, in words, numerator and denominator. A marked row has no numerator, denominator or value: each
    would tell the others. Raises PublicationRefused when something cannot be judged or cannot be protected. `tell`
    hears how far it is.
    """
    links = read_links(catalogue, rules.band)
    distinct = distinct_cells(relations, links)
    exact = judged(distinct.cells, catalogue, rules)
    network, apart = read_network(exact, distinct.coded, links, catalogue, rules)
    proof = prove(network, depth, tell)
    marked = exact.with_columns(
        pl.Series("is_hidden", ~network.state.visible), pl.Series("reason", _reasons(distinct.coded, network))
    )
    marked = rounded(marked, rules.rounding).with_columns(_mark())
    log = marked.filter(pl.col("value_mark") == "c").select(*CELL, "reason")
    seen = pl.col("value_mark").is_null()
    shown = marked.select("value_mark", *(pl.when(seen).then(pl.col(figure)).alias(figure) for figure in FIGURES))
    protected, begin = {}, 0
    for name, rows in relations.items():
        protected[name] = _shown(rows, shown[distinct.place[begin : begin + rows.height]])
        begin += rows.height
    return Protected(protected, log, proof, apart, network, distinct.place)


def distinct_cells(relations: dict[str, pl.DataFrame], links: Links) -> Distinct:
    extra = sorted({name for rows in relations.values() for name in rows.columns if name.endswith("_headcount")})
    together = pl.concat(
        [rows.select(*JUDGED, *(name for name in extra if name in rows.columns)) for rows in relations.values()],
        how="diagonal_relaxed",
    )
    coded = read_codes(together, count_names(together["metric_id"].unique().to_list(), links))
    key = coded.codes.key(coded.metric, coded.area, coded.period, coded.place)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    cells = together[first]
    if len(first) < len(key):
        again = np.flatnonzero(first[place] != np.arange(len(key)))
        figures = pl.col(*FIGURES, *extra)
        one, other = (together[rows].select(figures) for rows in (again, first[place[again]]))
        differs = np.zeros(len(again), bool)
        for name in one.columns:
            differs |= (one[name].ne_missing(other[name])).to_numpy()
        if differs.any():
            names = sorted(together["metric_id"][again[differs]].unique())
            raise PublicationRefused(
                f"Nothing was published: {differs.sum()} cells of {', '.join(names[:5])} have other figures in one share model "
                "than in another, or twice in one. The former exports stand."
            )
    return Distinct(cells, coded.at(first), place)


def read_network(
    exact: pl.DataFrame, coded: Coded, links: Links, catalogue: pl.DataFrame, rules: Rules
) -> tuple[Network, list[str]]:
    """The counts behind `exact` (as primary.judged gives it; `coded`: its cells) and how they hang together, and the figures
    that the catalogue calls the same count and that differ somewhere."""
    texts = dict(catalogue.select("metric_id", "denominator").iter_rows()) if "denominator" in catalogue.columns else {}
    counted = exact.with_columns(
        (pl.col("_numerator") / ONE).alias("n"),
        (pl.col("_denominator") / ONE).alias("d"),
        pl.col("own_mark").eq_missing(pl.lit("c")).alias("is_primary"),
    )
    nodes, cells, apart = read_nodes(counted, coded, links, rules, texts)
    nodes, lines = read_lines(nodes, cells, links, rules)
    return network_of(nodes, cells, lines), apart


def _reasons(coded: Coded, network: Network) -> pl.Series:
    """Why each cell is hidden: by its own rule, by a line of its own measure, or because another table shows the same."""
    nodes = network.nodes
    number = {metric: place for place, metric in enumerate(coded.metrics)}
    of_count = np.array([number.get(name.split("#")[0], NONE) for name in nodes.codes.count])
    metric_of_node = of_count[nodes.codes.parts(nodes.key)[0]]
    reason = np.where(network.cells.is_primary, 1, 0)
    for side in network.cells.sides():
        there = side != NONE
        hidden, by_line = np.zeros(len(side), bool), np.zeros(len(side), bool)
        hidden[there] = nodes.marked[side[there]] > 0
        by_line[there] = (metric_of_node[side[there]] == coded.metric[there]) & (nodes.marked[side[there]] == 2)
        reason = np.where((reason == 0) & hidden, np.where(by_line, 2, 3), reason)
    return pl.Series(reason).replace_strict(dict(enumerate(REASONS)), return_dtype=pl.String)


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
    """The rows of one relation with the figures that may be seen; `shown` has value_mark and FIGURES, row by row."""
    after = rows.columns.index("value") + 1
    columns = [*rows.columns[:after], "value_mark", *rows.columns[after:]]
    return rows.with_columns(shown).select(columns)


def no_log() -> pl.DataFrame:
    """The suppression log of a publication without measures."""
    return pl.DataFrame(schema=dict.fromkeys((*CELL, "reason"), pl.String))


def protect(measure: pl.DataFrame, catalogue: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One relation by itself, as protect_all."""
    return protect_all({"measure": measure}, catalogue, rules).relations["measure"]
