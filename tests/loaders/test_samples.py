"""Every sample of both returns ends as its manifest promises, and with the rows, lines and findings it names."""

import re
from pathlib import Path

import pytest

from loaders.check import CheckResult, check
from loaders.sources import discover
from tests.loaders import laid
from tests.loaders.laid import Sample
from tests.loaders.reading import WhatWasRead, read_bytes

SAMPLES = laid.samples()

# What the manifests say in words: rule codes of findings with their lines, beside the outcome.
FINDINGS: dict[str, list[tuple[str, str, int | None]]] = {
    "tolerate_2026_default_namespace.xml": [("xml_namespace", "", 1)],
    "bad_unknown_element.xml": [("element_unknown", "FavouriteColour", 26)],
    "bad_gender_in_2026.xml": [("element_of_other_year", "gender_current", 24)],
    "bad_sex_in_2024.xml": [("element_of_other_year", "sex", 24)],
    "bad_values.xml": [
        ("date_other_form", "cin_referral_date", 29),
        ("code_out_of_year", "sex", 19),
        ("unknown_code", "assessment_factor", 37),
        ("unreadable_value", "ethnicity", 19),
    ],
    "broken/2024_header_extra_column.csv": [("column_unknown", "LOCAL_NOTE", 1)],
    "broken/2024_header_trailing_blank_rows.csv": [("blank_rows", "", None)],
    "broken/2024_episodes_cp1252.csv": [("encoding_cp1252", "", None), ("unreadable_value", "HOME_POST", 2)],
    "broken/2024_header_only_header.csv": [("table_empty", "", None)],
    "broken/2024_episodes_impossible_dates.csv": [("unreadable_value", "DECOM", line) for line in (3, 4, 5)],
    "broken/2024_episodes_mixed_dates.csv": [
        *(("date_other_form", "DECOM", line) for line in (3, 5)),
        *(("unreadable_value", "DECOM", line) for line in (4, 6, 7)),
    ],
    "broken/2024_episodes_us_dates.csv": [("unreadable_value", "DECOM", 2)],
    "broken/2024_episodes_unknown_codes.csv": [
        ("unknown_code", "LS", 2),
        ("unknown_code", "PLACE", 3),
        ("unreadable_value", "RNE", 4),
        ("code_case_folded", "PLACE", 5),
    ],
    "broken/2024_header_decimal_id.csv": [("child_number_decimal", "CHILD", 2)],
    "broken/2024_header_exact_duplicate_rows.csv": [("exact_duplicate_row", "", 3)],
    "broken/2025_header_old_sex_codes.csv": [("code_out_of_year", "SEX", line) for line in (2, 3)],
    "broken/2023_header_new_sex_codes.csv": [("code_out_of_year", "SEX", line) for line in (2, 3)],
    "broken/2024_episodes_formula.csv": [("unreadable_value", "URN", 2)],
    "broken/2024_header_names_column.csv": [("column_identifying", "FORENAME", 1), ("column_identifying", "SURNAME", 1)],
}

# Why the others are rejected: the rule and the line of the message.
REJECTIONS: dict[str, tuple[str, int | None]] = {
    "bad_truncated.xml": ("xml_cut_short", 95),
    "bad_empty.xml": ("file_empty", None),
    "bad_whitespace_only.xml": ("file_empty", None),
    "bad_not_xml.xml": ("xml_not_well_formed", 1),
    "bad_wrong_root.xml": ("wrong_root", 1),
    "bad_wrong_collection.xml": ("wrong_collection", None),
    "bad_encoding_declared.xml": ("encoding_unreadable", 12),
    "bad_encoding_unknown.xml": ("encoding_unreadable", 1),
    "bad_xxe_file.xml": ("xml_doctype", 2),
    "bad_xxe_network.xml": ("xml_doctype", 2),
    "bad_billion_laughs.xml": ("xml_doctype", 2),
    "bad_deep_nesting.xml": ("xml_too_deep", 2),
    "bad_wrong_year.xml": ("year_too_old", None),
    "bad_year_reference_mismatch.xml": ("year_reference_mismatch", None),
    "bad_year_vs_path.xml": ("path_contradicts_file", None),
    "bad_missing_child_id.xml": ("child_number_blank", 19),
    "bad_duplicate_child.xml": ("child_number_repeated", 43),
    "broken/2024_header_missing_column.csv": ("column_missing", 1),
    "broken/2024_header_duplicate_column.csv": ("heading_repeated", 1),
    "broken/2024_header_nul.csv": ("nul_byte", 3),
    "broken/2024_header_ragged.csv": ("ragged_row", 3),
    "broken/2024_header_empty.csv": ("file_empty", None),
    "broken/2024_header_no_header_row.csv": ("no_heading_row", None),
    "broken/2024_header_scientific_id.csv": ("identifier_damaged", 2),
    "broken/2024_header_duplicate_child.csv": ("child_number_repeated", 3),
    "broken/episodes_no_year.csv": ("year_unknown", None),
    "broken/2024_episodes_truncated.csv": ("cut_short", 2),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CheckResult]:
    """What `check` says of every sample, by its place under the returns folder."""
    folder = laid.lay(tmp_path_factory.mktemp("returns"))
    return {source.shown: check(source) for source in discover([folder], folder)}


