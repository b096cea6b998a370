"""What a file is: from inside it, from its place, from its name; contradictions are rejected."""

from datetime import date
from pathlib import Path

import pytest

from loaders import facts, headings, names
from loaders.contract import PartialIdentity
from loaders.errors import ReturnRejected
from loaders.identify import identify, partial_identity
from loaders.path_hints import hints_of, years_in
from loaders.sources import RefusedSource
from tests.loaders.reading import read_bytes, source_of

HEADER = b"CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
EPISODES = b"CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"


def census(year: str = "2024", lea: str = "202", reference: str | None = None, collection: str = "CIN", source: str = "") -> bytes:
    reference = f"{year}-03-31" if reference is None else reference
    return (
        f"<Message><Header><CollectionDetails><Collection>{collection}</Collection><Year>{year}</Year>"
        f"<ReferenceDate>{reference}</ReferenceDate></CollectionDetails><Source><LEA>{lea}</LEA>{source}</Source></Header>"
        "<Children></Children></Message>"
    ).encode()


def rule_of(data: bytes, place: str) -> str:
    with pytest.raises(ReturnRejected) as rejected:
        identify(source_of(data, place))
    return rejected.value.rule_code


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2024", [2024]),
        ("SSDA903_2024_header.csv", [2024]),
        ("2023-24", [2024]),
        ("2023_24", [2024]),
        ("2023 2024", [2024]),
        ("2023-2024", [2024]),
        ("202324", [2024]),
        ("1999-00 and 2099-00", [2100]),
        ("2022_2024", [2022, 2024]),
        ("2024_01", [2024]),
        ("202401", []),
        ("export 2024-05-14", []),
        ("export 20240514", []),
        ("14.05.2024 cin 2023", [2023]),
        ("12024", []),
        ("cin_v2_2024_final(1).xml", [2024]),
        ("no year", []),
    ],
)
def test_years_in_names(text: str, years: list[int]) -> None:
    assert years_in(text) == years


@pytest.mark.parametrize(
    "folder",
    [
        "hammersmith_and_fulham",
        "Hammersmith & Fulham",
        "HAMMERSMITH-AND-FULHAM",
        "hammersmith fulham",
        "LB of Hammersmith and Fulham",
        "London Borough of Hammersmith and Fulham 2024",
        "205",
        "E09000013",
    ],
)
def test_authorities_by_name_and_code(folder: str) -> None:
    assert hints_of(("ssda903", folder, "x.csv")).la_codes == ("205",)


def test_every_authority_is_known_by_each_of_its_names() -> None:
    for authority in facts.authorities():
        for name in (authority.la_code, authority.ons_code.lower(), authority.name, authority.name.replace(" ", "_").lower()):
            assert hints_of((name, "x.csv")).la_codes == (authority.la_code,), name
    assert hints_of(("Royal Borough of Kingston", "x.csv")).la_codes == ("314",)
    assert hints_of(("richmond", "x.csv")).la_codes == ("318",)
    assert hints_of(("City of Westminster", "x.csv")).la_codes == ("213",)


def test_a_number_is_an_authority_only_as_a_whole_folder_or_in_a_file_name() -> None:
    assert hints_of(("batch 202", "x.csv")).la_codes == ()
    assert hints_of(("x", "202_2024_header.csv")).la_codes == ("202",)
    assert hints_of(("returns 202.zip", "x.csv")).la_codes == ("202",)


def test_a_csv_is_identified_by_its_place() -> None:
    identity = identify(source_of(HEADER, "ssda903/barking_and_dagenham/2024/SSDA903_2024_header.csv"))
    assert identity.text == "ssda903|header|301|2024"
    assert (identity.reference_date, identity.submission_stamp) == (date(2024, 3, 31), "")


def test_an_xml_is_identified_by_its_header() -> None:
    source = "<SerialNo>007</SerialNo><DateTime>2024-05-14T09:30:00</DateTime>"
    identity = identify(source_of(census(source=source), "x.xml"))
    assert identity.text == "cin_census|all|202|2024"
    assert (identity.reference_date, identity.submission_stamp) == (date(2024, 3, 31), "000007|2024-05-14T09:30:00")


