"""A disk that is full while loading: a clear message, a warehouse unharmed, and the next run goes on."""

import errno
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from loaders.disk import trouble_explained
from loaders.errors import LiiaError
from loaders.load import load
from loaders.settings import PROJECT_ROOT, Paths
from tests.loaders.store import environment, episodes, header, raw_rows, rows


def load_with_little_room(data: Path, n_bytes: int) -> subprocess.CompletedProcess[str]:
    """`liia load` where no file may grow beyond `n_bytes`: the kernel answers as it does on a full disk."""
    # the limit is set in a process of its own: a preexec_fn would copy this one, and a large one can't be copied
    limited = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({n_bytes}, {n_bytes}))\n"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
    )
    return subprocess.run(
        [sys.executable, "-c", limited, str(PROJECT_ROOT / "liia.py"), "load"],
        env=environment(data),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("room", [40_000, 400_000])
def test_a_full_disk_is_said_plainly_and_harms_nothing(paths: Paths, room: int) -> None:
    header(paths, "camden", 2024, list(range(1, 50)))
    load(paths)
    before = raw_rows(paths)
    episodes(paths, "camden", 2024, list(range(1, 6000)), n_each=12)
    full = load_with_little_room(paths.root, paths.warehouse.stat().st_size + room)
    assert full.returncode == 1
    assert "is full" in full.stderr
    assert "Free about" in full.stderr
    assert "Traceback" not in full.stderr
    assert {name: its for name, its in raw_rows(paths).items() if name != "raw_ssda903.episodes"} == {
        name: its for name, its in before.items() if name != "raw_ssda903.episodes"
    }
    assert rows(paths, "SELECT count(*) FROM ledger.load WHERE table_name = 'episodes'") == [(0,)]
    summary = load(paths)
    assert [file.verdict for file in summary.files] == ["accepted", "skipped"]
    assert rows(paths, "SELECT count(*) FROM raw_ssda903.episodes") == [(5999 * 12,)]


def test_a_disk_full_before_there_is_a_warehouse_leaves_none(paths: Paths) -> None:
    header(paths, "camden", 2024, list(range(1, 50)))
    full = load_with_little_room(paths.root, 20_000)
    assert (full.returncode, "is full" in full.stderr) == (1, True)
    assert [file.verdict for file in load(paths).files] == ["accepted"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        duckdb.IOException('Could not write all bytes to file "x": No space left on device'),
    ],
)
def test_every_form_of_a_full_disk_is_recognised(paths: Paths, error: Exception) -> None:
    with pytest.raises(LiiaError, match="is full"), trouble_explained(paths):
        raise error


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), duckdb.ConversionException("bad"), ValueError("x")])
def test_other_errors_stay_what_they_are(paths: Paths, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, trouble_explained(paths):
        raise error
    assert caught.value is error
