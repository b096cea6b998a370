"""A warehouse of older facts is brought up to date on opening, or the message says exactly what to do."""

import duckdb
import pytest

from loaders import facts, keys, warehouse
from loaders.errors import SetUpError
from loaders.settings import Paths
from tests.loaders.store import rows


def columns(paths: Paths) -> list[tuple[object, ...]]:
    return rows(
        paths,
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = 'warehouse' ORDER BY ALL",
    )


def make_old(paths: Paths, *statements: str) -> None:
    """A warehouse as older facts made it: changed by `statements`, and marked with another fingerprint."""
    warehouse.open_or_create(paths).close()
    connection = warehouse.connect(paths)
    for statement in (*statements, "UPDATE ledger.warehouse SET facts_sha256 = 'older'"):
        connection.execute(statement)
    connection.close()


def test_missing_columns_tables_and_schemas_are_added_and_rows_kept(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    complete = columns(paths)
    make_old(
        paths,
        "INSERT INTO raw_ssda903.header (load_id, sex, mother) VALUES ('kept', '1', '0')",
        "ALTER TABLE raw_ssda903.header DROP COLUMN mother",
        "ALTER TABLE ledger.load DROP COLUMN reason",
        "DROP TABLE raw_ssda903.missing",
        "DROP SCHEMA raw_cin_census CASCADE",
    )
    assert columns(paths) != complete
    warehouse.open_or_create(paths).close()
    assert columns(paths) == complete
    assert rows(paths, "SELECT load_id, sex, mother FROM raw_ssda903.header") == [("kept", "1", None)]
    assert rows(paths, "SELECT facts_sha256, layout_version FROM ledger.warehouse") == [
        (facts.fingerprint(), warehouse.LAYOUT_VERSION)
    ]


def test_columns_that_newer_facts_dropped_stay(paths: Paths) -> None:
    make_old(paths, "ALTER TABLE raw_ssda903.header ADD COLUMN from_before VARCHAR")
    warehouse.open_or_create(paths).close()
    assert ("raw_ssda903", "header", "from_before", "VARCHAR") in columns(paths)


def test_a_changed_type_says_what_to_do_and_changes_nothing(paths: Paths) -> None:
    make_old(
        paths,
        "ALTER TABLE raw_ssda903.header DROP COLUMN mother",
        "ALTER TABLE raw_ssda903.header ALTER line_number TYPE VARCHAR",
    )
    before = columns(paths)
    with pytest.raises(SetUpError, match=r"raw_ssda903\.header\.line_number is VARCHAR and must become INTEGER.*liia load"):
        warehouse.open_or_create(paths)
    assert columns(paths) == before


def test_up_to_date_facts_touch_nothing(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.open_or_create(paths).close()
    monkeypatch.setattr(warehouse, "_make_table", lambda *_: pytest.fail("made a table"))
    warehouse.open_or_create(paths).close()


def test_a_newer_warehouse_is_refused(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    connection = warehouse.connect(paths)
    connection.execute("UPDATE ledger.warehouse SET layout_version = ?", [warehouse.LAYOUT_VERSION + 1])
    connection.close()
    with pytest.raises(SetUpError, match="git pull"):
        warehouse.open_or_create(paths)


def test_a_warehouse_of_the_other_kind_is_refused(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    demo = Paths(paths.root, "demo")
    for mine, its in ((paths.pseudonym_key, demo.pseudonym_key), (paths.warehouse_key, demo.warehouse_key)):
        its.parent.mkdir(exist_ok=True)
        its.write_bytes(mine.read_bytes())
        its.chmod(0o600)
    with pytest.raises(SetUpError, match="born a real warehouse"):
        warehouse.open_or_create(demo)


def test_another_pseudonym_key_is_refused_before_a_row_is_read(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    paths.pseudonym_key.unlink()
    keys.new_key(paths.pseudonym_key)
    with pytest.raises(SetUpError, match="second key"):
        warehouse.open_or_create(paths)


def test_another_warehouse_key_is_refused_without_showing_it(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    paths.warehouse_key.unlink()
    keys.new_key(paths.warehouse_key)
    with pytest.raises(SetUpError, match="does not open") as caught:
        warehouse.open_or_create(paths)
    assert paths.warehouse_key.read_bytes().hex() not in str(caught.value)


@pytest.mark.parametrize("content", [b"not a database at all", b"\x00" * 100_000, b""])
def test_a_damaged_file_is_said_to_be_one(paths: Paths, content: bytes) -> None:
    paths.make()
    paths.warehouse.write_bytes(content)
    with pytest.raises(SetUpError, match="damaged"):
        warehouse.open_or_create(paths)
    assert paths.warehouse.read_bytes() == content


def test_an_unencrypted_database_is_refused(paths: Paths) -> None:
    paths.make()
    duckdb.connect(str(paths.warehouse)).close()
    with pytest.raises(SetUpError):
        warehouse.open_or_create(paths)


def test_an_encrypted_database_of_someone_else_is_refused(paths: Paths) -> None:
    paths.make()
    connection = warehouse.memory(paths)
    warehouse.attach(connection, paths, read_only=False)
    connection.close()
    with pytest.raises(SetUpError, match="not made by"):
        warehouse.open_or_create(paths)


def test_remains_of_a_creation_that_was_cut_short_do_no_harm(paths: Paths) -> None:
    paths.make()
    (paths.root / ".warehouse.new.duckdb").write_bytes(b"half")
    (paths.root / ".warehouse.new.duckdb.wal").write_bytes(b"half")
    warehouse.open_or_create(paths).close()
    assert rows(paths, "SELECT count(*) FROM ledger.warehouse") == [(1,)]
    assert sorted(path.name for path in paths.root.iterdir() if path.is_file()) == ["warehouse.duckdb"]


def test_no_warehouse_says_how_to_make_one(paths: Paths) -> None:
    with pytest.raises(SetUpError, match="liia load"):
        warehouse.connect(paths)


def test_the_file_is_encrypted(paths: Paths) -> None:
    connection = warehouse.open_or_create(paths)
    connection.execute("INSERT INTO raw_ssda903.header (load_id, sex) VALUES ('FINDMEIFYOUCAN', 'FINDMEIFYOUCAN')")
    connection.execute("CHECKPOINT")
    connection.execute("INSERT INTO raw_ssda903.header (load_id) VALUES ('FINDMEINTHEWAL')")
    for path in paths.root.iterdir():
        if path.is_file():
            assert b"FINDMEI" not in path.read_bytes()
    connection.close()
