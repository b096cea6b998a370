"""Loading door to door: each file whole or not at all, in the order of the paths, and the vault before the rows."""

import contextlib
import signal
import zipfile

import pyarrow as pa
import pytest

from loaders import keys, ledger, vault, warehouse
from loaders import load as load_module
from loaders.contract import Finding, Outcome, SourceFile
from loaders.errors import LiiaError, ReturnRejected, SetUpError
from loaders.load import FileResult, LoadSummary, load
from loaders.settings import Paths, demo_paths
from loaders.workers import Crew, Finished, Rows, Task, read_here, unforeseen
from tests.loaders.store import (
    census,
    episodes,
    header,
    ledger_rows,
    liia,
    put,
    raw_rows,
    rows,
    statuses,
)


def verdicts(summary: LoadSummary) -> list[str]:
    return [file.verdict for file in summary.files]


def only(summary: LoadSummary) -> FileResult:
    (result,) = summary.files
    return result


def test_returns_become_rows_ledger_and_vault(paths: Paths) -> None:
    header(paths, "camden", 2024, [101, 102, 103])
    episodes(paths, "camden", 2024, [101, 102], n_each=2)
    census(paths, "202", "camden", 2025, [101, 900])
    summary = load(paths)
    assert verdicts(summary) == ["accepted"] * 3
    assert summary.exit_code == 0
    assert rows(paths, "SELECT count(*), count(DISTINCT child_key) FROM raw_ssda903.header") == [(3, 3)]
    assert rows(paths, "SELECT count(*), count(DISTINCT child_key) FROM raw_ssda903.episodes") == [(4, 2)]
    assert rows(paths, "SELECT count(*) FROM raw_cin_census.cin_details") == [(2,)]
    assert rows(
        paths,
        "SELECT load.return_name, load.table_name, load_number, load.n_rows, load_table.table_name, n_in_file, n_kept "
        "FROM ledger.load JOIN ledger.load_table USING (load_id) WHERE n_in_file > 0 AND return_name = 'ssda903' ORDER BY ALL",
    ) == [("ssda903", "episodes", 2, 4, "episodes", 4, 4), ("ssda903", "header", 3, 3, "header", 3, 3)]
    kept = vault.read(paths, keys.pseudonym_key(paths), "202")
    assert set(kept.children) == {"101", "102", "103", "900"}
    assert {key for (key,) in rows(paths, "SELECT child_key FROM raw_ssda903.header")} == {
        kept.children[number] for number in ("101", "102", "103")
    }


def test_a_child_number_means_another_child_in_another_authority(paths: Paths) -> None:
    header(paths, "camden", 2024, [101])
    header(paths, "barnet", 2024, [101])
    load(paths)
    assert rows(paths, "SELECT count(DISTINCT child_key) FROM raw_ssda903.header") == [(2,)]


def test_the_same_child_keeps_its_key_over_years_returns_and_runs(paths: Paths) -> None:
    header(paths, "camden", 2023, [101])
    load(paths)
    header(paths, "camden", 2024, [101])
    census(paths, "202", "camden", 2025, [101])
    load(paths)
    assert rows(
        paths,
        "SELECT count(DISTINCT child_key) FROM (SELECT child_key FROM raw_ssda903.header UNION ALL "
        "SELECT child_key FROM raw_cin_census.child)",
    ) == [(1,)]


def test_what_is_there_is_skipped_and_nothing_changes(paths: Paths) -> None:
    header(paths, "camden", 2024, [101, 102])
    load(paths)
    before, book = raw_rows(paths), ledger_rows(paths)
    sealed = vault.place(paths, "202").read_bytes()
    again = load(paths)
    assert verdicts(again) == ["skipped"]
    assert (again.exit_code, again.n_rows) == (0, 0)
    assert (raw_rows(paths), ledger_rows(paths)) == (before, book)
    assert vault.place(paths, "202").read_bytes() == sealed


def test_the_same_bytes_twice_in_one_run_are_taken_once(paths: Paths) -> None:
    first = header(paths, "camden", 2024, [101, 102])
    put(first.with_name("SSDA903_2024_header_copy.csv"), first.read_text())
    assert verdicts(load(paths)) == ["accepted", "skipped"]
    assert rows(paths, "SELECT count(*) FROM raw_ssda903.header") == [(2,)]


