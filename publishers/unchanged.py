"""Whether an export would come out as it is: made from the same rows, by the same rules, texts and program.

Disclosure control over the whole catalogue takes long; where nothing has changed its outcome is known. What an export was
made from stands in the warehouse as one hash (audit.publication), never in the export: who guesses hidden figures could
try the guess against it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from loaders.settings import SEEDS

PROGRAM = Path(__file__).resolve().parent


def made_from(connection: duckdb.DuckDBPyConnection, relations: list[str], manifest: dict[str, Any]) -> str:
    """One hash (SHA-256, hex) of the rows of `relations` (in schema share, in any order), of their texts in dbt's `manifest`,
    of seeds/config and of this package."""
    told = hashlib.sha256()
    for relation in sorted(relations):
        found = connection.execute(
            f'SELECT count(*), sum(hash(one)::HUGEINT)::VARCHAR, any_value(typeof(one)) FROM share."{relation}" AS one'
        ).fetchone()
        told.update(repr((relation, found)).encode())
    nodes = {name: node for name, node in manifest["nodes"].items() if node.get("name") in relations}
    for name in sorted(nodes):
        texts = {"description": nodes[name]["description"], "columns": nodes[name]["columns"]}
        told.update(json.dumps([name, texts], sort_keys=True).encode())
    for path in sorted([*(SEEDS / "config").glob("*.csv"), *PROGRAM.rglob("*.py")]):
        told.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()


def standing(connection: duckdb.DuckDBPyConnection, folder: Path, its_made_from: str) -> dict[str, Any] | None:
    """The manifest of `folder` when the last publication was made from just that and every file of it is as it was written."""
    if not _is_there(connection):
        return None
    last = connection.execute("SELECT manifest_sha256 FROM audit.publication WHERE made_from = ?", [its_made_from]).fetchone()
    if last is None:
        return None
    try:
        content = (folder / "manifest.json").read_bytes()
        if hashlib.sha256(content).hexdigest() != last[0]:
            return None
        manifest: dict[str, Any] = json.loads(content)
        files = dict(manifest["dictionary"])
        for entry in manifest["relations"]:
            files |= entry["files"]
        as_written = all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256 for name, sha256 in files.items())
    except OSError:
        return None
    return manifest if as_written else None


def record(connection: duckdb.DuckDBPyConnection, folder: Path, its_made_from: str) -> None:
    """Remember what the export that stands in `folder` now was made from."""
    sha256 = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    connection.execute("CREATE OR REPLACE TABLE audit.publication (made_from VARCHAR, manifest_sha256 VARCHAR)")
    connection.execute("INSERT INTO audit.publication VALUES (?, ?)", [its_made_from, sha256])


def _is_there(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_catalog = 'warehouse' AND table_schema = 'audit' "
        "AND table_name = 'publication'"
    ).fetchone()
    return found is not None
