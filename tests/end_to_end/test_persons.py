"""On a clean London the persons, what they are like and where they moved are the truth's; planted errors join nobody wrongly."""

import polars as pl

from benchmarks import accuracy_persons
from loaders import warehouse
from loaders.settings import Paths
from tests.end_to_end.london import London


def mart(paths: Paths, name: str) -> pl.DataFrame:
    with warehouse.connect(paths, read_only=True) as connection:
        return connection.execute(f"SELECT * FROM marts.{name}").pl()


def children(paths: Paths) -> pl.DataFrame:
    """dim_child beside the person of the truth: person_id, birth_date, sex, ethnicity, the authorities it lived in."""
    truth = accuracy_persons.in_truth(paths).with_columns(pl.col("person").str.split("|").list.first().alias("person_id"))
    persons = pl.read_parquet(paths.truth / "person.parquet").rename({"ethnicity": "true_ethnicity"}).drop("upn")
    found = mart(paths, "dim_child").join(truth, on="child_key", how="inner").join(persons, on="person_id", how="inner")
    assert found.height > 500
    return found


def test_the_persons_of_a_clean_london_are_those_of_the_truth(clean_london: London) -> None:
    true, made = accuracy_persons.expected(clean_london.paths), accuracy_persons.built(clean_london.paths)
    missing, extra = accuracy_persons.wrong(true, made)
    assert missing.is_empty(), "persons of the truth that were not built"
    assert extra.is_empty(), "persons that the truth does not know"
    joined = accuracy_persons.pairs(true, made)
    assert joined.n_right == joined.n_true == joined.n_built > 10


def test_every_person_can_be_found_for_every_child_of_every_return(clean_london: London) -> None:
    linkage = mart(clean_london.paths, "agg_authority_return__linkage")
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        sent = connection.execute(
            "SELECT return_name, la_code, collection_year, count(*) AS n FROM ("
            "  SELECT 'cin_census' AS return_name, la_code, collection_year FROM marts.dim_child_year"
            "  UNION ALL SELECT 'ssda903', la_code, collection_year FROM marts.dim_looked_after_child_year"
            ") GROUP BY ALL"
        ).pl()
    both = linkage.join(sent, on=["return_name", "la_code", "collection_year"], how="full")
    assert both.height == linkage.height == sent.height
    assert (both["n_children"] == both["n"]).all()
    parts = both["n_linked_by_upn"] + both["n_linked_by_case_number"] + both["n_not_linked"]
    assert (parts == both["n_children"]).all()


def test_attributes_are_those_of_the_truth(clean_london: London) -> None:
    found = children(clean_london.paths)
    born = found.filter(pl.col("birth_month").is_not_null())
    # of the unborn, sex and ethnicity are not known yet
    assert (found.height - born.height) / found.height < 0.02
    assert (born["birth_month"] == born["birth_date"].dt.truncate("1mo")).all()
    assert (born["sex_code"] == born["sex"]).all()
    assert (born["ethnicity_code"] == born["true_ethnicity"]).all()
    told = found.filter(pl.col("has_disability").is_not_null())
    assert (told["has_disability"] == told["is_disabled"]).all()
    assert told["has_disability"].any()


def test_nothing_contradicts_itself_in_a_clean_london(clean_london: London) -> None:
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        for model in ("attribute_conflict", "dropped_pair", "review_list"):
            count = warehouse.fetch(connection, f"SELECT count(*) FROM intermediate.int_identity__{model}")
            assert count == [(0,)], model
        assert warehouse.fetch(connection, "SELECT count(*) FROM marts.fct_person_conflict") == [(0,)]


def test_what_stands_is_the_last_of_its_history(canary_london: London) -> None:
    """With errors planted too: dim_child and dim_person tell what their histories end in, and nothing without one."""
    for dim, key in (("child", "child_node_key"), ("person", "person_key")):
        history = mart(canary_london.paths, f"dim_{dim}_attribute_history")
        last = history.filter(pl.col("valid_to_date").is_null())
        assert last.height == last.select(key, "attribute").unique().height
        standing = mart(canary_london.paths, f"dim_{dim}").with_columns(pl.col("birth_month").cast(pl.String))
        for attribute, column in (("birth_month",) * 2, ("ethnicity", "ethnicity_code"), ("disability", "disability_codes")):
            told = last.filter(pl.col("attribute") == attribute).select(key, "value")
            both = standing.select(key, column).join(told, on=key, how="left")
            assert both.filter(pl.col(column).is_not_null()).height > 100
            assert both.filter(~pl.col(column).eq_missing(pl.col("value"))).is_empty(), (dim, attribute)
        assert history.height > last.height


def test_children_move_where_their_families_did(clean_london: London) -> None:
    paths = clean_london.paths
    persons = (
        children(paths)
        .select("person_key", "home_la_code", "second_la_code", "third_la_code", "moved_date", "moved_again_date")
        .unique()
    )
    moves = (
        mart(paths, "fct_move_between_authorities")
        .filter(pl.col("is_from_latest_authority"))
        .join(persons, on="person_key", how="inner")
    )
    first = (moves["la_from"] == moves["home_la_code"]) & (moves["la_to"] == moves["second_la_code"])
    second = (moves["la_from"] == moves["second_la_code"]) & (moves["la_to"] == moves["third_la_code"])
    assert moves.height > 10
    assert (first | second).all()
    left = moves.select(pl.when(first).then("moved_date").otherwise("moved_again_date")).to_series()
    assert (moves["move_date"] >= left).all()
    assert (moves["kind"] == "transfer").mean() > 0.5
    # whoever is known elsewhere has a node in another authority
    elsewhere = mart(paths, "dim_child").filter(pl.col("is_known_elsewhere_in_london"))
    several = mart(paths, "dim_person").filter(pl.col("n_authorities") > 1)
    assert set(elsewhere["person_key"]) == set(several["person_key"]) >= set(moves["person_key"])


def test_planted_errors_part_children_but_join_no_two(canary_london: London) -> None:
    paths = canary_london.paths
    planted = pl.read_parquet(paths.truth / "planted_error.parquet")
    assert {"missing_upn", "temporary_upn", "wrong_upn", "near_identical_sibling"} <= set(planted["kind"])
    joined = accuracy_persons.pairs(accuracy_persons.in_truth(paths), accuracy_persons.built(paths))
    assert joined.n_right == joined.n_built > 10