def test_the_same_bytes_twice_rejected_are_rejected_twice(paths: Paths) -> None:
    first = header(paths, "camden", 2024, [101, 101], sex="1")
    put(first, first.read_text().replace("101,1,18/06/2010", "101,2,18/06/2010", 1))
    put(first.with_name("SSDA903_2024_header_copy.csv"), first.read_text())
    summary = load(paths)
    assert verdicts(summary) == ["rejected", "rejected"]
    assert summary.files[0].reason == summary.files[1].reason != ""
    assert statuses(paths) == ["rejected"]


def test_a_rejected_file_never_stops_the_others_and_leaves_no_row(paths: Paths) -> None:
    header(paths, "barnet", 2024, [1, 2])
    broken = header(paths, "camden", 2024, [101, 102, 103])
    put(broken, broken.read_text() + "104,1\n")
    header(paths, "ealing", 2024, [1, 2])
    summary = load(paths)
    assert verdicts(summary) == ["accepted", "rejected", "accepted"]
    assert summary.exit_code == 1
    assert rows(paths, "SELECT DISTINCT la_code FROM raw_ssda903.header ORDER BY 1") == [("302",), ("307",)]
    ((status, rule_code, reason),) = rows(paths, "SELECT status, rule_code, reason FROM ledger.load WHERE la_code = '202'")
    assert status == "rejected"
    assert rule_code
    assert "104" not in str(reason)
    assert not vault.place(paths, "202").exists()
    assert rows(
        paths,
        "SELECT DISTINCT line_number FROM ledger.finding JOIN ledger.load USING (load_id) "
        "WHERE load.status = 'rejected' AND finding.rule_code = load.rule_code",
    ) == [(5,)]


def test_a_corrected_file_in_the_same_place_replaces_the_rejection(paths: Paths) -> None:
    place = header(paths, "camden", 2024, [101])
    good = place.read_text()
    put(place, good + "104,1\n")
    assert verdicts(load(paths)) == ["rejected"]
    assert verdicts(load(paths)) == ["rejected"]
    assert statuses(paths) == ["rejected"]
    put(place, good)
    assert verdicts(load(paths)) == ["accepted"]
    assert sorted(statuses(paths)) == ["accepted", "rejected"]


def test_set_aside_takes_the_file_without_its_damaged_rows(paths: Paths) -> None:
    place = header(paths, "camden", 2024, [101, 102])
    put(place, place.read_text() + "104,1\n")
    assert verdicts(load(paths)) == ["rejected"]
    result = only(load(paths, set_aside=True))
    assert (result.verdict, result.n_in_file, result.n_kept, result.n_set_aside) == ("accepted", 3, 2, 1)
    assert statuses(paths) == ["accepted"]
    assert rows(paths, "SELECT n_in_file, n_kept, n_set_aside, n_duplicate FROM ledger.load_table") == [(3, 2, 1, 0)]


def test_a_later_submission_supersedes_and_an_older_one_is_superseded_at_once(paths: Paths) -> None:
    census(paths, "202", "camden", 2025, [1, 2, 3], serial=2, name="b")
    load(paths)
    census(paths, "202", "camden", 2025, [1, 2], serial=3, name="c")
    census(paths, "202", "camden", 2025, [1], serial=1, name="a")
    assert verdicts(load(paths)) == ["superseded", "skipped", "accepted"]
    assert statuses(paths) == ["superseded", "superseded", "accepted"]
    assert rows(
        paths,
        "SELECT load.status, count(*) FROM raw_cin_census.child JOIN ledger.load USING (load_id) GROUP BY ALL ORDER BY ALL",
    ) == [("accepted", 2), ("superseded", 4)]


def test_remains_of_a_killed_run_are_swept_before_anything_is_loaded(paths: Paths) -> None:
    header(paths, "camden", 2024, [101])
    load(paths)
    connection = warehouse.connect(paths)
    connection.execute("INSERT INTO raw_ssda903.episodes (load_id, la_code) VALUES ('half', '202'), ('half', '202')")
    connection.close()
    assert load(paths).swept_rows == 2
    assert rows(paths, "SELECT count(*) FROM raw_ssda903.episodes") == [(0,)]


