"""Exact duplicates among the rows of one file, found by a hash of 64 bits: 8 bytes a row, whatever the size of the file."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.arrays import Flags
from loaders.columns import Sent

Hashes = npt.NDArray[np.uint64]

# A row's hash is the sum of its cells' hashes, each times an odd number of the column's own. Two different rows share one by
# chance once in 2^64 pairs: for a file of a million rows, once in 40 million files. A row taken for a duplicate is never
# lost silently: it is counted, and its line is in the findings.
_MULTIPLIERS: Final = np.random.Generator(np.random.PCG64(903)).integers(0, 2**63, size=512, dtype=np.uint64) * 2 + 1
_SEED: Final = 903
# Runs longer than this (64 MB) are not merged any more: a merge holds its rows three times over, and to look into one run
# more costs less than the memory of merging a very large file's.
MERGED_ROWS: Final = 8 << 20


class SeenRows:
    """The hashes of all rows seen so far, as sorted runs: full ones first, then each longer than the next. A new one is merged
    with its equals until it is full."""

    def __init__(self, merged_rows: int = MERGED_ROWS) -> None:
        self._runs: list[Hashes] = []
        self._merged_rows = merged_rows

    def are_repeated(self, columns: list[Sent], n: int) -> Flags:
        """For each of `n` rows, whether an equal one came before it, here or in an earlier block. Remembers them all."""
        hashes = _hashes(columns, n)
        run = np.sort(hashes)
        repeated = np.zeros(n, dtype=np.bool_)
        if (run[1:] == run[:-1]).any():
            order = np.argsort(hashes, kind="stable")
            repeated[order[1:]] = hashes[order[1:]] == hashes[order[:-1]]
            run = np.unique(run)
        for earlier in self._runs:
            # both are sorted: looking up the sorted ones is quick, and nearly always finds nothing
            found = earlier[np.minimum(np.searchsorted(earlier, run), len(earlier) - 1)] == run
            if found.any():
                repeated |= np.isin(hashes, run[found])
                run = run[~found]
        while self._runs and len(self._runs[-1]) <= len(run) and len(run) < self._merged_rows:
            run = np.concatenate([self._runs.pop(), run])
            run.sort(kind="stable")
        if len(run):
            self._runs.append(run)
        return repeated


def _hashes(columns: list[Sent], n: int) -> Hashes:
    total = np.zeros(n, dtype=np.uint64)
    for place, sent in enumerate(columns):
        of_text = pl.Series(sent.distinct).hash(_SEED).to_numpy()
        total += of_text[sent.codes] * _MULTIPLIERS[place]
    return total
