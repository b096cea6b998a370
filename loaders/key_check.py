"""Whether keys, warehouse and vault fit one another: `liia key check`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from loaders import keys, vault, warehouse
from loaders.errors import LiiaError
from loaders.settings import Paths


@dataclass(frozen=True)
class Check:
    """One question; `trouble` is empty when the answer is good."""

    question: str
    place: Path
    trouble: str


def checks(paths: Paths) -> list[Check]:
    """Every check in order. What cannot be asked (no warehouse, no vault yet) is left out; nothing is written."""
    asked = [
        _ask("pseudonym key: there, private, whole", paths.pseudonym_key, lambda: keys.pseudonym_key(paths)),
        _ask("warehouse key: there, private, whole", paths.warehouse_key, lambda: keys.warehouse_key(paths)),
    ]
    pseudonym_key_is_good, warehouse_key_is_good = (not check.trouble for check in asked)
    if paths.warehouse.exists() and warehouse_key_is_good:
        asked.append(
            _ask("warehouse: opens with its key", paths.warehouse, lambda: warehouse.connect(paths, read_only=True).close())
        )
        if pseudonym_key_is_good and not asked[-1].trouble:
            asked.append(_ask("warehouse: made with this pseudonym key", paths.warehouse, lambda: _fits(paths)))
    if pseudonym_key_is_good:
        for la_code in vault.authorities(paths):
            place = vault.place(paths, la_code)
            asked.append(_ask(f"vault {la_code}: opens", place, partial(_opens, paths, la_code)))
    return asked


def _ask(question: str, place: Path, answer: Callable[[], object]) -> Check:
    try:
        answer()
    except LiiaError as error:
        return Check(question, place, str(error))
    return Check(question, place, "")


def _fits(paths: Paths) -> None:
    connection = warehouse.connect(paths, read_only=True)
    try:
        warehouse.refuse_strangers(connection, paths, keys.check_value(keys.pseudonym_key(paths)))
    finally:
        connection.close()


def _opens(paths: Paths, la_code: str) -> None:
    vault.read(paths, keys.pseudonym_key(paths), la_code)
