"""Which child numbers of a built London are one person, by the truth of its generator, and how far what was built agrees.

Two numbers of one person can be known to be one only by a pupil number that stands in a return of both
(docs/rules/timelines.md 2.4), so that is what is asked for: `expected`. `in_truth` is what an all-knowing reader would join.
"""

import polars as pl

from benchmarks.accuracy_spells import CHILD, Score, child_keys
from loaders import warehouse
from loaders.settings import Paths

PERSON = ["child_key", "person"]
# the years' records of who a child is, and their columns that hold a pupil number
RECORDS = {"child": ("upn", "former_upn"), "header": ("upn",)}


def scores(paths: Paths) -> dict[str, Score]:
    """Scores of what was built, by name.

    person: persons with exactly the right child numbers; pair: pairs of numbers joined into one person; pair_in_truth:
    the same against all pairs of the truth, those too that no return tells.
    """
    true, made = expected(paths), built(paths)
    return {"person": persons(true, made), "pair": pairs(true, made), "pair_in_truth": pairs(in_truth(paths), made)}


def persons(true: pl.DataFrame, made: pl.DataFrame) -> Score:
    """Persons compared as sets of children; right is a set that both have."""
    one, other = _sets(true), _sets(made)
    return Score(len(one), len(other), len(one & other))


def pairs(true: pl.DataFrame, made: pl.DataFrame) -> Score:
    """Pairs of children that are one person, counted by group sizes and so never listed."""
    both = true.rename({"person": "true_person"}).join(made.rename({"person": "built_person"}), on="child_key", how="inner")
    return Score(
        _pairs(true.group_by("person").len()),
        _pairs(made.group_by("person").len()),
        _pairs(both.group_by("true_person", "built_person").len()),
    )


def wrong(true: pl.DataFrame, made: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(missing, extra): children of persons of the truth that were not built so, and of built persons the truth has not."""
    one, other = _sets(true), _sets(made)
    return _listed(one - other), _listed(other - one)


def built(paths: Paths) -> pl.DataFrame:
    """child_key, person, as the warehouse joins them; a child parted by an adoption counts as two children."""
    with warehouse.connect(paths, read_only=True) as connection:
        return connection.execute("SELECT child_node_key AS child_key, person_key AS person FROM marts.dim_child").pl()


def expected(paths: Paths) -> pl.DataFrame:
    """child_key, person: the children of the truth whose records share a pupil number are one; others stand alone."""
    numbered = (
        pl.concat(
            [
                pl.read_parquet(paths.truth / f"record_{record}.parquet", columns=[*CHILD, column]).rename({column: "number"})
                for record, columns in RECORDS.items()
                for column in columns
            ]
        )
        # UN1 … say why there is none
        .filter(pl.col("number").is_not_null() & ~pl.col("number").str.starts_with("UN") & (pl.col("number") != ""))
        .select(CHILD)
        .unique()
        .with_columns(pl.lit(value=True).alias("has_number"))
    )
    return (
        _children(paths)
        .join(numbered, on=CHILD, how="left")
        .select("child_key", pl.when(pl.col("has_number")).then(pl.col("person")).otherwise(pl.col("child_key")).alias("person"))
    )


def in_truth(paths: Paths) -> pl.DataFrame:
    """child_key, person, as they are: the same child under any number, before and after an adoption apart."""
    return _children(paths).select(PERSON)


def _children(paths: Paths) -> pl.DataFrame:
    """Every child number the warehouse took in, with its key and person; one the truth does not know is its own."""
    known = (
        pl.read_parquet(paths.truth / "identifier.parquet")
        .select(*CHILD, pl.concat_str("person_id", pl.col("is_after_adoption").cast(pl.String), separator="|").alias("person"))
        .unique()
    )
    return (
        child_keys(paths)
        .join(known, on=CHILD, how="left")
        .with_columns(pl.coalesce("person", "child_key").alias("person"))
        .sort("child_key")
    )


def _pairs(groups: pl.DataFrame) -> int:
    return int((groups["len"].cast(pl.Int64) * (groups["len"].cast(pl.Int64) - 1) // 2).sum())


def _sets(rows: pl.DataFrame) -> set[tuple[str, ...]]:
    grouped = rows.group_by("person").agg(pl.col("child_key").sort())
    return {tuple(children) for children in grouped["child_key"]}


def _listed(found: set[tuple[str, ...]]) -> pl.DataFrame:
    rows = [(child_key, members[0]) for members in sorted(found) for child_key in members]
    return pl.DataFrame(rows, schema=PERSON, orient="row")
