"""What a single cell may hold: each shape reads one text and says what is kept of it, or what is wrong with it.

A reader is a pure function from the trimmed, non-empty text of a cell to a Reading. What no shape allows is not kept, so
that a shifted cell, a name or a note never enters the warehouse (docs/architecture.md 4 and 13).
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from loaders import facts
from loaders.pseudonym import normalised


class Reading(NamedTuple):
    """What is kept of a cell (None: nothing) and the rule it breaks, if any. Unreadable: nothing could be kept."""

    value: str | None
    rule_code: str | None = None

    @property
    def is_unreadable(self) -> bool:
        return self.value is None and self.rule_code is not None


Reader = Callable[[str], Reading]

UNREADABLE: Final = Reading(None, "unreadable_value")

_MONTHS: Final = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_DAY_FIRST = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DAY_MONTH_NAME = re.compile(r"([0-9]{2})-([A-Za-z]{3})-([0-9]{4})", re.ASCII)
_PARTIAL_DATE = re.compile(r"([0-9]{2}|zz)/([0-9]{2}|zz)/([0-9]{4}|zzzz|zz)", re.ASCII)
_TIMESTAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]", re.ASCII)
# Outward code, then the sector digit, then the unit: the form of every UK postcode.
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) *([0-9])[A-Z]{2}", re.ASCII)
_URN = re.compile(r"SC[0-9]{6}|[0-9]{7}|X{6,7}", re.ASCII)
_NEW_CODE = re.compile(r"[A-Z0-9]{1,4}", re.ASCII)

# Check letters of a unique pupil number, in the order of their values (DfE, A guide to unique pupil numbers): no I, O, S.
UPN_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(rf"[{UPN_LETTERS}][0-9]{{11}}[0-9{UPN_LETTERS}]", re.ASCII)
_UPN_UNKNOWN = re.compile(r"UN[0-9]{1,2}", re.ASCII)

# 1.00002E+05: a spreadsheet has rounded the number; 12E3 (no sign) is an identifier. #N/A and the like: the cell's own error.
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee][+-][0-9]{2,}", re.ASCII)
_CELL_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|DIV/0!|#*)", re.ASCII)
_DECIMAL = re.compile(r"([0-9]+)\.0+", re.ASCII)
MAX_CHILD_NUMBER: Final = 20


def day_of(text: str) -> tuple[date, str] | None:
    """The day a text names and the form it has ('dd/mm/yyyy', 'yyyy-mm-dd', 'dd-Mon-yyyy'); None for anything else.

    Month first is never tried, two-digit years, times and a spreadsheet's day numbers are not dates.
    """
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, form = int(found[1]), int(found[2]), int(found[3]), "dd/mm/yyyy"
    elif found := _ISO.fullmatch(text):
        year, month, day, form = int(found[1]), int(found[2]), int(found[3]), "yyyy-mm-dd"
    elif found := _DAY_MONTH_NAME.fullmatch(text):
        day, month, year, form = int(found[1]), _MONTHS.get(found[2].lower(), 0), int(found[3]), "dd-Mon-yyyy"
    else:
        return None
    try:
        return date(year, month, day), form
    except ValueError:
        return None


def _date_reader(own_form: str) -> Reader:
    def read(text: str) -> Reading:
        found = day_of(text)
        if found is None:
            return UNREADABLE
        return Reading(text, None if found[1] == own_form else "date_other_form")

    return read


def _month_reader(own_form: str) -> Reader:
    def read(text: str) -> Reading:
        found = day_of(text)
        if found is None:
            return UNREADABLE
        return Reading(found[0].replace(day=1).isoformat(), None if found[1] == own_form else "date_other_form")

    return read


def _read_sector(text: str) -> Reading:
    """Postcode to postcode sector: outward code, space, first digit of the inward code."""
    found = _POSTCODE.fullmatch(text.upper())
    return Reading(f"{found[1]} {found[2]}") if found else UNREADABLE


def _read_partial_date(text: str) -> Reading:
    """dd/mm/yyyy in which an unknown part is written zz; a whole date must exist, a known month lie between 1 and 12."""
    found = _PARTIAL_DATE.fullmatch(text.lower())
    if found is None:
        return UNREADABLE
    day, month, year = found[1], found[2], found[3]
    try:
        # the year 2000 is a leap year: a day that exists in some year passes when the year is unknown
        date(2000 if year.startswith("z") else int(year), 1 if month == "zz" else int(month), 1 if day == "zz" else int(day))
    except ValueError:
        return UNREADABLE
    return Reading(text.lower())


def is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit() and text != "0000"


def is_serial(text: str) -> bool:
    return 1 <= len(text) <= 6 and text.isascii() and text.isdigit()


def is_timestamp(text: str) -> bool:
    found = _TIMESTAMP.fullmatch(text)
    return bool(found and day_of(found[1]))


def _read_timestamp(text: str) -> Reading:
    return Reading(text) if is_timestamp(text) else UNREADABLE


def _read_urn(text: str) -> Reading:
    return _folded(text) if _URN.fullmatch(text.upper()) else UNREADABLE


def _digits_reader(least: int, most: int) -> Reader:
    def read(text: str) -> Reading:
        fits = least <= len(text) <= most and text.isascii() and text.isdigit()
        return Reading(text) if fits else UNREADABLE

    return read


def _folded(text: str) -> Reading:
    upper = text.upper()
    return Reading(upper, None if upper == text else "code_case_folded")


def _pattern(code: str) -> str:
    return "".join("9" if character.isdigit() else "A" for character in code)


def code_reader(list_name: str, year: int, also: Reader | None = None) -> Reader:
    """Codes of one list. A code of another year is kept with a finding; so is a new one, if it has a digit and looks like
    a code of the list letter for letter and digit for digit: a surname in capitals never does.

    `also` reads what the list does not hold before it is called unknown.
    """
    codes = facts.code_list(list_name)
    in_lower_case = {code for code in codes if code != code.upper()}
    patterns = {_pattern(code) for code in codes if any(character.isdigit() for character in code)}

    def read(text: str) -> Reading:
        upper = text.upper()
        if text in codes or text.lower() in in_lower_case:
            code, rule = (text if text in codes else text.lower()), None
        elif upper in codes:
            code, rule = upper, "code_case_folded"
        else:
            if also is not None and not (reading := also(text)).is_unreadable:
                return reading
            looks_like_one = _NEW_CODE.fullmatch(text) and _pattern(text) in patterns
            return Reading(text, "unknown_code") if looks_like_one else UNREADABLE
        first, last = codes[code]
        if year < first or (last is not None and year > last):
            rule = "code_out_of_year"
        return Reading(code, rule)

    return read


def _fixed_code_reader(collection_code: str) -> Reader:
    """For a code without a list: the return's own code, or one capital letter (the level of the source)."""

    def read(text: str) -> Reading:
        is_letter = len(text) == 1 and text.isascii() and text.isalpha() and text.isupper()
        return Reading(text) if is_letter or text == collection_code else UNREADABLE

    return read


