"""Keyed hashes in place of identifiers: HMAC-SHA-256 (RFC 2104), first 32 hex characters.

The hashed text is `space ␟ la_code ␟ salt ␟ value` for a child number, `space ␟ value` for a UPN or a worker number, which
join authorities (docs/architecture.md 4). ␟ is U+001F, the unit separator; the salt is written as hex.
"""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from loaders import facts
from loaders.errors import SetUpError

SEPARATOR: Final = "\x1f"
KEY_CHARACTERS: Final = 32
BLOCK_BYTES: Final = 64


def normalised(text: str) -> str:
    """What is hashed of an identifier: trimmed, in Unicode form NFC."""
    stripped = text.strip()
    return stripped if stripped.isascii() else unicodedata.normalize("NFC", stripped)


def all_normalised(texts: Sequence[str]) -> Sequence[str]:
    """`normalised` of each. Letters and digits only, as nearly always, are recognised at once."""
    together = "".join(texts)
    return texts if together.isascii() and together.isalnum() else [normalised(text) for text in texts]


def keyed_hashes(key: bytes, prefix: str, values: Iterable[str]) -> list[str]:
    """The first 32 hex characters of HMAC-SHA-256(key, prefix + value), for each value.

    The two SHA-256 states of RFC 2104 are prepared once and copied for each value, the prefix already in the inner one:
    three times as fast as `hmac.digest`, which prepares them anew for every value.
    """
    block = (key if len(key) <= BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + prefix.encode()).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block)).copy
    hashes: list[str] = []
    for value in values:
        first, second = inner(), outer()
        first.update(value.encode())
        second.update(first.digest())
        hashes.append(second.hexdigest()[:KEY_CHARACTERS])
    return hashes


@dataclass(frozen=True)
class Pseudonymiser:
    """Makes child_key, upn_key and worker_key. `salts` holds the random salt of each authority, by la_code.

    Neither secret stands in its repr. Values are hashed as `normalised` gives them; equal values give equal keys, so a
    caller hashes each distinct one once.
    """

    key: bytes = field(repr=False)
    salts: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def throwaway(cls) -> "Pseudonymiser":
        """Random secrets that nobody keeps: for checking a file without a key."""
        return cls(secrets.token_bytes(32), {authority.la_code: secrets.token_bytes(32) for authority in facts.authorities()})

    def child(self, la_code: str, values: Iterable[str]) -> list[str]:
        """child_key of each child number in the space of one authority. Raises SetUpError when it has no salt."""
        if la_code not in self.salts:
            raise SetUpError(f"The vault holds no salt for authority {la_code}. Restore its vault file from the backup.")
        prefix = SEPARATOR.join(("child", la_code, self.salts[la_code].hex(), ""))
        return keyed_hashes(self.key, prefix, all_normalised([*values]))

    def upn(self, values: Iterable[str]) -> list[str]:
        """upn_key of each valid UPN (loaders.shapes.read_upn says which are): upper case, the same in every authority."""
        return keyed_hashes(self.key, f"upn{SEPARATOR}", map(str.upper, all_normalised([*values])))

    def worker(self, values: Iterable[str]) -> list[str]:
        """worker_key of each social worker number: upper case, the same in every authority."""
        return keyed_hashes(self.key, f"worker{SEPARATOR}", map(str.upper, all_normalised([*values])))
