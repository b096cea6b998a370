"""The two secrets: 32 random bytes each, in files of mode 0600. No default key exists in code."""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from loaders.errors import SetUpError
from loaders.settings import Paths

KEY_BYTES = 32


def new_key(path: Path) -> None:
    """Write 32 random bytes to `path` (0600). Raises SetUpError if a file is there: a key is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SetUpError(
            f"{path} exists already. A key is never overwritten: data made with it could not be read again. "
            "Move it away first if you are sure."
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path, purpose: str) -> bytes:
    """The 32 bytes in `path`. Raises SetUpError when absent, of a wrong length, or readable by others."""
    try:
        mode = path.stat().st_mode
        key = path.read_bytes()
    except FileNotFoundError:
        raise SetUpError(
            f"No {purpose} key at {path}. Make both keys with `liia key new`, or point "
            f"LIIA_{purpose.upper()}_KEY_FILE at the file your information governance lead keeps."
        ) from None
    except PermissionError:
        raise SetUpError(f"The {purpose} key at {path} cannot be read by this user. Ask its keeper.") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SetUpError(f"The {purpose} key at {path} can be read by others. Run: chmod 600 {path}")
    if len(key) != KEY_BYTES:
        raise SetUpError(
            f"The {purpose} key at {path} holds {len(key)} bytes, not {KEY_BYTES}: it is damaged. Restore it from its backup."
        )
    return key


def pseudonym_key(paths: Paths) -> bytes:
    """The secret behind every child_key, upn_key and worker_key, and behind the vault."""
    return read_key(paths.pseudonym_key, "pseudonym")


def warehouse_key(paths: Paths) -> bytes:
    """The secret that encrypts the warehouse file."""
    return read_key(paths.warehouse_key, "warehouse")


def check_value(key: bytes) -> str:
    """What a warehouse keeps of its pseudonym key, to refuse another: one-way, 32 hex characters."""
    return hmac.digest(key, b"liia-warehouse pseudonym key check", "sha256").hex()[:32]


def derived(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (RFC 5869 extract-free expand, one block), so that no key serves two ends."""
    return hmac.new(key, purpose.encode() + b"\x01", hashlib.sha256).digest()


def make_demo_keys(paths: Paths) -> None:
    """Keys for a demo warehouse that has none yet; its data are invented, so the keys may lie beside them.

    Raises SetUpError when a warehouse is there and a key is not: new keys would not open it.
    """
    missing = [place for place in (paths.pseudonym_key, paths.warehouse_key) if not place.exists()]
    if missing and paths.warehouse.exists():
        raise SetUpError(f"{missing[0]} is missing, so {paths.warehouse} cannot be opened. Delete {paths.root} and build anew.")
    for place in missing:
        new_key(place)
