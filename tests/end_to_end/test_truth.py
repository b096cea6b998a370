"""What the generator knows is what the marts say; rows in the files are rows in raw, set aside, or exact duplicates."""

from dataclasses import dataclass

import polars as pl
import pytest

from loaders import facts, keys, vault, warehouse
from loaders.settings import Paths
from tests.end_to_end.london import London

# A clean London sends only codes of the year, so a code compares as text; yes/no is boolean in the marts.
YES = {"1": True, "0": False}


@dataclass(frozen=True)
class Pair:
    """A record of the truth and the fact that must hold exactly the same rows.

    `columns` maps the truth's column to the fact's; `via` names the record above it, whose date is part of the key.
    """

    record: str
    fact: str
    columns: dict[str, str]
    flags: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    via: tuple[str, tuple[str, ...], dict[str, str]] | None = None


REFERRAL = ("cin_details", ("cin_details_seq",), {"cin_referral_date": "referral_date"})
PAIRS = [
    Pair(
        "child",
        "dim_child_year",
        {
            "person_birth_date": "birth_month",
            "expected_person_birth_date": "expected_birth_month",
            "person_death_date": "death_month",
            "ethnicity": "ethnicity_code",
            "upn_unknown": "upn_unknown_code",
        },
        months=("person_birth_date", "expected_person_birth_date", "person_death_date"),
    ),
    Pair("child_disability", "fct_child_disability", {"disability": "disability_code"}),
    Pair(
        "cin_details",
        "fct_referral",
        {
            "cin_referral_date": "referral_date",
            "referral_source": "referral_source_code",
            "primary_need_code": "primary_need_code",
            "cin_closure_date": "closure_date",
            "reason_for_closure": "reason_for_closure_code",
            "referral_nfa": "is_no_further_action",
        },
        flags=("referral_nfa",),
    ),
    Pair(
        "assessment",
        "fct_assessment",
        {
            "assessment_actual_start_date": "assessment_start_date",
            "assessment_internal_review_date": "internal_review_date",
            "assessment_authorisation_date": "authorisation_date",
        },
        via=REFERRAL,
    ),
    Pair(
        "section47",
        "fct_section_47_enquiry",
        {
            "s47_actual_start_date": "section_47_start_date",
            "initial_cpc_target": "conference_target_date",
            "date_of_initial_cpc": "conference_date",
            "icpc_not_required": "is_conference_not_required",
        },
        flags=("icpc_not_required",),
        via=REFERRAL,
    ),
    Pair(
        "cin_plan_dates",
        "fct_cin_plan",
        {"cin_plan_start_date": "cin_plan_start_date", "cin_plan_end_date": "cin_plan_end_date"},
        via=REFERRAL,
    ),
    Pair(
        "child_protection_plan",
        "fct_child_protection_plan",
        {
            "cpp_start_date": "child_protection_plan_start_date",
            "cpp_end_date": "child_protection_plan_end_date",
            "initial_category_of_abuse": "initial_category_code",
            "latest_category_of_abuse": "latest_category_code",
            "number_of_previous_cpp": "n_previous_plans",
        },
        via=REFERRAL,
    ),
    Pair("review", "fct_child_protection_review", {"cpp_review_date": "review_date"}),
    Pair(
        "header",
        "dim_looked_after_child_year",
        {"dob": "birth_month", "ethnic": "ethnicity_code", "mother": "is_mother", "mc_dob": "mothers_child_birth_month"},
        flags=("mother",),
        months=("dob", "mc_dob"),
    ),
    Pair(
        "episodes",
        "fct_episode",
        {
            "decom": "episode_start_date",
            "dec": "episode_end_date",
            "rne": "reason_new_episode_code",
            "ls": "legal_status_code",
            "cin": "category_of_need_code",
            "place": "placement_type_code",
            "place_provider": "placement_provider_code",
            "rec": "reason_episode_ceased_code",
            "reason_place_change": "reason_placement_change_code",
            "urn": "placement_urn",
        },
    ),
    Pair("reviews", "fct_looked_after_review", {"review": "review_date", "review_code": "review_participation_code"}),
    Pair(
        "missing",
        "fct_missing_spell",
        {"missing": "missing_type_code", "mis_start": "missing_start_date", "mis_end": "missing_end_date"},
    ),
    Pair(
        "oc3",
        "fct_care_leaver_status",
        {"dob": "birth_month", "in_touch": "in_touch_code", "activ": "activity_code", "accom": "accommodation_code"},
        months=("dob",),
    ),
    Pair(
        "oc2",
        "fct_health",
        {
            "sdq_score": "sdq_score",
            "sdq_reason": "sdq_missing_reason_code",
            "convicted": "is_convicted",
            "teeth_check": "has_dental_check",
            "health_assessment": "has_health_assessment",
            "substance_misuse": "has_substance_misuse",
        },
        flags=("convicted", "teeth_check", "health_assessment", "substance_misuse"),
    ),
    Pair("uasc", "fct_uasc", {"dob": "birth_month", "duc": "uasc_status_ceased_date"}, months=("dob",)),
    Pair(
        "ad1",
        "fct_adoption",
        {
            "date_int": "best_interest_decision_date",
            "date_match": "matched_date",
            "sex_adoptr": "sex_of_adopters_code",
            "ls_adoptr": "legal_status_of_adopters_code",
        },
    ),
    Pair(
        "placed_for_adoption",
        "fct_placement_decision",
        {"date_placed": "placement_decision_date", "date_placed_ceased": "placement_decision_reversed_date"},
    ),
    Pair("previous_permanence", "fct_previous_permanence", {"prev_perm": "previous_permanence_code"}),
    Pair(
        "social_worker",
        "fct_social_worker_allocation",
        {
            "sw_decom": "allocation_start_date",
            "sw_dec": "allocation_end_date",
            "sw_reason": "social_worker_change_reason_code",
        },
    ),
]
PLACE = ["la_code", "collection_year", "child_number"]


