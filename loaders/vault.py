"""The vault: a sealed file per authority with its salt and its child number to child_key table.

Layout of a file: 8 bytes magic with the version, then sealed segments, each a 12-byte nonce, the length of what follows (4 bytes,
big-endian), and AES-256-GCM over the salt (first segment) or over a JSON list of [child number, child_key] (the others). The key
is derived from the pseudonym key. Magic, authority, number of the segment and whether it is the last are authenticated: no
vault passes for another's, and none can be cut short or put in another order unnoticed.
"""

import csv
import io
import json
import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyzipper
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from loaders import keys
from loaders.errors import SetUpError, WrongUse
from loaders.settings import Paths
from loaders.spreadsheet import defuse

MAGIC = b"LIIAVLT1"
NONCE_BYTES = 12
_LENGTH = struct.Struct(">I")
SALT_BYTES = 32
# So many children are sealed together: a vault of any size is written without a second copy of it in memory.
SEGMENT_CHILDREN = 20_000
# AES ZIP stretches a passphrase weakly (1,000 rounds of PBKDF2): length has to do the work.
PASSPHRASE_MINIMUM = 12


@dataclass
class Vault:
    """One authority's: `salt` (32 random bytes) and `children` (child number as sent, trimmed, NFC -> child_key)."""

    la_code: str
    salt: bytes
    children: dict[str, str] = field(default_factory=dict)


def new(la_code: str) -> Vault:
    """An empty vault with a fresh salt, not yet on disk."""
    return Vault(la_code, secrets.token_bytes(SALT_BYTES))


def place(paths: Paths, la_code: str) -> Path:
    return paths.vault / f"{la_code}.vault"


def authorities(paths: Paths) -> list[str]:
    """DfE codes of the authorities that have a vault, in order."""
    return sorted(path.stem for path in paths.vault.glob("*.vault"))


def read(paths: Paths, key: bytes, la_code: str) -> Vault:
    """The vault of one authority; `key` is the pseudonym key. Raises SetUpError when absent, damaged or of another key."""
    path = place(paths, la_code)
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        raise SetUpError(f"There is no vault for authority {la_code} ({path}): nothing of it has been loaded.") from None
    if sealed[: len(MAGIC)] != MAGIC:
        raise SetUpError(f"{path} is not a vault this version can read. Restore it from its backup, or update the project.")
    try:
        salt, *listed = _unsealed(sealed, key, la_code)
    except (InvalidTag, ValueError, struct.error):
        raise SetUpError(
            f"{path} does not open with this pseudonym key, or is damaged. Use the key it was made with "
            "(LIIA_PSEUDONYM_KEY_FILE), or restore the file from its backup."
        ) from None
    return Vault(la_code, salt, {number: child_key for segment in listed for number, child_key in json.loads(segment)})


def write(paths: Paths, key: bytes, vault: Vault) -> None:
    """Seal `vault` and put it in place as a whole; nothing of it touches the disk in clear."""
    paths.vault.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(place(paths, vault.la_code), _sealed(vault, key))


def add(paths: Paths, key: bytes, la_code: str, salt: bytes, *children: dict[str, str]) -> None:
    """Make sure the authority's vault exists with this salt and holds these children; written only when that changes it."""
    if place(paths, la_code).exists():
        vault = read(paths, key, la_code)
        if all(some.items() <= vault.children.items() for some in children):
            return
    else:
        # the first is taken as it is: a very large return should not stand in memory twice
        vault = Vault(la_code, salt, children[0] if children else {})
    for some in children:
        vault.children.update(some)
    write(paths, key, vault)


def keep_only(paths: Paths, key: bytes, la_code: str, child_keys: Iterable[str]) -> int:
    """Drop the entries of every other child_key; returns how many went."""
    vault = read(paths, key, la_code)
    kept = set(child_keys)
    children = {number: child_key for number, child_key in vault.children.items() if child_key in kept}
    gone = len(vault.children) - len(children)
    if gone:
        write(paths, key, Vault(la_code, vault.salt, children))
    return gone


def export(paths: Paths, key: bytes, la_code: str, out: Path, passphrase: str) -> int:
    """Write one authority's child numbers and child_keys as a CSV in an AES-256 ZIP (7-Zip opens it); returns how many.

    Columns child_number, child_key. Raises WrongUse when `out` exists or the passphrase is short.
    """
    if len(passphrase) < PASSPHRASE_MINIMUM:
        raise WrongUse(f"The passphrase needs at least {PASSPHRASE_MINIMUM} characters: four or five random words do well.")
    if out.exists():
        raise WrongUse(f"{out} exists already. Choose another name, or move it away first.")
    vault = read(paths, key, la_code)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["child_number", "child_key"])
    for number, child_key in sorted(vault.children.items()):
        writer.writerow([defuse(number), child_key])
    sealed = io.BytesIO()
    with pyzipper.AESZipFile(sealed, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(passphrase.encode())
        archive.writestr(f"child_numbers_{la_code}.csv", text.getvalue().encode("utf-8-sig"))
    out.parent.mkdir(parents=True, exist_ok=True)
    replace_file(out, [sealed.getvalue()])
    return len(vault.children)


def replace_file(path: Path, content: Iterable[bytes]) -> None:
    """Put `content` at `path` (mode 0600) as a whole or not at all: temporary sibling, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames and removals in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sealed(vault: Vault, key: bytes) -> Iterator[bytes]:
    """The bytes of a vault's file, piece by piece."""
    cipher = AESGCM(keys.derived(key, "vault"))
    numbers = sorted(vault.children)
    starts = range(0, len(numbers), SEGMENT_CHILDREN)
    yield MAGIC
    for segment in range(len(starts) + 1):
        text = vault.salt
        if segment:
            its = numbers[starts[segment - 1] : starts[segment - 1] + SEGMENT_CHILDREN]
            text = json.dumps([[number, vault.children[number]] for number in its], separators=(",", ":")).encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = cipher.encrypt(nonce, text, _bound_to(vault.la_code, segment, segment == len(starts)))
        yield nonce + _LENGTH.pack(len(sealed)) + sealed


def _unsealed(sealed: bytes, key: bytes, la_code: str) -> Iterator[bytes]:
    """What each segment holds. Raises InvalidTag, ValueError or struct.error when anything is not as it was written."""
    cipher = AESGCM(keys.derived(key, "vault"))
    place, segment = len(MAGIC), 0
    while place < len(sealed) or segment == 0:
        (length,) = _LENGTH.unpack_from(sealed, place + NONCE_BYTES)
        start = place + NONCE_BYTES + _LENGTH.size
        bound_to = _bound_to(la_code, segment, start + length == len(sealed))
        yield cipher.decrypt(sealed[place : place + NONCE_BYTES], sealed[start : start + length], bound_to)
        place, segment = start + length, segment + 1


def _bound_to(la_code: str, segment: int, is_last: bool) -> bytes:
    return MAGIC + f"{la_code}|{segment}|{'last' if is_last else 'more'}".encode()