def test_all_samples_are_laid(results: dict[str, CheckResult]) -> None:
    assert len(SAMPLES) == 35 + 97
    assert set(results) == {sample.place.as_posix() for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_sample_ends_as_its_manifest_says(sample: Sample, results: dict[str, CheckResult]) -> None:
    result = results[sample.place.as_posix()]
    why = result.rejection.reason if result.rejection else "accepted"
    assert result.is_accepted == sample.is_accepted, why
    if not result.is_accepted:
        assert result.rejection is not None
        assert (result.rejection.rule_code, result.rejection.line_number) == REJECTIONS[sample.file]
        return
    assert sample.file not in REJECTIONS
    counted = dict(re.findall(r"(\w+)=(\d+)", sample.expect))
    for table, n in counted.items():
        assert result.counts[table].n_kept == int(n), table
    if counted:
        with_rows = {table for table, count in result.counts.items() if count.n_kept}
        assert with_rows - {"header"} == set(counted)
    rows = re.match(r"(\d+) rows", sample.expect)
    if rows:
        assert [count.n_kept for count in result.counts.values()] == [int(rows[1])]
    found = [(finding.rule_code, finding.field, finding.line_number) for finding in result.findings]
    for expected in FINDINGS.get(sample.file, []):
        assert expected in found
    quiet = {"upn_check_letter", "required_blank", "child_number_form", "table_empty"}
    if sample.file not in FINDINGS and sample.outcome == "valid":
        assert {rule for rule, _, _ in found} <= quiet


def test_the_header_missing_sample_needs_its_path() -> None:
    sample = next(s for s in SAMPLES if s.file == "valid_2026_header_missing.xml")
    data = sample.path.read_bytes()
    assert read_bytes(data, "cin_census/camden/2026/x.xml").n("child") == (1, 1, 0, 0)
    from loaders.errors import ReturnRejected

    with pytest.raises(ReturnRejected) as no_year:
        read_bytes(data, "cin_census/camden/x.xml")
    with pytest.raises(ReturnRejected) as no_authority:
        read_bytes(data, "cin_census/2026/x.xml")
    assert (no_year.value.rule_code, no_authority.value.rule_code) == ("year_unknown", "authority_unknown")


def _read(file: str, *, set_aside: bool = False) -> WhatWasRead:
    sample = next(sample for sample in SAMPLES if sample.file == file)
    return read_bytes(sample.path.read_bytes(), sample.place.as_posix(), set_aside=set_aside)


@pytest.mark.parametrize(
    ("file", "table", "counts", "rule", "lines"),
    [
        ("bad_missing_child_id.xml", "child", (1, 0, 1, 0), "child_number_blank", [19]),
        ("bad_duplicate_child.xml", "child", (2, 1, 1, 0), "child_number_repeated", [43]),
        ("broken/2024_header_nul.csv", "header", (2, 1, 1, 0), "nul_byte", [3]),
        ("broken/2024_header_ragged.csv", "header", (3, 1, 2, 0), "ragged_row", [3, 4]),
        ("broken/2024_header_scientific_id.csv", "header", (1, 0, 1, 0), "identifier_damaged", [2]),
    ],
)
def test_set_aside_takes_the_rest(file: str, table: str, counts: tuple[int, ...], rule: str, lines: list[int]) -> None:
    what = _read(file, set_aside=True)
    assert what.n(table) == counts
    assert [line for _, _, line in what.found(rule)] == lines
    assert len(what.rows.get(table, [])) == counts[1]


def test_a_child_set_aside_leaves_with_all_its_rows() -> None:
    what = _read("bad_duplicate_child.xml", set_aside=True)
    for table in ("child", "cin_details", "assessment", "assessment_factor"):
        assert what.n(table) == (2, 1, 1, 0)
        assert what.column(table, "child_seq") == [1]


def test_both_line_numbers_of_ragged_rows_are_told() -> None:
    from loaders.errors import ReturnRejected

    with pytest.raises(ReturnRejected, match=r"line 3 \(5 cells, not 7\), line 4 \(9 cells, not 7\)"):
        _read("broken/2024_header_ragged.csv")


def test_values_come_as_sent() -> None:
    assert _read("tolerate_2026_bool_words.xml").column("cin_details", "referral_nfa") == ["false"]
    assert _read("bad_gender_in_2026.xml").column("child", "sex") == [None]
    assert _read("broken/2024_episodes_mixed_dates.csv").column("episodes", "decom") == [
        "10/06/2021",
        "2022-09-05",
        None,
        "05-Sep-2022",
        None,
        None,
    ]
    assert _read("broken/2024_episodes_mixed_dates.csv").column("episodes", "decom_unreadable") == [
        False,
        False,
        True,
        False,
        True,
        True,
    ]
    assert _read("broken/2024_header_reordered_columns.csv").column("header", "ethnic") == ["MWBC", "BCRB"]
    assert _read("broken/2024_header_utf16.csv").column("header", "dob_month") == ["2013-05-01", "2010-11-01"]
    assert _read("broken/2024_episodes_unknown_codes.csv").column("episodes", "place") == ["U4", "R4", "U4", "U4"]
    assert _read("tolerate_2026_reviews_repeated.xml").column("review", "cpp_review_date")[:2] == ["2025-04-11", "2025-05-30"]


def test_leading_zeros_make_another_child() -> None:
    first, second = _read("broken/2024_header_leading_zero_id.csv").column("header", "child_key")
    assert first != second


def test_a_decimal_ending_is_the_same_child() -> None:
    whole = _read("valid/camden/2024/SSDA903_2024_header.csv").outcome.child_numbers
    assert _read("broken/2024_header_decimal_id.csv").outcome.child_numbers == {"100002": whole["100002"]}


def test_a_file_cut_by_name_only_is_told_its_table_by_its_headings() -> None:
    assert _read("broken/SSDA903_2024.csv").identity.table_name == "episodes"


def test_laying_puts_files_where_the_issue_says() -> None:
    places = {sample.file: sample.place for sample in SAMPLES}
    assert places["bad_year_vs_path.xml"] == Path("cin_census/camden/2024/bad_year_vs_path.xml")
    assert places["broken/episodes_no_year.csv"] == Path("ssda903/camden/episodes_no_year.csv")