def test_a_stamp_holds_only_what_has_its_shape() -> None:
    source = "<SerialNo>Quillfeather</SerialNo><DateTime>yesterday</DateTime>"
    assert identify(source_of(census(source=source), "x.xml")).submission_stamp == "000000|"


def test_the_first_source_counts() -> None:
    twice = census().replace(b"</Header>", b"<Source><LEA>203</LEA></Source></Header>")
    assert identify(source_of(twice, "x.xml")).la_code == "202"


@pytest.mark.parametrize(
    ("data", "place", "rule"),
    [
        (census(), "cin_census/camden/2023/x.xml", "path_contradicts_file"),
        (census(), "cin_census/barnet/2024/x.xml", "path_contradicts_file"),
        (census(), "ssda903/camden/2024/x.xml", "path_contradicts_file"),
        (census(), "cin_census/camden/2024/barnet.xml", "path_contradicts_itself"),
        (census(), "cin_census/camden/2024/cin_2023.xml", "path_contradicts_itself"),
        (census(lea="873"), "x.xml", "authority_unknown"),
        (census(year="2016"), "x.xml", "year_too_old"),
        (census(year="24"), "x.xml", "year_unknown"),
        (census(reference="2024-03-30"), "x.xml", "year_reference_mismatch"),
        (census(reference="2023-03-31"), "x.xml", "year_reference_mismatch"),
        (census(reference="today"), "x.xml", "year_reference_mismatch"),
        (census(collection="SEN2"), "x.xml", "wrong_collection"),
        (b"<Massage/>", "cin_census/camden/2024/x.xml", "wrong_root"),
        (b"<html><body>no</body></html>", "ssda903/camden/2024/header.csv", "wrong_root"),
        (HEADER, "cin_census/camden/2024/x.csv", "not_xml"),
        (HEADER, "ssda903/2024/header.csv", "authority_unknown"),
        (HEADER, "ssda903/camden/header.csv", "year_unknown"),
        (HEADER, "ssda903/camden/2016/header.csv", "year_too_old"),
        (HEADER, "ssda903/camden/2023/2024_header.csv", "path_contradicts_itself"),
        (b"", "ssda903/camden/2024/header.csv", "file_empty"),
        (b" \r\n\t\n", "ssda903/camden/2024/header.csv", "file_empty"),
        (EPISODES, "ssda903/camden/2024/SSDA903_2024_reviews.csv", "table_contradicts_name"),
        (b"CHILD,DOB,X\n", "ssda903/camden/2024/x.csv", "table_unknown"),
    ],
)
def test_rejections(data: bytes, place: str, rule: str) -> None:
    assert rule_of(data, place) == rule


def test_an_unknown_authority_is_told_the_33() -> None:
    with pytest.raises(ReturnRejected) as rejected:
        identify(source_of(census(lea="873"), "x.xml"))
    assert all(authority.name in rejected.value.reason for authority in facts.authorities())
    assert "873" not in rejected.value.reason


def test_a_header_without_year_leaves_it_to_the_path() -> None:
    bare = census(year="", reference="")
    assert identify(source_of(bare, "cin_census/camden/2023-24/x.xml")).collection_year == 2024
    assert identify(source_of(census(year="", reference="2023-03-31"), "x.xml")).collection_year == 2023


def test_a_newer_year_is_read_by_the_newest_layout() -> None:
    what = read_bytes(census(year="2031"), "cin_census/camden/2031/x.xml")
    assert (what.identity.collection_year, what.identity.layout_year) == (2031, 2027)
    assert what.found("year_newer") == [("", "", None)]
    assert what.column("header", "collection_year") == [2031]
    newest = read_bytes(census(year="2027"), "cin_census/camden/2027/x.xml")
    assert newest.identity.layout_year == 2027 and not newest.found("year_newer")


