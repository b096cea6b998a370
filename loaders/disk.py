"""A full disk, said plainly."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from loaders.errors import LiiaError
from loaders.settings import Paths

_ERRNOS = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
# what the operating system says, as DuckDB passes it on
_TEXTS = ("no space left", "file too large", "disk quota exceeded", "could not write")


@contextmanager
def trouble_explained(paths: Paths) -> Iterator[None]:
    """Turn the error of a full disk (or quota, or file size limit) into a LiiaError that says what to free."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        full = error.errno in _ERRNOS if isinstance(error, OSError) else any(t in str(error).lower() for t in _TEXTS)
        if not full:
            raise
        free = shutil.disk_usage(paths.root).free / 1e6
        raise LiiaError(
            f"The disk that holds {paths.root} is full, or this user's quota is ({free:,.0f} MB free). The warehouse is "
            "unharmed: every file is in it whole or not at all. Free about three times the size of the returns still to "
            "load, then run the same command again."
        ) from None
