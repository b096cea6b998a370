"""The main job as a person runs it: what it prints, what it leaves, and what happens when it cannot go on."""

import fcntl
import json
import shutil
from pathlib import Path

import pytest

from publishers import docs_site, power_bi
from tests.end_to_end.london import London, files, liia

NOISE = "\x1b"


def test_a_build_ends_with_a_summary_that_a_log_can_hold(clean_london: London) -> None:
    told = clean_london.printed
    for words in (
        "The invented London in",
        "Loading what is new",
        "Running the models and their tests",
        "marts: ",
        "Publishing for Power BI",
        "Writing the docs site",
        " accepted, 0 rejected, 0 loaded before",
        "one child number in one authority",
        "cells hidden",
        "Seconds",
        "Where to look next",
        str(docs_site.page(clean_london.paths)),
        str(power_bi.folder(clean_london.paths)),
    ):
        assert words in told
    assert NOISE not in told
    assert len(told.splitlines()) < 80


def test_damaged_files_do_not_stop_a_build(canary_london: London) -> None:
    assert "files were not taken; the build goes on without them" in canary_london.printed
    assert "Where to look next" in canary_london.printed
    assert power_bi.folder(canary_london.paths).exists()


def test_with_nothing_new_it_loads_nothing_and_publishes_the_same_bytes(clean_london: London) -> None:
    before = files(clean_london.paths.exports)
    manifest = power_bi.folder(clean_london.paths) / "manifest.json"
    written = manifest.stat()
    told = liia(clean_london.data, "build", "--demo")
    assert "0 accepted, 0 rejected, " in told
    assert "0 of them new" in told
    assert "They stand: nothing they are made from has changed" in told
    assert files(clean_london.paths.exports) == before
    # the export stands as it is: nothing was judged again
    assert (manifest.stat().st_ino, manifest.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert [path.name for path in sorted(clean_london.paths.exports.iterdir())] == ["docs", "power_bi"]


def test_a_publication_and_the_docs_alone_are_those_of_the_build(clean_london: London) -> None:
    before = files(clean_london.paths.exports)
    told = liia(clean_london.data, "publish", "power-bi")
    assert "Only the demo has been built" in told
    n_tables = len(list((clean_london.paths.exports / "power_bi").glob("share_london__*.parquet")))
    assert f"{n_tables} tables" in told
    told = liia(clean_london.data, "docs")
    assert "Only the demo has been built" in told
    assert files(clean_london.paths.exports) == before


def test_models_that_fail_end_it_and_the_former_exports_stand(clean_london: London, folder: Path) -> None:
    """With this little memory DuckDB cannot build the marts: a failure that needs no broken project."""
    shutil.copytree(clean_london.data, folder)
    told = liia(folder, "build", "--demo", "--anew", expect=1, LIIA_DUCKDB_MEMORY_LIMIT="4MB")
    assert "he former exports stand" in told
    assert "Traceback" not in told
    assert "Where to look next" not in told
    assert files(folder / "demo" / "exports") == files(clean_london.paths.exports)


def test_a_busy_warehouse_is_not_waited_for(clean_london: London) -> None:
    with clean_london.paths.lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        told = liia(clean_london.data, "build", "--demo", expect=4)
    assert "is in use by" in told


@pytest.mark.parametrize("relation", ["measure", "authority", "period", "metric", "breakdown"])
def test_what_leaves_is_protected_described_and_marked_as_primary(clean_london: London, relation: str) -> None:
    folder = power_bi.folder(clean_london.paths)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["suppression"].startswith("primary")
    entry = next(one for one in manifest["relations"] if one["relation"] == f"share_london__{relation}")
    assert entry["rows"] > 0
    assert {f"share_london__{relation}.csv", f"share_london__{relation}.parquet"} == set(entry["files"])


@pytest.mark.long
def test_a_fresh_machine_gets_a_london_without_asking(tmp_path_factory: pytest.TempPathFactory) -> None:
    """`make build` after installation, with no returns anywhere: the demo at scale 0.1."""
    data = tmp_path_factory.mktemp("fresh")
    told = liia(data, "build")
    assert f"There are no returns in {data / 'returns'}" in told
    assert "Inventing a London at scale 0.1" in told
    assert "Where to look next" in told
    assert not (data / "warehouse.duckdb").exists()
    assert [path.name for path in data.iterdir()] == ["demo"]