def reader_for(treatment: str, shape: str, code_list: str, a_return: facts.Return, year: int) -> Reader:
    """The reader of kept, month and sector fields of one shape, with the codes of one collection year.

    Raises ValueError for a shape that no reader knows: a fault of the facts, found by their tests.
    """
    own_form = "yyyy-mm-dd" if a_return.format == "xml" else "dd/mm/yyyy"
    if treatment == "month":
        return _month_reader(own_form)
    if treatment == "sector":
        return _read_sector
    if shape == "code":
        return code_reader(code_list, year) if code_list else _fixed_code_reader(a_return.collection_code)
    if shape == "authority_code":
        three_digits = _digits_reader(3, 3)
        return code_reader(code_list, year, also=three_digits) if code_list else three_digits
    readers: dict[str, Reader] = {
        "date": _date_reader(own_form),
        "integer": _digits_reader(1, 3),
        "serial": _digits_reader(1, 6),
        "year": _digits_reader(4, 4),
        "urn": _read_urn,
        "partial_date": _read_partial_date,
        "timestamp": _read_timestamp,
    }
    if shape not in readers:
        raise ValueError(f"No reader for treatment {treatment!r}, shape {shape!r}: loaders/specs names one that is not known.")
    return readers[shape]


class UpnReading(NamedTuple):
    """A UPN judged before it is hashed: the text to hash (None unless valid), its status, a code for why there is none,
    and the rule it breaks."""

    value: str | None
    status: str
    unknown_code: str | None = None
    rule_code: str | None = None


def upn_check_letter(last_twelve: str) -> str:
    """The letter that goes before the other twelve characters of a UPN: their values times 2, 3, … 13, modulo 23."""
    values = (int(c) if c.isdigit() else UPN_LETTERS.index(c) for c in last_twelve)
    return UPN_LETTERS[sum(weight * value for weight, value in enumerate(values, 2)) % 23]


