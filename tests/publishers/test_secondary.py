"""Secondary suppression: no sum, no linked table gives a hidden count away, and an attacker who tries finds none."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.disclosure import PublicationRefused, protect_all, read_rules
from publishers.disclosure.bounds import narrow, read_bounds
from publishers.disclosure.checks import check_counts
from publishers.disclosure.links import read_links
from publishers.disclosure.primary import judged
from publishers.disclosure.proof import exposed_nodes
from publishers.disclosure.protection import distinct_cells, read_network
from publishers.disclosure.puzzle import laid_out
from publishers.disclosure.rules import WIDTH
from publishers.disclosure.secondary import Network, look, suppress
from tests.publishers.exact import extreme

RULES = read_rules()
CELL = ["metric_id", "la_code", "period_type", "period_end", "breakdown", "breakdown_value"]
CATALOGUE = pl.DataFrame(
    [
        ("plans_count", "count", "S5", "plans", None),
        ("plans_long_pct", "percent", "P5", "plans in the denominator that are long", "plans_count"),
        ("cases_count", "count", "S5", "cases", None),
    ],
    schema=["metric_id", "unit", "suppression_rule", "numerator", "denominator"],
    orient="row",
)
Cell = tuple[str, str, str, str, int]


def table(*cells: Cell, metric: str = "plans_count") -> pl.DataFrame:
    """Counts as a share relation has them: area, period_type, breakdown, breakdown_value, count."""
    return pl.DataFrame(
        [
            (metric, area, kind, date(2025, 3, 31), breakdown, value, Decimal(n), None, Decimal(n))
            for area, kind, breakdown, value, n in cells
        ],
        schema={
            "metric_id": pl.String,
            "la_code": pl.String,
            "period_type": pl.String,
            "period_end": pl.Date,
            "breakdown": pl.String,
            "breakdown_value": pl.String,
            "numerator": pl.Decimal(18, 6),
            "denominator": pl.Decimal(18, 6),
            "value": pl.Decimal(18, 6),
        },
        orient="row",
    )


def marks(rows: pl.DataFrame) -> list[str | None]:
    shown: list[str | None] = protect_all({"measure": rows}, CATALOGUE, RULES).relations["measure"]["value_mark"].to_list()
    return shown


def by_need(*counts: int) -> list[Cell]:
    """One authority's row by category and its total."""
    names = ("NEG", "EMO", "PHY", "SAB")
    cells = [("202", "year", "latest_category_of_abuse", name, n) for name, n in zip(names, counts, strict=False)]
    return [*cells, ("202", "year", "total", "total", sum(counts))]


def test_the_smallest_other_cell_of_a_row_is_hidden_too() -> None:
    assert marks(table(*by_need(40, 12, 3, 7))) == [None, None, "c", "c", None]


def test_where_all_others_are_nought_the_total_is_hidden() -> None:
    assert marks(table(*by_need(5, 0, 0))) == ["c", None, None, "c"]


def test_a_small_authority_is_not_what_london_leaves_over() -> None:
    areas = [("201", 3), ("202", 40), ("203", 9), ("london", 52)]
    assert marks(table(*(("" + area, "year", "total", "total", n) for area, n in areas))) == ["c", None, "c", None]


def test_two_counts_of_five_give_each_other_away() -> None:
    # 5 + 5 = 10 under a shown total leaves nothing but 5 and 5: a third is hidden
    assert marks(table(*by_need(5, 5, 20, 30))).count("c") == 3


def test_a_percentage_hides_where_its_count_is_hidden() -> None:
    counts = table(("202", "year", "total", "total", 4), ("203", "year", "total", "total", 60))
    share = counts.with_columns(
        pl.lit("plans_long_pct").alias("metric_id"),
        pl.Series("numerator", [Decimal(0), Decimal(20)], pl.Decimal(18, 6)),
        pl.col("numerator").alias("denominator"),
        pl.Series("value", [Decimal(0), Decimal("33.333333")], pl.Decimal(18, 6)),
    )
    done = protect_all({"measure": pl.concat([counts, share])}, CATALOGUE, RULES)
    assert done.relations["measure"]["value_mark"].to_list() == ["c", None, "c", None]


def test_the_same_cell_in_two_tables_has_one_mark_and_other_figures_are_refused() -> None:
    rows = table(*by_need(40, 12, 3, 7))
    done = protect_all({"one": rows, "other": rows.filter(pl.col("breakdown_value") == "SAB")}, CATALOGUE, RULES)
    assert done.relations["other"]["value_mark"].to_list() == ["c"]
    other = rows.with_columns((pl.col("numerator") + 1).cast(pl.Decimal(18, 6)).alias("numerator"))
    with pytest.raises(PublicationRefused, match="plans_count have other figures"):
        protect_all({"one": rows, "other": other}, CATALOGUE, RULES)


