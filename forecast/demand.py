"""The daily state model of demand: rates from counts, one step, many steps, and how far off it may be.

A child in care is in one of S states (an age band by a category of placement). Every day a share of each state moves to
another or leaves, and some children enter. All arrays may have further dimensions in front (refits), so that five hundred
refits cost one multiplication; S + 1 as the last dimension means the S states and, last, out of care.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rates_of(moves: Array, days: Array) -> Array:
    """Share of a state that moves in a day: moves (…, S, S + 1) over the days children spent in it (…, S).

    A ratio of sums, not a mean of daily ratios, which is unstable where a state holds few children. A state in which nobody
    was has the rate 0.
    """
    spent = days[..., None]
    return np.divide(moves, spent, out=np.zeros_like(moves), where=spent > 0)


def over_days(rates: Array, entries: Array, days: int) -> tuple[Array, Array]:
    """Rates and entries of a step of several days: 1 - (1 - r)^k and k x e."""
    return 1 - (1 - np.minimum(rates, 1)) ** days if days > 1 else rates, entries * days


def step_matrix(rates: Array, entries: Array) -> Array:
    """One step as a matrix (…, S + 1, S + 1) that multiplies the stock with a 1 below it.

    out(s) = min(N(s), N(s) x sum of its rates), shared among its targets by their rates; N' = N - out + in + entries. The cap
    does not depend on N, so a step is linear: that is why many steps are a power of this matrix.
    """
    states = rates.shape[-2]
    leaving = rates.sum(axis=-1)
    scale = np.divide(np.minimum(leaving, 1), leaving, out=np.zeros_like(leaving), where=leaving > 0)
    moving = rates[..., :states] * scale[..., None]
    matrix = np.zeros((*rates.shape[:-2], states + 1, states + 1))
    matrix[..., :states, :states] = np.swapaxes(moving, -1, -2)
    diagonal = np.arange(states)
    matrix[..., diagonal, diagonal] += 1 - np.minimum(leaving, 1)
    matrix[..., :states, states] = entries
    matrix[..., states, states] = 1
    return matrix


def project(stock: Array, rates: Array, entries: Array, spans: list[int], step_days: int = 1) -> Array:
    """The stock at the end of each span of days, one after the other: (…, len(spans), S).

    `stock` (S) is where it starts; rates and entries are per day. Steps of `step_days`, and a shorter one for what is left of
    a span.
    """
    powers = {days: _span_matrix(rates, entries, days, step_days) for days in sorted(set(spans))}
    batch = rates.shape[:-2]
    vector = np.broadcast_to(np.append(stock, 1.0), (*batch, stock.shape[-1] + 1))[..., None]
    ends = []
    for days in spans:
        vector = powers[days] @ vector
        ends.append(vector[..., :-1, 0])
    return np.stack(ends, axis=-2)


def _span_matrix(rates: Array, entries: Array, days: int, step_days: int) -> Array:
    steps, rest = divmod(days, step_days)
    whole = np.linalg.matrix_power(step_matrix(*over_days(rates, entries, step_days)), steps)
    return step_matrix(*over_days(rates, entries, rest)) @ whole if rest else whole


def drawn_blocks(text: str, blocks: int, refits: int) -> NDArray[np.int64]:
    """How often each block of the window is drawn in each refit: (refits, blocks), each row summing to `blocks`.

    The draws come from the SHA-256 of `text` (what is forecast), so that the same data give the same interval on every
    machine and with every version of a library.
    """
    # 4 bytes a draw: of 2^32 values the remainder by some tens of blocks is even to eight decimals
    needed = refits * blocks * 4
    stream = hashlib.shake_256(text.encode()).digest(needed)
    drawn = np.frombuffer(stream, dtype=">u4").astype(np.int64).reshape(refits, blocks) % blocks
    counts = np.zeros((refits, blocks), dtype=np.int64)
    np.add.at(counts, (np.repeat(np.arange(refits), blocks), drawn.ravel()), 1)
    return counts


def interval(refits: Array, low: float = 0.1, high: float = 0.9) -> tuple[Array, Array]:
    """The 10th and 90th percentile over the refits (first dimension)."""
    bounds = np.quantile(refits, [low, high], axis=0)
    return bounds[0], bounds[1]


def mean_absolute_percentage_error(forecast: Array, actual: Array) -> float:
    """mean(|f - y| / y) x 100 over the months with anybody to forecast; nan when there is none."""
    known = actual > 0
    return float(np.mean(np.abs(forecast[known] - actual[known]) / actual[known]) * 100) if known.any() else float("nan")
