"""Counting as the national statistics count, and what the comparison calls near enough."""

from datetime import date

import polars as pl
import pytest

from synthetic import compare, facts
from synthetic.compare import Line


def frames() -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Six referrals of four children in one authority and year, and one child in care."""
    place = {"la_code": "203", "collection_year": 2025}
    referral = [
        ("A", 1, date(2024, 5, 1), None, None, "0"),
        ("B", 1, date(2024, 6, 1), date(2024, 8, 1), "RC8", "0"),
        ("B", 2, date(2024, 12, 1), None, None, "0"),
        ("C", 1, date(2023, 1, 1), date(2024, 9, 1), "RC7", "0"),
        ("D", 1, date(2024, 7, 1), None, None, "1"),
        ("D", 2, date(2024, 9, 1), date(2025, 3, 1), "RC7", "0"),
    ]
    details = pl.DataFrame(
        [
            {
                **place,
                "child_number": c,
                "cin_details_seq": s,
                "cin_referral_date": r,
                "cin_closure_date": e,
                "reason_for_closure": why,
                "referral_nfa": nfa,
                "date_of_initial_cpc": None,
            }
            for c, s, r, e, why, nfa in referral
        ],
        schema_overrides={"cin_closure_date": pl.Date, "reason_for_closure": pl.String, "date_of_initial_cpc": pl.Date},
    )
    one = {**place, "child_number": "A", "cin_details_seq": 1}
    tables = {
        "child": pl.DataFrame(
            [{**place, "child_number": c, "ethnicity": "BCRB", "person_birth_date": date(2015, 4, 1)} for c in "ABCD"]
        ),
        "child_disability": pl.DataFrame(
            [{**place, "child_number": "A", "disability": "AUT"}, {**place, "child_number": "B", "disability": "NONE"}]
        ),
        "cin_details": details,
        "assessment": pl.DataFrame(
            [{**one, "assessment_authorisation_date": date(2024, 6, 20)}, {**one, "assessment_authorisation_date": None}]
        ),
        "assessment_factor": pl.DataFrame([{**one, "assessment_factor": factor} for factor in ("1A", "8D")]),
        "section47": pl.DataFrame([{**one, "s47_actual_start_date": date(2024, 5, 3), "date_of_initial_cpc": date(2024, 5, 20)}]),
        "child_protection_plan": pl.DataFrame(
            [{**one, "cpp_start_date": date(2024, 5, 20), "cpp_end_date": None, "number_of_previous_cpp": 1}],
            schema_overrides={"cpp_end_date": pl.Date},
        ),
        "header": pl.DataFrame([{**place, "child_number": "A", "dob": date(2008, 3, 31), "sex": "F", "ethnic": "BCRB"}]),
        "uasc": pl.DataFrame([{**place, "child_number": "Z"}]),
        "episodes": pl.DataFrame(
            [
                {
                    **place,
                    "child_number": "A",
                    "decom": date(2024, 10, 1),
                    "rne": "S",
                    "ls": "C1",
                    "cin": "N1",
                    "place": "U6",
                    "dec": date(2024, 11, 1),
                    "rec": "X1",
                },
                {
                    **place,
                    "child_number": "A",
                    "decom": date(2024, 11, 1),
                    "rne": "P",
                    "ls": "C1",
                    "cin": "N1",
                    "place": "K2",
                    "dec": None,
                    "rec": None,
                },
                {
                    **place,
                    "child_number": "Y",
                    "decom": date(2024, 11, 1),
                    "rne": "S",
                    "ls": "V4",
                    "cin": "N2",
                    "place": "K2",
                    "dec": None,
                    "rec": None,
                },
            ]
        ),
        "oc3": pl.DataFrame(
            [{**place, "child_number": "V", "dob": date(2006, 4, 1)}, {**place, "child_number": "W", "dob": date(2006, 3, 31)}]
        ),
        "missing": pl.DataFrame([{**place, "child_number": "A", "missing": "M", "mis_start": date(2024, 10, 3)}]),
    }
    spells = pl.DataFrame(
        [{"la_code": "203", "child_number": c, "kind": "referral", "start_date": r} for c, _, r, _, _, _ in referral]
    )
    return tables, spells


def value(measured: pl.DataFrame, name: str, breakdown: str = "") -> float:
    found = measured.filter((pl.col("measure") == name) & (pl.col("breakdown") == breakdown))["value"]
    return found[0] if found.len() else 0.0


@pytest.mark.parametrize(
    ("name", "breakdown", "expected"),
    [
        ("referrals", "", 5),  # C was referred in an earlier year
        ("rereferrals", "", 2),  # B and D again within twelve months
        ("referrals_nfa", "", 1),
        ("referrals_not_in_need", "", 1),
        ("children_in_need_anypoint", "", 4),  # neither B's closed assessment nor D's first referral counts, their second ones do
        ("children_in_return", "", 4),
        ("episodes_started", "", 3),
        ("episodes_ended", "", 2),
        ("episodes_at31", "", 2),
        ("episodes_at31", "disabled", 1),
        ("episodes_at31", "age:5-9", 2),
        ("assessments", "", 1),
        ("episodes_with_factors", "", 1),
        ("factors", "8", 1),
        ("section47", "", 1),
        ("conferences", "", 1),
        ("plans_started", "", 1),
        ("plans_subsequent", "", 1),
        ("plans_at31", "", 1),
        ("looked_after_at31", "", 1),  # the short break is not looked after
        ("looked_after_at31", "placement:homes", 1),
        ("looked_after_at31", "age:16+", 1),
        ("looked_after_started", "", 1),
        ("looked_after_started", "age:16+", 1),
        ("looked_after_ceased", "", 0),  # X1 goes on
        ("care_leavers", "17-18", 1),  # turned 18 on 1 April 2024; the other turned 19 on the last day
        ("care_leavers", "19-21", 1),
        ("missing_incidents", "M", 1),
    ],
)
def test_counting(name: str, breakdown: str, expected: float) -> None:
    assert value(compare.measure(*frames()), name, breakdown) == expected


def test_lines_bring_the_figures_to_full_scale() -> None:
    measured = pl.DataFrame(
        {
            "measure": ["referrals"] * 2,
            "breakdown": ["", ""],
            "la_code": ["201", "202"],
            "year": [2025, 2025],
            "value": [1000.0, 57.9],
        }
    )
    line = next(line for line in compare.lines(measured, 0.01) if line.year == 2025)
    assert line.published == facts.published()["referrals", "", "london", 2025] == 105790
    assert line.synthetic == pytest.approx(105790)
    assert line.difference == pytest.approx(0)


def test_only_headlines_beyond_the_tolerance_are_outside() -> None:
    near, far = Line("referrals", "", 2025, 100, 114.9), Line("referrals", "", 2024, 100, 84.9)
    detail = Line("looked_after_at31", "need:N7", 2025, 100, 300)
    assert compare.outside([near, far, detail]) == [far]
    assert compare.latest([far, near]) == [near]


def test_every_headline_is_published() -> None:
    known = {(name, breakdown) for name, breakdown, la_code, _ in facts.published() if la_code == "london"}
    assert set(compare.HEADLINES) <= known


def test_published_figures_by_authority_are_whole() -> None:
    for name in ("referrals", "looked_after_at31", "section47", "plans_started"):
        table = facts.by_authority(name)
        assert table.shape == (33, 6) and (table >= 0).all()
        published = facts.published()[name, "", "london", 2024]
        assert table[:, 4].sum() == pytest.approx(published, rel=0.03)
