"""dbt's messages are stripped of values, and turned into what a person can act on."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from loaders import keys, warehouse
from loaders.dbt_environment import dbt_environment, dbt_target
from loaders.settings import PROJECT_ROOT, Paths, demo_paths
from refresh import dbt, orphans
from refresh.dbt_job import layer_of, strip_run_results, without_values
from tests import parsed


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (
            "Runtime Error in model fct_x (models/fct_x.sql)\n  Conversion Error: Could not convert string 'Quillfeather' to DATE",
            "Runtime Error in model fct_x (models/fct_x.sql)\n  Conversion Error (its text is left out: it could hold a value)",
        ),
        (
            'Constraint Error: Duplicate key "child: Quillfeather" violates primary key',
            "Constraint Error (its text is left out: it could hold a value)",
        ),
        (
            'Invalid Input Error: Quillfeather\nLINE 1: Binder Error: "Quillfeather"',
            "Invalid Input Error (its text is left out: it could hold a value)",
        ),
        ("Out of Range Error: Quillfeather", "Out of Range Error (its text is left out: it could hold a value)"),
    ],
)
def test_what_a_database_says_of_a_row_is_left_out(message: str, kept: str) -> None:
    assert without_values(message) == kept


@pytest.mark.parametrize(
    "message",
    [
        'Runtime Error in model x (models/x.sql)\n  Binder Error: Referenced column "sex_cod" not found in FROM clause!',
        "Catalog Error: Table with name stg_x does not exist!",
        "Runtime Error in model x (models/x.sql)\n  Out of Memory Error: could not allocate block of size 256.0 KiB",
        "Got 3 results, configured to fail if != 0",
        "Compilation Error in model x: depends on a node named 'y' which was not found",
        "OK",
        "",
    ],
)
def test_what_is_about_the_sql_stays(message: str) -> None:
    assert without_values(message) == message


def test_run_results_are_stripped_too(tmp_path: Path) -> None:
    results = [
        {"unique_id": "model.p.a", "message": "Conversion Error: 'Quillfeather'"},
        {"unique_id": "unit_test.p.a", "message": "Conversion Error: 'a fixture'"},
        {"unique_id": "model.p.b", "message": None},
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results, "args": {}}))
    strip_run_results(tmp_path)
    left = json.loads((tmp_path / "run_results.json").read_text())["results"]
    assert [row["message"] for row in left] == [
        "Conversion Error (its text is left out: it could hold a value)",
        "Conversion Error: 'a fixture'",
        None,
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["run_results.json"]
    strip_run_results(tmp_path / "nothing built yet")


def test_a_node_belongs_to_the_room_it_lies_in() -> None:
    assert layer_of({"resource_type": "seed", "fqn": ["p", "config", "x"]}) == "seeds"
    assert layer_of({"resource_type": "model", "fqn": ["p", "marts", "core", "x"]}) == "marts"
    assert layer_of({"resource_type": "unit_test", "fqn": ["p", "marts", "x"]}) == "tests"
    assert dbt.in_order(["tests", "odd", "marts", "seeds"]) == ["seeds", "marts", "tests", "odd"]


def said(**changes: Any) -> dict[str, Any]:
    """A line of dbt_job about one node."""
    node = {
        "step": "node",
        "layer": "marts",
        "name": "fct_x",
        "kind": "model",
        "relation": "marts.fct_x",
        "status": "success",
        "seconds": 0.5,
        "n_failures": 0,
        "message": "OK",
    }
    return {**node, **changes}


def heard(monkeypatch: pytest.MonkeyPatch, paths: Paths, lines: list[dict[str, Any]], code: int) -> tuple[dbt.DbtRun, str]:
    """What `run` makes of a dbt_job that says these lines and ends with this code; what it printed in a log."""
    script = "import sys; sys.stdout.write(sys.argv[1]); sys.exit(int(sys.argv[2]))"
    told = "".join(json.dumps(line) + "\n" for line in lines)
    monkeypatch.setattr(dbt, "JOB", (sys.executable, "-c", script, told, str(code)))
    out = io.StringIO()
    return dbt.run(paths, ["build"], Console(file=out, width=80), Console(file=io.StringIO())), out.getvalue()


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("LIIA_DATA", str(tmp_path / "data"))
    return demo_paths()


def test_a_log_gets_a_line_per_layer(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    lines = [
        {"step": "plan", "layers": {"marts": 2, "tests": 1}},
        said(),
        said(name="fct_y"),
        said(layer="tests", kind="test", name="few", relation="audit.few", status="warn", n_failures=1234),
    ]
    done, printed = heard(monkeypatch, paths, lines, 0)
    assert printed == "  marts: 2 in 1.0 s\n  tests: 1 in 0.5 s\n"
    assert [dbt.warning(warned) for warned in done.warnings] == ['1,234 rows of few: liia sql "select * from audit.few"']


def test_a_failure_names_the_model_and_what_to_do(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    failed = said(name="grain_fct_x", kind="test", layer="tests", relation="audit.grain_fct_x", status="fail", n_failures=7)
    broken = said(
        name="fct_y", status="error", message="Runtime Error in model fct_y (models/fct_y.sql)\n  Binder Error: no column z"
    )
    lines = [{"step": "plan", "layers": {"marts": 3, "tests": 1}}, failed, broken, said(name="fct_z", status="skipped")]
    with pytest.raises(dbt.DbtFailed) as raised:
        heard(monkeypatch, paths, lines, 1)
    assert str(raised.value).splitlines() == [
        "2 of 3 steps of dbt failed, 1 that depend on them were left out. The former exports stand.",
        "- model fct_y: Binder Error: no column z",
        "    Then: liia dbt build --select fct_y",
        "- test grain_fct_x: 7 rows break it.",
        '    See them: liia sql "select * from audit.grain_fct_x"',
    ]
    assert raised.value.exit_code == 1


def test_a_long_list_of_failures_is_cut(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    lines = [said(name=f"fct_{number:02}", status="error", message=f"Parser Error: {number}") for number in range(20)]
    with pytest.raises(dbt.DbtFailed, match=r"fct_11[^$]*… and more. All of them: liia dbt build$"):
        heard(monkeypatch, paths, lines, 1)


def test_what_fails_in_the_same_way_is_said_once(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    full = "Runtime Error in model {0} (models/{0}.sql)\n  IO Error: No space left on device"
    lines = [said(name=f"fct_{n}", status="error", message=full.format(f"fct_{n}")) for n in range(6)]
    with pytest.raises(dbt.DbtFailed) as raised:
        heard(monkeypatch, paths, lines, 1)
    assert str(raised.value).splitlines()[1:] == [
        "- model fct_0: IO Error: No space left on device",
        "    Then: liia dbt build --select fct_0",
        "    In the same way: fct_1, fct_2, fct_3, …",
    ]


def test_a_project_that_cannot_be_read_says_why(monkeypatch: pytest.MonkeyPatch, paths: Paths) -> None:
    with pytest.raises(dbt.DbtFailed, match="Compilation Error: no node y"):
        heard(monkeypatch, paths, [{"step": "stopped", "command": "parse", "message": "Compilation Error: no node y"}], 1)
    with pytest.raises(dbt.DbtFailed, match="ended with code 137 and said nothing"):
        heard(monkeypatch, paths, [], 137)


STARTED_AND_LEFT = """
import subprocess, sys, time
said = open(sys.argv[1], "w")
child = subprocess.Popen([sys.executable, "-m", "refresh.dbt_job", "build"], stdin=subprocess.PIPE, stdout=said)
while not open(sys.argv[1]).read():
    time.sleep(0.05)
