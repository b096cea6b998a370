"""What `liia synth` writes: the same every time, truth and returns at one, errors only where they are told."""

import hashlib
import shutil
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from typer.testing import CliRunner

from liia import compose
from loaders.errors import WrongUse
from loaders.mark import CHILD_NUMBER_PREFIX, SOFTWARE_CODE
from synthetic import canary, errors, facts, london
from synthetic.returns import RETURNS
from tests.synthetic.conftest import CITY, CROYDON, GREENWICH, small


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def records(plan: london.Plan, table: str) -> pl.DataFrame:
    return pl.read_parquet(plan.truth / f"record_{table}.parquet")


def test_the_same_seed_gives_the_same_bytes_in_one_process_or_two(dirty: london.Plan, tmp_path: Path) -> None:
    again = small(tmp_path, error_rates=errors.rates(10.0))
    london.invent(again, processes=2)
    assert digests(again.out) == digests(dirty.out)
    other = small(tmp_path / "other", seed=6, authorities=(CITY,))
    london.invent(other, processes=1)
    assert digests(other.out)["returns/cin_census/city_of_london/2025/cin_census_2025.xml"] != digests(dirty.out).get(
        "returns/cin_census/city_of_london/2025/cin_census_2025.xml"
    )


def test_an_authority_lives_the_same_whatever_else_is_asked_for(clean: london.Plan, tmp_path: Path) -> None:
    alone = small(tmp_path, error_rates=errors.rates(0.0), first_year=2024, authorities=(GREENWICH,))
    london.invent(alone, processes=1)
    here, there = digests(alone.returns), digests(clean.returns)
    assert len(here) == 2 * 12
    assert {path: digest for path, digest in there.items() if path in here} == here


def test_without_errors_the_files_hold_the_records_of_the_truth(clean: london.Plan) -> None:
    assert pl.read_parquet(clean.truth / "planted_error.parquet").is_empty()
    for path in sorted(clean.returns.rglob("*episodes.csv")):
        la_name, year = path.parts[-3], int(path.parts[-2])
        sent = pl.read_csv(path, infer_schema=False)
        la_code = {"city_of_london": "201", "greenwich": "203", "croydon": "306"}[la_name]
        told = (
            records(clean, "episodes")
            .filter((pl.col("la_code") == la_code) & (pl.col("collection_year") == year))
            .drop("return_name", "la_code", "collection_year")
        )
        told = told.with_columns(pl.col(pl.Date).dt.strftime("%d/%m/%Y")).rename({"child_number": "child"}).rename(str.upper)
        assert sent.equals(told, null_equal=True), path.name


def test_every_element_of_a_census_is_a_record_of_the_truth(clean: london.Plan) -> None:
    document = etree.parse(clean.returns / "cin_census" / "croydon" / "2025" / "cin_census_2025.xml")
    assert document.findtext(".//SoftwareCode") == SOFTWARE_CODE
    of_file = (pl.col("la_code") == "306") & (pl.col("collection_year") == 2025)
    for table, path, field, tag in (
        ("child", ".//ChildIdentifiers", "upn", "UPN"),
        ("cin_details", ".//CINdetails", "cin_closure_date", "CINclosureDate"),
        ("assessment", ".//Assessments", "assessment_actual_start_date", "AssessmentActualStartDate"),
        ("section47", ".//Section47", "initial_cpc_target", "InitialCPCtarget"),
        ("child_protection_plan", ".//ChildProtectionPlans", "number_of_previous_cpp", "NumberOfPreviousCPP"),
        ("cin_plan_dates", ".//CINPlanDates", "cin_plan_start_date", "CINPlanStartDate"),
    ):
        told = records(clean, table).filter(of_file)
        found = [element.findtext(tag) for element in document.iterfind(path)]
        assert found == [None if value is None else str(value) for value in told[field]], table
    factors = [element.text for element in document.iterfind(".//AssessmentFactors")]
    assert factors == records(clean, "assessment_factor").filter(of_file)["assessment_factor"].to_list()


