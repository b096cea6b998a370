"""The attack with several lines at a time: the walk proves nothing false, the programs find what an exact one finds."""

import itertools
import os
from collections.abc import Callable
from datetime import date
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.disclosure import PublicationRefused, proof, protect_all, walk
from publishers.disclosure.attack import AT_LAST, Attack
from publishers.disclosure.bounds import Bounds, narrow, read_bounds
from publishers.disclosure.codes import Flags, Ints
from publishers.disclosure.programs import FEW, Programs, settle
from publishers.disclosure.proof import MANNERS, beside, exposed_nodes
from publishers.disclosure.puzzle import Puzzle, held_fast, in_pieces, laid_out
from publishers.disclosure.secondary import Network, suppress
from publishers.disclosure.views import QUICK, THOROUGH, Depth, authority_rooms, period_rooms
from publishers.disclosure.walk import walked
from tests.publishers.exact import extreme, truly_lost
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


N_COUNTS = len(AREAS) * len(NEEDS) * len(ENDS)


def hidden(counts: list[int], has_shares: bool = False) -> tuple[Network, Bounds]:
    """The network of such tables after the fix-point, which leaves some counts to be found out, and its bounds."""
    network = network_of((with_shares if has_shares else three_quarters)(counts))
    suppress(network)
    bounds = read_bounds(network)
    narrow(network, bounds)
    return network, bounds


def everything(network: Network, bounds: Bounds) -> tuple[Puzzle, Flags]:
    """All that is unknown in one room, and what of it is asked."""
    puzzle, _ = laid_out(network, bounds, np.zeros(len(network.nodes.amount), np.int64))
    return puzzle, (network.nodes.is_sensitive & ~exposed_nodes(network, bounds))[puzzle.node]


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
@given(some_counts, st.sampled_from([authority_rooms, period_rooms]))
def test_a_room_finds_nothing_that_is_not_lost(counts: list[int], rooms: Callable[[Network], Ints]) -> None:
    network, bounds = hidden(counts)
    puzzle, asked = everything(network, bounds)
    lost = np.zeros(len(network.nodes.amount), bool)
    lost[puzzle.node[truly_lost(puzzle, asked)]] = True
    room, is_own = laid_out(network, bounds, rooms(network))
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