def record(paths: Paths, name: str) -> pl.DataFrame:
    """One record table of the truth."""
    return pl.read_parquet(paths.truth / f"record_{name}.parquet")


def child_keys(paths: Paths) -> pl.DataFrame:
    """child_number → child_key of every authority, from its vault."""
    key = keys.pseudonym_key(paths)
    found = [
        (la_code, number, child_key)
        for la_code in vault.authorities(paths)
        for number, child_key in vault.read(paths, key, la_code).children.items()
    ]
    return pl.DataFrame(found, schema=["la_code", "child_number", "child_key"], orient="row")


def truth_rows(paths: Paths, pair: Pair, with_keys: pl.DataFrame) -> pl.DataFrame:
    """The truth's rows in the fact's names, forms and order."""
    rows = record(paths, pair.record)
    names = dict(pair.columns)
    if pair.via:
        above, sequence, brought = pair.via
        rows = rows.join(record(paths, above).select(*PLACE, *sequence, *brought), on=[*PLACE, *sequence], how="left")
        names |= brought
    for column in pair.flags:
        rows = rows.with_columns(pl.col(column).replace_strict(YES, return_dtype=pl.Boolean))
    for column in pair.months:
        rows = rows.with_columns(pl.col(column).dt.truncate("1mo"))
    rows = rows.join(with_keys, on=["la_code", "child_number"], how="left")
    return shaped(rows.select("la_code", "collection_year", "child_key", *names).rename(names))


def fact_rows(paths: Paths, pair: Pair) -> pl.DataFrame:
    """The fact's rows, in the same columns and order."""
    columns = [*pair.columns.values(), *(pair.via[2].values() if pair.via else ())]
    with warehouse.connect(paths, read_only=True) as connection:
        listed = ", ".join(["la_code", "collection_year", "child_key", *columns])
        return shaped(connection.execute(f"SELECT {listed} FROM marts.{pair.fact}").pl())


def shaped(rows: pl.DataFrame) -> pl.DataFrame:
    """All columns as text in one order, so that two frames of the same rows are equal."""
    return rows.select(pl.all().cast(pl.String)).select(sorted(rows.columns)).sort(pl.all(), nulls_last=True)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.fact)
def test_every_record_of_the_truth_is_in_the_facts_and_none_extra(clean_london: London, pair: Pair) -> None:
    expected = truth_rows(clean_london.paths, pair, child_keys(clean_london.paths))
    found = fact_rows(clean_london.paths, pair)
    missing = expected.join(found, on=expected.columns, how="anti", nulls_equal=True)
    extra = found.join(expected, on=expected.columns, how="anti", nulls_equal=True)
    assert expected.height > 0
    assert (missing.height, extra.height) == (0, 0), f"missing:\n{missing.head(3)}\nextra:\n{extra.head(3)}"
    assert found.equals(expected, null_equal=True)


