"""The XML reader: against a plain walk of the same document with lxml, on its edges, and in memory."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from loaders import facts, shapes
from loaders.errors import ReturnRejected
from loaders.mark import SOFTWARE_CODE
from loaders.settings import PROJECT_ROOT
from loaders.xml_layout import layout_of
from tests.loaders import laid
from tests.loaders.reading import LOAD_ID, PSEUDONYMISER, WhatWasRead, read_bytes

CIN = facts.returns()["cin_census"]
PLACE = "cin_census/camden/2026/x.xml"
HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year><ReferenceDate>2026-03-31</ReferenceDate>"
    "</CollectionDetails><Source><SourceLevel>L</SourceLevel><LEA>202</LEA><SerialNo>001</SerialNo>"
    "<DateTime>2026-05-14T09:30:00</DateTime></Source></Header>"
)


def message(children: str, header: str = HEADER) -> bytes:
    return f"<Message>{header}<Children>{children}</Children></Message>".encode()


def child(number: object, inside: str = "", identifiers: str = "<Sex>F</Sex>") -> str:
    return (
        f"<Child><ChildIdentifiers><LAchildID>{number}</LAchildID>{identifiers}</ChildIdentifiers>"
        f"<ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>{inside}</Child>"
    )


# --- the plain walk ---------------------------------------------------------------------------------------------------


def walked(data: bytes, year: int) -> dict[str, list[dict[str, Any]]]:
    """What the file's rows must be, by walking the tree that lxml makes of it: slow and simple."""
    tree = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True, huge_tree=True))
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in CIN.tables:
        for row_number, (element, above) in enumerate(_rows(tree, table), 1):
            row: dict[str, Any] = {"row_number_in_file": row_number, **above}
            for field in table.fields:
                if field.treatment in ("keep", "month", "sector"):
                    own = element if field.xml_path == table.xml_path else None
                    found = own if own is not None else _first(element, field.xml_path.removeprefix(table.xml_path + "/"))
                    sent = (found.text or "").strip() if found is not None else ""
                    reader = shapes.reader_for(field.treatment, field.shape, field.code_list, CIN, year)
                    reading = reader(sent) if sent else shapes.Reading(None)
                    row[field.raw_column] = reading.value
                    row[f"{field.raw_column}_unreadable"] = reading.is_unreadable
            rows.setdefault(table.table, []).append(row)
    return rows


def _local(element: Any) -> str:
    return etree.QName(element).localname


def _below(element: Any, path: str) -> Iterator[Any]:
    name, _, rest = path.partition("/")
    for inner in element:
        if _local(inner) == name:
            yield from _below(inner, rest) if rest else [inner]


def _first(element: Any, path: str) -> Any:
    """The first element of that path with a text: an empty one is as good as none."""
    return next((found for found in _below(element, path) if (found.text or "").strip()), None)


def _rows(tree: Any, table: facts.Table) -> Iterator[tuple[Any, dict[str, Any]]]:
    if table.parent_table in ("", "header"):
        for place, element in enumerate(_below(tree, table.xml_path.removeprefix("Message/")), 1):
            yield element, {table.sequence_column: place} if table.sequence_column else {}
        return
    parent = CIN.table(table.parent_table)
    for element, above in _rows(tree, parent):
        inside = list(_below(element, table.xml_path.removeprefix(parent.xml_path + "/")))
        is_text = table.fields[0].xml_path == table.xml_path
        rows = [inner for inner in inside if not is_text or (inner.text or "").strip()]
        key: dict[str, Any] = {}
        if table.parent_table == "child":
            number = _first(element, "ChildIdentifiers/LAchildID").text.strip()
            key = {"child_key": PSEUDONYMISER.child("202", [number])[0]}
        for place, inner in enumerate(rows, 1):
            yield inner, {**above, **key, **({table.sequence_column: place} if table.sequence_column else {})}


