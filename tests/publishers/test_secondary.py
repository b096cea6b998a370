"""Secondary suppression: no sum, no linked table gives a hidden count away, and an attacker who tries finds none."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.disclosure import PublicationRefused, protect_all, read_rules
from publishers.disclosure.checks import check_lines
from publishers.disclosure.primary import judged
from publishers.disclosure.programs import Allowance, settle
from publishers.disclosure.protection import ONE, read_network
from publishers.disclosure.puzzle import narrowed, read_puzzle, values
from publishers.disclosure.rules import WIDTH
from publishers.disclosure.secondary import look

RULES = read_rules()
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


def exposed(exact: pl.DataFrame, shown: pl.DataFrame) -> int:
    """How many hidden counts of 1 to 5 an attacker with bounds and linear programs knows to within fewer than five values."""
    ordered = judged(exact.sort(exact.columns[:6]), CATALOGUE, RULES)
    hidden = ordered.join(shown.select(*exact.columns[:6], "value_mark"), on=exact.columns[:6], how="left")
    network = read_network(ordered, CATALOGUE, RULES)
    is_hidden = (hidden["value_mark"] == "c").fill_null(False).to_numpy()
    network.nodes.marked[network.cells.numerator[is_hidden]] = np.maximum(
        network.nodes.marked[network.cells.numerator[is_hidden]], 1
    )
    state = look(network.nodes, network.cells, network.lines)
    known = int((network.nodes.is_sensitive & state.known).sum())
    puzzle = read_puzzle(network.nodes, network.cells, network.lines, state, network.is_part)
    asked = network.nodes.is_sensitive[puzzle.node]
    if not asked.any():
        return known
    by_bounds = asked & (values(*narrowed(puzzle)) < WIDTH)
    answer = settle(puzzle, asked & ~by_bounds, np.zeros(len(asked), np.int64), Allowance(np.inf))
    return known + int(by_bounds.sum()) + int(answer.is_lost.sum())


AREAS, NEEDS = ("201", "202", "203", "301"), ("EMO", "NEG", "PHY")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=12))
def test_no_attack_finds_a_hidden_count(counts: list[int]) -> None:
    exact = london(dict(zip(((a, n) for a in AREAS for n in NEEDS), counts, strict=True)))
    done = protect_all({"measure": exact}, CATALOGUE, RULES)
    assert exposed(exact, done.relations["measure"]) == 0


def test_the_attack_finds_what_primary_suppression_alone_leaves_open() -> None:
    counts = dict.fromkeys(((a, n) for a in AREAS for n in NEEDS), 20) | {("202", "PHY"): 3}
    exact = london(counts)
    own = judged(exact, CATALOGUE, RULES).select(*exact.columns[:6], pl.col("own_mark").alias("value_mark"))
    assert own["value_mark"].drop_nulls().to_list() == ["c"]
    assert exposed(exact, own) == 1
    with pytest.raises(PublicationRefused, match="exactly one mark"):
        check_lines(exact.join(own, on=exact.columns[:6]), CATALOGUE, RULES)
    assert ONE == 10**8