@pytest.mark.parametrize("which", ["clean", "dirty"])
def test_the_table_of_files_tells_their_rows(which: str, request: pytest.FixtureRequest) -> None:
    plan: london.Plan = request.getfixturevalue(which)
    listed = pl.read_parquet(plan.truth / "file.parquet")
    written = {path.relative_to(plan.returns).as_posix() for path in plan.returns.rglob("*") if path.is_file()}
    assert set(listed["path"]) == written
    for path, n_rows, n_twice in (
        listed.filter(pl.col("return_name") == "ssda903").select("path", "n_rows", "n_exact_duplicates").rows()
    ):
        sent = pl.read_csv(plan.returns / path, infer_schema=False)
        assert (sent.height, sent.height - sent.unique().height) == (n_rows, n_twice)
    census = listed.filter(pl.col("return_name") == "cin_census")
    elements = {
        "child": "Child",
        "cin_details": "CINdetails",
        "assessment": "Assessments",
        "assessment_factor": "AssessmentFactors",
        "review": "CPPreviewDate",
        "header": "Header",
    }
    for path in census["path"].unique():
        text = (plan.returns / path).read_text(encoding="utf-8")
        rows = dict(census.filter(pl.col("path") == path).select("table_name", "n_rows").rows())
        assert {name: text.count(f"<{tag}>") for name, tag in elements.items()} == {name: rows[name] for name in elements}


def test_every_error_is_planted_and_told(dirty: london.Plan) -> None:
    planted = pl.read_parquet(dirty.truth / "planted_error.parquet")
    kinds = {(kind, of) for kind, of in planted.select("kind", "return_name").unique().rows()}
    assert kinds | {("missing_file", "cin_census"), ("missing_file", "ssda903")} >= set(errors.rates())
    assert kinds <= set(errors.rates())


def test_errors_are_what_they_say(dirty: london.Plan) -> None:
    planted = pl.read_parquet(dirty.truth / "planted_error.parquet").filter(
        (pl.col("la_code") == "306") & (pl.col("collection_year") == 2025)
    )
    folder = dirty.returns / "ssda903" / "croydon" / "2025"
    header = pl.read_csv(folder / "SSDA903_2025_header.csv", infer_schema=False)
    episodes = pl.read_csv(folder / "SSDA903_2025_episodes.csv", infer_schema=False)

    def children(kind: str, table: str) -> set[str]:
        return set(
            planted.filter((pl.col("kind") == kind) & (pl.col("table_name") == table) & (pl.col("return_name") == "ssda903"))[
                "child_number"
            ]
        )

    missing = set(header.filter(pl.col("UPN").is_null())["CHILD"])
    assert missing == children("missing_upn", "header") & set(header["CHILD"])
    temporary = set(header.filter(pl.col("UPN").str.contains(r"^[A-Z]\d{11}[A-Z]$"))["CHILD"])
    assert temporary == children("temporary_upn", "header")
    same_day = set(episodes.filter(pl.col("DECOM") == pl.col("DEC"))["CHILD"])
    assert same_day >= children("same_day_episode", "episodes") and same_day
    assert header["CHILD"].str.starts_with(CHILD_NUMBER_PREFIX).all()


def test_a_child_who_vanishes_is_in_no_episode_of_that_year(dirty: london.Plan) -> None:
    vanished = pl.read_parquet(dirty.truth / "planted_error.parquet").filter(
        (pl.col("kind") == "vanished_episode") & (pl.col("return_name") == "ssda903")
    )
    assert vanished.height > 0
    folders = {"201": "city_of_london", "203": "greenwich", "306": "croydon"}
    for la_code, year, child in vanished.select("la_code", "collection_year", "child_number").rows():
        sent = pl.read_csv(
            dirty.returns / "ssda903" / folders[la_code] / str(year) / f"SSDA903_{year}_episodes.csv", infer_schema=False
        )
        assert child not in set(sent["CHILD"])
        told = records(dirty, "episodes").filter((pl.col("la_code") == la_code) & (pl.col("collection_year") == year))
        assert child in set(told["child_number"])


