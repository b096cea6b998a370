"""The two secrets: made once, private, whole, and the ones this warehouse was born with."""

import stat
from pathlib import Path

import pytest

from loaders import key_check, keys, vault, warehouse
from loaders.errors import SetUpError
from loaders.settings import Paths, demo_paths
from tests.loaders.store import liia


def troubles(paths: Paths) -> dict[str, str]:
    return {check.question: check.trouble for check in key_check.checks(paths) if check.trouble}


def test_a_new_key_is_32_private_bytes_and_never_overwritten(tmp_path: Path) -> None:
    place = tmp_path / "config" / "a.key"
    keys.new_key(place)
    first = place.read_bytes()
    assert len(first) == 32
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(SetUpError, match="exists already"):
        keys.new_key(place)
    assert place.read_bytes() == first
    keys.new_key(tmp_path / "b.key")
    assert (tmp_path / "b.key").read_bytes() != first


def test_a_missing_damaged_or_public_key_is_refused(paths: Paths) -> None:
    place = paths.pseudonym_key
    place.chmod(0o640)
    with pytest.raises(SetUpError, match="chmod 600"):
        keys.pseudonym_key(paths)
    place.chmod(0o600)
    place.write_bytes(b"x" * 31)
    with pytest.raises(SetUpError, match="31 bytes, not 32"):
        keys.pseudonym_key(paths)
    place.unlink()
    with pytest.raises(SetUpError, match="liia key new"):
        keys.pseudonym_key(paths)


def test_the_check_value_tells_keys_apart_and_is_not_the_key() -> None:
    one, other = b"\x01" * 32, b"\x02" * 32
    assert keys.check_value(one) == keys.check_value(one)
    assert keys.check_value(one) != keys.check_value(other)
    assert one.hex()[:32] != keys.check_value(one)
    assert keys.derived(one, "vault") != keys.derived(one, "check")


def test_checks_are_good_for_a_warehouse_with_its_own_keys(paths: Paths) -> None:
    assert len(key_check.checks(paths)) == 2
    warehouse.open_or_create(paths).close()
    vault.write(paths, keys.pseudonym_key(paths), vault.new("202"))
    assert len(key_check.checks(paths)) == 5
    assert troubles(paths) == {}


def test_checks_name_what_does_not_fit(paths: Paths) -> None:
    warehouse.open_or_create(paths).close()
    vault.write(paths, keys.pseudonym_key(paths), vault.new("202"))
    paths.pseudonym_key.unlink()
    keys.new_key(paths.pseudonym_key)
    assert set(troubles(paths)) == {"warehouse: made with this pseudonym key", "vault 202: opens"}
    paths.warehouse_key.unlink()
    keys.new_key(paths.warehouse_key)
    assert "warehouse: opens with its key" in troubles(paths)
    paths.warehouse_key.unlink()
    assert "warehouse key: there, private, whole" in troubles(paths)


def test_the_demo_makes_its_own_keys_once(paths: Paths) -> None:
    demo = demo_paths()
    keys.make_demo_keys(demo)
    first = (demo.pseudonym_key.read_bytes(), demo.warehouse_key.read_bytes())
    keys.make_demo_keys(demo)
    assert (demo.pseudonym_key.read_bytes(), demo.warehouse_key.read_bytes()) == first
    assert first[0] != keys.pseudonym_key(paths)
    warehouse.open_or_create(demo).close()
    demo.warehouse_key.unlink()
    with pytest.raises(SetUpError, match="cannot be opened"):
        keys.make_demo_keys(demo)


def test_key_new_and_check_on_the_command_line(tmp_path: Path) -> None:
    missing = liia(tmp_path, "key", "check")
    assert missing.returncode == 3
    assert "liia key new" in missing.stdout
    made = liia(tmp_path, "key", "new", "pseudonym")
    assert made.returncode == 0
    assert (tmp_path / "config" / "liia" / "pseudonym.key").exists()
    again = liia(tmp_path, "key", "new")
    assert again.returncode == 3
    assert "liia key new warehouse" in again.stderr
    assert not (tmp_path / "config" / "liia" / "warehouse.key").exists()
    assert liia(tmp_path, "key", "new", "warehouse").returncode == 0
    assert liia(tmp_path, "key", "check").returncode == 0
    assert liia(tmp_path, "key", "new", "door").returncode == 2
    assert "Traceback" not in missing.stderr + again.stderr
