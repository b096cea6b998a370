"""The same returns and keys make the same warehouse: built twice, or killed at spread moments and run again."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from loaders.settings import PROJECT_ROOT
from tests.end_to_end.london import LIIA, London, built, environment, files, same_returns_and_keys, tables

SCHEMAS = ("ledger", "raw_cin_census", "raw_ssda903", "staging", "intermediate", "marts", "share")


def differences(one: London, other: London) -> list[str]:
    """Relations and exported files that are not the same in two Londons."""
    ours, theirs = tables(one.paths, SCHEMAS), tables(other.paths, SCHEMAS)
    found = [name for name in sorted(ours.keys() | theirs.keys()) if name not in ours or name not in theirs]
    found += [name for name in sorted(ours.keys() & theirs.keys()) if not ours[name].equals(theirs[name], null_equal=True)]
    exported, again = files(one.paths.exports), files(other.paths.exports)
    return found + [name for name in sorted(exported.keys() | again.keys()) if exported.get(name) != again.get(name)]


def test_two_builds_make_identical_marts_and_exports(clean_london: London, folder: Path) -> None:
    same_returns_and_keys(clean_london, folder)
    again = built(folder)
    assert len(tables(again.paths, ("marts",))) > 20
    assert len(files(again.paths.exports)) > 8
    assert differences(clean_london, again) == []


def kill_after(seconds: float, data: Path) -> bool:
    """Start a build and kill it with all below it after so long; False when it had ended by then."""
    process = subprocess.Popen(
        [LIIA, "build", "--demo"],
        cwd=PROJECT_ROOT,
        env=environment(data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True


def killed_and_run_again(undisturbed: London, data: Path, moments: list[float]) -> London:
    """A build of the same returns, killed at these shares of the time the undisturbed one took, then left in peace."""
    same_returns_and_keys(undisturbed, data)
    killed = [kill_after(undisturbed.seconds * moment, data) for moment in moments]
    assert any(killed)
    return built(data)


def test_killed_three_times_and_run_again_is_as_undisturbed(canary_london: London, folder: Path) -> None:
    """One kill while loading, one while the models run, one near the end, where exports are written."""
    survivor = killed_and_run_again(canary_london, folder, [0.1, 0.5, 0.92])
    assert differences(canary_london, survivor) == []


@pytest.mark.long
def test_killed_twenty_times_and_run_again_is_as_undisturbed(canary_london: London, folder: Path) -> None:
    survivor = killed_and_run_again(canary_london, folder, [(n + 0.5) / 20 for n in range(20)])
    assert differences(canary_london, survivor) == []
