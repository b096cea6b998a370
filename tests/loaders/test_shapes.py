"""Shapes: what each keeps, refuses and calls by which rule."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import facts, shapes
from loaders.pseudonym import normalised
from loaders.shapes import Reading, UpnReading

CIN = facts.returns()["cin_census"]
SSDA903 = facts.returns()["ssda903"]
UNREADABLE = Reading(None, "unreadable_value")


def read(
    text: str, *, shape: str = "", code_list: str = "", treatment: str = "keep", year: int = 2024, xml: bool = False
) -> Reading:
    return shapes.reader_for(treatment, shape, code_list, CIN if xml else SSDA903, year)(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("29/02/2024", Reading("29/02/2024")),
        ("29/02/2023", UNREADABLE),
        ("2024-02-29", Reading("2024-02-29", "date_other_form")),
        ("05-Sep-2022", Reading("05-Sep-2022", "date_other_form")),
        ("05-SEP-2022", Reading("05-SEP-2022", "date_other_form")),
        ("05-Xyz-2022", UNREADABLE),
        ("09/13/2022", UNREADABLE),
        ("00/00/0000", UNREADABLE),
        ("5/9/22", UNREADABLE),
        ("05/09/2022 00:00:00", UNREADABLE),
        ("44809", UNREADABLE),
        ("٠١/٠١/٢٠٢٢", UNREADABLE),
    ],
)
def test_dates_of_a_csv(text: str, expected: Reading) -> None:
    assert read(text, shape="date") == expected


def test_the_own_form_of_xml_is_iso() -> None:
    assert read("2024-02-29", shape="date", xml=True) == Reading("2024-02-29")
    assert read("29/02/2024", shape="date", xml=True) == Reading("29/02/2024", "date_other_form")


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_is_read_in_all_three_forms(day: date) -> None:
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    year = f"{day.year:04d}"
    for text, form in (
        (f"{day.day:02d}/{day.month:02d}/{year}", "dd/mm/yyyy"),
        (f"{year}-{day.month:02d}-{day.day:02d}", "yyyy-mm-dd"),
        (f"{day.day:02d}-{month}-{year}", "dd-Mon-yyyy"),
    ):
        assert shapes.day_of(text) == (day, form)
        assert read(text, treatment="month").value == f"{year}-{day.month:02d}-01"


@given(st.text(max_size=12))
def test_no_text_that_is_no_date_passes_for_one(text: str) -> None:
    found = shapes.day_of(text)
    if found:
        day, form = found
        assert {
            "dd/mm/yyyy": f"{day.day:02d}/{day.month:02d}/{day.year:04d}",
            "yyyy-mm-dd": day.isoformat(),
            "dd-Mon-yyyy": text,
        }[form] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zz/06/2015", Reading("zz/06/2015")),
        ("ZZ/ZZ/2015", Reading("zz/zz/2015")),
        ("zz/zz/zzzz", Reading("zz/zz/zzzz")),
        ("31/06/2015", UNREADABLE),
        ("31/zz/2015", Reading("31/zz/2015")),
        ("29/02/zzzz", Reading("29/02/zzzz")),
        ("zz/13/2015", UNREADABLE),
        ("06/2015", UNREADABLE),
    ],
)
def test_partial_dates(text: str, expected: Reading) -> None:
    assert read(text, shape="partial_date") == expected


@pytest.mark.parametrize(
    ("text", "year", "expected"),
    [
        ("U4", 2024, Reading("U4")),
        ("u4", 2024, Reading("U4", "code_case_folded")),
        ("R4", 2024, Reading("R4", "unknown_code")),
        ("H5", 2025, Reading("H5", "code_out_of_year")),
        ("h5", 2025, Reading("H5", "code_out_of_year")),
        ("K3", 2024, Reading("K3", "code_out_of_year")),
        ("SMITH", 2024, UNREADABLE),
        ("LEE", 2024, UNREADABLE),
        ("r4", 2024, UNREADABLE),
        ("4R", 2024, UNREADABLE),
        ("U45", 2024, Reading("U45", "unknown_code")),
    ],
)
def test_codes(text: str, year: int, expected: Reading) -> None:
    assert {"Z11"} <= set(facts.code_list("placement_type"))
    assert read(text, shape="code", code_list="placement_type", year=year) == expected


def test_yes_and_no_come_in_words_of_any_case() -> None:
    for text, value in (("1", "1"), ("0", "0"), ("true", "true"), ("TRUE", "true"), ("False", "false")):
        assert read(text, shape="code", code_list="yes_no") == Reading(value)
    assert read("yes", shape="code", code_list="yes_no") == UNREADABLE


def test_a_word_in_capitals_is_never_kept_as_a_code() -> None:
    """Surnames have the outer shape of a code; no list may let one through that is not a code of it."""
    lists = {field.code_list for a_return in facts.returns().values() for t in a_return.tables for field in t.fields}
    for name in sorted(lists - {""}):
        codes = facts.code_list(name)
        for word in ("LEE", "KHAN", "LI", "NG", "SMITH", "AHMED", "QUILL"):
            if word not in codes:
                assert read(word, shape="code", code_list=name) == UNREADABLE, name


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("40", "integer", Reading("40")),
        ("0040", "integer", UNREADABLE),
        ("-1", "integer", UNREADABLE),
        ("1.0", "integer", UNREADABLE),
        ("٣", "integer", UNREADABLE),
        ("SC100001", "urn", Reading("SC100001")),
        ("sc100001", "urn", Reading("SC100001", "code_case_folded")),
        ("1234567", "urn", Reading("1234567")),
        ("XXXXXXX", "urn", Reading("XXXXXXX")),
        ("XXXXX", "urn", UNREADABLE),
        ("SW1A 1AA", "urn", UNREADABLE),
        ("001", "serial", Reading("001")),
        ("1234567", "serial", UNREADABLE),
        ("2024", "year", Reading("2024")),
        ("2024-05-14T09:30:00", "timestamp", Reading("2024-05-14T09:30:00")),
        ("2024-02-30T09:30:00", "timestamp", UNREADABLE),
        ("2024-05-14T24:30:00", "timestamp", UNREADABLE),
    ],
)
def test_numbers_and_moments(text: str, shape: str, expected: Reading) -> None:
    assert read(text, shape=shape) == expected


def test_authority_codes_are_three_digits_or_of_the_list() -> None:
    for text in ("202", "999", "WAL"):
        assert read(text, shape="authority_code", code_list="previous_permanence_authority") == Reading(text)
    assert read("CMD", shape="authority_code", code_list="previous_permanence_authority") == UNREADABLE
    assert read("20", shape="authority_code") == UNREADABLE


@pytest.mark.parametrize(
    ("text", "sector"),
    [
        ("SW1A 1AA", "SW1A 1"),
        ("sw1a1aa", "SW1A 1"),
        ("E1  6AN", "E1 6"),
        ("N17 9LJ", "N17 9"),
        ("N179LJ", "N17 9"),
        ("ZZ91 1AA", "ZZ91 1"),
        ("SW1A", None),
        ("not known", None),
        ("SW1A 1AAA", None),
    ],
)
def test_postcodes_become_sectors(text: str, sector: str | None) -> None:
    assert read(text, treatment="sector").value == sector


def test_a_shape_that_nobody_reads_is_a_fault_of_the_facts() -> None:
    with pytest.raises(ValueError, match="colour"):
        read("x", shape="colour")


def test_every_field_of_the_facts_has_a_reader() -> None:
    for a_return in facts.returns().values():
        for table in a_return.tables:
            for field in table.fields:
                if field.treatment in ("keep", "month", "sector"):
                    assert callable(shapes.reader_for(field.treatment, field.shape, field.code_list, a_return, 2024))


# A guide to unique pupil numbers: K12345678901A and the like are built here from the published weights.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M202000017201", UpnReading("M202000017201", "valid")),
        ("m202000017201", UpnReading("M202000017201", "valid")),
        ("A202000017201", UpnReading(None, "wrong check letter", rule_code="upn_check_letter")),
        ("G20200001790A", UpnReading(None, "temporary")),
        ("K20200001790A", UpnReading(None, "wrong check letter", rule_code="upn_check_letter")),
        ("UN1", UpnReading(None, "unknown code", "UN1")),
        ("un7", UpnReading(None, "unknown code", "UN7")),
        ("UN99", UpnReading(None, "unknown code", "UN99", "unknown_code")),
        ("", UpnReading(None, "blank")),
        ("I202000017201", UpnReading(None, "malformed", rule_code="upn_malformed")),
        ("M20200001720", UpnReading(None, "malformed", rule_code="upn_malformed")),
        ("M2020000172011", UpnReading(None, "malformed", rule_code="upn_malformed")),
        ("12E3", UpnReading(None, "malformed", rule_code="upn_malformed")),
    ],
)
def test_upns(text: str, expected: UpnReading) -> None:
    assert shapes.read_upn(text) == expected


def test_the_check_letter_by_hand() -> None:
    # 2·2 + 0·3 + 2·4 + 0 + 0 + 0 + 0 + 1·9 + 7·10 + 2·11 + 0 + 1·13 = 126 = 5·23 + 11, and letter 11 from A (0) is M
    assert shapes.upn_check_letter("202000017201") == "M"


def test_one_letter_fits_and_no_other() -> None:
    """For a number of every remainder, of all 26 letters and 10 digits exactly its own check letter is valid."""
    bodies = {shapes.upn_check_letter(f"{n:012d}"): f"{n:012d}" for n in range(200)}
    assert set(bodies) == set(shapes.UPN_LETTERS)
    for letter, body in bodies.items():
        texts = [first + body for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]
        fitting = [text for text, is_valid in zip(texts, shapes.are_valid_upns(texts), strict=True) if is_valid]
        assert fitting == [text for text in texts if shapes.read_upn(text).status == "valid"] == [letter + body]


UPN_LIKE = st.from_regex(r"[A-Z][0-9]{11}[0-9A-Z]", fullmatch=True) | st.text(max_size=15) | st.just("M202000017201")


@given(st.lists(UPN_LIKE))
def test_many_upns_are_judged_as_each_alone(texts: list[str]) -> None:
    checked = [*texts, *(shapes.upn_check_letter(t[1:]) + t[1:] for t in texts if _has_form(t))]
    assert shapes.are_valid_upns(checked) == [shapes.read_upn(text).status == "valid" and text == text.upper() for text in checked]


def _has_form(text: str) -> bool:
    return len(text) == 13 and text[1:].isascii() and all(c in "0123456789" + shapes.UPN_LETTERS for c in text[1:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100002", Reading("100002")),
        ("000123", Reading("000123")),
        ("12E3", Reading("12E3")),
        ("1.00002E+05", Reading(None, "identifier_damaged")),
        ("1,00002e+05", Reading(None, "identifier_damaged")),
        ("1E+05", Reading(None, "identifier_damaged")),
        ("2.02E+11", Reading(None, "identifier_damaged")),
        ("#N/A", Reading(None, "identifier_damaged")),
        ("########", Reading(None, "identifier_damaged")),
        ("100002.0", Reading("100002", "child_number_decimal")),
        ("000123.00", Reading("000123", "child_number_decimal")),
        ("100002.5", Reading("100002.5", "child_number_form")),
        ("LAC/123-4", Reading("LAC/123-4", "child_number_form")),
        ("1" * 21, Reading("1" * 21, "child_number_form")),
        ("", Reading(None, "child_number_blank")),
    ],
)
def test_child_numbers(text: str, expected: Reading) -> None:
    assert shapes.read_child_number(text) == expected


@given(st.lists(st.text(max_size=25) | st.from_regex(r"[0-9A-Z]{1,22}", fullmatch=True) | st.just("1.00002E+05")))
def test_many_child_numbers_are_read_as_each_alone(texts: list[str]) -> None:
    read_together = shapes.read_child_numbers(texts)
    alone = [shapes.read_child_number(normalised(text)) for text in texts]
    assert list(read_together.values) == [reading.value for reading in alone]
    assert [read_together.broken.get(n) for n in range(len(texts))] == [reading.rule_code for reading in alone]


@given(st.lists(st.text(max_size=12) | st.sampled_from(["2.02E+11", "#REF!", " 1E-03 "])))
def test_damaged_ones_are_found_together_as_alone(texts: list[str]) -> None:
    assert shapes.are_damaged(texts) == [shapes.is_damaged(text.strip()) for text in texts]


def test_shapes_are_described_without_their_characters() -> None:
    assert shapes.describe("Invented Child".replace("Invented", "Invent")) == "6 letters, space, 5 letters"
    assert shapes.describe("10/06/2025") == "2 digits, slash, 2 digits, slash, 4 digits"
    assert shapes.describe("a-b  c!!") == "1 letter, hyphen, 1 letter, 2 spaces, 1 letter, 2 signs"
    assert shapes.describe("") == "nothing"


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=3, max_size=60))
def test_no_description_holds_what_it_describes(text: str) -> None:
    described = shapes.describe(text)
    assert len(described) < 200
    words = {"letter", "letters", "digit", "digits", "sign", "signs"}
    assert all(part == "…" or part.split(" ")[1] in words for part in described.split(", "))


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2030, 1, 1)), st.integers(1, 40))
def test_a_day_number_or_a_two_digit_year_is_never_a_date(day: date, shift: int) -> None:
    number = (day + timedelta(days=shift) - date(1899, 12, 30)).days
    assert shapes.day_of(str(number)) is None
    assert shapes.day_of(day.strftime("%d/%m/%y")) is None
