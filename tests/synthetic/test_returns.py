"""The returns are views of the same lives: within their own rules, in the codes of their year, and at one across years."""

import polars as pl
import pytest

from loaders import facts as layouts
from synthetic.days import period
from synthetic.returns import RETURNS, Return, cin_census, ssda903
from synthetic.story import Story
from tests.synthetic import rules, rules_care
from tests.synthetic.conftest import YEARS

Views = dict[int, dict[str, pl.DataFrame]]


@pytest.fixture(scope="module")
def census(greenwich: Story) -> Views:
    return {year: cin_census.view(greenwich, year) for year in YEARS}


@pytest.fixture(scope="module")
def care(greenwich: Story) -> Views:
    return {year: ssda903.view(greenwich, year) for year in YEARS}


@pytest.mark.parametrize("year", YEARS)
def test_a_clean_census_breaks_no_national_rule(census: Views, year: int) -> None:
    assert census[year]["cin_details"].height > 200
    assert rules.census(census[year], year) == {}


@pytest.mark.parametrize("year", YEARS)
def test_a_clean_return_on_looked_after_children_breaks_no_national_rule(care: Views, year: int) -> None:
    assert care[year]["episodes"].height > 80
    assert rules_care.looked_after(care[year], year, care.get(year - 1)) == {}


def test_the_rules_notice_what_they_are_for(census: Views, care: Views) -> None:
    """The control of the two tests above: a wrong cell is found by its rule."""
    year = 2025
    first = pl.int_range(pl.len()) == 0

    def broken(table: str, **values: pl.Expr) -> dict[str, int]:
        frames = census[year] if table in census[year] else care[year]
        changed = {
            **frames,
            table: frames[table].with_columns(
                pl.when(first).then(value).otherwise(pl.col(name)).alias(name) for name, value in values.items()
            ),
        }
        return rules.census(changed, year) if table in census[year] else rules_care.looked_after(changed, year)

    assert "8630" in broken("cin_details", cin_closure_date=pl.date(2001, 1, 1))
    assert "2885" in broken("child_protection_plan", cpp_start_date=pl.date(2024, 6, 1))
    assert "8540" in broken("child_disability", child_number=pl.lit("SYN0"))
    assert "8875" in broken("section47", date_of_initial_cpc=pl.date(2024, 6, 1))
    assert "355 356" in broken("episodes", dec=pl.col("decom"), rec=pl.lit("E4A"))
    assert "408" in broken("episodes", place=pl.lit("A6"), ls=pl.lit("C2"))
    assert "INT1 oc3" in broken("oc3", dob=pl.date(2001, 1, 1))


def _codes(table: pl.DataFrame, column: str) -> set[str]:
    return set(table[column].drop_nulls().cast(pl.String).unique())


@pytest.mark.parametrize("one", RETURNS, ids=lambda one: one.name)
@pytest.mark.parametrize("year", (2017, 2020, 2021, 2022, 2024, 2025, 2026, 2027))
def test_codes_tables_and_fields_are_those_of_the_year(greenwich: Story, one: Return, year: int) -> None:
    spec = layouts.returns()[one.name]
    if year not in YEARS:
        from synthetic import story
        from synthetic.chance import Chance

        told = story.tell(Chance(3), greenwich.lives.place, year, year, 0.2)
    else:
        told = greenwich
    tables = one.view(told, year)
    expected = {table.table for table in spec.tables if table.valid_in(year)} - {"header" if one.name == "cin_census" else ""}
    assert set(tables) == expected
    for name, table in tables.items():
        wanted = {field.field.lower(): field for field in spec.table(name).fields if field.valid_in(year)}
        own = set(table.columns) - {"child_number"} - {column for column in table.columns if column.endswith("_seq")}
        assert own == {column for column in wanted if column not in ("la_child_id", "child")}, name
        for column, field in wanted.items():
            if field.code_list and column in table.columns and field.shape == "code":
                known = {
                    code
                    for code, (first, last) in layouts.code_list(field.code_list).items()
                    if first <= year and (last is None or year <= last)
                }
                assert _codes(table, column) <= known, f"{name}.{column} {year}"


def test_the_child_table_asks_sex_as_the_year_does(census: Views) -> None:
    assert "gender_current" in census[2024]["child"].columns and "sex" not in census[2024]["child"].columns
    assert "sex" in census[2025]["child"].columns and "gender_current" not in census[2025]["child"].columns