def test_small_transactions_and_large_ones_end_in_the_same_tables(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    header(paths, "camden", 2024, list(range(1, 400)))
    episodes(paths, "camden", 2024, list(range(1, 400)), n_each=3)
    broken = episodes(paths, "camden", 2023, list(range(1, 400)))
    put(broken, broken.read_text() + "104,1\n")
    census(paths, "202", "camden", 2025, list(range(1, 400)))
    load(paths)
    before, book = raw_rows(paths), ledger_rows(paths)
    paths.warehouse.unlink()
    monkeypatch.setattr(load_module, "FLUSH_BYTES", 1)
    load(paths)
    assert (raw_rows(paths), ledger_rows(paths)) == (before, book)


def test_a_file_rejected_at_its_end_takes_its_committed_rows_back(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "FLUSH_BYTES", 1)
    place = header(paths, "camden", 2024, [101, 102])
    seen: list[int] = []
    true_read = load_module.read_here

    def rejected_at_the_end(task: Task, key: bytes) -> object:
        for event in true_read(task, key):
            if isinstance(event, Finished):
                seen.append(rows_now())
                reason = ReturnRejected("ragged_row", "The last row is cut short.", line_number=9)
                from loaders.workers import Rejection

                yield Finished(event.number, event.outcome, Rejection.of(reason))
            else:
                yield event

    runs: list[load_module._Run] = []
    true_init = load_module._Run.__init__

    def noted(run: load_module._Run, *arguments: object) -> None:
        true_init(run, *arguments)
        runs.append(run)

    def rows_now() -> int:
        return int(runs[0].connection.execute("SELECT count(*) FROM raw_ssda903.header").fetchall()[0][0])

    monkeypatch.setattr(load_module._Run, "__init__", noted)
    monkeypatch.setattr(load_module, "read_here", rejected_at_the_end)
    assert verdicts(load(paths)) == ["rejected"]
    assert seen == [2], "the rows were committed before the verdict"
    assert rows(paths, "SELECT count(*) FROM raw_ssda903.header") == [(0,)]
    assert place.exists()


def test_the_vault_is_written_before_the_rows(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    header(paths, "camden", 2024, [101])

    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(vault, "write", failing)
        with pytest.raises(OSError, match="Input/output"):
            load(paths)
    assert rows(paths, "SELECT count(*) FROM raw_ssda903.header") == [(0,)]
    with monkeypatch.context() as patch:
        patch.setattr(load_module._Run, "_insert", failing)
        with pytest.raises(OSError, match="Input/output"):
            load(paths)
    assert vault.place(paths, "202").exists()


def test_a_missing_vault_is_noticed_before_a_child_gets_a_second_key(paths: Paths) -> None:
    header(paths, "camden", 2024, [101])
    load(paths)
    vault.place(paths, "202").unlink()
    header(paths, "barnet", 2025, [7], sex="F")
    header(paths, "camden", 2025, [101], sex="F")
    with pytest.raises(SetUpError, match=r"vault of authority 202.*liia forget --authority 202"):
        load(paths)


def test_remove_deletes_what_is_in_the_warehouse_and_nothing_else(paths: Paths) -> None:
    good = header(paths, "camden", 2024, [101])
    broken = header(paths, "barnet", 2024, [101])
    put(broken, broken.read_text() + "104,1\n")
    loaded_before = header(paths, "ealing", 2024, [5])
    load(paths, [loaded_before])
    summary = load(paths, remove=True)
    assert summary.removed_files == 2
    assert (good.exists(), loaded_before.exists(), broken.exists()) == (False, False, True)


def test_remove_deletes_a_zip_only_when_all_of_it_is_there(paths: Paths) -> None:
    one, two = header(paths, "camden", 2023, [101]), header(paths, "camden", 2024, [101])
    whole, partly = paths.root / "whole.zip", paths.root / "partly.zip"
    for archive, extra in ((whole, None), (partly, "ssda903/camden/2025/SSDA903_2025_header.csv")):
        with zipfile.ZipFile(archive, "w") as book:
            for path in (one, two):
                book.write(path, path.relative_to(paths.returns).as_posix())
            if extra:
                book.writestr(extra, "CHILD,SEX\n1\n")
    summary = load(paths, [whole, partly], remove=True)
    assert verdicts(summary)[:2] == ["accepted", "accepted"]
    assert (whole.exists(), partly.exists()) == (False, True)
    assert summary.kept_archives == ["partly.zip"]


def test_a_failure_of_the_program_rejects_one_file_and_tells_no_value(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    header(paths, "barnet", 2024, [1])
    header(paths, "camden", 2024, [2])
    from loaders import readers

    true_read = readers.read

    def failing(source: SourceFile, identity: object, *rest: object, **more: object) -> object:
        if "camden" in source.shown:
            raise ValueError("could not convert 'Quillfeather'")
        return true_read(source, identity, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(readers, "read", failing)
    summary = load(paths)
    assert verdicts(summary) == ["accepted", "rejected"]
    assert "ValueError at test_load.py" in summary.files[1].reason
    assert "Quillfeather" not in str(ledger_rows(paths)) + summary.files[1].reason


def test_a_file_that_changes_while_it_is_read_is_rejected(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    place = header(paths, "camden", 2024, [101])
    true_read = load_module.read_here

    def touched(task: Task, key: bytes) -> object:
        events = list(true_read(task, key))
        place.write_text(place.read_text() + "102,1,02/06/2010,WBRI,UN1,,\n")
        yield from events

    monkeypatch.setattr(load_module, "read_here", touched)
    result = only(load(paths))
    assert (result.verdict, "changed while it was read" in result.reason) == ("rejected", True)
    assert rows(paths, "SELECT count(*) FROM raw_ssda903.header") == [(0,)]


def test_a_real_warehouse_refuses_invented_returns_and_the_demo_real_ones(paths: Paths) -> None:
    real = header(paths, "camden", 2024, [101])
    demo = demo_paths()
    assert verdicts(load(demo, [real])) == ["rejected"]
    invented = put(real.with_name("SSDA903_2024_episodes.csv"), real.read_text())
    place = header(demo, "camden", 2024, [101])
    put(place, place.read_text().replace("\n101,", "\nSYN0000101,"))
    assert verdicts(load(demo)) == ["accepted"]
    assert verdicts(load(paths, [place])) == ["rejected"]
    assert invented.exists()


def test_workers_and_one_process_end_in_the_same_warehouse(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    for year in (2023, 2024):
        header(paths, "camden", year, list(range(1, 300)))
        episodes(paths, "camden", year, list(range(1, 300)), n_each=4)
    broken = header(paths, "barnet", 2024, [1, 2])
    put(broken, broken.read_text() + "104,1\n")
    census(paths, "202", "camden", 2025, list(range(1, 2000)), serial=2, name="a")
    census(paths, "202", "camden", 2025, list(range(1, 10)), serial=1, name="b")
    load(paths)
    before, book = raw_rows(paths), ledger_rows(paths)
    paths.warehouse.unlink()
    monkeypatch.setattr(load_module, "PARALLEL_BYTES", 0)
    monkeypatch.setattr(load_module, "WAITING_FILES", 1)
    summary = load(paths)
    assert (raw_rows(paths), ledger_rows(paths)) == (before, book)
    assert summary.exit_code == 1
    assert [file.shown for file in summary.files] == sorted(file.shown for file in summary.files)


def test_a_worker_that_dies_is_said_plainly(paths: Paths) -> None:
    place = header(paths, "camden", 2024, [101])
    crew = Crew(2, b"k" * 32)
    with crew:
        crew._processes[0].kill()
        crew._processes[0].join()
        source = SourceFile("camden header", (), place, None, 1, place.open)  # type: ignore[arg-type]
        task = Task(0, SourceFile("camden", (), place, None, 1, _never), None, "x", b"s", False, "real")  # type: ignore[arg-type]
        with pytest.raises(LiiaError, match="ran out of memory"):
            list(crew.events([task]))
    assert source.shown


def _never() -> object:
    raise AssertionError


def test_events_of_a_file_end_once(paths: Paths) -> None:
    place = header(paths, "camden", 2024, [101, 102])
    from loaders.identify import identify
    from loaders.sources import discover

    (source,) = discover([place], paths.returns)
    assert isinstance(source, SourceFile)
    task = Task(3, source, identify(source), "id", b"s" * 32, False, "real")
    events = list(read_here(task, b"k" * 32))
    assert [type(event) for event in events] == [Rows, Finished]
    assert all(event.number == 3 for event in events)
    assert "s" * 32 not in repr(task)


def test_an_unreadable_file_and_a_fault_are_told_apart() -> None:
    assert unforeseen(PermissionError(13, "Permission denied")).rule_code == "unreadable_file"
    assert unforeseen(KeyError("Quillfeather")).rule_code == "reader_failed"
    assert "Quillfeather" not in unforeseen(KeyError("Quillfeather")).reason


def test_columns_that_are_not_the_facts_are_a_fault(paths: Paths) -> None:
    connection = warehouse.open_or_create(paths)
    run = load_module._Run(connection, paths, b"k" * 32, False, False, load_module.Silent())
    with pytest.raises(RuntimeError, match="not those of the facts"):
        run._insert("raw_ssda903", "header", [pa.table({"load_id": ["a"]})])
    connection.close()


def test_every_rule_the_loader_raises_itself_has_its_text() -> None:
    from loaders.findings_rules import rules

    for rule_code in ("unreadable_file", "reader_failed", "still_being_written"):
        assert rules()[rule_code].severity == "reject"


def test_load_on_the_command_line(paths: Paths) -> None:
    nothing = liia(paths.root, "load")
    assert (nothing.returncode, "no returns in" in nothing.stdout) == (0, True)
    header(paths, "camden", 2024, [101, 102])
    broken = header(paths, "barnet", 2024, [101])
    put(broken, broken.read_text() + "104,1\n")
    for width in ("80", "120"):
        done = liia(paths.root, "load", COLUMNS=width)
        assert done.returncode == 1
        assert "ssda903/barnet/2024" in done.stdout
        assert "1 rejected" in done.stdout
        assert done.stderr == ""
    assert liia(paths.root, "load", str(paths.root / "absent")).returncode == 2
    for year in range(2017, 2025):
        for authority in ("ealing", "brent"):
            header(paths, authority, year, [1])
    many = liia(paths.root, "load", COLUMNS="80")
    assert "Accepted" in many.stdout
    assert max(len(line) for line in many.stdout.splitlines() if "2017" in line) <= 80
    key = paths.pseudonym_key.read_bytes()
    paths.pseudonym_key.unlink()
    missing = liia(paths.root, "load")
    assert (missing.returncode, "liia key new" in missing.stderr) == (3, True)
    assert key.hex() not in missing.stderr


def test_summary_counts() -> None:
    from loaders.contract import PartialIdentity

    files = [
        FileResult("a", "accepted", PartialIdentity(), n_kept=5),
        FileResult("b", "superseded", PartialIdentity(), n_kept=2),
        FileResult("c", "skipped", PartialIdentity()),
        FileResult("d", "refused", PartialIdentity()),
    ]
    summary = LoadSummary(files=files)
    assert (summary.n_rows, summary.exit_code, summary.n("accepted", "superseded")) == (7, 1, 2)
    assert LoadSummary(files=files[:3]).exit_code == 0


def test_findings_and_outcomes_travel_whole() -> None:
    import pickle

    outcome = Outcome([Finding("unknown_code", "header", "SEX", 2, "1 letter")])
    outcome.count("header").n_kept = 4
    finished = Finished(1, outcome, None)
    assert pickle.loads(pickle.dumps(finished)) == finished
    assert ledger.LOADED == ("accepted", "superseded")


def test_ctrl_c_that_a_library_swallowed_or_renamed_still_ends_the_load() -> None:
    from loaders import interrupt

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupt.noticed() as stop_if_pressed:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        stop_if_pressed()
    with pytest.raises(KeyboardInterrupt), interrupt.noticed():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="of its own"), interrupt.noticed() as stop_if_pressed:
        stop_if_pressed()
        raise RuntimeError("of its own")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_damaged_zip_and_an_unknown_authority_are_in_the_ledger_as_far_as_they_are_known(paths: Paths) -> None:
    put(paths.returns / "ssda903" / "camden" / "2024" / "all.zip", "not a zip")
    header(paths, "atlantis", 2024, [1])
    assert verdicts(load(paths)) == ["rejected", "rejected"]
    assert rows(paths, "SELECT return_name, la_code, collection_year, status FROM ledger.load ORDER BY ALL NULLS FIRST") == [
        ("ssda903", None, 2024, "rejected"),
        ("ssda903", "202", 2024, "rejected"),
    ]


def test_a_fault_while_a_file_is_looked_at_rejects_that_file_alone(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    header(paths, "barnet", 2024, [1])
    header(paths, "camden", 2024, [2])
    true_identify = load_module.identify

    def failing(source: SourceFile) -> object:
        if "camden" in source.shown:
            raise KeyError("Quillfeather")
        return true_identify(source)

    monkeypatch.setattr(load_module, "identify", failing)
    summary = load(paths)
    assert verdicts(summary) == ["accepted", "rejected"]
    assert "KeyError at test_load.py" in summary.files[1].reason
    assert "Quillfeather" not in str(ledger_rows(paths))