def read_upn(text: str) -> UpnReading:
    """Judge a UPN: valid, temporary, wrong check letter, unknown code, blank or malformed."""
    upper = text.upper()
    if not upper:
        return UpnReading(None, "blank")
    if _UPN.fullmatch(upper):
        if upn_check_letter(upper[1:]) != upper[0]:
            return UpnReading(None, "wrong check letter", rule_code="upn_check_letter")
        if not upper[-1].isdigit():
            return UpnReading(None, "temporary")
        return UpnReading(upper, "valid")
    if _UPN_UNKNOWN.fullmatch(upper):
        is_listed = upper in facts.code_list("upn_unknown")
        return UpnReading(None, "unknown code", upper, None if is_listed else "unknown_code")
    return UpnReading(None, "malformed", rule_code="upn_malformed")


_VALUES: Final = np.full(256, -1, dtype=np.int64)
_VALUES[[ord(letter) for letter in UPN_LETTERS]] = range(len(UPN_LETTERS))
_VALUES[[ord(digit) for digit in "0123456789"]] = range(10)


def are_valid_upns(texts: Sequence[str]) -> list[bool]:
    """For each text, whether `read_upn` would call it valid: the same rule for many at once, in arrays."""
    if not texts:
        return []
    # a character beyond ASCII becomes "?", which no UPN holds; a longer text is cut after 14 and so is not 13 long
    rows = np.array([text[:14].encode("ascii", "replace") for text in texts], dtype="S14")
    characters = rows.view(np.uint8).reshape(len(texts), 14)
    values = _VALUES[characters]
    is_digit = (characters >= ord("0")) & (characters <= ord("9"))
    has_form = ~is_digit[:, 0] & (values[:, 0] >= 0) & is_digit[:, 1:13].all(axis=1) & (characters[:, 13] == 0)
    fits = values[:, 1:13] @ np.arange(2, 14) % 23 == values[:, 0]
    return [bool(is_valid) for is_valid in has_form & fits]


def is_damaged(identifier: str) -> bool:
    """True when a spreadsheet has destroyed an identifier: rounded it (1.00002E+05) or put an error in its place (#N/A)."""
    return bool(_ROUNDED.fullmatch(identifier) or _CELL_ERROR.fullmatch(identifier))


def are_damaged(identifiers: Sequence[str]) -> list[bool]:
    """`is_damaged` of each, trimmed. Without one of the signs it looks for, as nearly always, there is nothing to look at."""
    together = "".join(identifiers)
    if not any(sign in together for sign in "#+-"):
        return [False] * len(identifiers)
    return [is_damaged(identifier.strip()) for identifier in identifiers]


class ChildNumbers(NamedTuple):
    """Child numbers read from distinct texts: what is hashed of each (None: nothing), and the rule it breaks, by its place."""

    values: Sequence[str | None]
    broken: dict[int, str]

    def breaking(self, rule_code: str) -> list[bool]:
        """For each text, whether it breaks the rule."""
        return [self.broken.get(place) == rule_code for place in range(len(self.values))]


def read_child_numbers(texts: Sequence[str]) -> ChildNumbers:
    """`read_child_number` of each text, trimmed and in NFC. Plain ones, as nearly always, are recognised together."""
    together = "".join(texts)
    is_plain = all(texts) and together.isascii() and together.isalnum()
    if is_plain and max(map(len, texts)) <= MAX_CHILD_NUMBER:
        return ChildNumbers(texts, {})
    readings = [read_child_number(normalised(text)) for text in texts]
    broken = {place: reading.rule_code for place, reading in enumerate(readings) if reading.rule_code}
    return ChildNumbers([reading.value for reading in readings], broken)


def read_child_number(text: str) -> Reading:
    """The child number to hash, and the rule it breaks: `child_number_blank` and `identifier_damaged` leave none."""
    if not text:
        return Reading(None, "child_number_blank")
    if text.isascii() and text.isalnum() and len(text) <= MAX_CHILD_NUMBER:
        return Reading(text)
    if is_damaged(text):
        return Reading(None, "identifier_damaged")
    if found := _DECIMAL.fullmatch(text):
        return Reading(found[1], "child_number_decimal")
    return Reading(text, "child_number_form")


def describe(text: str) -> str:
    """The shape of a text in words, never its characters: '6 letters, space, 5 letters'."""
    parts: list[str] = []
    for kind, characters in groupby(text, _kind_of):
        n = sum(1 for _ in characters)
        if kind in ("letter", "digit", "sign"):
            parts.append(f"{n} {kind}{'' if n == 1 else 's'}")
        else:
            parts.append(kind if n == 1 else f"{n} {kind}s")
        if len(parts) == 12:
            return ", ".join(parts) + ", …"
    return ", ".join(parts) if parts else "nothing"


def _kind_of(character: str) -> str:
    if character.isalpha():
        return "letter"
    if character.isdigit():
        return "digit"
    if character.isspace():
        return "space"
    return {"-": "hyphen", "/": "slash", ".": "full stop", ",": "comma"}.get(character, "sign")
