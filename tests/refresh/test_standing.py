"""When the models are left as they stand: only when nothing that has a say in them is another than when all of them ran."""

from collections import Counter
from importlib import metadata
from pathlib import Path

import duckdb
import pytest

from loaders import keys, warehouse
from loaders.dbt_environment import dbt_target
from loaders.dbt_plugin import Plugin
from loaders.settings import Paths
from refresh import standing
from refresh.dbt import DbtRun

DID = DbtRun(Counter(marts=2, tests=3), {"marts": 1.5, "tests": 0.25}, [{"name": "unknown_code", "n_failures": 3}])
ROOMS = (*standing.MADE_FROM, *standing.PROGRAM)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one file a room."""
    root = tmp_path / "project"
    for name in standing.SINGLE_FILES:
        put(root / name)
    for room in ROOMS:
        put(root / room / "deep" / "one.py")
    monkeypatch.setattr(standing, "PROJECT_ROOT", root)
    return root


@pytest.fixture
def paths(tmp_path: Path, project: Path) -> Paths:
    """A warehouse on which every model has just run."""
    paths = Paths(tmp_path / "data", "demo")
    keys.make_demo_keys(paths)
    warehouse.open_or_create(paths).close()
    for name in standing.ARTEFACTS:
        put(dbt_target(paths) / name)
    standing.record(paths, DID, standing.now(paths))
    return paths


def put(path: Path, text: str = "as it was") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(paths: Paths, sql: str) -> None:
    with warehouse.connect(paths) as connection:
        connection.execute(sql)


def test_what_has_not_changed_stands_and_is_told_as_it_was(paths: Paths) -> None:
    assert standing.last(paths, standing.now(paths)) == DID
    assert standing.last(paths, standing.now(paths)) == DID


def test_a_warehouse_never_built_has_no_models_that_stand(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "new", "demo")
    keys.make_demo_keys(paths)
    warehouse.open_or_create(paths).close()
    assert standing.last(paths, standing.now(paths)) is None


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO ledger.load (load_id, status, recorded_at) VALUES ('a', 'rejected', '2024-05-01')",
        "INSERT INTO ledger.load_table (load_id, n_kept) VALUES ('a', 1)",
        "INSERT INTO ledger.finding (load_id, rule_code) VALUES ('a', 'r')",
        "UPDATE ledger.warehouse SET facts_sha256 = 'other'",
        "INSERT INTO raw_ssda903.header (load_id) VALUES ('a')",
    ],
)
def test_what_arrived_has_a_say(paths: Paths, sql: str) -> None:
    run(paths, sql)
    assert standing.last(paths, standing.now(paths)) is None


def test_a_file_that_is_superseded_has_a_say_and_the_clock_has_none(paths: Paths) -> None:
    run(paths, "INSERT INTO ledger.load (load_id, status, recorded_at) VALUES ('a', 'accepted', '2024-05-01')")
    standing.record(paths, DID, standing.now(paths))
    run(paths, "UPDATE ledger.load SET recorded_at = '2024-05-02'")
    assert standing.last(paths, standing.now(paths)) == DID
    run(paths, "UPDATE ledger.load SET status = 'superseded'")
    assert standing.last(paths, standing.now(paths)) is None


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_say(paths: Paths, project: Path, room: str) -> None:
    put(project / room / "deep" / "one.py", "otherwise")
    assert standing.last(paths, standing.now(paths)) is None
    put(project / room / "deep" / "one.py")
    assert standing.last(paths, standing.now(paths)) == DID
    put(project / room / "another.py")
    assert standing.last(paths, standing.now(paths)) is None
    (project / room / "another.py").unlink()
    (project / room / "deep" / "one.py").rename(project / room / "deep" / "two.py")
    assert standing.last(paths, standing.now(paths)) is None


@pytest.mark.parametrize("name", standing.SINGLE_FILES)
def test_every_single_file_has_a_say(paths: Paths, project: Path, name: str) -> None:
    put(project / name, "otherwise")
    assert standing.last(paths, standing.now(paths)) is None


def test_what_python_and_an_editor_leave_has_no_say(paths: Paths, project: Path) -> None:
    put(project / "forecast" / "__pycache__" / "one.cpython-311.pyc")
    put(project / "models" / "deep" / ".one.sql.swp")
    assert standing.last(paths, standing.now(paths)) == DID


def test_another_version_of_a_package_has_a_say(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = [*metadata.distributions()]
    monkeypatch.setattr(standing.metadata, "distributions", lambda: installed[1:])
    assert standing.last(paths, standing.now(paths)) is None


@pytest.mark.parametrize("name", standing.ARTEFACTS)
def test_without_what_dbt_left_all_runs_again(paths: Paths, name: str) -> None:
    put(dbt_target(paths) / name, "of another run")
    assert standing.last(paths, standing.now(paths)) is None
    (dbt_target(paths) / name).unlink()
    assert standing.last(paths, standing.now(paths)) is None


def test_whoever_opens_the_warehouse_for_dbt_takes_the_mark_away(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """`liia dbt run --select one` may make a model of an edited file: put back, the file is as it was, the model is not."""
    monkeypatch.setenv("LIIA_DBT_ROOT", str(paths.root))
    monkeypatch.setenv("LIIA_DBT_KIND", paths.kind)
    with duckdb.connect(":memory:") as connection:
        Plugin("warehouse", {}).configure_connection(connection)
    assert standing.last(paths, standing.now(paths)) is None
