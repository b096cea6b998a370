"""Runs dbt for a person: how far it is while it works, and what failed in words to act on."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from loaders.dbt_environment import dbt_environment
from loaders.errors import LiiaError
from loaders.settings import PROJECT_ROOT, Paths

# The rooms in the order in which rows pass them; any other comes after.
LAYERS = ("seeds", "reference", "staging", "intermediate", "marts", "share", "tests")
JOB = (sys.executable, "-m", "refresh.dbt_job")
FAILED = ("error", "fail", "runtime error")
SHOWN_FAILURES = 12
AGAIN = "liia dbt build"


class DbtFailed(LiiaError):
    """The models could not be built, or a test of ours failed. The former exports stand."""

    exit_code = 1


@dataclass
class DbtRun:
    """What dbt did: nodes and seconds by layer, warnings and failures as dbt_job says them."""

    nodes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    skipped: int = 0
    stopped: str = ""


def run(paths: Paths, steps: list[str], console: Console, progress: Console) -> DbtRun:
    """Run dbt's steps ('build', 'docs') on the warehouse of `paths`. The caller holds its lock.

    Raises DbtFailed, naming the first failures and what to do. Where `progress` is a terminal one line moves on it; in a
    log `console` gets a line as each layer ends.
    """
    done = DbtRun()
    process = subprocess.Popen(
        [*JOB, *steps],
        cwd=PROJECT_ROOT,
        env=dbt_environment(paths),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        with _bar(progress) as bar:
            watch = _Watch(done, bar, None if progress.is_terminal else console)
            for line in process.stdout:
                watch.hear(json.loads(line))
        code = process.wait()
    finally:
        process.kill()
        process.wait()
    if code != 0:
        raise DbtFailed(_explain(done, code))
    return done


class _Watch:
    """Keeps the account of a run from the lines of dbt_job, and shows it."""

    def __init__(self, done: DbtRun, bar: Progress, console: Console | None) -> None:
        self._done = done
        self._bar = bar
        self._console = console
        self._left: Counter[str] = Counter()
        self._task = bar.add_task("Reading the models", total=None)

    def hear(self, said: dict[str, Any]) -> None:
        if said["step"] == "plan":
            self._left.update(said["layers"])
            self._bar.update(self._task, total=sum(self._left.values()), description="Building")
        elif said["step"] == "stopped":
            self._done.stopped = said["message"]
        else:
            self._node(said)

    def _node(self, said: dict[str, Any]) -> None:
        layer, status = said["layer"], said["status"]
        self._done.nodes[layer] += 1
        self._done.seconds[layer] = self._done.seconds.get(layer, 0.0) + said["seconds"]
        if status in FAILED:
            self._done.failures.append(said)
        elif status == "warn":
            self._done.warnings.append(said)
        elif status == "skipped":
            self._done.skipped += 1
        self._left[layer] -= 1
        self._bar.advance(self._task)
        self._bar.update(self._task, description=f"Building {layer}")
        if self._console and not self._left[layer]:
            self._console.print(f"  {layer}: {self._done.nodes[layer]:,} in {self._done.seconds[layer]:.1f} s", highlight=False)


def in_order(layers: Iterable[str]) -> list[str]:
    """Layers as rows pass them; one that we do not know comes last."""
    return sorted(layers, key=lambda layer: (LAYERS.index(layer) if layer in LAYERS else len(LAYERS), layer))


def warning(said: dict[str, Any]) -> str:
    """A test that only warns, in words: how many rows, and how to see them."""
    return f'{said["n_failures"]:,} rows of {said["name"]}: liia sql "select * from {said["relation"]}"'


def _bar(console: Console) -> Progress:
    columns = (TextColumn("  {task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _explain(done: DbtRun, code: int) -> str:
    """The message for a person: what failed, where to look, what to do."""
    if not done.failures:
        why = done.stopped or f"dbt ended with code {code} and said nothing."
        return f"The models could not be built, and the former exports stand.\n{why}"
    lines = [
        f"{len(done.failures)} of {sum(done.nodes.values())} steps of dbt failed"
        + (f", {done.skipped} that depend on them were left out" if done.skipped else "")
        + ". The former exports stand."
    ]
    inwards = in_order({failure["layer"] for failure in done.failures})
    failures = sorted(done.failures, key=lambda failure: (inwards.index(failure["layer"]), failure["name"]))
    # what fails in the same way is said once: a full disk stops every model
    alike: dict[str, list[dict[str, Any]]] = {}
    for failure in failures:
        alike.setdefault(failure["name"] if _is_broken_test(failure) else _reason(failure), []).append(failure)
    for first, *others in list(alike.values())[:SHOWN_FAILURES]:
        lines += _failure(first)
        if others:
            lines.append(
                f"    In the same way: {', '.join(other['name'] for other in others[:3])}" + ("" if len(others) < 4 else ", …")
            )
    if len(alike) > SHOWN_FAILURES:
        lines.append(f"… and more. All of them: {AGAIN}")
    return "\n".join(lines)


def _is_broken_test(said: dict[str, Any]) -> bool:
    return (said["kind"], said["status"]) == ("test", "fail")


def _reason(said: dict[str, Any]) -> str:
    """What dbt says of a failure, in one line and without the name that stands before it anyway."""
    message = " ".join(said["message"].split())
    return re.sub(rf"^\w+ Error in \w+ {re.escape(said['name'])} \(([^)]*)\) ", "", message)


def _failure(said: dict[str, Any]) -> list[str]:
    name = said["name"]
    if _is_broken_test(said):
        return [
            f"- test {name}: {said['n_failures']:,} rows break it.",
            f'    See them: liia sql "select * from {said["relation"]}"',
        ]
    return [f"- {said['kind'].replace('_', ' ')} {name}: {_reason(said)}", f"    Then: {AGAIN} --select {name}"]
