"""What an authority withdraws leaves every place, and the same bytes are refused afterwards."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from loaders import forget as forget_module
from loaders import keys, ledger, vault, warehouse
from loaders.forget import Withdrawal, extent, finish_interrupted, forget
from loaders.load import load
from loaders.settings import Paths
from tests.loaders.store import census, episodes, header, liia, raw_rows, rows


@pytest.fixture
def loaded(paths: Paths) -> Paths:
    """Camden and Barnet, both returns, two years; plus what a build would have left behind."""
    for authority, la_code in (("barnet", "302"), ("camden", "202")):
        for year in (2024, 2025):
            header(paths, authority, year, [101, 102], sex="F" if year == 2025 else "1")
            episodes(paths, authority, year, [101])
        census(paths, la_code, authority, 2025, [101, 900])
    header(paths, "camden", 2023, [101, 777])
    assert load(paths).exit_code == 0
    connection = warehouse.connect(paths)
    connection.execute("CREATE TABLE marts.fct AS SELECT child_key FROM raw_ssda903.header")
    connection.execute("CREATE VIEW share.v AS SELECT 1 AS one")
    connection.close()
    for place in (paths.exports / "power_bi" / "m.csv", paths.dbt / "target" / "run.sql", paths.tmp / "spill"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("derived")
    return paths


def child_keys(paths: Paths, la_code: str, *numbers: str) -> list[str]:
    children = vault.read(paths, keys.pseudonym_key(paths), la_code).children
    return [children[number] for number in numbers]


def everywhere(paths: Paths, text: str) -> list[str]:
    """The columns of the warehouse, of any schema, that hold `text`."""
    connection = warehouse.connect(paths, read_only=True)
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'warehouse' AND data_type = 'VARCHAR' AND NOT internal"
    ).fetchall():
        columns.setdefault((schema, table), []).append(column)
    found = []
    for (schema, table), its in columns.items():
        counts = ", ".join(f"count(*) FILTER (contains(\"{column}\", '{text}'))" for column in its)
        (numbers,) = connection.execute(f'SELECT {counts} FROM "{schema}"."{table}"').fetchall()
        found += [f"{schema}.{table}.{column}" for column, n in zip(its, numbers, strict=True) if n]
    connection.close()
    return found


def test_a_whole_authority_leaves_every_table_the_vault_and_what_was_derived(loaded: Paths) -> None:
    (gone_key,) = child_keys(loaded, "202", "101")
    (kept_key,) = child_keys(loaded, "302", "101")
    before = loaded.warehouse.stat().st_ino
    hashes = rows(loaded, "SELECT load_id, file_sha256 FROM ledger.load WHERE la_code = '202' ORDER BY ALL")
    assert len(everywhere(loaded, gone_key)) > 3, "the search must be able to find something"
    others = {name: [row for row in its if "202" not in row[:2]] for name, its in raw_rows(loaded).items()}

    forget(loaded, Withdrawal("202"))

    assert everywhere(loaded, gone_key) == []
    assert everywhere(loaded, kept_key) != []
    assert raw_rows(loaded) == others
    assert (
        rows(
            loaded,
            "SELECT load_id, file_sha256 FROM ledger.load WHERE status = 'withdrawn' AND la_code = '202' "
            "AND n_bytes IS NULL AND n_rows IS NULL AND reason IS NULL AND reference_date IS NULL ORDER BY ALL",
        )
        == hashes
    )
    assert rows(loaded, "SELECT count(*) FROM ledger.load_table JOIN ledger.load USING (load_id) WHERE la_code = '202'") == [(0,)]
    assert rows(loaded, "SELECT count(*) FROM ledger.finding JOIN ledger.load USING (load_id) WHERE la_code = '202'") == [(0,)]
    assert not vault.place(loaded, "202").exists()
    assert vault.place(loaded, "302").exists()
    assert not loaded.exports.exists()
    assert list(loaded.dbt.iterdir()) == []
    assert list(loaded.tmp.iterdir()) == []
    assert rows(loaded, "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'marts'") == [(0,)]
    assert loaded.warehouse.stat().st_ino != before, "the file was written anew"
    assert [path.name for path in loaded.root.iterdir() if "rewritten" in path.name or path.suffix == ".wal"] == []


def test_the_same_bytes_are_refused_and_a_new_extract_is_taken(loaded: Paths) -> None:
    forget(loaded, Withdrawal("202", "ssda903", 2024))
    summary = load(loaded)
    refused = [file for file in summary.files if file.verdict == "refused"]
    assert {(file.identity.la_code, file.identity.collection_year) for file in refused} == {("202", 2024)}
    assert summary.exit_code == 1
    assert rows(loaded, "SELECT count(*) FROM ledger.load WHERE status = 'withdrawn'") == [(2,)]
    place = header(loaded, "camden", 2024, [101, 103])
    assert [file.verdict for file in load(loaded, [place]).files] == ["accepted"]
    assert rows(loaded, "SELECT count(*) FROM raw_ssda903.header WHERE la_code = '202' AND collection_year = 2024") == [(2,)]


def test_one_year_of_one_return_keeps_the_rest_and_the_vault_of_who_remains(loaded: Paths) -> None:
    forget(loaded, Withdrawal("202", "ssda903", 2023))
    assert rows(loaded, "SELECT DISTINCT collection_year FROM raw_ssda903.header WHERE la_code = '202' ORDER BY 1") == [
        (2024,),
        (2025,),
    ]
    children = vault.read(loaded, keys.pseudonym_key(loaded), "202").children
    assert set(children) == {"101", "102", "900"}, "777 was only in the year that went"
    forget(loaded, Withdrawal("202", "ssda903"))
    assert set(vault.read(loaded, keys.pseudonym_key(loaded), "202").children) == {"101", "900"}
    assert rows(loaded, "SELECT DISTINCT status FROM ledger.load WHERE return_name = 'cin_census'") == [("accepted",)]


def test_the_extent_is_what_will_go(loaded: Paths) -> None:
    connection = warehouse.connect(loaded, read_only=True)
    assert extent(connection, Withdrawal("202", "ssda903", 2024)) == forget_module.Extent(2, 3)
    assert extent(connection, Withdrawal("203")) == forget_module.Extent(0, 0)
    connection.close()
    forget(loaded, Withdrawal("202", "ssda903", 2024))
    connection = warehouse.connect(loaded, read_only=True)
    assert extent(connection, Withdrawal("202", "ssda903", 2024)) == forget_module.Extent(0, 0)
    connection.close()


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the program catches it, and nothing after it runs."""


