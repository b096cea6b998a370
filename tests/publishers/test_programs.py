"""The attack with several lines at a time: the walk proves nothing false, the programs find what an exact one finds."""

import itertools
import os
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.disclosure import protect_all, walk
from publishers.disclosure.attack import Attack
from publishers.disclosure.bounds import Bounds, narrow, part_and_whole, read_bounds
from publishers.disclosure.codes import Flags
from publishers.disclosure.programs import extreme, settle
from publishers.disclosure.proof import exposed_nodes
from publishers.disclosure.puzzle import Puzzle, in_pieces, laid_out
from publishers.disclosure.rules import WIDTH
from publishers.disclosure.secondary import Network, suppress
from publishers.disclosure.views import VIEWS, Depth, rooms
from publishers.disclosure.walk import walked
from tests.publishers.test_secondary import AREAS, CATALOGUE, NEEDS, RULES, london, network_of

ENDS = (date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31))


def three_quarters(counts: list[int]) -> pl.DataFrame:
    """Tables of areas by category for three quarters, and for the year they make up."""
    places = list(itertools.product(AREAS, NEEDS))
    by_quarter = [dict(zip(places, counts[n * len(places) :], strict=False)) for n in range(len(ENDS))]
    year = {place: sum(quarter[place] for quarter in by_quarter) for place in places}
    tables = [
        london(quarter).with_columns(pl.lit("quarter").alias("period_type"), pl.lit(end).alias("period_end"))
        for quarter, end in zip(by_quarter, ENDS, strict=True)
    ]
    return pl.concat([*tables, london(year)])


N_COUNTS = len(AREAS) * len(NEEDS) * len(ENDS)


def hidden(counts: list[int]) -> tuple[Network, Bounds]:
    """The network of such tables after the fix-point, which leaves some counts to be found out, and its bounds."""
    network = network_of(three_quarters(counts))
    suppress(network)
    bounds = read_bounds(network)
    narrow(network, bounds)
    return network, bounds


def everything(network: Network, bounds: Bounds) -> tuple[Puzzle, Flags]:
    """All that is unknown in one room, and what of it is asked."""
    puzzle, _ = laid_out(network, bounds, np.zeros(len(network.nodes.amount), np.int64))
    return puzzle, (network.nodes.is_sensitive & ~exposed_nodes(network, bounds))[puzzle.node]


def truly_lost(puzzle: Puzzle, asked: Flags) -> Flags:
    """Which unknowns two programs each bound to fewer than five values."""
    lost = np.zeros(len(asked), bool)
    for unknown in np.flatnonzero(asked):
        alone = (np.arange(len(asked)) == unknown).astype(float)
        least, most = (extreme(puzzle, sign * alone)[unknown] for sign in (-1.0, 1.0))
        lost[unknown] = np.floor(most + 1e-6) - np.ceil(least - 1e-6) + 1 < WIDTH
    return lost


some_counts = st.lists(st.sampled_from([0, 1, 1, 2, 2, 3, 4, 5, 7, 9, 12]), min_size=N_COUNTS, max_size=N_COUNTS)
# drawn: in each view some of these are told by several lines and by none alone
TIGHT = [int(n) for n in np.random.default_rng(30).choice([0, 1, 2, 3, 6, 8], N_COUNTS)]


@settings(max_examples=15, deadline=None)
@given(some_counts)
def test_programs_find_what_exact_ones_find_and_the_walk_proves_nothing_false(counts: list[int]) -> None:
    puzzle, asked = everything(*hidden(counts))
    if not asked.any():
        return
    lost = truly_lost(puzzle, asked)
    assert not (walked(puzzle, asked) & lost).any()
    answer = settle(puzzle, asked)
    assert (answer.is_lost == lost).all()
    assert (answer.is_safe == (asked & ~lost)).all()
    # in haste some count as lost that are not, never the other way round
    assert not (lost & ~settle(puzzle, asked, to_the_end=False).is_lost).any()


