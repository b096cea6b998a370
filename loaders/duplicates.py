"""Exact duplicates among the rows of one file, found by hashes of 96 bits: 12 bytes a row, whatever the size of the file."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.columns import Flags, Sent

Hashes = npt.NDArray[np.uint64]

# A row's hash is a sum of its cells' hashes times an odd number of the column's own. Two sums by two sets of numbers: rows
# of one file agree in both by chance less than once in 10^15 files of a million rows.
_MULTIPLIERS: Final = np.random.Generator(np.random.PCG64(903)).integers(0, 2**63, size=(2, 512), dtype=np.uint64) * 2 + 1
_SEEDS: Final = (903, 1948)


class SeenRows:
    """The hashes of all rows seen so far, as sorted runs, one for each block."""

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, npt.NDArray[np.uint32]]] = []

    def are_repeated(self, columns: list[Sent], n: int) -> Flags:
        """For each of `n` rows, whether an equal one came before it, here or in an earlier block. Remembers them all."""
        first, second = (_hashes(columns, n, number) for number in (0, 1))
        check = (second >> np.uint64(32)).astype(np.uint32)
        order = np.lexsort((np.arange(n), check, first))
        first, check = first[order], check[order]
        repeated = np.zeros(n, dtype=np.bool_)
        repeated[1:] = (first[1:] == first[:-1]) & (check[1:] == check[:-1])
        for run, its_check in self._runs:
            place = np.minimum(np.searchsorted(run, first), len(run) - 1)
            repeated |= (run[place] == first) & (its_check[place] == check)
        fresh = ~repeated
        if fresh.any():
            self._runs.append((first[fresh], check[fresh]))
        answer = np.zeros(n, dtype=np.bool_)
        answer[order] = repeated
        return answer


def _hashes(columns: list[Sent], n: int, number: int) -> Hashes:
    total = np.zeros(n, dtype=np.uint64)
    for place, sent in enumerate(columns):
        of_text = pl.Series([*sent.texts, None], dtype=pl.String).hash(_SEEDS[number]).to_numpy()
        total += of_text[sent.codes] * _MULTIPLIERS[number, place]
    return total
