"""What leaves for Power BI: protected rows, two formats, a manifest, a dictionary; whole or not at all."""

import csv
import hashlib
import io
import json
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from loaders import warehouse
from loaders.dbt_environment import dbt_target
from loaders.errors import SetUpError
from loaders.settings import Paths
from publishers import power_bi
from publishers.disclosure import PublicationRefused


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def execute(paths: Paths, sql: str) -> None:
    with warehouse.connect(paths) as connection:
        connection.execute(sql)


def test_every_london_relation_is_there_twice_with_manifest_and_dictionary(built: Paths) -> None:
    done = power_bi.publish(built)
    assert sorted(path.name for path in done.folder.iterdir()) == [
        "dictionary.csv",
        "dictionary.xlsx",
        "manifest.json",
        *(f"share_london__{name}.{ending}" for name in ("authority", "measure", "metric") for ending in ("csv", "parquet")),
    ]
    assert done.rows == {"share_london__authority": 2, "share_london__measure": 8, "share_london__metric": 2}
    assert done.marks == {"c": 4, "z": 1}
    assert done.folder == built.exports / "power_bi"


def test_rows_leave_hidden_rounded_and_in_one_order(built: Paths) -> None:
    folder = power_bi.publish(built).folder
    shown = [
        (row["metric_id"], row["la_code"], row["numerator"], row["denominator"], row["value"], row["value_mark"])
        for row in rows_of(folder / "share_london__measure.csv")
    ]
    assert shown == [
        ("referrals_count", "201", "", "", "", "c"),
        ("referrals_count", "202", "1281", "", "1281", ""),
        # 4 would be what 1,292 leaves over: the smallest of the others is hidden too
        ("referrals_count", "203", "", "", "", "c"),
        ("referrals_count", "london", "1290", "", "1290", ""),
        ("repeat_pct", "201", "", "", "", "c"),
        ("repeat_pct", "202", "127", "640", "19.8", ""),
        ("repeat_pct", "203", "", "", "", "c"),
        ("repeat_pct", "london", "", "", "", "z"),
    ]
    parquet = pl.read_parquet(folder / "share_london__measure.parquet")
    assert parquet["value"].to_list() == [None, Decimal(1281), None, Decimal(1290), None, Decimal("19.8"), None, None]
    assert parquet.columns.index("value_mark") == parquet.columns.index("value") + 1


def test_two_publications_of_one_warehouse_are_the_same_bytes(built: Paths) -> None:
    first = hashes(power_bi.publish(built).folder)
    shutil.rmtree(power_bi.folder(built))
    assert hashes(power_bi.publish(built).folder) == first


def test_where_nothing_has_changed_the_export_stands(built: Paths) -> None:
    first = power_bi.publish(built)
    written = (first.folder / "manifest.json").stat().st_mtime_ns
    assert power_bi.publish(built) == first
    assert (first.folder / "manifest.json").stat().st_mtime_ns == written


@pytest.mark.parametrize("change", ["a row", "a file", "a missing file", "the manifest", "a text"])
def test_whatever_has_changed_is_published_anew(built: Paths, change: str) -> None:
    folder = power_bi.publish(built).folder
    former = hashes(folder)
    written = (folder / "share_london__authority.parquet").stat().st_mtime_ns
    if change == "a row":
        execute(
            built, "CREATE OR REPLACE VIEW share.share_london__authority AS SELECT '202' AS la_code, 'Camden' AS authority_name"
        )
    elif change == "a file":
        (folder / "share_london__measure.csv").write_text("tampered")
    elif change == "a missing file":
        (folder / "dictionary.xlsx").unlink()
    elif change == "the manifest":
        (folder / "manifest.json").write_text("{}")
    else:
        place = dbt_target(built) / "manifest.json"
        place.write_text(place.read_text().replace("What share_london__authority", "Anew what share_london__authority"))
    power_bi.publish(built)
    assert (folder / "share_london__authority.parquet").stat().st_mtime_ns > written
    assert (hashes(folder) == former) == (change in ("a file", "a missing file", "the manifest"))


def test_what_an_export_was_made_from_is_not_told_in_it(built: Paths) -> None:
    folder = power_bi.publish(built).folder
    with warehouse.connect(built, read_only=True) as connection:
        made_from = connection.execute("SELECT made_from FROM audit.publication").fetchall()[0][0]
    assert not any(made_from.encode() in path.read_bytes() for path in folder.iterdir())


def test_the_manifest_tells_what_is_there(built: Paths) -> None:
    folder = power_bi.publish(built).folder
    manifest = json.loads((folder / "manifest.json").read_text())
    files = {name: digest for entry in manifest["relations"] for name, digest in entry["files"].items()}
    assert {**files, **manifest["dictionary"], "manifest.json": hashes(folder)["manifest.json"]} == hashes(folder)
    assert manifest["suppression"].startswith("primary")
    assert (manifest["warehouse"], manifest["marks"]) == ("demo", {"c": 4, "z": 1})
    authority = manifest["relations"][0]
    assert authority["relation"] == "share_london__authority"
    assert authority["rows"] == 2
    assert authority["columns"] == [{"name": "la_code", "type": "text"}, {"name": "authority_name", "type": "text"}]