@settings(max_examples=15, deadline=None)
@given(some_counts, st.sampled_from(VIEWS))
def test_a_room_finds_nothing_that_is_not_lost(counts: list[int], view: str) -> None:
    network, bounds = hidden(counts)
    puzzle, asked = everything(network, bounds)
    lost = np.zeros(len(network.nodes.amount), bool)
    lost[puzzle.node[truly_lost(puzzle, asked)]] = True
    room, is_own = laid_out(network, bounds, rooms(network, view))
    own_asked = (network.nodes.is_sensitive & ~exposed_nodes(network, bounds))[room.node] & is_own
    if own_asked.any():
        found = room.node[settle(room, own_asked).is_lost]
        assert lost[found].all()


def test_several_lines_tell_what_no_line_tells() -> None:
    """The control of this file: the bounds find nothing, the programs do, and the walk proves most of the others."""
    network, bounds = hidden(TIGHT)
    while (exposed := exposed_nodes(network, bounds)).any():
        network.nodes.is_sensitive[exposed] = False  # told by a line alone: not what is asked here
    puzzle, asked = everything(network, bounds)
    lost = truly_lost(puzzle, asked)
    assert 0 < lost.sum() < asked.sum() / 2
    assert walked(puzzle, asked).sum() > asked.sum() / 4
    found = Attack(network, to_the_end=True).lost_nodes(bounds)
    assert set(np.flatnonzero(found)) == set(puzzle.node[lost])


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_finds_by_itself_what_its_rooms_tell(view: str) -> None:
    """With nothing attacked as a whole, the rooms of each view find some of it, and what they hold is not asked again."""
    network, bounds = hidden(TIGHT)
    network.nodes.is_sensitive[exposed_nodes(network, bounds)] = False
    one = Attack(network, Depth(0, (view,)), to_the_end=True)
    found = one.lost_nodes(bounds)
    assert found.any()
    held = network.nodes.is_sensitive & ~one.is_proven & ~found
    assert (one.is_held[view] == held).all()
    n_programs = one.n_programs
    assert (one.lost_nodes(bounds) == found).all()
    assert one.n_programs - n_programs <= n_programs


def test_what_hangs_together_is_taken_together_and_loses_no_line() -> None:
    puzzle, asked = everything(*hidden(TIGHT))
    pieces = in_pieces(puzzle, asked)
    taken, some = pieces.take(np.arange(len(pieces.unknown_start) - 1)[::-1])
    assert sorted(pieces.origin[some]) == sorted(pieces.origin)
    assert (taken.node == puzzle.node[pieces.origin[some]]).all()
    # the true table fits, in the whole and in what is taken of it
    for one in (puzzle, taken):
        assert np.allclose(one.lines.sums(one.lines.sign * one.true[one.lines.node]), one.constant)
    assert len(taken.lines.kind) <= len(puzzle.lines.kind)
    inside = np.isin(np.arange(len(puzzle.node)), pieces.origin)
    assert len(taken.lines.kind) == (puzzle.lines.sums(inside[puzzle.lines.node]) > 0).sum()


def test_the_walk_keeps_to_tables_that_fit() -> None:
    """Every least and most it has seen lies within what an exact program allows."""
    puzzle, asked = everything(*hidden(TIGHT))
    pieces = in_pieces(puzzle, asked)
    whole = pieces.puzzle
    least, most = whole.true.copy(), whole.true.copy()
    walk.walk(pieces, asked[pieces.origin], least, most)
    assert (most > least).sum() > 20
    for unknown in np.flatnonzero(most > least):
        alone = (np.arange(len(least)) == unknown).astype(float)
        assert extreme(whole, alone)[unknown] >= min(most[unknown], whole.true[unknown] + 20) - 1e-6
        assert extreme(whole, -alone)[unknown] <= max(least[unknown], whole.true[unknown] - 20) + 1e-6


def test_the_number_of_processors_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    puzzle, asked = everything(*hidden(TIGHT))
    seen = []
    for workers in (1, 3):
        monkeypatch.setattr(os, "cpu_count", lambda workers=workers: workers)
        seen.append((walked(puzzle, asked).tolist(), settle(puzzle, asked, to_the_end=False)))
    assert seen[0][0] == seen[1][0]
    assert (seen[0][1].is_lost == seen[1][1].is_lost).all()


