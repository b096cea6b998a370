"""One column as sent becomes its raw columns: values read by their shape, identifiers hashed, problems located.

Work is done once per distinct value: a column comes as an Arrow dictionary (distinct texts and, per row, their number).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from loaders import facts, shapes
from loaders.arrays import Flags, Integers
from loaders.findings_rules import FindingBook
from loaders.pseudonym import Pseudonymiser, normalised

# Readings kept of fields read alike; with more distinct values than this there is nothing to gain.
MAX_REMEMBERED: Final = 100_000
_BLANK: Final = shapes.Reading(None)
_TEXT: Final = pa.string()


@dataclass(frozen=True)
class Sent:
    """A column as sent: `texts` are its distinct texts, `codes` the number of each row's text, -1 where there is none.

    `distinct` are the texts in Arrow, before they were cleaned.
    """

    texts: list[str]
    codes: Integers
    distinct: pa.StringArray

    @classmethod
    def of(cls, column: pa.DictionaryArray, clean: Callable[[str], str] | None = None) -> "Sent":
        """Of an Arrow dictionary; `clean` is applied to each distinct text."""
        texts = column.dictionary.to_pylist()
        if clean is not None:
            texts = [clean(text) for text in texts]
        return cls(texts, column.indices.to_numpy(zero_copy_only=False), column.dictionary)

    @classmethod
    def absent(cls, n: int) -> "Sent":
        """A column that the file does not have."""
        return cls([], np.full(n, -1, dtype=np.int64), pa.array([], pa.string()))

    def where(self, is_wanted: list[bool]) -> Flags:
        """Which rows hold a text for which `is_wanted` (one flag per distinct text)."""
        if not any(is_wanted):
            return np.zeros(len(self.codes), dtype=np.bool_)
        return np.append(np.array(is_wanted, dtype=np.bool_), False)[self.codes]

    def kept(self, rows: Flags | None) -> "Sent":
        """Some of the rows; None means all, which nearly every block keeps."""
        return self if rows is None else Sent(self.texts, self.codes[rows], self.distinct)

    def spread(self, values: Sequence[str | None]) -> pa.DictionaryArray:
        """A text column of the rows, from one value per distinct text; null where there is none."""
        return dictionary(self.codes, values)


def dictionary(codes: Integers, values: Sequence[str | None]) -> pa.DictionaryArray:
    """A text column that holds each of `values` once: `codes` tells the number of each row's value, -1 that it has none.

    Less than plain text to send from worker to warehouse; DuckDB reads either at the same speed.
    """
    codes = codes.astype(np.int32, copy=False)
    if None in values:
        # a null is a row without a value, never a value: Arrow cannot join dictionaries that hold one
        numbers = [-1 if value is None else number for number, value in enumerate(values)]
        codes = np.array([*numbers, -1], dtype=np.int32)[codes]
        values = ["" if value is None else value for value in values]
    has_nulls = len(codes) > 0 and codes.min() < 0
    rows = pa.array(codes, mask=codes < 0) if has_nulls else pa.array(codes)
    return pa.DictionaryArray.from_arrays(rows, pa.array(values, _TEXT), safe=False)


def constant(value: str | int, n: int) -> pa.Array:
    """The same value in every row: a text as a dictionary of one, a number as an integer of 32 bits."""
    if isinstance(value, str):
        return dictionary(np.zeros(n, dtype=np.int32), [value])
    return pa.array(np.full(n, value, dtype=np.int32))


class _Memory:
    """A reader of cells and what it has read: texts recur from row to row and from file to file."""

    def __init__(self, read: shapes.Reader) -> None:
        self._read = read
        self._known: dict[str, shapes.Reading] = {}

    def readings(self, texts: list[str]) -> list[shapes.Reading]:
        """The reading of each text, trimmed; of a blank one, BLANK."""
        known = self._known
        if len(known) > MAX_REMEMBERED:
            known.clear()
        for text in texts:
            if text not in known:
                trimmed = text.strip()
                known[text] = self._read(trimmed) if trimmed else _BLANK
        return [known[text] for text in texts]


@cache
def _memory(treatment: str, shape: str, code_list: str, return_name: str, year: int) -> _Memory:
    """One for all fields that are read alike; only codes change with the year."""
    return _Memory(shapes.reader_for(treatment, shape, code_list, facts.returns()[return_name], year))


class FieldReader:
    """Reads one field of one table of one file; remembers what it has read."""

    def __init__(
        self,
        field: facts.Field,
        a_return: facts.Return,
        year: int,
        pseudonymiser: Pseudonymiser,
        book: FindingBook,
    ) -> None:
        self.field = field
        self.columns = field.raw_columns
        self._book = book
        self._pseudonymiser = pseudonymiser
        self._memory = (
            _memory(field.treatment, field.shape, field.code_list, a_return.name, year if field.code_list else 0)
            if field.treatment in ("keep", "month", "sector")
            else None
        )
        self._is_asked_for = field.required and field.valid_in(year) and field.treatment != "key:child"
        self._workers: dict[str, str | None] = {}

    def raw(self, sent: Sent, lines: Integers) -> list[pa.Array]:
        """The field's raw columns (`self.columns`) for rows that start at `lines`. Notes what is wrong in the book."""
        if self.field.treatment == "key:upn":
            return self._upn_columns(sent, lines)
        if self.field.treatment == "key:worker":
            return self._worker_column(sent, lines)
        if self._memory is None:
            raise ValueError(f"{self.field.table}.{self.field.field}: a field of treatment {self.field.treatment} has no column")
        readings = self._memory.readings(sent.texts)
        rules = {reading.rule_code for reading in readings} - {None}
        for rule_code in sorted(rule for rule in rules if rule):
            self._note(rule_code, sent, [reading.rule_code == rule_code for reading in readings], lines)
        self._note_blank(sent, [reading == _BLANK for reading in readings], lines)
        is_unreadable = (
            sent.where([reading.is_unreadable for reading in readings]) if rules else np.zeros(len(sent.codes), dtype=np.bool_)
        )
        return [sent.spread([reading.value for reading in readings]), pa.array(is_unreadable)]

    def _upn_columns(self, sent: Sent, lines: Integers) -> list[pa.Array]:
        texts = sent.texts
        is_valid = shapes.are_valid_upns(texts)
        # by place, those that are not valid as they stand; a valid one in lower case is among them
        others = {place: shapes.read_upn(normalised(texts[place])) for place, is_its in enumerate(is_valid) if not is_its}
        values: list[str | None] = [*texts]
        statuses = {"blank": 0, "valid": 1}
        numbers = [1] * len(texts)
        unknown_codes: list[str | None] = [None] * len(texts)
        for place, reading in others.items():
            values[place], unknown_codes[place] = reading.value, reading.unknown_code
            numbers[place] = statuses.setdefault(reading.status, len(statuses))
        for rule_code in sorted({reading.rule_code for reading in others.values() if reading.rule_code}):
            is_its = [place in others and others[place].rule_code == rule_code for place in range(len(texts))]
            self._note(rule_code, sent, is_its, lines)
        self._note_blank(sent, [number == 0 for number in numbers], lines)
        hashed = iter(self._pseudonymiser.upn([value for value in values if value]))
        keys = [next(hashed) if value else None for value in values]
        # a row without the element is blank too
        status = dictionary(np.array([*numbers, 0], dtype=np.int32)[sent.codes], [*statuses])
        return [sent.spread(keys), status, sent.spread(unknown_codes)]

    def _worker_column(self, sent: Sent, lines: Integers) -> list[pa.Array]:
        known = self._workers
        if len(known) > MAX_REMEMBERED:
            known.clear()
        new = [text for text in sent.texts if text not in known and text.strip()]
        known.update(zip(new, self._pseudonymiser.worker(new), strict=True))
        self._note_blank(sent, [not text.strip() for text in sent.texts], lines)
        return [sent.spread([known.get(text) for text in sent.texts])]

    def _note(self, rule_code: str, sent: Sent, is_concerned: list[bool], lines: Integers) -> None:
        rows = np.flatnonzero(sent.where(is_concerned))
        self._book.add_rows(
            rule_code,
            self.field.table,
            self.field.field,
            lines[rows],
            lambda n: shapes.describe(sent.texts[sent.codes[rows[n]]].strip()),
        )

    def _note_blank(self, sent: Sent, is_blank: list[bool], lines: Integers) -> None:
        """A field that every row must have, and some have not."""
        if not self._is_asked_for:
            return
        missing = (sent.codes < 0) | sent.where(is_blank) if any(is_blank) else sent.codes < 0
        if missing.any():
            self._book.add_rows("required_blank", self.field.table, self.field.field, lines[missing], lambda n: "")