def test_the_dictionary_is_in_the_models_own_words(built: Paths) -> None:
    folder = power_bi.publish(built).folder
    rows = {(row["relation"], row["column"]): row for row in rows_of(folder / "dictionary.csv")}
    assert rows["share_london__measure", ""]["description"] == "What share_london__measure holds."
    assert rows["share_london__measure", "value"]["description"] == "The value – of it."
    assert rows["share_london__measure", "value"]["type"] == "decimal number"
    assert rows["share_london__measure", "value_mark"]["description"] == "Why there is no value."
    assert rows["share_london__measure", "period_end"]["type"] == "date"
    assert rows["share_london__measure", "n_authorities"]["type"] == "whole number"
    with zipfile.ZipFile(folder / "dictionary.xlsx") as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        assert "The value – of it." in texts
        assert "confidential" in texts
        assert "2000-01-01T00:00:00Z" in book.read("docProps/core.xml").decode()


def test_a_cell_that_a_spreadsheet_would_run_is_defused_in_csv_and_kept_in_parquet(built: Paths) -> None:
    folder = power_bi.publish(built).folder
    assert "'=2+3 repeats" in [row["title"] for row in rows_of(folder / "share_london__metric.csv")]
    assert "=2+3 repeats" in pl.read_parquet(folder / "share_london__metric.parquet")["title"].to_list()


def test_excel_sees_utf8_and_lines_end_as_rfc_4180_says(built: Paths) -> None:
    content = (power_bi.publish(built).folder / "share_london__authority.csv").read_bytes()
    assert content == "\ufeffla_code,authority_name\r\n201,City of London\r\n202,Camden\r\n".encode()


def test_hidden_cells_are_recorded_without_their_values(built: Paths) -> None:
    power_bi.publish(built)
    power_bi.publish(built)
    with warehouse.connect(built, read_only=True) as connection:
        logged = connection.execute("SELECT * FROM audit.suppression_log ORDER BY ALL").pl()
    assert logged.columns == [*power_bi.disclosure.CELL, "reason"]
    assert logged.select("metric_id", "la_code", "reason").rows() == [
        ("referrals_count", "201", "primary"),
        ("referrals_count", "203", "secondary"),
        ("repeat_pct", "201", "primary"),
        ("repeat_pct", "203", "secondary"),
    ]


def test_what_may_not_leave_stops_everything_and_the_former_export_stands(built: Paths) -> None:
    former = hashes(power_bi.publish(built).folder)
    execute(built, "CREATE TABLE share.share_london__zz AS SELECT 'x' AS child_key")
    with pytest.raises(PublicationRefused, match="share_london__zz has the column child_key"):
        power_bi.publish(built)
    assert hashes(power_bi.folder(built)) == former
    assert [path.name for path in built.exports.iterdir()] == ["power_bi"]


def test_a_measure_without_a_rule_stops_everything(built: Paths) -> None:
    one_rule = "SELECT 'repeat_pct' AS metric_id, 'percent' AS unit, 'P5' AS suppression_rule"
    execute(built, f"CREATE OR REPLACE VIEW share.share_london__metric AS {one_rule}")
    with pytest.raises(PublicationRefused, match="referrals_count has the suppression rule none"):
        power_bi.publish(built)
    execute(built, "DROP VIEW share.share_london__metric")
    with pytest.raises(SetUpError, match="share_london__metric is missing"):
        power_bi.publish(built)
    assert not power_bi.folder(built).exists()


def test_a_column_without_a_text_is_refused(built: Paths) -> None:
    path = dbt_target(built) / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["nodes"]["model.liia_warehouse.share_london__authority"]["columns"]["la_code"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(SetUpError, match=r"column la_code of share\.share_london__authority has no description"):
        power_bi.publish(built)


def test_before_the_models_are_built_it_says_what_to_do(built: Paths) -> None:
    for relation in ("authority", "measure", "metric"):
        execute(built, f"DROP VIEW share.share_london__{relation}")
    with pytest.raises(SetUpError, match="Run `make build`"):
        power_bi.publish(built)
    (dbt_target(built) / "manifest.json").unlink()
    with pytest.raises(SetUpError, match="Run `make build` first"):
        power_bi.publish(built)


@pytest.mark.parametrize(
    ("number", "written"),
    [("19.8000", "19.8"), ("1290.0000", "1290"), ("0.0000", "0"), ("100.0500", "100.05"), ("-1.5000", "-1.5")],
)
def test_decimals_in_csv_have_no_trailing_zeros(number: str, written: str) -> None:
    rows = pl.DataFrame({"value": [Decimal(number)]}, schema={"value": pl.Decimal(18, 4)})
    assert power_bi.as_csv(rows).decode("utf-8-sig").splitlines() == ["value", written]


def test_whole_decimals_keep_their_zeros() -> None:
    rows = pl.DataFrame({"value": [Decimal(100), Decimal(0)]}, schema={"value": pl.Decimal(18, 0)})
    assert power_bi.as_csv(rows).decode("utf-8-sig").splitlines() == ["value", "100", "0"]
