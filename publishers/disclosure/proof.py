"""The proof: what somebody who knows every line could still find out about a hidden 1 to 5, and what more is hidden then.

First the bounds of every hidden count are narrowed line by line; where fewer than five values are left, the smallest shown
count beside it is hidden too, and the fix-point and the bounds run again. What the bounds leave open goes through linear
programs (programs.py), the smallest pieces first and as far as the allowance goes. What they find is repaired likewise.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from publishers.disclosure.lines import Lines
from publishers.disclosure.nodes import Cells, Flags, Ints, Nodes
from publishers.disclosure.programs import Allowance, settle
from publishers.disclosure.puzzle import narrowed, read_puzzle, values
from publishers.disclosure.rules import WIDTH, PublicationRefused
from publishers.disclosure.secondary import NEVER, SECONDARY, State, order_of, suppress

# how far from a repair the bounds are looked at again before they are all looked at
NEAR = 3
# unknowns that may go through linear programs in one publication; without end it attacks every table
ALLOWANCE = 0.0
FARTHEST = 12
# so many times one count is hidden beside each exposed one; after that all of its lines are hidden, so that an end comes
SPARING = 8


@dataclass
class Proof:
    """How it went: counts that must not be known; of these settled by programs; programs; counts hidden by repair."""

    n_sensitive: int = 0
    n_settled: int = 0
    n_programs: int = 0
    n_repairs: int = 0


def prove(nodes: Nodes, cells: Cells, lines: Lines, is_part: Flags, unknowns: float = ALLOWANCE) -> Proof:
    """Mark in `nodes.marked` until no sensitive count is bounded to fewer than five values. `is_part` says of each cell
    whether its numerator is a part of its denominator.

    Raises PublicationRefused when a count gives itself away and nothing is left to hide beside it.
    """
    proof = Proof(n_sensitive=int(nodes.is_sensitive.sum()))
    settled = np.zeros(len(nodes.amount), bool)
    table = nodes.frame.select("count", "period_type", "period_end").with_columns(pl.col("count").str.strip_suffix("#rest"))
    tables = table.with_columns(pl.struct(pl.all()).rank("dense").alias("table"))["table"].to_numpy()
    state = suppress(nodes, cells, lines)
    near = lines
    allowance = Allowance(unknowns)
    n_rounds = 0
    while True:
        exposed = _exposed(nodes, cells, near, state, is_part)
        if not exposed.any() and near is not lines:
            near = lines
            continue
        if not exposed.any() and unknowns:
            puzzle = read_puzzle(nodes, cells, lines, state, is_part)
            answer = settle(puzzle, nodes.is_sensitive[puzzle.node] & ~settled[puzzle.node], tables[puzzle.node], allowance)
            settled[puzzle.node[answer.is_safe]] = True
            proof.n_programs += answer.n_programs
            exposed[puzzle.node[answer.is_lost]] = True
        if not exposed.any():
            proof.n_settled = int(settled.sum())
            return proof
        n_rounds += 1
        new = all_beside(exposed, nodes, lines, state) if n_rounds > SPARING else beside(exposed, nodes, lines, state)
        if not len(new):
            new = beside(exposed, nodes, lines, state)
        if not len(new):
            raise PublicationRefused(_told(nodes, exposed))
        nodes.marked[new] = SECONDARY
        proof.n_repairs += len(new)
        state = suppress(nodes, cells, lines, new)
        near = _around(np.flatnonzero(exposed), lines)


def _around(some: Ints, lines: Lines) -> Lines:
    """The lines of `some` nodes, of the nodes beside them, and so on NEAR times. Bounds by fewer lines are wider, so the
    end is always a look at all of them; hiding more never narrows a bound, so only what was exposed can still be."""
    for _ in range(NEAR):
        touched = lines.touching(some)
        some = np.unique(lines.node[touched[lines.line]])
    return lines.chosen(touched)


def _exposed(nodes: Nodes, cells: Cells, lines: Lines, state: State, is_part: Flags) -> Flags:
    """The sensitive nodes that the lines bound to fewer than five values, or give away."""
    exposed = nodes.is_sensitive & state.known
    puzzle = read_puzzle(nodes, cells, lines, state, is_part)
    exposed[puzzle.node[nodes.is_sensitive[puzzle.node] & (values(*narrowed(puzzle)) < WIDTH)]] = True
    return exposed


def beside(exposed: Flags, nodes: Nodes, lines: Lines, state: State) -> Ints:
    """For each exposed node the count to hide: the first in order of those shown in its lines.

    Where its lines show nothing more, the lines of the hidden counts beside it are looked at, and so on.
    """
    rank = order_of(nodes)
    markable = state.node & nodes.is_markable & (nodes.marked == 0) & (nodes.amount != 0)
    nearest = np.where(markable, rank, NEVER)
    chosen = np.full(len(rank), NEVER)
    for _ in range(FARTHEST):
        of_line = lines.least(nearest[lines.node])
        reached = np.full(len(rank), NEVER)
        np.minimum.at(reached, lines.node, of_line[lines.line])
        chosen = np.where(exposed & (chosen == NEVER), reached, chosen)
        if not (exposed & (chosen == NEVER)).any():
            break
        nearest = np.minimum(nearest, np.where(state.known, NEVER, reached))
    by_rank = np.argsort(rank)
    found: Ints = by_rank[np.unique(chosen[exposed & (chosen != NEVER)])]
    return found


def all_beside(exposed: Flags, nodes: Nodes, lines: Lines, state: State) -> Ints:
    """Every count above 0 that the lines of the exposed nodes still show."""
    touched = lines.touching(np.flatnonzero(exposed))
    near = np.unique(lines.node[touched[lines.line]])
    found: Ints = near[(state.node & nodes.is_markable & (nodes.marked == 0) & (nodes.amount != 0))[near]]
    return found


def _told(nodes: Nodes, exposed: Flags) -> str:
    names = sorted(set(nodes.frame["count"].filter(exposed)))[:5]
    return (
        f"Nothing was published: {int(exposed.sum())} hidden counts of {', '.join(names)} follow from what is shown, and "
        "nothing beside them can be hidden. The former exports stand."
    )