def london(counts: dict[tuple[str, str], int]) -> pl.DataFrame:
    """A table of areas by category, with every total. Keys: authority and category."""
    cells: list[Cell] = []
    areas, needs = sorted({area for area, _ in counts}), sorted({need for _, need in counts})
    for area in [*areas, "london"]:
        inside = areas if area == "london" else [area]
        of_need = {need: sum(counts[one, need] for one in inside) for need in needs}
        cells += [(area, "year", "latest_category_of_abuse", need, n) for need, n in of_need.items()]
        cells.append((area, "year", "total", "total", sum(of_need.values())))
    return table(*cells)


def network_of(exact: pl.DataFrame, catalogue: pl.DataFrame = CATALOGUE) -> Network:
    """The counts behind `exact`, with what its own rules hide; one row per cell, sorted."""
    links = read_links(catalogue, RULES.band)
    distinct = distinct_cells({"measure": exact}, links)
    return read_network(judged(distinct.cells, catalogue, RULES), distinct.coded, links, catalogue, RULES)[0]


def exposed(exact: pl.DataFrame, is_hidden: list[bool]) -> int:
    """How many hidden counts of 1 to 5 an attacker with bounds and linear programs knows to within fewer than five values.

    `exact` has its rows sorted; `is_hidden` says of each whether it leaves without figures.
    """
    network = network_of(exact)
    nodes = network.nodes
    hidden = network.cells.numerator[np.array(is_hidden)]
    nodes.marked[hidden] = np.maximum(nodes.marked[hidden], 1)
    attacked = replace(network, state=look(nodes, network.cells))
    bounds = read_bounds(attacked)
    narrow(attacked, bounds)
    by_bounds = exposed_nodes(attacked, bounds)
    everything, _ = laid_out(attacked, bounds, np.zeros(len(nodes.amount), np.int64))
    by_programs = 0
    for unknown in np.flatnonzero((nodes.is_sensitive & ~by_bounds)[everything.node]):
        alone = (np.arange(len(everything.node)) == unknown).astype(float)
        least, most = (extreme(everything, sign * alone)[unknown] for sign in (-1.0, 1.0))
        by_programs += np.floor(most + 1e-6) - np.ceil(least - 1e-6) + 1 < WIDTH
    return int(by_bounds.sum()) + by_programs


AREAS, NEEDS = ("201", "202", "203", "301"), ("EMO", "NEG", "PHY")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=12))
def test_no_attack_finds_a_hidden_count(counts: list[int]) -> None:
    exact = london(dict(zip(((a, n) for a in AREAS for n in NEEDS), counts, strict=True))).sort(CELL)
    done = protect_all({"measure": exact}, CATALOGUE, RULES)
    assert exposed(exact, done.relations["measure"]["value_mark"].is_not_null().to_list()) == 0


def test_the_attack_finds_what_primary_suppression_alone_leaves_open() -> None:
    counts = dict.fromkeys(((a, n) for a in AREAS for n in NEEDS), 20) | {("202", "PHY"): 3}
    exact = london(counts).sort(CELL)
    is_hidden = judged(exact, CATALOGUE, RULES)["own_mark"].is_not_null()
    assert is_hidden.sum() == 1
    assert exposed(exact, is_hidden.to_list()) == 1
    with pytest.raises(PublicationRefused, match="would tell a hidden 1 to 5"):
        check_counts(network_of(exact), is_hidden.to_numpy())


def test_a_figure_hidden_in_one_table_and_shown_in_another_is_refused() -> None:
    exact = table(*by_need(40, 12, 3, 7)).sort(CELL)
    with pytest.raises(PublicationRefused, match="hidden in another cell"):
        check_counts(network_of(exact), np.zeros(exact.height, bool))


DIFFERENCE = pl.concat(
    [
        CATALOGUE,
        pl.DataFrame(
            [("cla_open_count", "count", "S5", "children", None), ("cla_net_change_count", "count", "S5", "open minus open", None)],
            schema=CATALOGUE.schema,
            orient="row",
        ),
    ]
)


def change(before: int, now: int) -> tuple[str | None, str | None, str | None]:
    """The marks of two stocks and of the change between them."""
    stocks = table(
        ("202", "snapshot", "total", "total", before), ("202", "snapshot", "total", "total", now), metric="cla_open_count"
    )
    stocks = stocks.with_columns(pl.Series("period_end", [date(2024, 3, 31), date(2025, 3, 31)]))
    step = table(("202", "year", "total", "total", now - before), metric="cla_net_change_count")
    done = protect_all({"stock": stocks, "change": step}, DIFFERENCE, RULES).relations
    return (*done["stock"]["value_mark"].to_list(), *done["change"]["value_mark"].to_list())


def test_a_small_change_hides_no_stock() -> None:
    # a change of 1 to 5 is hidden by a row of its own; of a difference nobody is counted, so nothing goes for its sake
    assert change(432, 435) == (None, None, "c")
    assert change(432, 460) == (None, None, None)


def test_a_change_goes_where_it_would_tell_a_hidden_stock() -> None:
    assert change(3, 60) == ("c", None, "c")
    # both are hidden: that nothing changed between them tells of neither
    assert change(4, 4) == ("c", "c", None)


