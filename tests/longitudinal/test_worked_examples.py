"""The worked examples of docs/rules/timelines.md 9 that belong to its sections 1 to 6, from returns as sent to the marts.

Two authorities send what the examples say; 1 and 9 are about working days and measures and have their tests there.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from loaders.settings import Paths
from synthetic.identity import check_letter
from tests.longitudinal import built

HACKNEY, ISLINGTON = "204", "206"
FOLDER = {HACKNEY: "hackney", ISLINGTON: "islington"}
HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
MISSING = "CHILD,DOB,MISSING,MIS_START,MIS_END"

# child, DECOM, RNE, PLACE, DEC, REC, REASON_PLACE_CHANGE by collection year
CARE = {
    2022: [
        ("120001", "01/06/2021", "S", "A6", "10/03/2022", "E11", ""),
    ],
    2023: [
        ("100002", "01/11/2022", "S", "U6", "", "", ""),
        ("100003", "05/01/2023", "S", "U6", "", "", ""),
        ("100004", "05/01/2023", "S", "U6", "", "", ""),
        ("100005", "01/11/2022", "S", "U6", "01/02/2023", "X1", ""),
        ("100005", "09/02/2023", "P", "U6", "", "", ""),
        ("110001", "05/01/2023", "S", "U6", "", "", ""),
        ("120001", "10/01/2023", "S", "U6", "", "", ""),
    ],
    2024: [
        ("100002", "01/11/2022", "S", "U6", "10/08/2023", "X1", "CARPL"),
        ("100002", "10/08/2023", "P", "K2", "", "", ""),
        ("100004", "01/06/2023", "S", "U6", "", "", ""),
        ("100005", "09/02/2023", "P", "U6", "", "", ""),
        ("100010", "01/05/2023", "S", "U6", "01/09/2023", "X1", "PLACE"),
        ("100010", "01/09/2023", "T", "U4", "", "", ""),
        ("100011", "01/05/2023", "S", "U6", "01/09/2023", "X1", "CARPL"),
        ("100011", "01/09/2023", "P", "U4", "", "", ""),
        ("110001", "05/01/2023", "S", "U6", "", "", ""),
        ("120001", "10/01/2023", "S", "U6", "01/09/2023", "E12", ""),
    ],
}
# child, kind, MIS_START, MIS_END
AWAY = {
    2023: [("110001", "M", "20/03/2023", "31/02/2023")],
    2024: [
        ("110001", "M", "02/05/2023", "09/05/2023"),
        ("110001", "A", "07/05/2023", "08/05/2023"),
    ],
}
# authority, year -> child: (UPN body, ethnicity, referrals as (date, closure, reason, plan start))
Referral = tuple[str, str, str, str]
NEED: dict[tuple[str, int], dict[str, tuple[str, str, list[Referral]]]] = {
    (HACKNEY, 2022): {"600001": ("", "NOBT", [("2021-05-10", "", "", "")])},
    (HACKNEY, 2023): {
        "600001": ("", "BAFR", [("2021-05-10", "", "", "")]),
        "600002": ("", "BAFR", [("2022-05-10", "", "", "")]),
        "700001": ("", "WBRI", [("2022-05-10", "", "", "")]),
        "700002": ("", "WBRI", [("2022-05-10", "2023-02-30", "RC7", ""), ("2023-01-20", "", "", "")]),
        "800001": ("202000008001", "WBRI", [("2023-02-01", "", "", "2023-03-01")]),
    },
    (HACKNEY, 2024): {
        "600001": ("", "REFU", [("2021-05-10", "", "", "")]),
        "600002": ("", "BCRB", [("2022-05-10", "", "", "")]),
        "700001": ("", "WBRI", [("2022-05-10", "2023-09-01", "RC7", "")]),
        "700002": ("", "WBRI", [("2023-01-20", "", "", "")]),
        "800001": ("202000008001", "WBRI", [("2023-02-01", "2023-07-20", "RC5", "2023-03-01")]),
        "120001": ("202000012001", "WBRI", [("2024-01-15", "", "", "")]),
    },
    (HACKNEY, 2025): {"700001": ("", "WBRI", [("2022-05-10", "2023-09-08", "RC7", "")])},
    (ISLINGTON, 2024): {"900001": ("202000008001", "MWAS", [("2023-07-28", "", "", "")])},
}


def upn(body: str) -> str:
    return check_letter(body) + body if body else ""


def lay_care(folder: Path, year: int) -> None:
    """The looked after return of one year; child 120001 keeps its pupil number through two adoptions."""
    children = sorted({row[0] for row in CARE[year]})
    header = [f"{child},2,14/05/2013,WBRI,{upn('202000012001') if child == '120001' else ''},," for child in children]
    episodes = [
        f"{child},{decom},{rne},C2,N1,{place},PR1,{dec},{rec},{change},ZZ91 1AA,ZZ91 4BB,SC100001"
        for child, decom, rne, place, dec, rec, change in CARE[year]
    ]
    away = [f"{child},14/05/2013,{kind},{start},{end}" for child, kind, start, end in AWAY.get(year, [])]
    folder.mkdir(parents=True)
    for table, heading, rows in (("header", HEADER, header), ("episodes", EPISODES, episodes), ("missing", MISSING, away)):
        (folder / f"SSDA903_{year}_{table}.csv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")


def lay_need(folder: Path, la_code: str, year: int) -> None:
    """The census of one authority and year."""

    def under(parent: Any, *told: tuple[str, str]) -> None:
        for name, text in told:
            if text:
                etree.SubElement(parent, name).text = text

    message = etree.Element("Message")
    header = etree.SubElement(message, "Header")
    under(
        etree.SubElement(header, "CollectionDetails"),
        ("Collection", "CIN"),
        ("Year", str(year)),
        ("ReferenceDate", f"{year}-03-31"),
    )
    under(
        etree.SubElement(header, "Source"),
        ("SourceLevel", "L"),
        ("LEA", la_code),
        ("SoftwareCode", "Invented"),
        ("Release", "1"),
        ("SerialNo", "001"),
        ("DateTime", f"{year}-05-14T09:30:00"),
    )
    listed = etree.SubElement(message, "Children")
    for number, (body, ethnicity, referrals) in NEED[la_code, year].items():
        child = etree.SubElement(listed, "Child")
        sex = ("Sex", "F") if year >= 2026 else ("GenderCurrent", "2")
        under(
            etree.SubElement(child, "ChildIdentifiers"),
            ("LAchildID", number),
            ("UPN", upn(body)),
            ("PersonBirthDate", "2013-05-14"),
            sex,
        )
        about = etree.SubElement(child, "ChildCharacteristics")
        under(about, ("Ethnicity", ethnicity))
        under(etree.SubElement(about, "Disabilities"), ("Disability", "NONE"))
        for referred, closed, reason, plan in referrals:
            details = etree.SubElement(child, "CINdetails")
            under(details, ("CINreferralDate", referred), ("ReferralSource", "2A"), ("PrimaryNeedCode", "N1"))
            under(details, ("CINclosureDate", closed), ("ReasonForClosure", reason), ("ReferralNFA", "0"))
            if plan:
                under(
                    etree.SubElement(details, "ChildProtectionPlans"),
                    ("CPPstartDate", plan),
                    ("CPPendDate", closed),
                    ("InitialCategoryOfAbuse", "NEG"),
                    ("LatestCategoryOfAbuse", "NEG"),
                    ("NumberOfPreviousCPP", "0"),
                )
    folder.mkdir(parents=True)
    etree.ElementTree(message).write(str(folder / f"CIN_{year}.xml"), xml_declaration=True, encoding="utf-8")


def lay(returns: Path) -> None:
    """All that the two authorities send."""
    for year in CARE:
        lay_care(returns / "ssda903" / FOLDER[HACKNEY] / str(year), year)
    for la_code, year in NEED:
        lay_need(returns / "cin_census" / FOLDER[la_code] / str(year), la_code, year)


@pytest.fixture(scope="module")
def paths(told: Paths) -> Paths:
    return told


def rows(paths: Paths, mart: str, number: str, columns: str, order: str, la_code: str = HACKNEY) -> list[tuple[Any, ...]]:
    key = built.child_key(paths, la_code, number)
    return built.fetch(paths, f"SELECT {columns} FROM marts.{mart} WHERE child_key = ? ORDER BY {order}", [key]).rows()


def test_2_an_episode_is_told_again_and_ends(paths: Paths) -> None:
    assert rows(paths, "fct_episode_spell", "100002", "start_date, end_date, end_source", "start_date") == [
        (date(2022, 11, 1), date(2023, 8, 10), "reported"),
        (date(2023, 8, 10), None, None),
    ]
    placements = rows(paths, "fct_placement_spell", "100002", "placement_type_code, start_date, end_date, nights", "start_date")
    assert placements == [("U6", date(2022, 11, 1), date(2023, 8, 10), 282), ("K2", date(2023, 8, 10), None, 234)]
    assert rows(paths, "fct_care_period", "100002", "start_date, end_date", "start_date") == [(date(2022, 11, 1), None)]


def test_3_an_episode_is_lost(paths: Paths) -> None:
    told = "end_date, end_source, end_rule_code, reason_episode_ceased_code"
    assert rows(paths, "fct_episode_spell", "100003", told, "start_date") == [(date(2023, 3, 31), "assumed", "LOST", None)]
    # open on 31 March, so in the stock of that day, and ended in the year that begins on the next
    told = "end_date, end_effective_date, reason_ceased, leaving_care_group, is_right_censored"
    assert rows(paths, "fct_care_period", "100003", told, "start_date") == [
        (date(2023, 3, 31), date(2023, 4, 1), "not known", None, False)
    ]


def test_4_a_restart_leaves_a_gap(paths: Paths) -> None:
    episodes = rows(paths, "fct_episode_spell", "100004", "start_date, end_date, end_rule_code", "start_date")
    assert episodes == [(date(2023, 1, 5), date(2023, 3, 31), "REPAIR_GAP"), (date(2023, 6, 1), None, None)]
    first, second = rows(paths, "fct_care_period", "100004", "start_date, end_date", "start_date")
    assert (second[0] - first[1]).days == 62


def test_5_a_gap_inside_one_return_stays_and_is_a_finding(paths: Paths) -> None:
    assert rows(paths, "fct_care_period", "100005", "start_date, end_date", "start_date") == [
        (date(2022, 11, 1), date(2023, 2, 1)),
        (date(2023, 2, 9), None),
    ]
    found = "SELECT collection_year, field FROM marts.dq_ssda903__broken_rule WHERE rule_code = ? AND la_code = ?"
    assert built.fetch(paths, found, ["continuing_episode_gap", HACKNEY]).rows() == [(2023, "DEC")]


def test_6_the_latest_known_value_stands(paths: Paths) -> None:
    assert rows(paths, "dim_child", "600001", "ethnicity_code", "ALL") == [("BAFR",)]
    assert rows(paths, "fct_conflict", "600001", "attribute", "ALL") == []
    assert rows(paths, "dim_child", "600002", "ethnicity_code", "ALL") == [("BCRB",)]
    assert rows(paths, "fct_conflict", "600002", "attribute, old_value, new_value, from_return_year, to_return_year", "ALL") == [
        ("ethnicity", "BAFR", "BCRB", 2023, 2024)
    ]


def test_7_a_closure_is_told_otherwise(paths: Paths) -> None:
    assert rows(paths, "fct_referral_spell", "700001", "start_date, end_date, end_source", "ALL") == [
        (date(2022, 5, 10), date(2023, 9, 8), "reported")
    ]
    assert rows(paths, "fct_conflict", "700001", "attribute, old_value, new_value, from_return_year, to_return_year", "ALL") == [
        ("end_date", "2023-09-01", "2023-09-08", 2024, 2025)
    ]


def test_8_a_child_moves_with_its_case(paths: Paths) -> None:
    here = rows(paths, "dim_child", "800001", "person_key, linkage", "ALL")
    assert here == rows(paths, "dim_child", "900001", "person_key, linkage", "ALL", ISLINGTON)
    assert here[0][1] == "upn"
    moves = "SELECT la_from, la_to, move_date, kind FROM marts.fct_move_between_authorities WHERE person_key = ?"
    assert built.fetch(paths, moves, [here[0][0]]).rows() == [(HACKNEY, ISLINGTON, date(2023, 7, 28), "transfer")]
    # what the two tell of one person is kept, and not in what belongs to one of them
    columns = "old_value, new_value, la_from, la_to, to_return_year"
    told = f"SELECT {columns} FROM marts.fct_person_conflict WHERE person_key = ? ORDER BY ALL"
    # of two returns of one day that of the smaller number is told last (docs/rules/timelines.md 3 leaves it open)
    assert built.fetch(paths, told, [here[0][0]]).rows() == [
        ("MWAS", "WBRI", ISLINGTON, HACKNEY, 2024),
        ("WBRI", "MWAS", HACKNEY, ISLINGTON, 2024),
    ]
    assert rows(paths, "fct_conflict", "800001", "attribute", "ALL") == []
    assert rows(paths, "fct_conflict", "900001", "attribute", "ALL", ISLINGTON) == []
    history = "SELECT value, valid_to_date FROM marts.dim_person_attribute_history WHERE attribute = 'ethnicity' AND person_key = ?"
    assert built.fetch(paths, history, [here[0][0]]).rows() == [("WBRI", None)]


def test_10_the_same_carers_are_one_placement(paths: Paths) -> None:
    assert rows(paths, "fct_placement_spell", "100010", "start_date, nights, placement_type_code", "start_date") == [
        (date(2023, 5, 1), 335, "U4")
    ]
    assert rows(paths, "fct_care_period", "100010", "n_placements", "ALL") == [(1,)]
    assert [row[0] for row in rows(paths, "fct_placement_spell", "100011", "start_date", "start_date")] == [
        date(2023, 5, 1),
        date(2023, 9, 1),
    ]


def test_an_end_that_is_no_date_ends_by_the_next_spell(paths: Paths) -> None:
    """docs/episode-repair.md: ended, day unknown; and a child is missing once at a time."""
    told = "start_date, end_date, end_source, end_rule_code"
    assert rows(paths, "fct_referral_spell", "700002", told, "start_date") == [
        (date(2022, 5, 10), date(2023, 1, 20), "derived", "UNREADABLE"),
        (date(2023, 1, 20), date(2024, 3, 31), "assumed", "LOST"),
    ]
    assert rows(paths, "fct_missing_from_care_spell", "110001", told, "start_date") == [
        (date(2023, 3, 20), date(2023, 3, 31), "assumed", "UNREADABLE"),
        (date(2023, 5, 2), date(2023, 5, 7), "derived", "OVERLAP_SAME_RETURN"),
        (date(2023, 5, 7), date(2023, 5, 8), "reported", None),
    ]
    kept = rows(paths, "fct_conflict", "110001", "rule_code, old_value, new_value", "ALL")
    assert kept == [("OVERLAP_SAME_RETURN", "2023-05-09", "2023-05-07"), ("UNREADABLE", None, "2023-03-31")]


def test_a_child_adopted_twice_is_three_in_law(paths: Paths) -> None:
    """timelines.md 2.5, with one child number and one pupil number all along."""
    sides = rows(paths, "dim_child", "120001", "is_after_adoption, adoption_date, person_key", "first_event_date")
    assert [side[:2] for side in sides] == [(False, date(2022, 3, 10)), (True, date(2023, 9, 1)), (True, date(2023, 9, 1))]
    assert len({side[2] for side in sides}) == 3
    care = rows(paths, "fct_care_period", "120001", "person_key", "start_date")
    need = rows(paths, "fct_referral_spell", "120001", "person_key", "start_date")
    assert [row[0] for row in (*care, *need)] == [side[2] for side in sides]
