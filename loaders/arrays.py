"""What the readers' arrays are called in signatures."""

from typing import Any

import numpy as np
import numpy.typing as npt

# Places, codes, line numbers: signed integers of any width.
Integers = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]