def assert_as_walked(data: bytes, what: WhatWasRead) -> None:
    expected = walked(data, what.identity.layout_year)
    assert {table: len(rows) for table, rows in what.rows.items()} == {table: len(rows) for table, rows in expected.items()}
    for table, rows in expected.items():
        for row, found in zip(rows, what.rows[table], strict=True):
            assert {name: found[name] for name in row} == row
            assert list(found) == [name for name, _ in CIN.raw_columns(CIN.table(table))]
            assert (found["load_id"], found["la_code"]) == (LOAD_ID, what.identity.la_code)


ACCEPTED = [s for s in laid.samples() if s.return_name == "cin_census" and s.is_accepted]


@pytest.mark.parametrize("sample", ACCEPTED, ids=lambda sample: sample.file)
@pytest.mark.parametrize("block_bytes", [None, 61, 700])
def test_samples_are_read_as_a_plain_walk_reads_them(sample: laid.Sample, block_bytes: int | None) -> None:
    data = sample.path.read_bytes()
    place = sample.place.as_posix()
    if sample.place.parts[1] != "camden":
        data = data.replace(b"<LEA>314</LEA>", b"<LEA>202</LEA>")
        place = f"cin_census/camden/{sample.place.parts[2]}/x.xml"
    assert_as_walked(data, read_bytes(data, place, block_bytes=block_bytes))


# --- documents made up ------------------------------------------------------------------------------------------------

SPACES = st.sampled_from(
    ["", " ", "\n", "\r\n\t", "<!-- a <Child> & > 'note -->", "<?note <x> ?>", "<!-- <Sex>M</Sex></Child> -->", "\n<!--\n-->\n"]
)
WORDS = st.sampled_from(["2025-06-10", "29/02/2024", "WBRI", "1A", "99Z", "0", "true", "AUT", "x > y", "R&D", "é", " 3B ", ""])


@st.composite
def text_of_a_leaf(draw: st.DrawFn) -> str:
    word = draw(WORDS)
    how = draw(st.sampled_from(["plain", "cdata", "numbers"]))
    if how == "cdata":
        return f"<![CDATA[{word}]]>"
    if how == "numbers":
        return "".join(f"&#{ord(letter)};" for letter in word)
    return escape(word) if draw(st.booleans()) else word.replace("&", "&amp;")


@st.composite
def element(draw: st.DrawFn, number: int, depth: int = 0) -> str:
    """An element of the layout with anything the layout allows inside, and something it does not."""
    node = layout_of("cin_census").nodes[number]
    attribute = draw(st.sampled_from(["", ' a="1"', " b='x > y'", ' xmlns:n="urn:n" n:c="/>"', " "]))
    prefix = draw(st.sampled_from(["", "", "", "n:"]))
    inside = ""
    if node.fills:
        inside = draw(text_of_a_leaf())
    else:
        for inner in draw(st.lists(st.sampled_from(sorted(node.children.values()) or [0]), max_size=4)):
            if inner and layout_of("cin_census").nodes[inner].name != "LAchildID":
                inside += draw(SPACES) + draw(element(inner, depth + 1))
        if draw(st.integers(0, 9)) == 0:
            inside += '<Extra z="1"><Sex>M</Sex><Deeper><CINdetails>no</CINdetails></Deeper></Extra>'
        inside += draw(SPACES)
    if not inside and draw(st.booleans()):
        return f"<{prefix}{node.name}{attribute}/>"
    return f"<{prefix}{node.name}{attribute}>{inside}</{prefix}{node.name} >"


@st.composite
def document(draw: st.DrawFn) -> bytes:
    layout = layout_of("cin_census")
    parts = []
    for number in range(draw(st.integers(0, 4))):
        details = [draw(element(layout.number("Message/Children/Child/CINdetails"))) for _ in range(draw(st.integers(0, 2)))]
        extra = draw(element(layout.number("Message/Children/Child/ChildCharacteristics")))
        parts.append(draw(SPACES) + child(f"C{number}", extra + "".join(details), identifiers=draw(SPACES)))
    begin = draw(st.sampled_from(["", '<?xml version="1.0"?>\n', '<?xml version="1.0" encoding="UTF-8"?>\r\n']))
    return begin.encode() + message("".join(parts) + draw(SPACES)).replace(b"<Message>", b'<Message xmlns:n="urn:n">')


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(document(), st.sampled_from([None, 11, 50, 300]))
def test_made_up_documents_are_read_as_a_plain_walk_reads_them(data: bytes, block_bytes: int | None) -> None:
    assert_as_walked(data, read_bytes(data, PLACE, block_bytes=block_bytes))


