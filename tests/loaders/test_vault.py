"""The vault: sealed, whole or not at all, one authority's alone."""

import csv
import io
import os
import stat
from pathlib import Path

import pytest
import pyzipper

from loaders import keys, vault
from loaders.errors import SetUpError, WrongUse
from loaders.settings import Paths

PASSPHRASE = "four random words here"


def test_what_is_written_is_read_and_nothing_is_in_clear(paths: Paths) -> None:
    key = keys.pseudonym_key(paths)
    written = vault.new("202")
    written.children.update({"CAMDEN-CHILD-0001": "a" * 32, "Ä 2": "b" * 32})
    vault.write(paths, key, written)
    assert vault.read(paths, key, "202") == written
    place = vault.place(paths, "202")
    sealed = place.read_bytes()
    for clear in (b"CAMDEN", b"a" * 8, b"salt", written.salt, written.salt.hex().encode()):
        assert clear not in sealed
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [path.name for path in paths.vault.iterdir()] == ["202.vault"]


def test_the_same_content_is_never_sealed_alike_twice(paths: Paths) -> None:
    key, content = keys.pseudonym_key(paths), vault.new("202")
    vault.write(paths, key, content)
    first = vault.place(paths, "202").read_bytes()
    vault.write(paths, key, content)
    assert vault.place(paths, "202").read_bytes() != first


def test_salts_differ() -> None:
    assert len({vault.new("202").salt for _ in range(20)}) == 20
    assert len(vault.new("202").salt) == 32


def test_another_key_a_flipped_byte_or_another_authoritys_vault_is_refused(paths: Paths) -> None:
    key = keys.pseudonym_key(paths)
    vault.write(paths, key, vault.new("202"))
    with pytest.raises(SetUpError, match="does not open"):
        vault.read(paths, b"\x00" * 32, "202")
    sealed = vault.place(paths, "202").read_bytes()
    vault.place(paths, "203").write_bytes(sealed)
    with pytest.raises(SetUpError, match="does not open"):
        vault.read(paths, key, "203")
    for damaged in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:9], b"LIIAVLT9" + sealed[8:], b""):
        vault.place(paths, "202").write_bytes(damaged)
        with pytest.raises(SetUpError):
            vault.read(paths, key, "202")
    vault.place(paths, "202").unlink()
    with pytest.raises(SetUpError, match="no vault"):
        vault.read(paths, key, "202")


@pytest.mark.parametrize("n_children", [0, 1, 4, 5, 6, 10, 11])
def test_segments_of_any_number_come_back_in_order_and_none_can_be_moved_or_lost(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, n_children: int
) -> None:
    monkeypatch.setattr(vault, "SEGMENT_CHILDREN", 5)
    key = keys.pseudonym_key(paths)
    written = vault.Vault("202", b"s" * 32, {f"{n:03d}": f"{n:032x}" for n in range(n_children)})
    vault.write(paths, key, written)
    assert vault.read(paths, key, "202") == written
    pieces = list(vault._sealed(written, key))
    assert len(pieces) == 2 + -(-n_children // 5)
    for damaged in (pieces[:-1], [pieces[0], *pieces[:0:-1]], [*pieces, pieces[-1]], [*pieces, b"x"]):
        if damaged != pieces:
            vault.place(paths, "202").write_bytes(b"".join(damaged))
            with pytest.raises(SetUpError, match="does not open"):
                vault.read(paths, key, "202")


def test_add_keeps_salt_and_earlier_children_and_writes_only_what_is_new(paths: Paths) -> None:
    key, salt = keys.pseudonym_key(paths), b"s" * 32
    vault.add(paths, key, "202", salt, {"1": "a"})
    vault.add(paths, key, "202", b"t" * 32, {"2": "b"}, {"3": "c"})
    assert vault.read(paths, key, "202") == vault.Vault("202", salt, {"1": "a", "2": "b", "3": "c"})
    vault.add(paths, key, "203", salt, {"1": "a"}, {"2": "b"})
    assert vault.read(paths, key, "203").children == {"1": "a", "2": "b"}
    vault.add(paths, key, "204", salt)
    assert vault.read(paths, key, "204") == vault.Vault("204", salt, {})
    before = vault.place(paths, "202").read_bytes()
    vault.add(paths, key, "202", salt, {"1": "a"})
    assert vault.place(paths, "202").read_bytes() == before


def test_keep_only_drops_the_others(paths: Paths) -> None:
    key = keys.pseudonym_key(paths)
    vault.add(paths, key, "202", b"s" * 32, {"1": "a", "2": "b", "3": "c"})
    assert vault.keep_only(paths, key, "202", ["b", "x"]) == 2
    assert vault.read(paths, key, "202").children == {"2": "b"}
    assert vault.keep_only(paths, key, "202", ["b"]) == 0


def test_a_write_that_fails_leaves_the_former_vault(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    key = keys.pseudonym_key(paths)
    vault.add(paths, key, "202", b"s" * 32, {"1": "a"})

    def no_space(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fsync", no_space)
        vault.add(paths, key, "202", b"s" * 32, {"2": "b"})
    assert vault.read(paths, key, "202").children == {"1": "a"}


def test_export_gives_one_authoritys_numbers_to_a_passphrase(paths: Paths, tmp_path: Path) -> None:
    key = keys.pseudonym_key(paths)
    vault.add(paths, key, "202", b"s" * 32, {"10": "a" * 32, "=cmd|' /C calc'!A0": "b" * 32, "-7": "c" * 32})
    vault.add(paths, key, "203", b"t" * 32, {"GREENWICH1": "d" * 32})
    out = tmp_path / "out" / "camden.zip"
    assert vault.export(paths, key, "202", out, PASSPHRASE) == 3
    sealed = out.read_bytes()
    assert b"calc" not in sealed
    # the extra field 0x9901 of the AES ZIP: id, size, version, "AE", then the strength, 3 = 256 bits
    assert sealed[sealed.index(b"\x01\x99\x07\x00") + 8] == 3
    assert [path.name for path in out.parent.iterdir()] == ["camden.zip"]
    with pyzipper.AESZipFile(out) as archive:
        assert [info.filename for info in archive.infolist()] == ["child_numbers_202.csv"]
        with pytest.raises(RuntimeError):
            archive.read("child_numbers_202.csv")
        archive.setpassword(PASSPHRASE.encode())
        text = archive.read("child_numbers_202.csv").decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["child_number", "child_key"],
        ["-7", "c" * 32],
        ["10", "a" * 32],
        ["'=cmd|' /C calc'!A0", "b" * 32],
    ]


def test_export_refuses_a_short_passphrase_and_an_existing_file(paths: Paths, tmp_path: Path) -> None:
    key = keys.pseudonym_key(paths)
    vault.add(paths, key, "202", b"s" * 32, {"10": "a" * 32})
    out = tmp_path / "camden.zip"
    with pytest.raises(WrongUse, match="12 characters"):
        vault.export(paths, key, "202", out, "eleven char")
    assert not out.exists()
    out.write_bytes(b"mine")
    with pytest.raises(WrongUse, match="exists already"):
        vault.export(paths, key, "202", out, PASSPHRASE)
    assert out.read_bytes() == b"mine"