def test_no_error_makes_a_file_that_must_be_refused(dirty: london.Plan) -> None:
    for path in dirty.returns.rglob("*_header.csv"):
        header = pl.read_csv(path, infer_schema=False).unique()
        assert header["CHILD"].is_unique().all() and header["CHILD"].null_count() == 0, path
    for path in dirty.returns.rglob("*.xml"):
        numbers = [element.text for element in etree.parse(path).iterfind(".//LAchildID")]
        assert len(numbers) == len(set(numbers)) and all(numbers), path


def test_a_file_is_missing_where_the_rate_says_so(tmp_path: Path) -> None:
    plan = small(tmp_path, error_rates=errors.rates(0.0, {"missing_file": 1.0}), authorities=(GREENWICH,))
    told = london.invent(plan, processes=1)
    assert told[0].n_files == 0 and not list(plan.returns.rglob("*.*"))
    planted = pl.read_parquet(plan.truth / "planted_error.parquet")
    assert planted.select("kind", "return_name", "collection_year").rows() == [
        ("missing_file", of.name, year) for of in RETURNS for year in (2023, 2024, 2025)
    ]


def test_truth_names_every_child_of_every_return(clean: london.Plan) -> None:
    identifier = pl.read_parquet(clean.truth / "identifier.parquet")
    person = pl.read_parquet(clean.truth / "person.parquet")
    assert person["person_id"].is_unique().all()
    for table, of in (("child", "cin_census"), ("header", "ssda903")):
        named = identifier.filter(pl.col("return_name") == of)
        assert records(clean, table).join(named, on=["la_code", "child_number"], how="anti").is_empty()
        assert not named.select("la_code", "child_number").is_duplicated().any()
    home = identifier.filter(pl.col("la_code") == "203").join(person.filter(pl.col("home_la_code") == "203"), on="person_id")
    assert home.height > 50


def test_spells_say_what_the_records_say(clean: london.Plan) -> None:
    spell = pl.read_parquet(clean.truth / "spell.parquet")
    kinds = {
        "referral",
        "assessment",
        "section47",
        "conference",
        "cin_plan",
        "child_protection_plan",
        "care_period",
        "episode",
        "placement",
        "missing",
        "uasc",
        "legal_status",
    }
    assert kinds <= set(spell["kind"])
    for table, kind, start in (
        ("cin_details", "referral", "cin_referral_date"),
        ("child_protection_plan", "child_protection_plan", "cpp_start_date"),
        ("missing", "missing", "mis_start"),
    ):
        told = spell.filter(pl.col("kind") == kind).select("la_code", "child_number", pl.col("start_date").alias(start))
        assert records(clean, table).join(told, on=["la_code", "child_number", start], how="anti").is_empty(), table
    ended = records(clean, "cin_details").filter(pl.col("cin_closure_date").is_not_null())
    told = spell.filter(pl.col("kind") == "referral").select(
        "la_code", "child_number", pl.col("start_date").alias("cin_referral_date"), pl.col("end_date").alias("cin_closure_date")
    )
    assert ended.join(told, on=told.columns, how="anti").is_empty()


def test_city_of_london_is_there_however_small_the_scale(clean: london.Plan) -> None:
    for table in ("child", "header"):
        assert records(clean, table).filter(pl.col("la_code") == "201").height > 0