# --- edges ------------------------------------------------------------------------------------------------------------


def test_one_name_at_two_levels_is_two_fields() -> None:
    inside = (
        "<CINdetails><DateOfInitialCPC>2025-12-09</DateOfInitialCPC>"
        "<Section47><DateOfInitialCPC>2025-11-01</DateOfInitialCPC></Section47></CINdetails>"
    )
    what = read_bytes(message(child(1, inside)), PLACE)
    assert what.column("cin_details", "date_of_initial_cpc") == ["2025-12-09"]
    assert what.column("section47", "date_of_initial_cpc") == ["2025-11-01"]


def test_sequence_numbers_begin_anew_under_each_parent() -> None:
    assessments = "<Assessments/><Assessments/>"
    inside = f"<CINdetails>{assessments}</CINdetails><CINdetails>{assessments}<Assessments/></CINdetails>"
    what = read_bytes(message(child(1, inside) + child(2, inside)), PLACE, block_bytes=1)
    places = [(r["child_seq"], r["cin_details_seq"], r["assessment_seq"]) for r in what.rows["assessment"]]
    assert places == [(c, d, a) for c in (1, 2) for d, n in ((1, 2), (2, 3)) for a in range(1, n + 1)]
    assert what.column("assessment", "row_number_in_file") == list(range(1, 11))


def test_an_element_that_comes_twice_is_kept_once() -> None:
    what = read_bytes(message(child(1, identifiers="<Sex>F</Sex>\n<Sex>M</Sex>")), PLACE)
    assert what.column("child", "sex") == ["F"]
    assert what.found("element_repeated") == [("child", "sex", 2)]


def test_an_empty_element_fills_nothing_and_takes_no_text_behind_it() -> None:
    what = read_bytes(message(child(1, identifiers="<Sex/>F")), PLACE)
    assert what.column("child", "sex") == [None]
    assert [line for _, _, line in what.found("stray_text")] == [1]


def test_text_out_of_place_is_told_with_its_line_and_not_kept() -> None:
    what = read_bytes(message(f"\n{child(1)}\nQuillfeather\n"), PLACE)
    (finding,) = [f for f in what.outcome.findings if f.rule_code == "stray_text"]
    assert (finding.line_number, finding.detail) == (2, "12 letters")


def test_unknown_elements_are_left_out_with_all_in_them() -> None:
    inside = "<Quill><CINdetails><ReferralSource>1A</ReferralSource></CINdetails></Quill>\n<ChildSurname>x</ChildSurname>"
    what = read_bytes(message(child(1, inside)), PLACE)
    assert "cin_details" not in what.rows
    assert what.found("element_unknown") == [("child", "a name of 5 letters", 1)]
    assert what.found("element_identifying") == [("child", "ChildSurname", 2)]


def test_elements_of_a_module_of_another_year() -> None:
    plan = "<CINdetails><CINPlanDates><CINPlanStartDate>2020-06-02</CINPlanStartDate></CINPlanDates></CINdetails>"
    data = message(child(1, plan, "<GenderCurrent>2</GenderCurrent>")).replace(b"2026", b"2021")
    what = read_bytes(data, "cin_census/camden/2021/x.xml")
    assert what.column("cin_plan_dates", "cin_plan_start_date") == ["2020-06-02"]
    assert ("cin_plan_dates", "", 1) in what.found("element_of_other_year")


