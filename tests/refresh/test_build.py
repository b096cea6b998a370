"""Which warehouse a build takes, how its stages follow one another, and what it says at the end."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from loaders import keys, lock, settings, warehouse
from loaders.contract import PartialIdentity
from loaders.errors import Busy
from loaders.load import FileResult, LoadSummary
from loaders.settings import Paths, demo_paths, real_paths
from publishers.power_bi import Publication
from refresh import build, dbt, summary, synthesis
from synthetic import london


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIIA_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


def test_without_returns_it_is_the_demo_and_says_so(data: Path) -> None:
    paths, why = build.choose(demo=False)
    assert paths == demo_paths()
    assert f"no returns in {data / 'returns'}" in why
    put(data / "returns" / "cin_census" / ".DS_Store")
    assert build.choose(demo=False)[0] == demo_paths()


def test_with_returns_or_a_real_warehouse_it_is_the_real_one(data: Path) -> None:
    put(data / "returns" / "cin_census" / "camden" / "2024" / "cin.xml")
    assert build.choose(demo=False) == (real_paths(), f"The returns in {data / 'returns'}.")
    assert build.choose(demo=True)[0] == demo_paths()
    (data / "returns" / "cin_census" / "camden" / "2024" / "cin.xml").unlink()
    assert build.choose(demo=False)[0] == demo_paths()
    put(data / "warehouse.duckdb")  # the returns were loaded with --remove
    assert build.choose(demo=False)[0] == real_paths()


class Stages:
    """Stand-ins for the stages, which note the order in which they were called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, loaded: LoadSummary | None = None) -> None:
        self.called: list[str] = []
        self.last: dbt.DbtRun | None = None
        monkeypatch.setattr(synthesis, "invent", self._note("invent", []))
        monkeypatch.setattr(build, "load", self._note("load", loaded or LoadSummary()))
        monkeypatch.setattr(dbt, "run", self._note("dbt", dbt.DbtRun()))
        monkeypatch.setattr(build.orphans, "drop", self._note("orphans", ["audit.x", "marts.fct_old"]))
        self.files = "as they are"
        monkeypatch.setattr(build.standing, "now", lambda paths: self.files)
        monkeypatch.setattr(build.standing, "last", lambda paths, made_from: self.last)
        monkeypatch.setattr(build.standing, "record", self._record)
        monkeypatch.setattr(build.power_bi, "publish", self._note("publish", Publication(Path("out"), {"a": 3, "b": 4}, {"c": 2})))
        monkeypatch.setattr(build.docs_site, "publish", self._note("docs", Path("docs/index.html")))
        monkeypatch.setattr(build, "holdings", self._note("count", summary.Holdings(1000, 50, 4, 2000, {"note": 1, "error": 2})))

    def _record(self, paths: Paths, done: dbt.DbtRun, made_from: str) -> None:
        self.last, self.recorded = done, made_from

    def _note(self, name: str, result: object) -> Any:
        def call(paths: Paths, *_: object, **__: object) -> object:
            self.called.append(name)
            with pytest.raises(Busy), lock.writing(paths, "another"):
                pass
            if isinstance(result, Exception):
                raise result
            return result

        return call


def quiet() -> Console:
    return Console(file=io.StringIO(), width=80)


def test_the_stages_follow_one_another_under_one_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)
    out = io.StringIO()
    done = build.build(demo_paths(), Console(file=out, width=80), quiet())
    assert stages.called == ["invent", "load", "dbt", "orphans", "publish", "docs", "count"]
    assert [name for name, _ in done.stages] == ["invent", "load", "dbt", "publish", "docs", "count"]
    printed = out.getvalue()
    assert "marts.fct_old is made by no model any more" in printed
    assert "audit.x" not in printed


def test_a_london_is_invented_once_and_never_for_real_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)
    put(demo_paths().returns / "cin_census" / "camden" / "2024" / "cin.xml")
    build.build(demo_paths(), quiet(), quiet())
    build.build(real_paths(), quiet(), quiet())
    assert "invent" not in stages.called


def test_a_model_that_fails_ends_it_before_anything_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)
    monkeypatch.setattr(dbt, "run", stages._note("dbt", dbt.DbtFailed("model fct_x: no column z")))
    with pytest.raises(dbt.DbtFailed):
        build.build(demo_paths(), quiet(), quiet())
    assert stages.called == ["invent", "load", "dbt"]


def test_models_that_stand_are_left_and_told_of_as_they_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)
    stages.last = dbt.DbtRun(
        dbt.Counter(marts=2), {"marts": 1.5}, [{"name": "unknown_code", "n_failures": 3, "relation": "audit.unknown_code"}]
    )
    out = io.StringIO()
    done = build.build(real_paths(), Console(file=out, width=120), quiet())
    assert stages.called == ["load", "publish", "docs", "count"]
    assert "They stand: nothing they are made from has changed" in out.getvalue()
    assert done.layers == {"marts": (2, 1.5)}
    assert done.warnings == ['3 rows of unknown_code: liia sql "select * from audit.unknown_code"']
    summary.show(done, Console(file=out, width=120))
    assert "as the last whole run left them: marts 2 in 1.5 s" in out.getvalue()


def test_a_model_edited_while_dbt_ran_is_not_what_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)

    def run(*_: object) -> dbt.DbtRun:
        stages.files = "edited meanwhile"
        return dbt.DbtRun()

    monkeypatch.setattr(dbt, "run", run)
    build.build(real_paths(), quiet(), quiet())
    assert stages.recorded == "as they are"
    stages.files = "as they are"
    stages.last = dbt.DbtRun()
    stages.recorded = ""
    build.document(real_paths(), quiet(), quiet())
    assert stages.recorded == "as they are"


