"""Keyed hashes: known answers made with the standard library's HMAC, the spaces apart, nothing secret in sight."""

import hashlib
import hmac
import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import facts
from loaders.errors import SetUpError
from loaders.pseudonym import Pseudonymiser, keyed_hashes

KEY = bytes(range(32))
SALT = bytes(range(100, 132))
PSEUDONYMISER = Pseudonymiser(KEY, {"202": SALT, "203": bytes(32)})


def test_known_answers() -> None:
    """Made once with the standard library: HMAC-SHA-256 of the message, first 32 hex characters."""
    messages = {
        "upn\x1fM202000017201": "fdb6317668955a6db4777e05d66c1c3f",
        f"child\x1f202\x1f{SALT.hex()}\x1f100001": "7fd5dd43cbfcf7e3981e3e10354ab66a",
        "worker\x1fSW10000": "b1c3cc4403cb5e985954ad6118f7518e",
    }
    for message, answer in messages.items():
        assert hmac.new(KEY, message.encode(), hashlib.sha256).hexdigest()[:32] == answer
    assert [
        *PSEUDONYMISER.upn(["M202000017201"]),
        *PSEUDONYMISER.child("202", ["100001"]),
        *PSEUDONYMISER.worker(["SW10000"]),
    ] == list(messages.values())


def test_values_are_trimmed_and_in_one_unicode_form() -> None:
    composed, decomposed = unicodedata.normalize("NFC", "Zoë1"), unicodedata.normalize("NFD", "Zoë1")
    assert composed != decomposed
    assert PSEUDONYMISER.child("202", [f" {decomposed}\t"]) == PSEUDONYMISER.child("202", [composed])


def test_case_counts_for_a_child_number_only() -> None:
    assert PSEUDONYMISER.child("202", ["ab1"]) != PSEUDONYMISER.child("202", ["AB1"])
    assert PSEUDONYMISER.upn(["m202000017201"]) == PSEUDONYMISER.upn(["M202000017201"])
    assert PSEUDONYMISER.worker(["sw1"]) == PSEUDONYMISER.worker(["SW1"])


def test_one_number_in_two_authorities_is_two_children() -> None:
    same_salt = Pseudonymiser(KEY, {"202": SALT, "203": SALT})
    assert same_salt.child("202", ["1"]) != same_salt.child("203", ["1"])
    other_salt = Pseudonymiser(KEY, {"202": bytes(32)})
    assert PSEUDONYMISER.child("202", ["1"]) != other_salt.child("202", ["1"])


def test_an_authority_without_salt_is_told() -> None:
    with pytest.raises(SetUpError, match="301"):
        PSEUDONYMISER.child("301", ["1"])


@given(st.binary(max_size=100), st.text(max_size=20), st.lists(st.text(max_size=30), max_size=5))
def test_the_prepared_states_are_hmac(key: bytes, prefix: str, values: list[str]) -> None:
    expected = [hmac.new(key, (prefix + value).encode(), hashlib.sha256).hexdigest()[:32] for value in values]
    assert keyed_hashes(key, prefix, values) == expected


def test_secrets_stand_in_no_text_and_travel_between_processes() -> None:
    assert KEY.hex() not in repr(PSEUDONYMISER) and repr(KEY)[2:-1] not in repr(PSEUDONYMISER)
    travelled = pickle.loads(pickle.dumps(PSEUDONYMISER))
    assert travelled.child("202", ["1"]) == PSEUDONYMISER.child("202", ["1"])


def test_a_throwaway_is_never_the_same_and_serves_all() -> None:
    first, second = Pseudonymiser.throwaway(), Pseudonymiser.throwaway()
    assert first.upn(["M202000017201"]) != second.upn(["M202000017201"])
    for authority in facts.authorities():
        assert len(first.child(authority.la_code, ["1"])[0]) == 32