def test_a_total_stays_while_something_else_can_go() -> None:
    # PHY 1 and SAB 1 of 400: a third part is hidden, not the total
    parts = by_need(300, 98, 1, 1)
    assert marks(table(*parts)) == [None, "c", "c", "c", None]


def test_figures_that_differ_in_one_cell_are_linked_in_all_others() -> None:
    # the base of the percentage lacks an authority in London's row; elsewhere it is the count, and goes with it
    counts = table(
        ("202", "year", "total", "total", 4), ("203", "year", "total", "total", 60), ("london", "year", "total", "total", 64)
    )
    share = counts.with_columns(
        pl.lit("plans_long_pct").alias("metric_id"),
        pl.Series("numerator", [Decimal(0), Decimal(20), Decimal(20)], pl.Decimal(18, 6)),
        pl.Series("denominator", [Decimal(4), Decimal(60), Decimal(60)], pl.Decimal(18, 6)),
        pl.Series("value", [Decimal(0), Decimal("33.333333"), Decimal("33.333333")], pl.Decimal(18, 6)),
    )
    done = protect_all({"measure": pl.concat([counts, share])}, CATALOGUE, RULES)
    assert done.apart == ["plans_long_pct#denominator"]
    # 203 goes with 202, since London shows their sum; and so does the percentage over each
    assert done.relations["measure"]["value_mark"].to_list() == ["c", "c", None, "c", "c", None]


def test_a_difference_without_a_rule_of_its_own_is_no_small_count() -> None:
    # nobody is counted by "places minus children": 3 is shown
    gap = table(("202", "year", "total", "total", 3), metric="gap_count")
    row = pl.DataFrame([("gap_count", "count", "S5", "places minus children", None)], schema=CATALOGUE.schema, orient="row")
    assert protect_all({"gap": gap}, pl.concat([CATALOGUE, row]), RULES).relations["gap"]["value_mark"].to_list() == [None]


def test_bounds_are_what_a_line_leaves_over() -> None:
    # of 62 all but 10 are shown: two hidden counts, each at least 1 and so at most 9
    network = network_of(table(*by_need(40, 12, 3, 7)))
    suppress(network)
    bounds = read_bounds(network)
    narrow(network, bounds)
    hidden = np.flatnonzero(network.nodes.marked > 0)
    assert network.nodes.amount[hidden].tolist() == [3, 7]
    assert (bounds.low[hidden].tolist(), bounds.high[hidden].tolist()) == ([1, 1], [9, 9])
    assert bounds.values()[hidden].tolist() == [9, 9]


def test_a_hidden_total_is_at_least_what_is_known_of_its_parts() -> None:
    # 40 and 12 are shown, two more are at least 1 each: the total is 54 or more
    network = network_of(table(*by_need(40, 12, 3, 7)))
    total = np.flatnonzero(network.nodes.amount == 62)
    network.nodes.marked[total] = 2
    hidden = replace(network, state=look(network.nodes, network.cells))
    suppress(hidden, np.flatnonzero(network.nodes.amount == 7))
    bounds = read_bounds(hidden)
    narrow(hidden, bounds)
    assert bounds.low[total].tolist() == [54]
    assert bounds.high[total].tolist() == [np.inf]


def test_a_quarter_is_not_what_the_year_leaves_over() -> None:
    quarters = table(*(("202", "quarter", "total", "total", n) for n in (3, 20, 30, 9)))
    ends = [date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31)]
    year = table(("202", "year", "total", "total", 62))
    rows = pl.concat([quarters.with_columns(pl.Series("period_end", ends)), year])
    assert marks(rows) == ["c", None, None, "c", None]


TIGHT = {("201", "EMO"): 1, ("201", "NEG"): 2, ("202", "EMO"): 1, ("202", "NEG"): 2, ("203", "EMO"): 8, ("203", "NEG"): 1}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=12, max_size=12))
def test_the_last_look_finds_nothing(counts: list[int]) -> None:
    exact = london(dict(zip(((a, n) for a in AREAS for n in NEEDS), counts, strict=True))).sort(CELL)
    done = protect_all({"measure": exact}, CATALOGUE, RULES)
    check_counts(network_of(exact), done.relations["measure"]["value_mark"].is_not_null().to_numpy())


def test_the_fix_point_alone_leaves_counts_that_the_bounds_find() -> None:
    # every line has two hidden counts and a sum that says little, but together they leave few values
    exact = london(TIGHT).sort(CELL)
    network = network_of(exact)
    suppress(network)
    with pytest.raises(PublicationRefused, match="would tell a hidden 1 to 5"):
        check_counts(network, ~network.state.visible)


def test_the_order_of_rows_changes_no_mark() -> None:
    counts = {(a, n): (7 * i + 3 * j) % 11 for i, a in enumerate(AREAS) for j, n in enumerate(NEEDS)}
    exact = london(counts)
    shuffled = exact.sample(fraction=1, shuffle=True, seed=5)
    one, other = (protect_all({"measure": rows}, CATALOGUE, RULES).relations["measure"].sort(CELL) for rows in (exact, shuffled))
    assert one.equals(other)
