"""Questions to the warehouse: nothing written, nothing outside it in reach, nothing remembered."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from loaders import lock, sql, warehouse
from loaders.errors import Busy, SetUpError, WrongUse
from loaders.settings import PROJECT_ROOT, Paths
from tests.loaders.store import liia


@pytest.fixture
def connection(paths: Paths) -> Iterator[duckdb.DuckDBPyConnection]:
    made = warehouse.open_or_create(paths)
    made.execute("INSERT INTO raw_ssda903.header (load_id, sex, row_number_in_file) VALUES ('a', '=1+1', 1), ('b', NULL, -2)")
    made.close()
    opened = sql.connect(paths)
    yield opened
    opened.close()


QUERY = "SELECT load_id, sex, row_number_in_file FROM raw_ssda903.header ORDER BY 1"


def test_a_query_gives_names_and_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert sql.ask(connection, QUERY) == (["load_id", "sex", "row_number_in_file"], [("a", "=1+1", 1), ("b", None, -2)])


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO ledger.load (load_id) VALUES ('x')",
        "CREATE TABLE marts.mine AS SELECT 1",
        "DROP TABLE ledger.load",
        "COPY ledger.load TO '{folder}/out.csv'",
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "ATTACH '{folder}/other.duckdb'",
        "EXPORT DATABASE '{folder}/all'",
        "INSTALL httpfs",
        "LOAD '{folder}/evil.duckdb_extension'",
        "SET enable_external_access = true",
        "SET temp_directory = '{folder}'",
        "SET temp_file_encryption = false",
        "RESET lock_configuration",
    ],
)
def test_nothing_is_written_and_nothing_outside_is_reached(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, query: str
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secret.csv").write_text("a\n1\n")
    with pytest.raises(WrongUse):
        sql.ask(connection, query.format(folder=folder))
    assert [path.name for path in folder.iterdir()] == ["secret.csv"]


def test_a_query_larger_than_memory_spills_encrypted(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    connection = warehouse.connect(paths, read_only=True, settings={"memory_limit": "60MB", "threads": 1})
    connection.execute("SET enable_external_access = false")
    connection.execute(
        "SELECT count(*) FROM (SELECT 'FINDME' || i AS text FROM range(1500000) AS r(i) ORDER BY hash(text))"
    ).fetchall()
    result = connection.execute("SELECT 'FINDME' || i AS text FROM range(3000000) AS r(i) ORDER BY hash(text)")
    spilled = [path for path in paths.tmp.iterdir() if path.is_file()]
    assert spilled, "the query was meant not to fit"
    assert not any(b"FINDME" in path.read_bytes() for path in spilled)
    del result
    connection.close()


def test_a_table_is_cut_with_the_number_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "SHOWN_ROWS", 2)
    console = Console(record=True, width=80, file=io.StringIO())
    sql.show(["n [bold]"], [(1,), ("[red]2",), (3,)], console)
    printed = console.export_text()
    assert "[red]2" in printed
    assert "1 more rows" in printed
    sql.show(["n"], [], console)
    assert "no rows" in console.export_text()


def test_csv_is_whole_and_cannot_run_in_a_spreadsheet(connection: duckdb.DuckDBPyConnection) -> None:
    out = io.StringIO()
    sql.write_csv(*sql.ask(connection, QUERY), out)
    assert out.getvalue() == "load_id,sex,row_number_in_file\na,'=1+1,1\nb,,-2\n"


def test_the_prompt_takes_queries_over_lines_and_goes_on_after_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    typed = iter(["select load_id", "from raw_ssda903.header order by 1;", "select nonsense;", "exit"])
    asked: list[str] = []
    console = Console(record=True, width=100, file=io.StringIO())

    def read_line(shown: str) -> str:
        asked.append(shown)
        return next(typed)

    sql.prompt(connection, console, read_line)
    assert asked == [sql.PROMPT, sql.MORE, sql.PROMPT, sql.PROMPT]
    printed = console.export_text()
    assert "load_id" in printed
    assert "Binder Error" in printed


def test_the_prompt_ends_at_the_end_of_input(connection: duckdb.DuckDBPyConnection) -> None:
    def ended(_shown: str) -> str:
        raise EOFError

    sql.prompt(connection, Console(file=io.StringIO()), ended)


def test_sql_on_the_command_line(paths: Paths, connection: duckdb.DuckDBPyConnection) -> None:
    before = sorted(path for path in paths.root.rglob("*"))
    done = liia(paths.root, "sql", QUERY, "--csv")
    assert (done.returncode, done.stdout) == (0, "load_id,sex,row_number_in_file\na,'=1+1,1\nb,,-2\n")
    assert "'=1+1" not in liia(paths.root, "sql", QUERY).stdout
    prompted = liia(paths.root, "sql", stdin="select 42 as answer;\n\n", HOME=str(paths.root))
    assert "42" in prompted.stdout
    wrong = liia(paths.root, "sql", "selekt")
    assert wrong.returncode == 2
    assert "Parser Error" in wrong.stderr
    after = sorted(path for path in paths.root.rglob("*") if path != paths.lock)
    assert after == before, "a history or another file was written"


def test_while_a_build_runs_the_answer_is_who_and_exit_4(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    with lock.writing(paths, "liia build"):
        done = liia(paths.root, "sql", "select 1")
    assert done.returncode == 4
    assert "`liia build`" in done.stderr


def test_a_dbt_called_by_hand_counts_as_busy_too(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    holding = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom loaders import settings, warehouse\nc = warehouse.connect(settings.real_paths())\n"
            "print('open', flush=True)\nsys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT_ROOT,
    )
    try:
        assert holding.stdout is not None
        assert holding.stdout.readline() == "open\n"
        with pytest.raises(Busy):
            sql.connect(paths)
    finally:
        holding.communicate()


def test_without_a_warehouse_it_says_how_to_make_one(paths: Paths) -> None:
    with pytest.raises(SetUpError, match="make build"):
        sql.connect(paths)


def test_an_answer_wider_than_the_terminal_is_shown_record_by_record() -> None:
    console = Console(width=40, record=True, file=io.StringIO())
    rows = [("one" * 10, "two" * 10)] * (sql.SHOWN_RECORDS + 1)
    sql.show(["first", "second"], rows, console)
    printed = console.export_text()
    assert "first" in printed and "one" * 10 in printed and "two" * 10 in printed
    assert "row 1 " in printed
    assert "… and 1 more rows" in printed
    assert "row 21" not in printed
