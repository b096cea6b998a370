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
from tests.loaders.store import census, environment, episodes, header, ledger_rows, liia, liia_process, put, raw_rows

# below load.PARALLEL_BYTES nothing would run in workers; the tests want both ways
WAYS = ("one process", "workers")
# seconds into a step: at its first instruction, or amid an insert or a commit
DELAYS = (0.0, 0.002, 0.008)


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


# `liia load` with small transactions, in workers or in one process. It counts its steps (tables made, batches, vaults, ledger
# rows, transactions) into a file; at step `kill_at` it is killed, `delay` seconds into that step.
PROGRAM = """
import os, signal, sys, threading
from pathlib import Path
from loaders import ledger, load, vault, warehouse
load.FLUSH_BYTES, load.PARALLEL_BYTES = 1 << 20, {parallel_bytes}
steps = 0
def counted(true):
    def step(*arguments, **more):
        global steps
        steps += 1
        if steps == {kill_at}:
            if not {delay}:
                os.kill(os.getpid(), signal.SIGKILL)
            threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return true(*arguments, **more)
    return step
if __name__ == "__main__":
    warehouse.create_tables, vault.write = counted(warehouse.create_tables), counted(vault.write)
    ledger.write = counted(ledger.write)
    load._Run._buffer, load._Run._flush = counted(load._Run._buffer), counted(load._Run._flush)
    import liia
    sys.argv = ["liia", "load"]
    try:
        liia.main()
    finally:
        Path("steps").write_text(str(steps))
"""


def start(data: Path, way: str, stderr: int = subprocess.DEVNULL, kill_at: int = 0, delay: float = 0.0) -> subprocess.Popen[bytes]:
    """The program as a command of its own, in a session of its own, with `data` as its working folder."""
    script = data / "run.py"
    parallel_bytes = 0 if way == "workers" else 1 << 60
    script.write_text(PROGRAM.format(parallel_bytes=parallel_bytes, kill_at=kill_at, delay=delay))
    return subprocess.Popen(
        [sys.executable, str(script)],
        env=environment(data, PYTHONPATH=str(PROJECT_ROOT)),
        cwd=data,
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
    """Kill a load at each moment (a part of its steps), run it again, and compare with a run nobody disturbed."""
    fill(paths)
    undisturbed = fresh_copy(paths, tmp_path / "undisturbed")
    assert start(undisturbed.root, "one process").wait() == 1, "one file is rejected"
    n_steps = int((undisturbed.root / "steps").read_text())
    assert n_steps > 30
    expected, book = by_child_number(undisturbed), ledger_rows(undisturbed)
    assert sum(len(its) for its in expected.values()) > 90_000
    for number, (moment, way) in enumerate(moments):
        there = fresh_copy(paths, tmp_path / f"killed {number}")
        process = start(there.root, way, kill_at=max(1, round(moment * n_steps)), delay=DELAYS[number % len(DELAYS)])
        assert process.wait() == -signal.SIGKILL
        assert start(there.root, way).wait() == 1
        assert by_child_number(there) == expected, f"killed after {moment:.2f} of a run in {way}"
        assert ledger_rows(there) == book
        shutil.rmtree(there.root)


def test_killed_loads_end_like_undisturbed_ones(paths: Paths, tmp_path: Path) -> None:
    killed_runs_end_like_undisturbed_ones(paths, tmp_path, [(0.2, "one process"), (0.55, "workers"), (0.9, "one process")])


@pytest.mark.long
def test_many_killed_loads_end_like_undisturbed_ones(paths: Paths, tmp_path: Path) -> None:
    killed_runs_end_like_undisturbed_ones(paths, tmp_path, [(0.95 * n / 19, WAYS[n % 2]) for n in range(20)])


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
    assert process.returncode == 130, told
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
        second = liia_process(paths.root, "load")
    assert second.returncode == 4
    assert f"`liia load` (process {os.getpid()}) since " in second.stderr
    assert not paths.warehouse.exists()
    assert liia(paths.root, "load").returncode == 0
