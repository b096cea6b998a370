"""What the readers' arrays are called in signatures."""

from typing import Any

import numpy as np
import numpy.typing as npt

# Places, codes, line numbers: signed integers of any width.
Integers = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]


def unless_all(rows: Flags) -> Flags | None:
    """The flags, or None where every row has one: then nothing need be copied."""
    return None if rows.all() else rows
