"""The commands as a person meets them: exit codes, messages without values or tracebacks, nothing written by a check."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import pyzipper
import typer
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

import liia as liia_module
from loaders import cli, facts, progress, show
from loaders.contract import Finding, PartialIdentity
from loaders.errors import Busy, ReturnRejected, SetUpError, WrongUse
from loaders.load import FileResult, LoadSummary
from loaders.settings import PROJECT_ROOT, Paths, demo_paths
from tests.loaders.store import HEADER, Done, environment, header, liia, new_keys, put


def test_check_needs_no_key_and_no_warehouse_and_writes_nothing(tmp_path: Path) -> None:
    nowhere = Paths(tmp_path, "real")
    header(nowhere, "camden", 2024, [101, 102], sex="Q")
    good = liia(tmp_path / "data", "check", str(nowhere.returns), HOME=str(tmp_path / "home"))
    assert good.returncode == 0, good.stderr
    assert "would be accepted" in good.stdout
    assert "header.SEX" in good.stdout
    broken = header(nowhere, "barnet", 2024, [101])
    put(broken, broken.read_text() + "104,1\n")
    bad = liia(tmp_path / "data", "check", str(nowhere.returns), HOME=str(tmp_path / "home"))
    assert bad.returncode == 1
    assert "would be rejected" in bad.stdout
    assert "2 files: 1 would be accepted, 1 rejected" in bad.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["returns"]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2
    assert liia(tmp_path / "data", "check", str(tmp_path / "absent")).returncode == 2
    assert liia(tmp_path / "data", "check").returncode == 2


def test_check_and_load_give_the_same_verdict(paths: Paths) -> None:
    for year, extra in ((2023, ""), (2024, "104,1\n"), (2025, '105,"1')):
        place = header(paths, "camden", year, [101])
        put(place, place.read_text() + extra)
    checked = liia(paths.root, "check", str(paths.returns)).stdout
    loaded = liia(paths.root, "load").stdout
    assert "1 would be accepted, 2 rejected" in checked
    assert "1 accepted, 2 rejected" in loaded


def test_vault_export_from_file_environment_and_prompt(paths: Paths, tmp_path: Path) -> None:
    header(paths, "camden", 2024, [101, 102])
    assert liia(paths.root, "load").returncode == 0
    secret = tmp_path / "secret.txt"
    secret.write_text("four random words here\nand a remark\n")

    def export(name: str, *more: str, **environment: str) -> Done:
        return liia(paths.root, "vault", "export", "--authority", "E09000007", "--out", str(tmp_path / name), *more, **environment)

    assert export("a.zip", "--passphrase-file", str(secret)).returncode == 0
    assert export("b.zip", LIIA_VAULT_PASSPHRASE="four random words here").returncode == 0
    for name in ("a.zip", "b.zip"):
        with pyzipper.AESZipFile(tmp_path / name) as archive:
            archive.setpassword(b"four random words here")
            assert len(archive.read("child_numbers_202.csv").splitlines()) == 3
    assert export("c.zip", LIIA_VAULT_PASSPHRASE="short").returncode == 2
    assert export("c.zip", "--passphrase-file", str(tmp_path / "absent")).returncode == 2
    nobody = liia(
        paths.root,
        "vault",
        "export",
        "--authority",
        "Barnet",
        "--out",
        str(tmp_path / "c.zip"),
        LIIA_VAULT_PASSPHRASE="four random words here",
    )
    assert nobody.returncode == 3
    assert not (tmp_path / "c.zip").exists()


def test_the_passphrase_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIIA_VAULT_PASSPHRASE", raising=False)
    asked: list[dict[str, object]] = []

    def prompt(_text: str, **more: object) -> str:
        asked.append(more)
        return "typed by hand"

    monkeypatch.setattr(typer, "prompt", prompt)
    assert cli._passphrase(None) == "typed by hand"
    assert asked == [{"hide_input": True, "confirmation_prompt": True}]


def test_dbt_gets_its_arguments_its_folders_and_no_pseudonym_key(paths: Paths, tmp_path: Path) -> None:
    new_keys(demo_paths())
    program = tmp_path / "bin" / "dbt"
    put(
        program,
        f"#!{sys.executable}\nimport os, sys\nprint(sys.argv[1:])\n"
        "for name in sorted(os.environ): print(name, os.environ[name])\nsys.exit(3)\n",
    )
    program.chmod(0o755)
    script = (
        "import sys\nfrom loaders import cli\n"
        f"cli.dbt_program = lambda: {str(program)!r}\n"
        "import liia\nsys.argv = ['liia', 'dbt', 'build', '--select', 'staging', '--help']\nliia.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(paths.root, LIIA_PSEUDONYM_KEY_FILE=str(paths.pseudonym_key)),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    told = done.stdout.splitlines()
    assert told[0] == "['build', '--select', 'staging', '--help']"
    seen = dict(line.split(" ", 1) for line in told[1:] if " " in line)
    assert seen["LIIA_DBT_ROOT"] == str(paths.root)
    assert seen["LIIA_DBT_KIND"] == "real"
    assert seen["DBT_TARGET_PATH"] == str(paths.dbt / "target")
    assert "LIIA_PSEUDONYM_KEY_FILE" not in seen


def run_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[object, str]:
    """Exit code and standard error of `liia` when a command raises `error`."""

    def failing() -> None:
        raise error

    monkeypatch.setattr(liia_module, "compose", lambda: failing)
    with pytest.raises(SystemExit) as ended:
        liia_module.main()
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReturnRejected("ragged_row", "said"), 1),
        (WrongUse("said"), 2),
        (SetUpError("said"), 3),
        (Busy("said"), 4),
    ],
)
def test_every_error_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    assert run_main(monkeypatch, capsys, error) == (code, "liia: said\n")


def test_an_unforeseen_error_tells_its_place_and_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = run_main(monkeypatch, capsys, ValueError("could not convert 'Quillfeather'"))
    assert code == 1
    assert "ValueError at test_cli.py" in told
    assert "Quillfeather" not in told
    assert "Traceback" not in told
    monkeypatch.setenv("LIIA_TRACEBACK", "1")
    with pytest.raises(ValueError, match="Quillfeather"):
        liia_module.main()


def test_brackets_in_a_message_stay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "/data/[old]/x" in run_main(monkeypatch, capsys, SetUpError("see /data/[old]/x"))[1]


def test_every_command_has_its_help() -> None:
    for command in ("load", "check", "status", "findings", "sql", "forget", "key new", "key check", "vault export"):
        shown = CliRunner().invoke(liia_module.compose(), [*command.split(), "--help"])
        assert shown.exit_code == 0
        assert len(shown.output) > 200


@pytest.mark.parametrize("text", ["202", "E09000007", "camden", "CAMDEN"])
def test_an_authority_may_be_named_in_any_way(text: str) -> None:
    assert cli._la_code(text) == "202"


@pytest.mark.parametrize("text", ["Hammersmith & Fulham", "hammersmith_and_fulham", "Hammersmith-and-Fulham"])
def test_an_authority_of_several_words_too(text: str) -> None:
    found = facts.find_authority(text)
    assert found is not None
    assert found.la_code == "205"


def test_one_outside_the_33_is_answered_with_the_list() -> None:
    with pytest.raises(WrongUse, match=r"202 Camden.*320 Waltham Forest"):
        cli._la_code("Atlantis")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("n_files", [3, 400])
def test_the_table_at_the_end_fits(width: int, n_files: int) -> None:
    files = [
        FileResult(
            f"ssda903/hammersmith_and_fulham/{2017 + n % 8}/SSDA903_{2017 + n % 8}_placed_for_adoption.csv",
            "rejected" if n % 2 else "accepted",
            PartialIdentity("ssda903", "placed_for_adoption", "205", 2017 + n % 8),
            n_kept=1_234_567,
            n_set_aside=12,
            n_duplicate=3,
            n_findings=45_678,
            reason="Row 5 has 6 cells where the heading row has 7. Export the file again.",
        )
        for n in range(n_files)
    ]
    console = Console(width=width, record=True, file=io.StringIO())
    summary = LoadSummary(files=files, swept_rows=7, removed_files=2, kept_archives=["a.zip"])
    show.load_summary(summary, demo_paths(), console)
    printed = console.export_text()
    assert all(len(line) <= width for line in printed.splitlines())
    for title in ("Rows", "Aside", "Double", "Findings"):
        assert title in printed
    assert "1,234,567" in printed or n_files > 3
    assert "7 rows left by an interrupted run" in printed
    assert "a.zip was kept" in printed
    assert " ".join(printed.split()).count("Row 5 has 6 cells") == (1 if n_files == 3 else show.REFUSALS_SHOWN)


def test_progress_is_for_terminals_only() -> None:
    with progress.watcher(Console(file=io.StringIO(), force_terminal=False)) as watching:
        assert isinstance(watching, progress.Silent)
        watching.stage("Reading", 10)
        watching.rows(3)
        watching.done(10)
    shown = io.StringIO()
    with progress.watcher(Console(file=shown, force_terminal=True, width=100)) as watching:
        watching.stage("Reading", 10)
        watching.rows(1234)
        watching.done(10)
        assert isinstance(watching._progress, Progress)  # type: ignore[attr-defined]
        watching._progress.refresh()  # type: ignore[attr-defined]
    assert "1,234 rows" in shown.getvalue()


def test_what_a_file_is_in_words() -> None:
    assert show.identity_text(PartialIdentity("cin_census", "all", "202", 2025)) == "Camden cin_census 2025"
    assert show.identity_text(PartialIdentity("ssda903", "episodes", None, None)) == "ssda903 episodes"
    assert show.identity_text(PartialIdentity()) == "not recognised"


def test_check_shows_findings_by_severity_with_place_and_remedy() -> None:
    from loaders.check import CheckResult
    from loaders.findings_rules import rules

    first = next(code for code, rule in rules().items() if rule.severity == "note")
    second = next(code for code, rule in rules().items() if rule.severity == "error")
    findings = [Finding(first, "header", "DOB", 4, "x"), Finding(second, "header", "SEX", 2), Finding(second, "header", "SEX", 3)]
    result = CheckResult("f.csv", None, PartialIdentity(), ReturnRejected("ragged_row", "said", line_number=7), findings, {})
    console = Console(width=120, record=True, file=io.StringIO())
    assert show.check_results([result], console) == 1
    printed = console.export_text()
    assert "said (line 7)" in printed
    assert printed.index("header.SEX, line 2, 3") < printed.index("header.DOB, line 4")
    assert show.check_results([], console) == 0


def test_a_heading_is_what_the_tests_write() -> None:
    assert HEADER.split(",") == [field.field for field in facts.returns()["ssda903"].table("header").fields]
    assert os.environ.get("LIIA_TRACEBACK") is None