def test_a_factor_is_in_the_facts_as_often_as_in_the_truth(clean_london: London) -> None:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        found = connection.execute(
            "SELECT la_code, collection_year, factor_code, count(*) AS n FROM marts.fct_assessment_factor GROUP BY ALL ORDER BY ALL"
        ).pl()
    expected = (
        record(clean_london.paths, "assessment_factor")
        .group_by("la_code", "collection_year", pl.col("assessment_factor").alias("factor_code"))
        .agg(pl.len().alias("n"))
        .sort(pl.all())
    )
    assert expected.height > 0
    assert shaped(found).equals(shaped(expected))


def test_the_dashboard_counts_what_the_truth_counts(clean_london: London) -> None:
    """assessments_completed_count by hand: authorised in the return's year, one per child and start date."""
    year = pl.col("collection_year")
    authorised = pl.col("assessment_authorisation_date")
    expected = (
        record(clean_london.paths, "assessment")
        .filter(authorised.is_between(pl.date(year - 1, 4, 1), pl.date(year, 3, 31)))
        .unique([*PLACE, "assessment_actual_start_date"])
        .group_by("la_code", "collection_year")
        .agg(pl.len().alias("n"))
        .sort(pl.all())
    )
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        found = connection.execute(
            "SELECT la_code, year(period_end) AS collection_year, cast(value AS bigint) AS n FROM marts.fct_measure "
            "WHERE metric_id = 'assessments_completed_count' AND breakdown = 'total' AND period_type = 'year' "
            "AND value > 0 AND la_code IN (SELECT la_code FROM intermediate.ref_authority) ORDER BY ALL"
        ).pl()
    assert shaped(found).equals(shaped(expected)), f"{found.head()}\n{expected.head()}"


@pytest.mark.parametrize("which", ["clean_london", "canary_london"])
def test_rows_in_the_files_are_rows_in_raw_set_aside_or_exact_duplicates(which: str, request: pytest.FixtureRequest) -> None:
    london: London = request.getfixturevalue(which)
    written = (
        pl.read_parquet(london.paths.truth / "file.parquet")
        .group_by("return_name", "table_name", "la_code", "collection_year")
        .agg(pl.col("n_rows").sum(), pl.col("n_exact_duplicates").sum())
        .sort(pl.all())
    )
    with warehouse.connect(london.paths, read_only=True) as connection:
        told = connection.execute(
            "SELECT l.return_name, t.table_name, l.la_code, l.collection_year, sum(t.n_in_file) AS n_in_file, "
            "sum(t.n_kept) AS n_kept, sum(t.n_set_aside) AS n_set_aside, sum(t.n_duplicate) AS n_duplicate "
            "FROM ledger.load AS l JOIN ledger.load_table AS t USING (load_id) WHERE l.status = 'accepted' GROUP BY ALL"
        ).pl()
        raw = pl.concat(
            connection.execute(
                f"SELECT '{a_return.name}' AS return_name, '{table.table}' AS table_name, la_code, collection_year, "
                f'count(*) AS n_raw FROM "{a_return.raw_schema}"."{table.table}" GROUP BY ALL'
            ).pl()
            for a_return in facts.returns().values()
            for table in a_return.tables
        )
    place = ["return_name", "table_name", "la_code", "collection_year"]
    compared = written.join(told, on=place, how="left").join(raw, on=place, how="left")
    compared = compared.with_columns(pl.col("n_in_file", "n_kept", "n_set_aside", "n_duplicate", "n_raw").fill_null(0))
    wrong = compared.filter(
        (pl.col("n_rows") != pl.col("n_in_file"))
        | (pl.col("n_in_file") != pl.col("n_raw") + pl.col("n_set_aside") + pl.col("n_duplicate"))
        | (pl.col("n_duplicate") != pl.col("n_exact_duplicates"))
    )
    assert compared.height > 100
    assert wrong.is_empty(), f"{wrong.head(5)}"
    assert compared["n_set_aside"].sum() == 0