def test_return_hint_of_the_caller() -> None:
    assert identify(source_of(HEADER, "camden/2024/header.csv"), "ssda903").return_name == "ssda903"
    with pytest.raises(ReturnRejected):
        identify(source_of(HEADER, "camden/2024/header.csv"), "cin_census")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("SSDA903_2024_placed_adoption.csv", "placed_for_adoption"),
        ("SSDA903_2024_ad1.csv", "ad1"),
        ("SSDA903 2024 Should be placed.csv", "placed_for_adoption"),
        ("ssda903PrevPerm2024.csv", "previous_permanence"),
        ("2024-oc2.csv", "oc2"),
        ("SW Episodes 2024.csv", "social_worker"),
    ],
)
def test_tables_by_name(name: str, table: str) -> None:
    fields = facts.returns()["ssda903"].table(table).fields
    heading = ",".join(field.field for field in fields).encode() + b"\n"
    assert identify(source_of(heading, f"ssda903/camden/2024/{name}")).table_name == table


def test_tables_by_headings_alone() -> None:
    for table in facts.returns()["ssda903"].tables:
        heading = ",".join(field.field for field in table.fields).encode() + b"\n"
        assert identify(source_of(heading, "ssda903/camden/2027/export.csv")).table_name == table.table


def test_the_name_rules_while_the_headings_are_its_own() -> None:
    # without ETHNIC all that uasc asks for is still there; more headings speak for the header
    lacking = HEADER.replace(b"ETHNIC,", b"")
    with pytest.raises(ReturnRejected, match="ETHNIC"):
        read_bytes(lacking, "ssda903/camden/2024/header.csv")


def test_no_two_columns_of_a_table_share_a_name() -> None:
    for table in facts.returns()["ssda903"].tables:
        spelled = [headings.squashed(name) for field in table.fields for name in {field.field, *field.aliases}]
        owner = headings.columns_of("ssda903", table.table)
        for field in table.fields:
            for name in (field.field, *field.aliases):
                assert owner[headings.squashed(name)] == field
        assert set(spelled) == set(owner)


def test_partial_identities() -> None:
    data = census(lea="203", collection="CIN")
    assert partial_identity(source_of(data, "cin_census/camden/2023/x.xml")) == PartialIdentity("cin_census", "all", "203", 2024)
    assert partial_identity(source_of(b"x", "Quillfeather/secret.csv")) == PartialIdentity("ssda903")
    assert partial_identity(source_of(b"<a", "cin_census/camden/2024/x.xml")) == PartialIdentity("cin_census", "all", "202", 2024)
    assert partial_identity(source_of(b"", "ssda903/camden/2024/x.csv")) == PartialIdentity("ssda903", None, "202", 2024)
    refused = RefusedSource("x", ("ssda903", "camden", "2024", "x.xlsx"), "not_a_return", "", Path("x"))
    assert partial_identity(refused) == PartialIdentity("ssda903", None, "202", 2024)
    assert partial_identity(source_of(HEADER, "ssda903/camden/header.csv")) == PartialIdentity("ssda903", "header", "202", None)


@pytest.mark.parametrize(
    ("name", "is_said"),
    [
        ("LOCAL_NOTE", True),
        ("FavouriteColour", True),
        ("Child ID 2", True),
        ("FORENAME", True),
        ("Quillfeather", False),
        ("SYN2021234567", False),
        ("LOCAL_100001", False),
        ("=HYPERLINK", False),
        ("", False),
    ],
)
def test_unknown_names_are_said_only_when_they_can_be_no_value(name: str, is_said: bool) -> None:
    assert names.may_be_said(name) is is_said
    assert (name in names.said(name)) is is_said or not name


def test_headings_that_identify() -> None:
    for name in ("FORENAME", "Surname", "CHILD_NAME", "First Name", "HomeAddress", "NHS Number", "POST_CODE", "POSTCODE"):
        assert names.identifies(name), name
    for name in ("LOCAL_NOTE", "CHILD", "DATE_PLACED"):
        assert not names.identifies(name), name
