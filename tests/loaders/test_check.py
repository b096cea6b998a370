"""Checking a file without key and warehouse: the verdict of loading, and nothing written or told."""

import os
from pathlib import Path

import pytest

from loaders import check as check_module
from loaders.check import check
from loaders.sources import discover
from tests.loaders import laid
from tests.loaders.reading import source_of


def test_nothing_is_written_and_no_key_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    returns = laid.lay(tmp_path / "returns", laid.samples()[:12])
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    monkeypatch.setenv("LIIA_DATA", str(nowhere))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(nowhere))
    monkeypatch.setenv("TMPDIR", str(nowhere))
    monkeypatch.chdir(nowhere)
    before = {path: path.stat().st_mtime_ns for path in returns.rglob("*")}
    verdicts = [check(source).is_accepted for source in discover([returns], returns)]
    assert len(verdicts) == 12 and any(verdicts)
    assert list(nowhere.iterdir()) == []
    assert {path: path.stat().st_mtime_ns for path in returns.rglob("*")} == before


def test_set_aside_is_told_beforehand() -> None:
    sample = next(s for s in laid.samples() if s.file == "broken/2024_header_ragged.csv")
    source = source_of(sample.path.read_bytes(), sample.place.as_posix())
    assert not check(source).is_accepted
    assert check(source, set_aside=True).counts["header"].n_set_aside == 2


def test_what_is_no_return_has_a_verdict_too(tmp_path: Path) -> None:
    path = tmp_path / "ssda903" / "camden" / "2024" / "notes.docx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (result,) = [check(source) for source in discover([tmp_path], tmp_path)]
    assert result.rejection is not None and result.rejection.rule_code == "not_a_return"
    assert (result.recognised.return_name, result.recognised.la_code, result.recognised.collection_year) == (
        "ssda903",
        "202",
        2024,
    )


def test_a_fault_of_the_reader_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("Quillfeather")

    monkeypatch.setattr(check_module, "read", fails)
    sample = next(s for s in laid.samples() if s.file == "valid_2026_full.xml")
    result = check(source_of(sample.path.read_bytes(), sample.place.as_posix()))
    assert result.rejection is not None and result.rejection.rule_code == "reader_failed"
    assert "Quillfeather" not in result.rejection.reason