def test_two_child_numbers_in_one_child_are_no_number() -> None:
    data = message(child(1, identifiers="<LAchildID>2</LAchildID>") + child(3))
    with pytest.raises(ReturnRejected) as rejected:
        read_bytes(data, PLACE)
    assert rejected.value.rule_code == "child_number_repeated"
    what = read_bytes(data, PLACE, set_aside=True)
    assert list(what.outcome.child_numbers) == ["3"]


def test_a_child_number_doubled_across_blocks_is_found() -> None:
    data = message("\n".join(child(n) for n in (1, 2, 3, 1)))
    with pytest.raises(ReturnRejected) as rejected:
        read_bytes(data, PLACE, block_bytes=1)
    assert (rejected.value.rule_code, rejected.value.line_number) == ("child_number_repeated", 4)
    assert read_bytes(data, PLACE, block_bytes=1, set_aside=True).n("child") == (4, 3, 1, 0)


def test_many_damaged_children_are_told_once() -> None:
    with pytest.raises(ReturnRejected) as rejected:
        read_bytes(message("\n".join(child(" ") for _ in range(500))), PLACE)
    assert "line 20 and more" in rejected.value.reason


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"<!DOCTYPE Message>" + message(child(1)), "xml_doctype"),
        (message(child(1)).replace(b"<Children>", b"<Children><!DOCTYPE x>"), "xml_not_well_formed"),
        (message(child(1, "<a>" * 40 + "</a>" * 40)), "xml_too_deep"),
        (message(child(1))[:-20], "xml_cut_short"),
        (message(child(1)) + b"<Message/>", "xml_not_well_formed"),
        (message(child(1, "&nbsp;")), "xml_not_well_formed"),
        (message(child(1, "<a b=1/>")), "xml_not_well_formed"),
        (message(child("\x00")), "xml_not_well_formed"),
    ],
)
def test_documents_that_are_rejected(data: bytes, rule: str) -> None:
    for block_bytes in (None, 1):
        with pytest.raises(ReturnRejected) as rejected:
            read_bytes(data, PLACE, block_bytes=block_bytes)
        assert rejected.value.rule_code == rule


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252", "utf-8-sig", "utf-32"])
def test_declared_and_marked_encodings(encoding: str) -> None:
    declared = "windows-1252" if encoding == "windows-1252" else "iso-8859-1" if encoding == "iso-8859-1" else "UTF-16"
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + message(child("Zoé")).decode()
    what = read_bytes(text.encode(encoding), PLACE)
    assert list(what.outcome.child_numbers) == ["Zoé"]


def test_a_record_without_end_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loaders.xml_reader.MAX_RECORD_BYTES", 10_000)
    long = message(child(1) + child(2, "<!--" + "x" * 20_000 + "-->"))
    with pytest.raises(ReturnRejected) as rejected:
        read_bytes(long, PLACE, block_bytes=1000)
    assert rejected.value.rule_code == "record_too_large"


def test_lines_are_right_beyond_65535() -> None:
    filler = "\n" * 70_000
    data = message(f"{child(1)}{filler}{child(2)}\r\n\r\n{child(3, '<Quill/>')}")
    for block_bytes in (None, 1000):
        what = read_bytes(data, PLACE, block_bytes=block_bytes)
        assert what.column("child", "line_number") == [1, 70_001, 70_003]
        assert [line for _, _, line in what.found("element_unknown")] == [70_003]


def test_the_synthetic_mark() -> None:
    invented = message(child("SYN1"), HEADER.replace("<SerialNo>", f"<SoftwareCode>{SOFTWARE_CODE}</SoftwareCode><SerialNo>"))
    real = message(child("LDN1"))
    empty = message("")
    assert read_bytes(invented, PLACE, kind="demo").n("child")[1] == 1
    assert read_bytes(real, PLACE, kind="real").n("child")[1] == 1
    for kind in ("demo", "real"):
        assert "child" not in read_bytes(empty, PLACE, kind="demo" if kind == "demo" else "real").rows
    for data, kind, rule in ((invented, "real", "synthetic_in_real"), (real, "demo", "real_in_demo")):
        with pytest.raises(ReturnRejected) as rejected:
            read_bytes(data, PLACE, kind="demo" if kind == "demo" else "real")
        assert rejected.value.rule_code == rule
    with pytest.raises(ReturnRejected, match="synthetic"):
        read_bytes(message(child("SYN1")), PLACE, kind="real")