# what is called, how many calls go well first, whether the moment is just after it, and whether the new state is decided
MOMENTS = {
    "before the new file": ("attach_file", 1, False, False),
    "with an empty new file": ("create_tables", 0, False, False),
    "before the tombstones": ("ledger.write", 0, False, False),
    "before the marker": ("replace_file", 0, False, False),
    "with half a marker": ("Path.replace", 0, False, False),
    "after the marker": ("replace_file", 0, True, True),
    "after the swap": ("Path.replace", 1, True, True),
    "without exports": ("rmtree", 0, True, True),
    "without dbt's folder": ("rmtree", 1, True, True),
    "before the vault": ("_prune_vault", 0, False, True),
    "without the vault": ("Path.unlink", 2, True, True),
    "after all": ("Path.unlink", 3, True, True),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_is_the_old_state_or_the_new(loaded: Paths, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    (gone_key,) = child_keys(loaded, "202", "101")
    old = raw_rows(loaded)
    called, waits, after, is_decided = MOMENTS[moment]
    owner: Any = {
        "attach_file": warehouse,
        "create_tables": warehouse,
        "ledger.write": ledger,
        "replace_file": vault,
        "rmtree": shutil,
        "_prune_vault": forget_module,
    }.get(called, Path)
    name = called.rpartition(".")[2]
    true = getattr(owner, name)
    calls: list[object] = []

    def killing(*arguments: object, **more: object) -> object:
        calls.append(arguments)
        if len(calls) <= waits:
            return true(*arguments, **more)
        if after:
            true(*arguments, **more)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, killing)
        forget(loaded, Withdrawal("202"))

    load(loaded, [loaded.returns / "ssda903" / "barnet"])
    if is_decided:
        assert everywhere(loaded, gone_key) == []
        assert not vault.place(loaded, "202").exists()
        assert not loaded.exports.exists()
    else:
        assert raw_rows(loaded) == old
        assert vault.place(loaded, "202").exists()
        assert loaded.exports.exists()
        forget(loaded, Withdrawal("202"))
        assert everywhere(loaded, gone_key) == []
    assert not (loaded.root / ".forgetting").exists()
    assert [path.name for path in loaded.root.iterdir() if "rewritten" in path.name or path.suffix == ".tmp"] == []


def test_finishing_where_nothing_was_begun_changes_nothing(loaded: Paths) -> None:
    before = loaded.warehouse.read_bytes()
    finish_interrupted(loaded)
    assert loaded.warehouse.read_bytes() == before
    assert loaded.exports.exists()


def test_forget_on_the_command_line(loaded: Paths) -> None:
    refused = liia(loaded.root, "forget", "--authority", "Camden", stdin="n\n")
    assert refused.returncode == 1
    assert vault.place(loaded, "202").exists()
    done = liia(loaded.root, "forget", "--authority", "Camden", "--yes")
    assert done.returncode == 0
    assert "make build" in done.stdout
    assert "with 18 rows" in done.stdout or "rows out of" in done.stdout
    again = liia(loaded.root, "forget", "--authority", "202", "--yes")
    assert (again.returncode, "nothing to forget" in again.stdout) == (0, True)
    assert liia(loaded.root, "forget", "--authority", "Atlantis", "--yes").returncode == 2
    nowhere = liia(loaded.root / "absent", "forget", "--authority", "202", "--yes")
    assert nowhere.returncode == 3
    assert [path.name for path in (loaded.root / "absent").iterdir()] == [".lock"]
