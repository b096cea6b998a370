"""SIGKILL while loading, then run again: the same raw tables as undisturbed, row for row. Two loads at once: exit 4."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loaders import keys, lock, vault
from loaders.load import load
from loaders.settings import PROJECT_ROOT, Paths
from tests.loaders.store import census, environment, episodes, header, ledger_rows, liia, put, raw_rows

# below load.PARALLEL_BYTES nothing would run in workers; the tests want both ways
WAYS = ("one process", "workers")


def fill(paths: Paths) -> None:
    """Small files, larger ones, and a rejected one among them."""
    for authority, la_code in (("barnet", "302"), ("camden", "202"), ("ealing", "307")):
        for year in (2024, 2025):
            header(paths, authority, year, list(range(1, 60)), sex="F" if year == 2025 else "1")
            episodes(paths, authority, year, list(range(1, 2000)), n_each=8)
        census(paths, la_code, authority, 2025, list(range(1, 2500)))
    broken = header(paths, "hackney", 2024, [1, 2])
    put(broken, broken.read_text() + "104,1\n")


def by_child_number(paths: Paths) -> dict[str, list[tuple[object, ...]]]:
    """Every raw table with the child numbers of the vault in place of child keys: salts differ from run to run, so this
    compares the runs and proves that the vault fits the rows."""
    key = keys.pseudonym_key(paths)
    numbers = {
        child_key: f"{la_code} {number}"
        for la_code in vault.authorities(paths)
        for number, child_key in vault.read(paths, key, la_code).children.items()
    }
    assert numbers
    return {
        table: sorted(
            (tuple(numbers.get(value, value) if isinstance(value, str) else value for value in row) for row in its),
            key=repr,
        )
        for table, its in raw_rows(paths).items()
    }


def start(data: Path, way: str, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """`liia load` as a command of its own, in a process group of its own, with small transactions."""
    program = (
        "import sys\nfrom loaders import load\nload.FLUSH_BYTES = 1 << 20\n"
        f"load.PARALLEL_BYTES = {0 if way == 'workers' else 1 << 60}\n"
        "if __name__ == '__main__':\n    import liia\n    sys.argv = ['liia', 'load']\n    liia.main()\n"
    )
    script = data / "run.py"
    script.write_text(program)
    return subprocess.Popen(
        [sys.executable, str(script)],
        env=environment(data, PYTHONPATH=str(PROJECT_ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,
    )


def fresh_copy(undisturbed: Paths, root: Path) -> Paths:
    """A folder with the same returns and keys and nothing loaded."""
    there = Paths(root, "real")
    shutil.copytree(undisturbed.returns, there.returns)
    shutil.copytree(undisturbed.root / "config", root / "config")
    return there


def killed_runs_end_like_undisturbed_ones(paths: Paths, tmp_path: Path, moments: list[tuple[float, str]]) -> None:
    fill(paths)
    longest = {}
    for way in sorted({way for _, way in moments}):
        timed = fresh_copy(paths, tmp_path / f"timed {way}")
        begun = time.monotonic()
        assert start(timed.root, way).wait() == 1, "one file is rejected"
        longest[way] = time.monotonic() - begun
    expected, book = by_child_number(timed), ledger_rows(timed)
    assert sum(len(its) for its in expected.values()) > 90_000
    unfinished = 0
    for number, (moment, way) in enumerate(moments):
        there = fresh_copy(paths, tmp_path / f"killed {number}")
        process = start(there.root, way)
        time.sleep(moment * longest[way])
        process.send_signal(signal.SIGKILL)
        unfinished += process.wait() == -signal.SIGKILL
        assert start(there.root, way).wait() == 1
        assert by_child_number(there) == expected, f"killed after {moment:.2f} of a run in {way}"
        assert ledger_rows(there) == book
        shutil.rmtree(there.root)
    assert unfinished >= len(moments) * 2 // 3, "most of the kills must have come in time"


def test_killed_loads_end_like_undisturbed_ones(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [(0.55, "one process"), (0.7, "workers"), (0.85, "one process")]
    killed_runs_end_like_undisturbed_ones(paths, tmp_path, moments)


@pytest.mark.long
def test_many_killed_loads_end_like_undisturbed_ones(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [(0.3 + 0.65 * n / 19, WAYS[n % 2]) for n in range(20)]
    killed_runs_end_like_undisturbed_ones(paths, tmp_path, moments)


def test_workers_do_not_outlive_a_killed_load(paths: Paths) -> None:
    fill(paths)
    process = start(paths.root, "workers")
    deadline = time.monotonic() + 30
    children: list[int] = []
    while time.monotonic() < deadline and len(children) < 2:
        time.sleep(0.05)
        children = [pid for pid in session_of(process.pid) if pid != process.pid]
    assert len(children) >= 2
    process.kill()
    process.wait()
    while time.monotonic() < deadline and session_of(process.pid):
        time.sleep(0.05)
    assert session_of(process.pid) == []


def session_of(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == leader and "\nState:\tZ" not in (folder / "status").read_text():
                    found.append(int(folder.name))
            except (ProcessLookupError, FileNotFoundError):
                continue
    return found


def test_ctrl_c_ends_with_130_and_what_was_accepted_stays(paths: Paths) -> None:
    fill(paths)
    process = start(paths.root, "workers", stderr=subprocess.PIPE)
    wait_for(paths.vault / "302.vault")
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.decode().splitlines() == ["Stopped. What was accepted stays; run the same command again to go on."]
    assert load(paths).exit_code == 1
    assert len(raw_rows(paths)["raw_ssda903.episodes"]) == 6 * 1999 * 8


def wait_for(path: Path) -> None:
    """Until `path` is there, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.01)


def test_a_second_load_ends_with_4_and_says_who(paths: Paths) -> None:
    header(paths, "camden", 2024, [1])
    with lock.writing(paths, "liia load"):
        second = liia(paths.root, "load")
    assert second.returncode == 4
    assert f"`liia load` (process {os.getpid()}) since " in second.stderr
    assert not paths.warehouse.exists()
    assert liia(paths.root, "load").returncode == 0
