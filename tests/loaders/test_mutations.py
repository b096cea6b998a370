"""Damaged copies of the samples: whatever is done to a file, it is read or rejected, counts add up, and nothing is said."""

import random
import re
from collections.abc import Callable
from functools import cache

import pytest

from loaders.contract import Outcome
from loaders.errors import ReturnRejected
from loaders.identify import identify, partial_identity
from loaders.readers import read
from tests.loaders import laid
from tests.loaders.reading import LOAD_ID, PSEUDONYMISER, source_of

Mutation = Callable[[random.Random, bytes], bytes]


def _flip_bits(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _replace_bytes(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data))
    new = rng.choice((b"\0", b'"', b"<", b">", b"&", b",", b"\n", b"\r", b"\xff", b"<!--", b"<![CDATA[", b"]]>", b"\xe9", b"\t"))
    return data[:place] + new + data[place + rng.randrange(2) :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def _take_out(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(1, 200) :]


def _double_piece(rng: random.Random, data: bytes) -> bytes:
    start = rng.randrange(len(data))
    end = start + rng.randrange(1, 400)
    return data[:end] + data[start:end] + data[end:]


def _double_line(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    return b"".join([*lines[:place], lines[place], *lines[place:]])


def _swap_lines(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def _swap_cells(rng: random.Random, data: bytes) -> bytes:
    parts = re.split(rb"([,<>\n])", data)
    first, second = rng.randrange(0, len(parts), 2), rng.randrange(0, len(parts), 2)
    parts[first], parts[second] = parts[second], parts[first]
    return b"".join(parts)


def _other_sample(rng: random.Random, data: bytes) -> bytes:
    other = rng.choice(_usable()).path.read_bytes()
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bits,
    _replace_bytes,
    _cut,
    _take_out,
    _double_piece,
    _double_line,
    _swap_lines,
    _swap_cells,
    _other_sample,
)


@cache
def _usable() -> list[laid.Sample]:
    return [sample for sample in laid.samples() if sample.path.stat().st_size > 0]


# What tells a child in the samples: child numbers, UPNs, postcodes, names, whole dates.
_IDENTIFIERS = re.compile(
    r"LDN\d{4,}|\b[1-3]\d{5}\b|\b999999\b|[A-Z]\d{12}|[A-Z]\d{11}[A-Z]|ZZ9\d ?\d[A-Z]{2}|Invented(?= ?,)|blue|seen at school"
)


def identifiers_in(data: bytes) -> set[str]:
    return {found for found in _IDENTIFIERS.findall(data.replace(b"\0", b"").decode("latin-1")) if len(found) >= 4}


def check_mutation(seed: int) -> str:
    """Mutate one sample and read it; gives the verdict, and fails on a crash, a wrong count or a value said."""
    rng = random.Random(seed)
    sample = rng.choice(_usable())
    original = sample.path.read_bytes()
    data = rng.choice(MUTATIONS)(rng, original)
    set_aside = rng.random() < 0.3
    source = source_of(data, sample.place.as_posix())
    outcome = Outcome()
    n_rows: dict[str, int] = {}
    kept: list[str] = []
    said: list[str] = []
    verdict = "accepted"
    try:
        identity = identify(source)
        for batch in read(source, identity, LOAD_ID, PSEUDONYMISER, outcome, set_aside=set_aside):
            n_rows[batch.table_name] = n_rows.get(batch.table_name, 0) + batch.rows.num_rows
            kept += [str(value) for row in batch.rows.to_pylist() for value in row.values()]
        for table, count in outcome.counts.items():
            assert count.n_in_file == count.n_kept + count.n_set_aside + count.n_duplicate, (seed, table, count)
            assert count.n_kept == n_rows.get(table, 0), (seed, table, count)
            assert set_aside or count.n_set_aside == 0, (seed, table, count)
    except ReturnRejected as error:
        verdict = "rejected"
        said += [error.reason, str(error), error.field or "", error.table_name or "", repr(error.__cause__)]
        said.append(repr(partial_identity(source)))
        assert error.rule_code and error.reason, seed
    said += [repr(finding) for finding in outcome.findings]
    for identifier in identifiers_in(original) | identifiers_in(data):
        assert not any(identifier in text for text in said), (seed, "said", verdict)
        assert identifier not in kept, (seed, "kept", verdict)
    return verdict


def test_identifiers_of_the_samples_are_recognised() -> None:
    """The check above is only worth something if it knows what to look for."""
    header = (laid.SAMPLES / "ssda903" / "valid" / "camden" / "2024" / "SSDA903_2024_header.csv").read_bytes()
    assert {"100001", "A202000000101"} <= identifiers_in(header)
    census = (laid.SAMPLES / "cin_census" / "valid_2026_full.xml").read_bytes()
    assert {"LDN000201", "M202000017201"} <= identifiers_in(census)


def test_two_hundred_mutations() -> None:
    verdicts = [check_mutation(seed) for seed in range(200)]
    # mutations that all end alike would test little
    assert 30 < verdicts.count("accepted") < 190


@pytest.mark.long
def test_two_thousand_mutations() -> None:
    verdicts = [check_mutation(seed) for seed in range(1000, 3000)]
    assert 300 < verdicts.count("accepted") < 1900