def with_shares(counts: list[int]) -> pl.DataFrame:
    """The tables, and beside them the percentage of each count that is long: about two in three."""
    rows = three_quarters(counts)
    long = (pl.col("numerator").cast(pl.Float64) * 0.7).ceil().cast(pl.Decimal(18, 6))
    shares = rows.filter(pl.col("numerator") > 0).select(
        pl.lit("plans_long_pct").alias("metric_id"),
        *rows.columns[1:6],
        long.alias("numerator"),
        pl.col("numerator").alias("denominator"),
        (long.cast(pl.Float64) * 100 / pl.col("numerator").cast(pl.Float64)).round(6).cast(pl.Decimal(18, 6)).alias("value"),
    )
    return pl.concat([rows, shares.select(rows.columns)])


@settings(max_examples=15, deadline=None)
@given(some_counts)
def test_a_part_stays_below_its_whole_on_the_walk(counts: list[int]) -> None:
    """With percentages beside the counts the walk keeps within what exact programs allow, in which no part exceeds its whole."""
    network = network_of(with_shares(counts))
    suppress(network)
    bounds = read_bounds(network)
    narrow(network, bounds)
    puzzle, asked = everything(network, bounds)
    if not asked.any() or not len(puzzle.pairs[0]):
        return
    pieces = in_pieces(puzzle, asked)
    whole = pieces.puzzle
    least, most = whole.true.copy(), whole.true.copy()
    walk.walk(pieces, asked[pieces.origin], least, most)
    for unknown in np.flatnonzero((most > least) & np.isin(np.arange(len(least)), np.concatenate(whole.pairs))):
        alone = (np.arange(len(least)) == unknown).astype(float)
        assert extreme(whole, alone)[unknown] >= min(most[unknown], whole.true[unknown] + 20) - 1e-6
        assert extreme(whole, -alone)[unknown] <= max(least[unknown], whole.true[unknown] - 20) + 1e-6


def test_a_part_is_no_more_than_a_whole_that_is_shown() -> None:
    """Without any bounds narrowed before, as the attack on what hangs together lays it out."""
    network = network_of(with_shares(TIGHT))
    part, whole = part_and_whole(network.nodes, network.cells)
    network.state.unknown[:] = False
    network.state.unknown[part] = True
    network.state.unknown[whole] = False
    puzzle, _ = laid_out(network, read_bounds(network), np.zeros(len(network.nodes.amount), np.int64))
    most = dict(zip(puzzle.node.tolist(), puzzle.high.tolist(), strict=True))
    there = [(one, all_of_it) for one, all_of_it in zip(part, whole, strict=True) if one in most]
    assert len(there) > 10
    assert all(most[one] <= network.nodes.amount[all_of_it] for one, all_of_it in there)


def lost_after_protection(counts: list[int]) -> int:
    """How many hidden counts exact programs over everything find in what protect_all leaves."""
    network = protect_all({"measure": three_quarters(counts)}, CATALOGUE, RULES).network
    bounds = read_bounds(network)
    narrow(network, bounds)
    return int(truly_lost(*everything(network, bounds)).sum())


@pytest.mark.parametrize("seed", [0, 2, 7])
def test_what_is_protected_stands_against_exact_programs_only_when_it_has_been_attacked(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    counts = [int(n) for n in np.random.default_rng(seed).choice([0, 1, 2, 3, 6, 8], N_COUNTS)]
    assert lost_after_protection(counts) == 0
    monkeypatch.setattr(Attack, "lost_nodes", lambda self, bounds: np.zeros(len(self.network.nodes.amount), bool))
    assert lost_after_protection(counts) > 2


def test_what_nobody_looked_at_is_not_attacked() -> None:
    network, bounds = hidden(TIGHT)
    nothing = Attack(network, Depth(0, ()), to_the_end=True)
    assert not nothing.lost_nodes(bounds).any()
    assert (nothing.is_attacked() == nothing.is_proven).all()
    assert (network.nodes.is_sensitive & ~nothing.is_attacked()).any()