print(child.pid, flush=True)
time.sleep(600)
"""


def test_dbt_ends_with_the_one_who_called_it(paths: Paths, tmp_path: Path) -> None:
    """A parent that is killed closes the pipe that dbt_job listens to. What dbt_job says goes to a file here, so that no
    broken pipe can end it instead."""
    keys.new_key(paths.warehouse_key)
    keys.new_key(paths.pseudonym_key)
    warehouse.open_or_create(paths).close()
    parsed.give(paths)
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTED_AND_LEFT, str(tmp_path / "said")],
        cwd=PROJECT_ROOT,
        env=dbt_environment(paths),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    patience = time.monotonic() + 1
    while alive(child) and time.monotonic() < patience:
        time.sleep(0.02)
    lived_on = alive(child)
    if lived_on:
        os.kill(child, signal.SIGKILL)
    assert not lived_on


def alive(pid: int) -> bool:
    """Whether a process runs: neither gone nor waiting to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_what_no_model_makes_any_more_is_dropped(paths: Paths) -> None:
    keys.new_key(paths.warehouse_key)
    keys.new_key(paths.pseudonym_key)
    with warehouse.open_or_create(paths) as connection:
        connection.execute("CREATE TABLE marts.fct_kept AS SELECT 1 AS n")
        connection.execute("CREATE TABLE marts.fct_renamed AS SELECT 'a child' AS child_key")
        connection.execute("CREATE VIEW audit.old_test AS SELECT * FROM marts.fct_renamed")
        connection.execute("CREATE TABLE audit.suppression_log AS SELECT 1 AS n")
        before = warehouse.fetch(connection, "SELECT count(*) FROM information_schema.tables")[0][0]
    manifest = dbt_target(paths) / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"nodes": {"model.p.fct_kept": {"schema": "marts", "alias": "fct_kept"}}}))
    assert orphans.drop(paths, manifest) == ["audit.old_test", "marts.fct_renamed"]
    with warehouse.connect(paths, read_only=True) as connection:
        assert warehouse.fetch(connection, "SELECT count(*) FROM information_schema.tables")[0][0] == before - 2
        assert warehouse.fetch(connection, "SELECT n FROM audit.suppression_log UNION ALL SELECT n FROM marts.fct_kept") == [
            (1,),
            (1,),
        ]