def test_asked_for_anew_all_models_run(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)
    stages.last = dbt.DbtRun(dbt.Counter(marts=2), {"marts": 1.5})
    out = io.StringIO()
    done = build.build(real_paths(), quiet(), quiet(), anew=True)
    assert stages.called == ["load", "dbt", "orphans", "publish", "docs", "count"]
    assert stages.last == dbt.DbtRun()
    summary.show(done, Console(file=out, width=120))
    assert "as the last whole run" not in out.getvalue()


@pytest.mark.parametrize("last", [None, dbt.DbtRun(dbt.Counter(marts=2))])
def test_the_docs_alone_leave_the_models_as_they_were(monkeypatch: pytest.MonkeyPatch, last: dbt.DbtRun | None) -> None:
    """dbt takes the mark of models that stand away whatever it is asked for; where there was one, the docs put it back."""
    stages = Stages(monkeypatch)
    stages.last = last
    marked: list[dbt.DbtRun] = []
    monkeypatch.setattr(build.standing, "record", lambda paths, done, _: marked.append(done))
    build.document(real_paths(), quiet(), quiet())
    assert stages.called == ["dbt", "docs"]
    assert marked == ([last] if last else [])


def test_a_second_build_is_told_who_is_first() -> None:
    with lock.writing(demo_paths(), "liia build"), pytest.raises(Busy, match="liia build"):
        build.build(demo_paths(), quiet(), quiet())


@pytest.mark.parametrize("width", [80, 120])
def test_the_summary_is_readable_at_two_widths(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    loaded = LoadSummary(
        [
            FileResult("a.xml", "accepted", PartialIdentity(), n_kept=900),
            FileResult("b.csv", "superseded", PartialIdentity(), n_kept=100),
            FileResult("c.csv", "rejected", PartialIdentity()),
            FileResult("d.csv", "refused", PartialIdentity()),
            FileResult("e.csv", "skipped", PartialIdentity()),
        ],
        swept_rows=7,
    )
    Stages(monkeypatch, loaded)
    monkeypatch.setattr(
        dbt, "run", lambda *_: dbt.DbtRun(nodes=dbt.Counter(marts=2, seeds=1), seconds={"marts": 1.5, "seeds": 0.25})
    )
    out = io.StringIO()
    console = Console(file=out, width=width)
    done = build.build(demo_paths(), console, quiet())
    done.warnings.append("3 rows of unknown_code")
    summary.show(done, console)
    printed = out.getvalue()
    for words in (
        "7 rows left by an interrupted run were removed first.",
        "2 files were not taken",
        "2 accepted, 2 rejected, 1 loaded before",
        "1,000 in the warehouse, 1,000 of them new",
        "50 (one child number in one authority)",
        "4 tables, 2,000 rows",
        "2 error, 1 note",
        "2 tables, 7 rows, 2 cells hidden",
        "seeds 1 in 0.2 s, marts 2 in 1.5 s",
        "Look at: 3 rows of unknown_code",
        "liia build --demo",
        "docs/index.html",
    ):
        assert words in printed
    assert "\x1b" not in printed
    told = [line for line in printed.splitlines() if str(demo_paths().root) not in line]
    assert max(len(line) for line in told) <= width


def test_what_the_warehouse_holds_is_counted() -> None:
    paths = demo_paths()
    for place in (paths.pseudonym_key, paths.warehouse_key):
        keys.new_key(place)
    with warehouse.open_or_create(paths) as connection:
        connection.execute(
            "INSERT INTO ledger.load (load_id, status) VALUES ('a', 'accepted'), ('b', 'superseded'), ('c', 'rejected')"
        )
        connection.execute("INSERT INTO ledger.load_table (load_id, n_kept) VALUES ('a', 10), ('a', 5), ('b', 2), ('c', 99)")
        connection.execute(
            "CREATE TABLE marts.dim_child_year AS SELECT * FROM (VALUES ('x', 2023), ('x', 2024), ('y', 2024)) t (child_key, y)"
        )
        connection.execute("CREATE TABLE marts.dim_looked_after_child_year AS SELECT * FROM (VALUES ('y'), ('z')) t (child_key)")
        connection.execute("CREATE TABLE marts.dq_finding AS SELECT * FROM (VALUES ('error'), ('error'), ('note')) t (severity)")
    assert summary.holdings(paths) == summary.Holdings(rows=17, children=3, marts=3, mart_rows=8, findings={"error": 2, "note": 1})


def test_an_invented_london_is_there_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = demo_paths()
    put(paths.root / f"{synthesis.UNFINISHED}1" / "returns" / "half")
    real = london.invent

    def killed(plan: london.Plan, progress: Any) -> list[london.Told]:
        real(plan, progress)
        raise KeyboardInterrupt

    smaller = {"first_year": 2024, "last_year": 2024, "scale": 0.005, "authorities": (1,)}
    plan = london.Plan
    monkeypatch.setattr(london, "Plan", lambda out: plan(out, **smaller))
    monkeypatch.setattr(london, "invent", killed)
    with pytest.raises(KeyboardInterrupt):
        synthesis.invent(paths, quiet())
    assert not build._has_files(paths.returns)
    monkeypatch.setattr(london, "invent", real)
    told = synthesis.invent(paths, quiet())
    assert [one.la_code for one in told] and build._has_files(paths.returns)
    assert sorted(place.name for place in paths.root.iterdir()) == ["returns", "truth"]
    assert list(paths.truth.glob("*.parquet"))


def test_the_docs_command_describes_the_warehouse_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(monkeypatch)
    assert build.document(settings.current_paths(), quiet(), quiet()) == Path("docs/index.html")
    assert stages.called == ["dbt", "docs"]
