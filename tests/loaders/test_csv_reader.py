"""The CSV reader: against Python's csv module on files made up, on its edges, and in memory."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders import facts, shapes
from loaders.columns import Sent
from loaders.duplicates import SeenRows
from loaders.errors import ReturnRejected
from loaders.findings_rules import SEVERITIES, rules
from tests.loaders.reading import LOAD_ID, PSEUDONYMISER, WhatWasRead, read_bytes
from tests.loaders.test_xml_reader import measured

SSDA903 = facts.returns()["ssda903"]
HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
EPISODE = "10/06/2021,S,C2,N1,U4,PR1,,,,ZZ91 1AA,ZZ91 4BB,SC100001"


def place(table: str, year: int = 2024) -> str:
    return f"ssda903/camden/{year}/{table}.csv"


def read_header(*rows: str, heading: str = HEADER, end: str = "\n", **how: Any) -> WhatWasRead:
    return read_bytes(end.join([heading, *rows, ""]).encode(), place("header"), **how)


def rejected(*rows: str, heading: str = HEADER, **how: Any) -> ReturnRejected:
    with pytest.raises(ReturnRejected) as raised:
        read_header(*rows, heading=heading, **how)
    return raised.value


def row(number: object, dob: str = "14/05/2013") -> str:
    return f"{number},2,{dob},MWBC,UN1,0,"


# --- files made up, against the csv module ------------------------------------------------------------------------------

CELLS = st.sampled_from(
    ["", "1", "A", "WBRI", "14/05/2013", "x, y", 'say "so"', "two\nlines", " spaced ", "=1+1", "é", "0", "\t", "'", "UN1"]
)
NAMES = [field.field for field in SSDA903.table("header").fields]


@st.composite
def table_of_cells(draw: st.DrawFn) -> tuple[list[list[str]], bytes, int | None]:
    """Rows of a header file (child numbers all different), the file in one of many dresses, and a block size."""
    n = draw(st.integers(0, 12))
    rows = [[f"C{number}", *draw(st.lists(CELLS, min_size=6, max_size=6))] for number in range(n)]
    quotes_all = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n"]))
    separator = draw(st.sampled_from([",", ";", "|"]))
    order = draw(st.permutations(range(7)))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL, lineterminator=end)
    writer.writerow([NAMES[place] for place in order])
    for cells in rows:
        writer.writerow([cells[place] for place in order])
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return rows, out.getvalue().encode(encoding), draw(st.sampled_from([None, 1, 17, 64]))


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(table_of_cells())
def test_cells_come_as_the_csv_module_reads_them(made: tuple[list[list[str]], bytes, int | None]) -> None:
    rows, data, block_bytes = made
    what = read_bytes(data, place("header"), block_bytes=block_bytes)
    assert what.n("header") == (len(rows), len(rows), 0, 0)
    assert len(what.rows.get("header", [])) == len(rows)
    for cells, found in zip(rows, what.rows.get("header", []), strict=True):
        assert found["child_key"] == PSEUDONYMISER.child("202", [cells[0]])[0]
        for field, sent in zip(SSDA903.table("header").fields[1:], cells[1:], strict=True):
            if field.treatment == "key:upn":
                assert found["upn_status"] == shapes.read_upn(sent.strip()).status
                continue
            reader = shapes.reader_for(field.treatment, field.shape, field.code_list, SSDA903, 2024)
            expected = reader(sent.strip()) if sent.strip() else shapes.Reading(None)
            assert found[field.raw_column] == expected.value
            assert found[f"{field.raw_column}_unreadable"] == expected.is_unreadable


def test_lines_are_those_of_the_file() -> None:
    rows = ["", '"C1",2,"14/05/\n2013",MWBC,UN1,0,', ",,,,,,", "", row("C2"), '"C3",2,14/05/2013,MWBC,UN1,0,']
    for block_bytes in (None, 1, 20, 60):
        what = read_header(*rows, block_bytes=block_bytes)
        assert what.column("header", "line_number") == [3, 7, 8]
        assert what.column("header", "row_number_in_file") == [1, 2, 3]
        assert what.found("unreadable_value") == [("header", "DOB", 3)]


def test_raw_columns_are_those_of_the_facts() -> None:
    for table in SSDA903.tables:
        heading = ",".join(field.field for field in table.fields)
        data = f"{heading}\n{','.join(['C1'] + ['1'] * (len(table.fields) - 1))}\n".encode()
        what = read_bytes(data, place(table.table, 2027))
        (found,) = what.rows[table.table]
        assert list(found) == [name for name, _ in SSDA903.raw_columns(table)]
        lineage = [found[name] for name in ("load_id", "la_code", "collection_year", "row_number_in_file", "line_number")]
        assert lineage == [LOAD_ID, "202", 2027, 1, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block_bytes", [None, 1])
def test_line_ends_of_all_systems(end: str, block_bytes: int | None) -> None:
    what = read_header(row(1), row(2), end=end, block_bytes=block_bytes)
    assert what.column("header", "line_number") == [2, 3]


def test_the_last_line_may_lack_its_end() -> None:
    what = read_bytes(f"{HEADER}\n{row(1)}\n{row(2)}".encode(), place("header"))
    assert what.n("header") == (2, 2, 0, 0)


# --- structure --------------------------------------------------------------------------------------------------------


def test_rows_of_another_width_are_never_padded_or_cut() -> None:
    error = rejected(row(1), "2,2,14/05/2013,MWBC,UN1,0", row(3), "4,2,14/05/2013,MWBC,UN1,0,,x")
    assert (error.rule_code, error.line_number) == ("ragged_row", 3)
    assert "line 3 (6 cells" in error.reason and "line 5 (8 cells" in error.reason
    # blank cells more than the heading row has are no matter
    assert read_header("1,2,14/05/2013,MWBC,UN1,0,,,,").n("header") == (1, 1, 0, 0)


@pytest.mark.parametrize("block_bytes", [None, 1, 70])
def test_rows_behind_one_set_aside_keep_their_lines_and_numbers(block_bytes: int | None) -> None:
    rows = [row(1), "2,2", row(3), '"4",2,"14/05/\n2013",MWBC,UN1,0,,x,y', row(5), " ,2,14/05/2013,MWBC,UN1,0,", row(7)]
    what = read_header(*rows, set_aside=True, block_bytes=block_bytes)
    assert what.n("header") == (7, 4, 3, 0)
    assert what.column("header", "line_number") == [2, 4, 7, 9]
    assert what.column("header", "row_number_in_file") == [1, 3, 5, 7]
    assert [line for _, _, line in what.found("ragged_row")] == [3, 5]


def test_rows_of_one_plain_block_keep_their_lines() -> None:
    what = read_header(row(1), "2,2", row(3), "4", "5,2", row(6), set_aside=True)
    assert what.column("header", "line_number") == [2, 4, 7]
    assert what.column("header", "row_number_in_file") == [1, 3, 6]


def test_a_cell_under_no_heading_is_a_shifted_row() -> None:
    error = rejected("1,2,14/05/2013,MWBC,UN1,0,,Quill", heading=HEADER + ",,")
    assert error.rule_code == "ragged_row" and "Quill" not in error.reason
    what = read_header("1,2,,14/05/2013,MWBC,UN1,0,", heading="CHILD,SEX,,DOB,ETHNIC,UPN,MOTHER,MC_DOB")
    assert what.column("header", "dob_month") == ["2013-05-01"]
    assert [f.detail for f in what.outcome.findings if f.rule_code == "column_unknown"] == ["column 3, not loaded"]


def test_many_ragged_rows_stop_the_reading() -> None:
    error = rejected(*["1,2"] * 5000)
    assert "line 21 (2 cells, not 7) and more." in error.reason and "line 22" not in error.reason


@pytest.mark.parametrize("block_bytes", [None, 1, 30])
def test_a_file_cut_in_a_quoted_cell(block_bytes: int | None) -> None:
    data = f'{HEADER}\n{row(1)}\n2,2,"14/05'.encode()
    with pytest.raises(ReturnRejected) as raised:
        read_bytes(data, place("header"), block_bytes=block_bytes)
    assert (raised.value.rule_code, raised.value.line_number) == ("cut_short", 3)


def test_a_quote_that_never_closes_is_found_before_the_file_ends() -> None:
    error = rejected('1,2,"14/05/2013,MWBC,UN1,0,', *[row(n) for n in range(2, 9000)])
    assert (error.rule_code, error.line_number) == ("cut_short", 2)


def test_text_behind_a_closing_quote() -> None:
    assert rejected('"1"0,2,14/05/2013,MWBC,UN1,0,').rule_code == "damaged_quotes"


def test_a_quote_inside_an_unquoted_cell_is_a_character() -> None:
    what = read_header('C"1",2,14/05/2013,MWBC,UN1,0,')
    assert list(what.outcome.child_numbers) == ['C"1"']


def test_nul_bytes() -> None:
    error = rejected(row(1), "2,2,14/05/2013,MW\0BC,UN1,0,")
    assert (error.rule_code, error.line_number) == ("nul_byte", 3)


def test_a_line_without_end_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.csv_reader.MAX_LINE_BYTES", 1000)
    error = rejected("1" * 5000, block_bytes=500)
    assert (error.rule_code, error.line_number) == ("record_too_large", 2)


def test_bytes_of_no_encoding() -> None:
    with pytest.raises(ReturnRejected) as raised:
        read_bytes(f"{HEADER}\n{row(1)}\n".encode() + b"\x81\x8d,2,14/05/2013,MWBC,UN1,0,\n", place("header"))
    assert (raised.value.rule_code, raised.value.line_number) == ("encoding_unreadable", 3)


def test_a_byte_of_windows_late_in_the_file_decides_for_all_of_it() -> None:
    rows = [row(f"É{n}") for n in range(50)]
    data = "\n".join([HEADER, *rows]).encode("cp1252")
    what = read_bytes(data, place("header"), block_bytes=64)
    assert list(what.outcome.child_numbers)[49] == "É49"
    assert what.rule_codes >= {"encoding_cp1252"}


def test_utf8_cut_inside_a_character() -> None:
    data = "\n".join([HEADER, *(row(f"é{n}") for n in range(50))]).encode()
    for block_bytes in (1, 7, 64):
        what = read_bytes(data, place("header"), block_bytes=block_bytes)
        assert list(what.outcome.child_numbers) == [f"é{n}" for n in range(50)]


# --- headings ---------------------------------------------------------------------------------------------------------


def test_headings_below_titles_and_in_any_dress() -> None:
    what = read_header(row(1), heading="\nSSDA903,2024\n\n" + HEADER.lower().replace(",", " , ").replace("dob", "D.O.B", 1))
    assert what.column("header", "line_number") == [5]


def test_data_above_the_headings_is_not_a_title() -> None:
    error = rejected(row(2), heading=f"{row(1)}\n{HEADER}")
    assert (error.rule_code, error.line_number) == ("no_heading_row", 2)


def test_a_heading_that_is_no_heading_is_not_repeated() -> None:
    what = read_header(row(1) + ",x,y", heading=HEADER + ",Quillfeather,Child Surname")
    found = {(f.rule_code, f.field, f.detail) for f in what.outcome.findings if f.rule_code.startswith("column")}
    assert found == {
        ("column_unknown", "a name of 12 letters", "column 8, not loaded"),
        ("column_identifying", "Child Surname", "column 9, not loaded"),
    }
    assert "Quillfeather" not in repr(what.rows) + repr(what.outcome)


def test_an_optional_column_may_be_absent() -> None:
    what = read_header("1,2,14/05/2013,MWBC,UN1", heading="CHILD,SEX,DOB,ETHNIC,UPN")
    assert what.found("column_absent") == [("header", "MC_DOB", 1), ("header", "MOTHER", 1)]
    assert (what.column("header", "mother"), what.column("header", "mother_unreadable")) == ([None], [False])


def test_every_required_column_that_is_absent_is_named() -> None:
    error = rejected("1,2", heading="CHILD,SEX,UPN,MOTHER,MC_DOB")
    assert error.rule_code == "column_missing" and "DOB, ETHNIC" in error.reason


def test_a_table_of_another_year() -> None:
    heading = ",".join(field.field for field in SSDA903.table("social_worker").fields)
    what = read_bytes(f"{heading}\n".encode(), place("social_worker", 2023))
    assert what.found("table_of_other_year") == [("social_worker", "", None)]


def test_an_empty_table_is_told_where_one_is_expected() -> None:
    assert read_header().found("table_empty") == [("header", "", None)]
    assert not read_bytes(b"CHILD,DOB,REVIEW,REVIEW_CODE\n", place("reviews")).found("table_empty")


# --- children and duplicates ------------------------------------------------------------------------------------------


def test_a_blank_child_number_is_damage_and_a_blank_row_is_none() -> None:
    error = rejected(row(1), ",,,,,,", row(" "))
    assert (error.rule_code, error.line_number, error.field) == ("child_number_blank", 4, "CHILD")
    what = read_header(row(1), ",,,,,,", row(" "), set_aside=True)
    assert what.n("header") == (2, 1, 1, 0)
    assert [f.detail for f in what.outcome.findings if f.rule_code == "blank_rows"] == ["1 rows"]


@pytest.mark.parametrize("block_bytes", [None, 1, 40])
def test_a_child_twice_in_the_header(block_bytes: int | None) -> None:
    rows = [row(1), row(2), row(1), row(1, "15/05/2013"), " 2 ,2,01/01/2010,WBRI,UN1,0,"]
    error = rejected(*rows, block_bytes=block_bytes)
    assert (error.rule_code, error.line_number) == ("child_number_repeated", 5)
    what = read_header(*rows, block_bytes=block_bytes, set_aside=True)
    assert what.n("header") == (5, 2, 2, 1)
    assert what.found("exact_duplicate_row") == [("header", "", 4)]
    assert [line for _, _, line in what.found("child_number_repeated")] == [5, 6]
    assert what.column("header", "row_number_in_file") == [1, 2]


@pytest.mark.parametrize("block_bytes", [None, 1, 200])
def test_exact_duplicates_are_counted_and_near_ones_kept(block_bytes: int | None) -> None:
    near = f"1,{EPISODE}".replace("N1", "N2")
    swapped = f"1,{EPISODE}".replace("ZZ91 1AA,ZZ91 4BB", "ZZ91 4BB,ZZ91 1AA")
    rows = [f"1,{EPISODE}", near, swapped, f"1,{EPISODE}", f"2,{EPISODE}", near]
    what = read_bytes("\n".join([EPISODES, *rows]).encode(), place("episodes"), block_bytes=block_bytes)
    assert what.n("episodes") == (6, 4, 0, 2)
    assert what.found("exact_duplicate_row") == [("episodes", "", 5), ("episodes", "", 7)]
    assert what.column("episodes", "row_number_in_file") == [1, 2, 3, 5]


def test_many_rows_in_many_blocks_have_no_false_duplicates() -> None:
    rows = [f"{n % 50},{EPISODE.replace('N1', f'N{n % 8 + 1}')}".replace("100001", f"{100000 + n // 400}") for n in range(4000)]
    data = "\n".join([EPISODES, *rows, *rows[::7]]).encode()
    what = read_bytes(data, place("episodes"), block_bytes=5000)
    assert what.n("episodes") == (4000 + len(rows[::7]), len(set(rows)), 0, 4000 + len(rows[::7]) - len(set(rows)))


def test_identifiers_stay_exactly_as_text() -> None:
    numbers = ["12E3", "000123", "123", "100002.0", "9" * 20]
    what = read_header(*(row(number) for number in numbers))
    assert list(what.outcome.child_numbers) == ["12E3", "000123", "123", "100002", "9" * 20]
    assert what.outcome.child_numbers["12E3"] == PSEUDONYMISER.child("202", ["12E3"])[0]


def test_a_rounded_upn_or_worker_number_is_damage() -> None:
    assert rejected("1,2,14/05/2013,MWBC,2.02E+11,0,").field == "UPN"
    heading = "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON"
    with pytest.raises(ReturnRejected) as raised:
        read_bytes(f"{heading}\n1,14/05/2013,1.2E+07,01/03/2023,,\n".encode(), place("social_worker"))
    assert raised.value.field == "SW_ID"


def test_workers_are_hashed_and_blank_ones_told() -> None:
    heading = "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON"
    rows = "1,14/05/2013, sw10000 ,01/03/2023,,\n2,14/05/2013,,01/03/2023,,\n"
    what = read_bytes(f"{heading}\n{rows}".encode(), place("social_worker"))
    assert what.column("social_worker", "worker_key") == [*PSEUDONYMISER.worker(["SW10000"]), None]
    assert what.found("required_blank") == [("social_worker", "SW_ID", 3)]


def test_the_synthetic_mark_needs_every_child() -> None:
    invented, real, mixed = [row("SYN1"), row("SYN2")], [row("1")], [row("SYN1"), row("1")]
    assert read_header(*invented, kind="demo").n("header")[1] == 2
    assert read_header(*real, kind="real").n("header")[1] == 1
    assert read_header(*mixed, kind="real").n("header")[1] == 2
    assert read_header(kind="real").n("header") == read_header(kind="demo").n("header") == (0, 0, 0, 0)
    assert rejected(*invented, kind="real").rule_code == "synthetic_in_real"
    assert rejected(*real, kind="demo").rule_code == "real_in_demo"
    assert rejected(*mixed, kind="demo").rule_code == "real_in_demo"


def test_a_child_set_aside_is_in_no_vault() -> None:
    what = read_header("1,2,14/05/2013,MWBC,2.02E+11,0,", row(2), set_aside=True)
    assert list(what.outcome.child_numbers) == ["2"]


def test_a_file_that_changes_while_it_is_read() -> None:
    from dataclasses import replace

    from loaders.contract import Outcome
    from loaders.identify import identify
    from loaders.readers import read
    from tests.loaders.reading import source_of

    source = source_of(f"{HEADER}\n{row(1)}\n".encode(), place("header"))
    grown = replace(source, size=source.size + 5)
    with pytest.raises(ReturnRejected) as raised:
        list(read(grown, identify(grown), LOAD_ID, PSEUDONYMISER, Outcome()))
    assert raised.value.rule_code == "still_being_written"


# --- rules ------------------------------------------------------------------------------------------------------------


def test_every_rule_that_the_loaders_name_has_its_texts() -> None:
    named = set()
    for path in (Path(__file__).parents[2] / "loaders").glob("*.py"):
        text = path.read_text()
        named |= {rule for rule in rules() if f'"{rule}"' in text}
    assert named == set(rules())
    for rule in rules().values():
        assert rule.severity in SEVERITIES and rule.title and rule.remedy


def test_a_rule_without_texts_is_a_fault_of_ours() -> None:
    from loaders.findings_rules import FindingBook

    with pytest.raises(KeyError):
        FindingBook().add("no_such_rule", "header")


@pytest.mark.parametrize("merged_rows", [1, 8, 1 << 20])
def test_a_repeated_row_is_found_in_whichever_run_it_lies(merged_rows: int) -> None:
    seen = SeenRows(merged_rows)
    numbers = [(7 * n) % 60 for n in range(100)]
    found: list[bool] = []
    for start in range(0, 100, 3):
        block = [str(number) for number in numbers[start : start + 3]]
        found += seen.are_repeated([Sent.of(pa.array(block).dictionary_encode())], len(block)).tolist()
    assert found == [numbers.index(number) < place for place, number in enumerate(numbers)]


# --- memory -----------------------------------------------------------------------------------------------------------


def write_large(path: Path, n_bytes: int) -> int:
    """Episodes of 50,000 children, no two rows alike; gives the number of rows."""
    path.parent.mkdir(parents=True)
    n = 0
    with path.open("w") as file:
        file.write(EPISODES + "\r\n")
        while file.tell() < n_bytes:
            lines = []
            for number in range(n, n + 20_000):
                day, urn = number // 50_000, number // 300_000
                date = f"{1 + day % 28:02d}/{1 + day // 28 % 12:02d}/{1990 + day // 336 % 34}"
                lines.append(
                    f"{100_000 + number % 50_000},{date},S,C2,N{1 + number % 8},U4,PR1,,,,ZZ91 1AA,ZZ91 4BB,SC{100_000 + urn}"
                )
            n += 20_000
            file.write("\r\n".join(lines) + "\r\n")
    return n


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for n_bytes in (10 << 20, 60 << 20):
        path = tmp_path / str(n_bytes) / "ssda903" / "camden" / "2024" / "episodes.csv"
        n = write_large(path, n_bytes)
        n_read, peak = measured(path)
        assert n_read == n
        peaks.append(peak)
    assert peaks[1] < 400
    # eight bytes a row tell duplicates
    assert peaks[1] < peaks[0] + 40


@pytest.mark.long
def test_two_gigabytes_stay_under_one(tmp_path: Path) -> None:
    path = tmp_path / "ssda903" / "camden" / "2024" / "episodes.csv"
    n = write_large(path, 2 << 30)
    n_read, peak = measured(path)
    path.unlink()
    assert (n_read, peak < 1024) == (n, True), peak
