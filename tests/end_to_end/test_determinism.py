"""The same returns and keys make the same warehouse: built twice, or killed at spread moments and run again."""

import os
import re
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


@pytest.mark.long
def test_two_builds_make_identical_marts_and_exports(clean_london: London, folder: Path) -> None:
    same_returns_and_keys(clean_london, folder)
    again = built(folder)
    assert len(tables(again.paths, ("marts",))) > 20
    assert len(files(again.paths.exports)) > 8
    assert differences(clean_london, again) == []


# how each stage of a build announces itself
TITLES = {
    "load": "Loading what is new",
    "dbt": "Running the models and their tests",
    "publish": "Publishing for Power BI",
    "docs": "Writing the docs site",
    "count": "Counting",
}


def stages(printed: str) -> dict[str, float]:
    """The seconds of each stage of a build, as its summary tells them."""
    told = re.search(r"Seconds +[\d.]+ \(([^)]*)\)", printed)
    assert told, printed
    return {name: float(seconds) for name, seconds in re.findall(r"(\w+)\s+([\d.]+)", told[1]) if name in TITLES}


def moment(seconds: dict[str, float], share: float) -> tuple[str, float]:
    """The stage in which so large a share of a build is done, and how many seconds into it."""
    left = share * sum(seconds.values())
    for stage, its in seconds.items():
        if left < its:
            return stage, left
        left -= its
    raise ValueError(f"{share} is not in a build")


def killed_at(stage: str, seconds: float, data: Path) -> bool:
    """Start a build and kill it so long after a stage has begun; False when it had ended by then."""
    process = subprocess.Popen(
        [LIIA, "build", "--demo"],
        cwd=PROJECT_ROOT,
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert any(TITLES[stage] in line for line in process.stdout)
        try:
            process.wait(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return True


def killed_and_run_again(undisturbed: London, data: Path, shares: list[float]) -> tuple[London, int]:
    """A build of the same returns, killed at these shares of the undisturbed one, then left in peace; how many kills struck."""
    same_returns_and_keys(undisturbed, data)
    seconds = stages(undisturbed.printed)
    n_killed = sum(killed_at(*moment(seconds, share), data) for share in shares)
    return built(data), n_killed


def test_a_share_of_a_build_lies_in_one_of_its_stages() -> None:
    seconds = stages("Seconds   20.0 (load 5.0, dbt\n    10.0, publish 4.0, docs 1.0)")
    assert list(seconds) == ["load", "dbt", "publish", "docs"]
    found = [moment(seconds, share) for share in (0.1, 0.25, 0.5, 0.9)]
    assert found == [("load", 2.0), ("dbt", 0.0), ("dbt", 5.0), ("publish", 3.0)]


def test_killed_three_times_and_run_again_is_as_undisturbed(canary_london: London, folder: Path) -> None:
    """One kill while loading, one while the models run, one while publishing. So it is a second build of the same returns and
    keys as well, and proves what two undisturbed ones would."""
    survivor, n_killed = killed_and_run_again(canary_london, folder, [0.05, 0.4, 0.85])
    assert n_killed == 3
    assert differences(canary_london, survivor) == []


@pytest.mark.long
def test_killed_twenty_times_and_run_again_is_as_undisturbed(canary_london: London, folder: Path) -> None:
    survivor, n_killed = killed_and_run_again(canary_london, folder, [(n + 0.5) / 20 for n in range(20)])
    # a build that has less left to do may have ended before the last ones
    assert n_killed >= 15
    assert differences(canary_london, survivor) == []
