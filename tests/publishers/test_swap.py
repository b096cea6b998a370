"""A published folder is the old one or the new one, complete, at every moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publishers import swap


def fill(folder: Path, text: str) -> None:
    for name in ("a", "b", "c"):
        (folder / name).write_text(text)


def contents(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted(folder.iterdir())]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["exchange", "two renames"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    return str(request.param)


def test_the_first_and_the_next_folder(tmp_path: Path, either_way: str) -> None:
    target = tmp_path / "exports" / "out"
    for text in ("first", "next"):
        with swap.new_folder(target) as fresh:
            fill(fresh, text)
        assert contents(target) == [text] * 3
        assert names(target.parent) == ["out"]


def test_linux_and_macos_swap_in_one_step(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    fill(one, "1")
    assert swap._exchange(one, other)
    assert (names(one), contents(other)) == ([], ["1"] * 3)


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with swap.new_folder(target) as fresh:
        fill(fresh, "old")
    with pytest.raises(RuntimeError), swap.new_folder(target) as fresh:
        fill(fresh, "half")
        raise RuntimeError
    assert contents(target) == ["old"] * 3
    assert names(tmp_path) == ["out"]


KILLED = """
import os, signal, sys
from pathlib import Path
from publishers import swap

at, one_step = int(sys.argv[2]), sys.argv[3] == "exchange"
if not one_step:
    swap._exchange = lambda one, other: False
calls = 0

def dying(real):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return call

swap.Path.rename = dying(Path.rename)
swap.shutil.rmtree = dying(swap.shutil.rmtree)
swap._exchange = dying(swap._exchange)
swap._sync = dying(swap._sync)
target = Path(sys.argv[1])
with swap.new_folder(target) as fresh:
    for name in ("a", "b", "c"):
        (fresh / name).write_text("new")
print("lived")
"""


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_killed_at_every_step_it_is_the_old_or_the_new(tmp_path: Path, way: str) -> None:
    for at in range(1, 30):
        target = tmp_path / str(at) / "out"
        with swap.new_folder(target) as fresh:
            fill(fresh, "old")
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(target), str(at), way], capture_output=True, text=True, env=dict(os.environ)
        )
        if way == "exchange":
            assert contents(target) in (["old"] * 3, ["new"] * 3)
        swap.recover(target)
        assert contents(target) in (["old"] * 3, ["new"] * 3)
        assert names(target.parent) == ["out"]
        if done.returncode == 0:
            assert done.stdout == "lived\n"
            assert at > 5
            return
        assert done.returncode == -signal.SIGKILL, done.stderr
    pytest.fail("the swap never came to its end")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "docs" / "index.html"
    swap.write_file(target, b"one")
    swap.write_file(target, b"two")
    assert target.read_bytes() == b"two"
    assert names(target.parent) == ["index.html"]