@settings(max_examples=8, deadline=None)
@given(some_counts, st.booleans(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_what_is_proven_while_all_else_stands_still_is_not_lost(
    counts: list[int], has_shares: bool, n_rooms: int, dice: Random
) -> None:
    """However the rooms are cut; and in a single one as much is proven as without."""
    puzzle, asked = everything(*hidden(counts, has_shares))
    if not asked.any():
        return
    lost = truly_lost(puzzle, asked)
    room = np.array([dice.randrange(n_rooms) for _ in puzzle.node])
    inside = held_fast(puzzle, room)
    # the true table fits, and no line joins two rooms
    assert np.allclose(inside.lines.sums(inside.lines.sign * inside.true[inside.lines.node]), inside.constant)
    assert (
        np.minimum.reduceat(room[inside.lines.node], inside.lines.start[:-1]) == room[inside.lines.node[inside.lines.start[1:] - 1]]
    ).all()
    safe = settle(inside, asked).is_safe
    assert not (safe & lost).any()
    if len(set(room.tolist())) == 1:
        assert (safe == (asked & ~lost)).all()


def test_a_part_stays_below_its_whole_where_that_is_in_another_room() -> None:
    puzzle, _ = everything(*hidden(TIGHT, has_shares=True))
    part, whole = puzzle.pairs
    assert len(part) > 10
    apart = held_fast(puzzle, np.arange(len(puzzle.node)))
    assert not len(apart.pairs[0])
    assert (apart.high[part] <= puzzle.true[whole]).all()
    assert (apart.low[whole] >= puzzle.true[part]).all()
    together = held_fast(puzzle, np.zeros(len(puzzle.node), np.int64))
    assert len(together.pairs[0]) == len(part)
    assert (together.high == puzzle.high).all()


@pytest.mark.parametrize("by_period", [True, False])
def test_rooms_find_what_they_tell_and_hold_the_rest(by_period: bool) -> None:
    """With nothing attacked as a whole; what is held is not asked again."""
    network, bounds = hidden(TIGHT)
    network.nodes.is_sensitive[exposed_nodes(network, bounds)] = False
    one = Attack(network, Depth(0, by_period), to_the_end=True)
    found = one.lost_nodes(bounds)
    assert found.any()
    held = network.nodes.is_sensitive & ~one.is_proven & ~found
    assert (one.is_held == held).all()
    assert held.any() or by_period
    n_programs = one.n_programs
    assert (one.lost_nodes(bounds) == found).all()
    assert one.n_programs - n_programs <= n_programs


def found_in_all(counts: list[int], depth: Depth) -> tuple[Attack, set[int], set[int]]:
    """The attack when it finds nothing more, all that it found, and all that is truly lost. What lines tell is left out."""
    network, bounds = hidden(counts)
    network.nodes.is_sensitive[exposed_nodes(network, bounds)] = False
    puzzle, asked = everything(network, bounds)
    lost = puzzle.node[truly_lost(puzzle, asked)]
    one, all_found = Attack(network, depth, to_the_end=True), set()
    while (found := one.lost_nodes(bounds)).any():
        all_found |= set(np.flatnonzero(found).tolist())
        network.nodes.is_sensitive[found] = False
    return one, all_found, set(lost.tolist())


def test_what_its_room_holds_is_asked_at_last_with_everything() -> None:
    counts = [int(n) for n in np.random.default_rng(55).choice([0, 1, 2, 3, 6, 8], N_COUNTS)]
    rooms, found, lost = found_in_all(counts, Depth(0, by_period=False))
    assert found < lost
    assert any(rooms.is_held[node] for node in lost - found)
    at_last, found, lost = found_in_all(counts, Depth(0, by_period=False, at_last=True))
    assert found == lost
    # and what is left is proven, not held only, with all that there is
    assert at_last.farthest >= at_last.network.state.unknown.sum()
    assert (at_last.is_proven == at_last.network.nodes.is_sensitive).all()


def test_at_last_what_hangs_together_in_less_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what hangs together in more is not asked as long as anything is found in less."""
    network, bounds = hidden(TIGHT)
    one = Attack(network, Depth(0, by_period=False, at_last=True))
    monkeypatch.setattr(one, "_attack_rooms", lambda *_: None)
    monkeypatch.setattr("publishers.disclosure.attack.walked", lambda puzzle, asked, _: np.zeros(len(asked), bool))
    monkeypatch.setattr(one, "_prove", lambda kind, _, wanted: wanted & (kind == AT_LAST))
    puzzle, _ = everything(network, bounds)
    size = np.where(np.arange(len(puzzle.node)) % 3 == 0, 3, 20)
    monkeypatch.setattr("publishers.disclosure.attack.whole", lambda _, most: size <= most)
    is_sensitive = network.nodes.is_sensitive[puzzle.node]
    assert 0 < is_sensitive[size == 3].sum() < is_sensitive.sum()
    found = one.lost_nodes(bounds)
    assert set(np.flatnonzero(found)) == set(puzzle.node[is_sensitive & (size == 3)])
    assert one.farthest == 4
    one.is_proven |= found
    assert set(np.flatnonzero(one.lost_nodes(bounds))) == set(puzzle.node[is_sensitive & (size == 20)])
    assert one.farthest == 32


def test_what_hangs_together_in_little_is_looked_at_until_nothing_of_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    network, bounds = hidden(TIGHT)
    one = Attack(network, QUICK)
    monkeypatch.setattr(one, "_attack_rooms", lambda *_: None)
    lost = one.lost_nodes(bounds)
    assert lost.any()
    assert (one.lost_nodes(bounds) == lost).all()


def test_by_date_it_goes_on_where_nothing_hangs_together_in_little(monkeypatch: pytest.MonkeyPatch) -> None:
    network, bounds = hidden(TIGHT)
    passes = []
    monkeypatch.setattr(
        "publishers.disclosure.attack.walked", lambda puzzle, asked, n: passes.append(n) or np.zeros(len(asked), bool)
    )
    one = Attack(network, Depth(0, by_period=True, passes=3))
    monkeypatch.setattr(one, "_attack_rooms", lambda *_: None)
    one.lost_nodes(bounds)
    assert one.is_proven.any()
    one.is_proven[:] = False
    one.ask_each()
    one.lost_nodes(bounds)
    assert one.is_proven.any()
    assert passes == [3]


@pytest.mark.parametrize(("depth", "first"), [(THOROUGH, 0), (QUICK, 8)])
def test_what_is_found_farther_on_is_mended_gently_again(monkeypatch: pytest.MonkeyPatch, depth: Depth, first: int) -> None:
    """After 15 finds the attack goes farther: the manners begin again with seven behind them, and each later find skips two."""
    network, _ = hidden(TIGHT)
    n_finds, manners = [0], []

    def lost_nodes(self: Attack, _: Bounds) -> Flags:
        n_finds[0] += 1
        self.farthest = 10 if n_finds[0] <= 15 else 20
        return network.nodes.is_sensitive & (n_finds[0] <= 18)

    def noted(_: Flags, __: Network, manner: int) -> Ints:
        manners.append(manner)
        return np.zeros(1, np.int64)

    monkeypatch.setattr(Attack, "lost_nodes", lost_nodes)
    monkeypatch.setattr(proof, "MANNERS", tuple(range(40)))
    monkeypatch.setattr(proof, "beside", noted)
    monkeypatch.setattr(proof, "suppress", lambda *_: 0)
    monkeypatch.setattr(proof, "exposed_nodes", lambda network, _: np.zeros(len(network.nodes.amount), bool))
    proof.prove(network, depth)
    # the demo begins with eight of the ten gentle rounds behind it
    assert manners == [*range(first, first + 15), 7, 10, 13]


def test_what_was_tried_in_vain_is_tried_again_only_when_more_is_hidden() -> None:
    network, bounds = hidden(TIGHT)
    network.nodes.is_sensitive[exposed_nodes(network, bounds)] = False
    one = Attack(network, THOROUGH)
    lost = one.lost_nodes(bounds)
    n_programs = one.n_programs
    assert lost.any()
    assert (lost == (network.nodes.is_sensitive & ~one.is_proven)).all()
    assert (one.lost_nodes(bounds) == lost).all()
    assert one.n_programs == n_programs
    suppress(network, beside(lost, network, MANNERS[-1]))
    bounds = read_bounds(network)
    narrow(network, bounds)
    assert one.lost_nodes(bounds).sum() < lost.sum()
    assert one.n_programs > n_programs


def test_a_date_is_a_room_and_the_last_day_of_a_year_belongs_to_the_year() -> None:
    table = london({place: 3 for place in itertools.product(AREAS, NEEDS)})
    ends = [
        ("snapshot", date(2024, 6, 30)),
        ("snapshot", date(2025, 3, 31)),
        ("quarter", date(2024, 6, 30)),
        ("year", date(2025, 3, 31)),
        ("year", date(2024, 3, 31)),
    ]
    rows = [table.with_columns(pl.lit(kind).alias("period_type"), pl.lit(end).alias("period_end")) for kind, end in ends]
    network = network_of(pl.concat(rows))
    codes = network.nodes.codes
    _, _, period, _ = codes.parts(network.nodes.key)
    rooms_of = {end: set(period_rooms(network)[period == number].tolist()) for number, end in enumerate(codes.period)}
    middle, last, quarter, year, before = (rooms_of[one] for one in ends)
    assert all(len(rooms_of[one]) == 1 for one in ends)
    assert last == quarter == year
    assert len(middle | last | before) == 3


def test_a_table_that_does_not_fit_proves_nothing() -> None:
    """What the solver says of its own answer is not relied on."""
    puzzle, asked = everything(*hidden(TIGHT))
    pieces = in_pieces(puzzle, asked)
    whole = pieces.puzzle
    programs = Programs(whole, whole.true.copy(), whole.true.copy(), len(whole.node))
    assert programs.fits(whole.true, whole.low, whole.high)
    for unknown in range(0, len(whole.node), 7):
        moved = whole.true.copy()
        moved[unknown] += 1
        assert not programs.fits(moved, whole.low, whole.high)
    assert not programs.fits(whole.true[1:], whole.low, whole.high)
    assert not programs.fits(whole.true * np.nan, whole.low, whole.high)
    assert not programs.fits(whole.true, whole.true + 1, whole.high)
    assert not programs.fits(whole.true, whole.low, whole.true - 1)


@pytest.mark.parametrize(("largest", "ways"), [(FEW, ["simplex", "ipm"]), (FEW + 1, ["ipm", "simplex"])])
def test_where_the_first_way_comes_to_nothing_the_second_is_tried(
    monkeypatch: pytest.MonkeyPatch, largest: int, ways: list[str]
) -> None:
    """Which is first depends on the largest piece, and is no matter of what is proven."""
    puzzle, asked = everything(*hidden(TIGHT))
    pieces = in_pieces(puzzle, asked)
    programs = Programs(pieces.puzzle, pieces.puzzle.true.copy(), pieces.puzzle.true.copy(), largest)
    tried = []

    def fits(*_: object) -> bool:
        tried.append(programs.solver.getOptionValue("solver")[1])
        return len(tried) == 2

    monkeypatch.setattr(programs, "fits", fits)
    programs.seek(np.where(asked[pieces.origin], 1.0, 0.0))
    assert tried == ways
    assert programs.n_programs == 2
    assert (programs.most > programs.least).any()


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


@settings(max_examples=15, deadline=None)
@given(some_counts)
def test_a_part_stays_below_its_whole_on_the_walk(counts: list[int]) -> None:
    """With percentages beside the counts the walk keeps within what exact programs allow, in which no part exceeds its whole."""
    puzzle, asked = everything(*hidden(counts, has_shares=True))
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
    part, whole = network.pairs
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


def test_before_a_publication_is_refused_each_count_is_asked_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rounds settle nothing, all that can be hidden is; what is not lost even then must not stop a publication."""
    monkeypatch.setattr(Programs, "settle", lambda self, wanted: self.is_open(wanted))
    monkeypatch.setattr("publishers.disclosure.attack.walked", lambda puzzle, asked, _: np.zeros(len(asked), bool))
    monkeypatch.setattr("publishers.disclosure.programs.walk", lambda *_: None)
    done = protect_all({"measure": three_quarters(TIGHT)}, CATALOGUE, RULES)
    assert done.proof.n_proven == done.proof.n_sensitive > 20
    # the control: without asking anew what was tried in vain
    monkeypatch.setattr(Attack, "ask_each", lambda self: setattr(self, "to_the_end", True))
    with pytest.raises(PublicationRefused, match="nothing beside them can be hidden"):
        protect_all({"measure": three_quarters(TIGHT)}, CATALOGUE, RULES)


def test_what_nobody_looked_at_is_not_attacked() -> None:
    network, _ = hidden(TIGHT)
    for depth in (QUICK, THOROUGH):
        assert not Attack(network, depth).is_attacked().any()