@pytest.mark.parametrize("year", range(2022, 2028))
def test_who_was_open_on_31_march_comes_back(census: Views, care: Views, year: int) -> None:
    key = ["child_number", "cin_referral_date"]
    details = census[year - 1]["cin_details"]
    carried = details.filter(pl.col("cin_closure_date").is_null() & (pl.col("referral_nfa") == "0"))
    assert carried.height > 20
    again = carried.join(census[year]["cin_details"], on=key, how="left", suffix="_now")
    same = ["referral_source", "primary_need_code"]
    assert all((again[name] == again[f"{name}_now"]).all() for name in same)
    episode = care[year - 1]["episodes"].filter(pl.col("dec").is_null())
    now = episode.join(care[year]["episodes"], on=["child_number", "decom"], how="left", suffix="_now")
    assert episode.height > 20
    assert (now["ls"] == now["ls_now"]).all() and now["ls_now"].null_count() == 0
    # and who had closed does not
    closed = details.filter(pl.col("cin_closure_date").is_not_null())
    assert closed.join(census[year]["cin_details"], on=key, how="semi").height == 0


def test_nothing_after_the_reference_day_is_known(census: Views, care: Views) -> None:
    for views in (census, care):
        for year, tables in views.items():
            last = pl.lit(period(year)[1]).cast(pl.Int32).cast(pl.Date)
            for name, table in tables.items():
                for column, kind in table.schema.items():
                    if kind == pl.Date and column not in ("expected_person_birth_date", "initial_cpc_target"):
                        assert table.filter(pl.col(column) > last).is_empty(), f"{name}.{column} {year}"


def test_both_returns_tell_the_same_child(census: Views, care: Views) -> None:
    for year in YEARS:
        both = care[year]["header"].join(census[year]["child"], on="child_number", suffix="_census")
        assert both.height > 10
        assert (both["dob"] == both["person_birth_date"]).all()
        assert (both["ethnic"] == both["ethnicity"]).all()
        looked_after = care[year]["episodes"].filter(~pl.col("ls").is_in(["V3", "V4"])).select("child_number").unique()
        assert looked_after.join(census[year]["child"], on="child_number", how="anti").is_empty()


def test_the_hard_cases_are_in_it(greenwich: Story, census: Views, care: Views) -> None:
    episodes = pl.concat([care[year]["episodes"] for year in YEARS])
    assert {"V2", "C1", "C2", "E1", "L1", "J1"} <= _codes(episodes, "ls")
    assert _codes(episodes, "ls") & {"V3", "V4"}
    assert {"E11", "E12"} & _codes(episodes, "rec") and "E17" in _codes(episodes, "rec") and "E3" in _codes(episodes, "rec")
    assert {"S", "P", "L", "T", "B"} <= _codes(episodes, "rne")
    assert _codes(episodes, "place") & {"T1", "T2", "T3", "T4"}
    assert any(care[year]["uasc"].height for year in YEARS) and any(care[year]["ad1"].height for year in YEARS)
    assert any(care[year]["placed_for_adoption"]["date_placed_ceased"].is_not_null().any() for year in YEARS)
    assert any(care[year]["missing"].height for year in YEARS) and any(care[year]["oc3"].height for year in YEARS)
    unborn = census[2024]["child"].filter(pl.col("person_birth_date").is_null())
    assert unborn.height > 0
    later = unborn.join(census[2025]["child"], on="child_number", suffix="_now")
    assert later["person_birth_date_now"].is_not_null().any()
    several = census[2024]["cin_details"].group_by("child_number").len()
    assert several["len"].max() >= 2
    plans = greenwich.need.plan
    assert (plans["end"] - plans["start"]).max() > 4 * 365
    transferred = pl.concat(
        [census[year]["cin_details"].select("reason_for_closure", "referral_source", "date_of_initial_cpc") for year in YEARS]
    )
    assert "RC5" in _codes(transferred, "reason_for_closure") and "5C" in _codes(transferred, "referral_source")
    assert transferred["date_of_initial_cpc"].is_not_null().any()


def test_a_child_who_moves_is_known_by_the_same_pupil_number() -> None:
    """Greenwich closes with RC5; the next authority opens within days, under another number and the same UPN."""
    from synthetic import story
    from synthetic.chance import Chance

    told = {place: story.tell(Chance(3), place, 2023, 2025, 0.1) for place in range(1, 9)}
    referrals = []
    for place, one in told.items():
        r = one.lives.referrals
        frame = pl.DataFrame(
            {
                "person": r.person,
                "identity": r.identity,
                "start": r.start,
                "end": r.end,
                "moved": r.moved_out,
                "arrived": r.is_transfer_in,
                "here": r.authority == place,
            }
        )
        referrals.append(
            frame.filter("here").join(one.children, on=["person", "identity"]).with_columns(pl.lit(place).alias("place"))
        )
    every = pl.concat(referrals)
    pairs = (
        every.filter("moved")
        .join(every.filter("arrived"), on="upn", suffix="_next")
        .filter(pl.col("place") != pl.col("place_next"))
    )
    pairs = pairs.filter((pl.col("start_next") - pl.col("end")).is_between(0, 12))
    assert pairs.height >= 3
    assert (pairs["child_number"] != pairs["child_number_next"]).all()