def test_canaries_are_in_the_returns_and_in_the_list(tmp_path: Path) -> None:
    plan = small(tmp_path, authorities=(GREENWICH, CROYDON), error_rates=errors.rates(0.0))
    london.invent(plan, processes=1)
    canary.plant(plan)
    listed = pl.read_parquet(plan.truth / "canary.parquet")
    assert {
        "child number",
        "pupil number",
        "birth date",
        "postcode",
        "name in a code",
        "unknown column",
        "unknown element",
        "attribute",
        "comment",
        "ragged row",
        "file name",
    } <= set(listed["kind"])
    content = "\n".join(
        path.relative_to(plan.returns).as_posix() + "\n" + (path.read_text(encoding="utf-8") if path.is_file() else "")
        for path in plan.returns.rglob("*")
    )
    assert [value for value in listed["value"] if value not in content] == []
    files = pl.read_parquet(plan.truth / "file.parquet")
    for path, n_rows in files.filter(pl.col("return_name") == "ssda903").select("path", "n_rows").rows():
        assert pl.read_csv(plan.returns / path, infer_schema=False).height == n_rows, path
    unlisted = {path.relative_to(plan.returns).as_posix() for path in plan.returns.rglob("*") if path.is_file()} - set(
        files["path"]
    )
    assert len(unlisted) == 2 and all("copy" in path for path in unlisted)


def test_a_canary_is_one_child_of_one_authority(tmp_path: Path) -> None:
    """Where a return was not sent, the next authority gets what it would have got, in the other return too."""
    plan = small(tmp_path, authorities=(GREENWICH, CROYDON), error_rates=errors.rates(0.0))
    london.invent(plan, processes=1)
    shutil.rmtree(plan.returns / "ssda903" / "greenwich" / "2025")
    files = pl.read_parquet(plan.truth / "file.parquet").filter(~pl.col("path").str.starts_with("ssda903/greenwich/2025"))
    files.write_parquet(plan.truth / "file.parquet")
    canary.plant(plan)
    told = {
        path.relative_to(plan.returns).parts[:2]
        for path in plan.returns.rglob("*")
        if path.is_file() and canary.CHILD_NUMBERS[0] in path.read_text(encoding="utf-8")
    }
    assert told == {("cin_census", "croydon"), ("ssda903", "croydon")}


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        compose(),
        ["synth", str(tmp_path), "--years", "2025", "--scale", "0.001", "--errors", "0", "--error", "missing_upn=0.5", "--compare"],
    )
    assert run.exit_code == 0, run.output
    assert "London at scale 0.001" in run.output and "synthetic against published" in run.output
    assert len(list((tmp_path / "returns" / "cin_census").iterdir())) == 33
    kinds = set(pl.read_parquet(tmp_path / "truth" / "planted_error.parquet")["kind"])
    assert kinds == {"missing_upn"}


def test_the_command_for_some_authorities(tmp_path: Path) -> None:
    """By name or code, each once; what they send is what they would in all of London."""
    asked = ["--authority", "islington", "--authority", "202", "--authority", "Camden"]
    run = CliRunner().invoke(compose(), ["synth", str(tmp_path / "some"), "--years", "2025", "--scale", "0.001", *asked])
    assert run.exit_code == 0, run.output
    some = digests(tmp_path / "some" / "returns")
    assert {path.split("/")[1] for path in some} == {"camden", "islington"}
    camden = facts.la_codes().index("202")
    alone = london.Plan(tmp_path / "alone", 2025, 2025, 0.001, authorities=(camden,))
    london.invent(alone)
    assert digests(alone.returns).items() < some.items()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--years", "2021-2031"], "give years from 2017 to 2027"),
        (["--years", "2025-2021"], "the earlier first"),
        (["--years", "next"], "2021-2025"),
        (["--scale", "0"], "above 0"),
        (["--error", "nonsense=0.1"], "no such error"),
        (["--error", "missing_upn=7"], "from 0 to 1"),
        (["--authority", "Atlantis"], "none of the 33. They are: City of London"),
        (["--authority", "Camden", "--compare"], "for all of London"),
        (["--authority", "Camden", "--canaries"], "planted in 4 authorities"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(tmp_path: Path, arguments: list[str], told: str) -> None:
    run = CliRunner().invoke(compose(), ["synth", str(tmp_path), *arguments])
    assert isinstance(run.exception, WrongUse)
    assert told in str(run.exception)
    assert not list(tmp_path.iterdir())
