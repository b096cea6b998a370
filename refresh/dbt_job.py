"""Runs dbt in a process of its own and tells its parent, a JSON line a step, how far it is.

`python -m refresh.dbt_job build|docs`, with the environment of `loaders.dbt_environment`. One process parses the project
once for the models and the docs. It ends when its standard input is closed: a parent that was killed leaves no dbt behind
that still writes to the warehouse. What it tells holds names, counts and times; a database's message is stripped of
whatever could be a value (`without_values`), here and in dbt's own run_results.json.
"""

import json
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from dbt.cli.main import dbtRunner, dbtRunnerResult

# DuckDB's errors about SQL text name tables and columns, those about the machine name files and sizes; all its other errors
# can quote a row.
_NOT_ABOUT_ROWS = (
    *("Binder Error", "Catalog Error", "Parser Error", "Syntax Error", "Not implemented Error"),
    *("Out of Memory Error", "IO Error"),
    *("Compilation Error", "Runtime Error", "Database Error", "Parsing Error"),
)
_DATABASE_ERROR = re.compile(r"\b([A-Z][A-Za-z-]*(?: [A-Za-z-]+)* Error):")


def without_values(message: str) -> str:
    """A message of dbt with nothing in it that could come from a row.

    dbt's own words and errors about SQL text or the machine stay; of any other database error only its kind stays.
    """
    for found in _DATABASE_ERROR.finditer(message):
        kind = found.group(1)
        if kind in _NOT_ABOUT_ROWS:
            continue
        return f"{message[: found.start()]}{kind} (its text is left out: it could hold a value)"
    return message


def layer_of(node: dict[str, Any]) -> str:
    """The room of a node of dbt's manifest, as progress and timings name it: seeds, staging, …, share, tests."""
    if node["resource_type"] in ("test", "unit_test"):
        return "tests"
    if node["resource_type"] == "seed":
        return "seeds"
    return str(node["fqn"][1])


class Job:
    """One dbt process: says every step on `out`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._manifest: Any = None
        self._layers: dict[str, str] = {}

    def run(self, steps: list[str]) -> bool:
        """Parse, then the steps ('build', 'docs') until one fails."""
        parsed = self._invoke("parse")
        if not parsed.success:
            return False
        self._manifest = parsed.result
        known = [node.to_dict() for node in self._manifest.nodes.values() if node.resource_type not in ("analysis", "operation")]
        self._layers = {node["unique_id"]: layer_of(node) for node in known}
        # Unit tests prove the logic on rows written beside it, whatever has arrived: `make test` runs them, a refresh need not.
        commands = {"build": ["build", "--exclude-resource-type", "unit_test"], "docs": ["docs", "generate", "--no-compile"]}
        if "build" in steps:
            layers = list(self._layers.values())
            self._say(step="plan", layers={layer: layers.count(layer) for layer in sorted(set(layers))})
        else:
            commands["docs"].remove("--no-compile")
        return all(self._invoke(*commands[step]).success for step in steps)

    def _invoke(self, *command: str) -> dbtRunnerResult:
        runner = dbtRunner(manifest=self._manifest, callbacks=[self._event])
        done = runner.invoke(["--log-level", "none", *command])
        if done.exception is not None:
            said = str(done.exception).strip()
            # reading the project touches no row, so all that is wrong with it may be said
            self._say(step="stopped", command=command[0], message=said if command[0] == "parse" else without_values(said))
        return done

    def _event(self, event: Any) -> None:
        if event.info.name != "NodeFinished":
            return
        node, result = event.data.node_info, event.data.run_result
        if node.unique_id not in self._layers:
            return
        relation = node.node_relation
        self._say(
            step="node",
            layer=self._layers[node.unique_id],
            name=node.node_name,
            kind=node.resource_type,
            relation=f"{relation.schema}.{relation.alias}" if relation.alias else "",
            status=node.node_status,
            seconds=round(result.execution_time, 3),
            n_failures=result.num_failures,
            # a unit test runs on the rows written beside it, so all it says may be read
            message=(result.message if node.resource_type == "unit_test" else without_values(result.message)).strip(),
        )

    def _say(self, **what: object) -> None:
        self._out.write(json.dumps(what) + "\n")
        self._out.flush()


def strip_run_results(target: Path) -> None:
    """Take out of dbt's run_results.json what a failed query said of a row."""
    path = target / "run_results.json"
    if not path.exists():
        return
    results = json.loads(path.read_text(encoding="utf-8"))
    for result in results["results"]:
        if result.get("message") and not result["unique_id"].startswith("unit_test."):
            result["message"] = without_values(result["message"])
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(results), encoding="utf-8")
    fresh.replace(path)


def _end_with_parent() -> None:
    """Leave when the parent does: it holds the other end of our standard input."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(70)

    threading.Thread(target=wait, daemon=True).start()


def main(steps: list[str]) -> int:
    """Exit code 0 when every step succeeded, else 1."""
    _end_with_parent()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # dbt and its adapters print on their own account; the protocol keeps the pipe to itself
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    try:
        succeeded = Job(out).run(steps)
    finally:
        strip_run_results(Path(os.environ["DBT_TARGET_PATH"]))
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