def test_required_elements_that_are_absent_are_told() -> None:
    what = read_bytes(message(child(1, "<CINdetails/>", "")), PLACE)
    assert {("child", "sex", 1), ("cin_details", "cin_referral_date", 1), ("cin_details", "referral_nfa", 1)} <= set(
        what.found("required_blank")
    )
    # GenderCurrent belongs to other years and is not asked for
    assert ("child", "gender_current", 1) not in what.found("required_blank")


def test_upns_are_judged_and_only_valid_ones_hashed() -> None:
    numbers = ["M202000017201", "A202000017201", "G20200001790A", "nonsense"]
    children = "".join(child(n, identifiers=f"<UPN>{upn}</UPN>") for n, upn in enumerate(numbers)) + child("x")
    what = read_bytes(message(children), PLACE)
    assert what.column("child", "upn_status") == ["valid", "wrong check letter", "temporary", "malformed", "blank"]
    assert what.column("child", "upn_key") == [*PSEUDONYMISER.upn(numbers[:1]), None, None, None, None]


def test_two_hundred_findings_are_listed_and_the_rest_counted() -> None:
    children = "\n".join(child(n, identifiers="<Sex>Quillfeather</Sex>") for n in range(450))
    what = read_bytes(message(children), PLACE)
    found = [f for f in what.outcome.findings if f.rule_code == "unreadable_value" and f.field == "sex"]
    assert [f.line_number for f in found] == [*range(1, 201), None]
    assert sum(f.n_occurrences for f in found) == 450
    assert all("Quill" not in f.detail for f in found)


# VmHWM begins anew when a program starts; ru_maxrss would hand down what pytest itself has taken by then.
_MEMORY = """
import re, sys
from pathlib import Path
from loaders.contract import Outcome
from loaders.identify import identify
from loaders.pseudonym import Pseudonymiser
from loaders.readers import read
from loaders.sources import discover
source, = discover([Path(sys.argv[1])], Path(sys.argv[1]).parents[3])
n = 0
for batch in read(source, identify(source), "0" * 16, Pseudonymiser.throwaway(), Outcome()):
    n += batch.rows.num_rows
kilobytes = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(n, int(kilobytes[1]) // 1024)
"""


def measured(path: Path) -> tuple[int, int]:
    """(rows, peak memory in MB) of reading a file in a process of its own."""
    run = subprocess.run([sys.executable, "-c", _MEMORY, str(path)], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT)
    n, megabytes = run.stdout.split()
    return int(n), int(megabytes)


def write_large(path: Path, n_bytes: int) -> int:
    """A census of at least `n_bytes`, every child different; gives the number of children."""
    sample = (laid.SAMPLES / "cin_census" / "valid_2026_full.xml").read_text()
    begin, body, end = re.split(r"(?<=<Children>)|(?=</Children>)", sample)
    n = 0
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        file.write(begin)
        while file.tell() < n_bytes:
            for _ in range(500):
                file.write(body.replace("LDN000", f"L{n:07d}"))
                n += 1
        file.write(end)
    return 4 * n


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for n_bytes in (15 << 20, 60 << 20):
        path = tmp_path / str(n_bytes) / "cin_census" / "camden" / "2026" / "x.xml"
        n_children = write_large(path, n_bytes)
        n_rows, peak = measured(path)
        assert n_rows > 6 * n_children
        peaks.append(peak)
    assert peaks[1] < 400
    # the list of child numbers, which the vault needs, grows; nothing else does
    assert peaks[1] < peaks[0] + 60


@pytest.mark.long
def test_two_gigabytes_stay_under_one(tmp_path: Path) -> None:
    path = tmp_path / "cin_census" / "camden" / "2026" / "x.xml"
    write_large(path, 2 << 30)
    _, peak = measured(path)
    path.unlink()
    assert peak < 1024
