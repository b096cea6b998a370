"""One writer or many readers; the second comer is told who and since when."""

import json
import os
import subprocess
import sys

import pytest

from loaders import lock
from loaders.errors import Busy
from loaders.settings import PROJECT_ROOT, Paths

HOLD = """
import sys
from loaders import lock, settings
with getattr(lock, sys.argv[1])(settings.real_paths(), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(how: str, command: str) -> subprocess.Popen[str]:
    """Another process that holds the lock until its stdin closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, how, command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_is_told_who_and_since_when(paths: Paths) -> None:
    other = hold("writing", "liia build")
    try:
        with pytest.raises(Busy) as caught, lock.writing(paths, "liia load"):
            pytest.fail("two writers at once")
        held = lock.holder(paths)
        assert held is not None
        assert held.pid == other.pid
        assert f"`liia build` (process {other.pid}) since {held.since[:10]} {held.since[11:16]}" in str(caught.value)
        assert caught.value.exit_code == 4
        with pytest.raises(Busy), lock.reading(paths, "liia sql"):
            pytest.fail("a reader beside a writer")
    finally:
        other.communicate()
    with lock.writing(paths, "liia load"):
        assert json.loads(paths.lock.read_text())["command"] == "liia load"


def test_readers_share_and_keep_a_writer_out(paths: Paths) -> None:
    other = hold("reading", "liia sql")
    try:
        with lock.reading(paths, "liia status"):
            pass
        with pytest.raises(Busy), lock.writing(paths, "liia build"):
            pytest.fail("a writer beside a reader")
    finally:
        other.communicate()


def test_a_killed_holder_leaves_nothing_that_blocks(paths: Paths) -> None:
    other = hold("writing", "liia build")
    other.kill()
    other.communicate()
    assert lock.holder(paths) is not None
    with lock.writing(paths, "liia load"):
        held = lock.holder(paths)
        assert held is not None
        assert held.pid == os.getpid()


@pytest.mark.parametrize("left", ["", "{", '{"command": "liia build"}', "[1]", "\x00\x00"])
def test_stale_or_damaged_text_in_the_lock_file_is_harmless(paths: Paths, left: str) -> None:
    paths.lock.write_text(left)
    assert lock.holder(paths) is None
    assert "another command" in lock.busy_message(paths)
    with lock.writing(paths, "liia load"):
        pass


def test_a_dead_holder_is_not_named(paths: Paths) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    paths.lock.write_text(json.dumps({"command": "liia build", "pid": ended.pid, "since": "2026-01-01T10:00:00+00:00"}))
    assert "another command" in lock.busy_message(paths)


def test_reading_where_nothing_is_makes_no_folder(paths: Paths) -> None:
    nowhere = Paths(paths.root / "absent", "real")
    with lock.reading(nowhere, "liia status"):
        assert not nowhere.root.exists()
