"""Chance without a stream: every draw is a function of the seed, of whom it is about, and of what it decides.

A stream of random numbers makes each draw depend on all before it; then one authority more, or a year less, changes
every life after it. Here a draw hashes (seed, key, purpose), so that a child of Camden lives the same life whichever
authorities, years or scale are asked for, and whole arrays are drawn at once.

The hash is SplitMix64's finaliser (Steele, Lea and Flood 2014), which passes the usual tests of randomness.
"""

import hashlib
import random
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mix(keys: Keys) -> Keys:
    """Scramble 64-bit keys; a different key gives a different, unrelated number."""
    z = keys + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


def branch(keys: Keys, number: int) -> Keys:
    """Keys for the `number`-th thing (referral, plan, …) that hangs under each of `keys`."""
    offset = np.uint64((number + 1) * 0x632BE59BD9B4E019 % 2**64)
    return mix(keys + offset)


@cache
def _salt(seed: int, purpose: str) -> np.uint64:
    digest = hashlib.blake2b(f"{seed}|{purpose}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


@dataclass(frozen=True)
class Chance:
    """All draws of one invented London. Methods take keys and a purpose and return one value for each key."""

    seed: int

    def uniform(self, keys: Keys, purpose: str) -> Floats:
        """In [0, 1)."""
        return (mix(keys ^ _salt(self.seed, purpose)) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def happens(self, keys: Keys, purpose: str, probability: Floats | float) -> npt.NDArray[np.bool_]:
        return self.uniform(keys, purpose) < probability

    def pick(self, keys: Keys, purpose: str, weights: npt.ArrayLike) -> Ints:
        """An index by its weight (weights need not sum to 1)."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        picked: Ints = np.minimum(np.searchsorted(edges, self.uniform(keys, purpose) * edges[-1], side="right"), len(edges) - 1)
        return picked

    def pick_by_row(self, keys: Keys, purpose: str, weights: Floats) -> Ints:
        """An index for each key, from its own row of weights (len(keys) × choices)."""
        edges = np.cumsum(weights, axis=1)
        drawn = self.uniform(keys, purpose) * edges[:, -1]
        picked: Ints = np.minimum((edges <= drawn[:, None]).sum(axis=1), weights.shape[1] - 1)
        return picked

    def between(self, keys: Keys, purpose: str, low: npt.ArrayLike, high: npt.ArrayLike) -> Ints:
        """A whole number from low to high, both included."""
        first, last = np.asarray(low), np.asarray(high)
        drawn: Ints = (first + np.floor(self.uniform(keys, purpose) * (last - first + 1))).astype(np.int64)
        return drawn

    def exponential(self, keys: Keys, purpose: str, mean: npt.ArrayLike) -> Floats:
        drawn: Floats = -np.log1p(-self.uniform(keys, purpose)) * np.asarray(mean)
        return drawn

    def normal(self, keys: Keys, purpose: str) -> Floats:
        """Standard normal, by Box and Muller."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(keys, purpose + "|radius")))
        drawn: Floats = radius * np.cos(2.0 * np.pi * self.uniform(keys, purpose + "|angle"))
        return drawn

    def whole(self, keys: Keys, purpose: str, expected: Floats) -> Ints:
        """`expected` rounded down or up, so that the mean is kept."""
        return np.floor(expected + self.uniform(keys, purpose)).astype(np.int64)

    def dice(self, key: int, purpose: str) -> random.Random:
        """A small stream of its own for one life that is told step by step."""
        return random.Random(int(mix(np.array([key], dtype=np.uint64) ^ _salt(self.seed, purpose))[0]))
