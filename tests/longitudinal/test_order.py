"""What arrives first changes nothing: shuffled files and rows, years one by one, and an authority that is withdrawn."""

import csv
import random
import shutil
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from loaders.settings import Paths
from tests.end_to_end.london import NEIGHBOURS, invent, liia, only
from tests.longitudinal import built

YEARS = range(2023, 2026)
# where a row came from in its file, and keys made of it
PLACE_IN_FILE = {"load_id", "row_number_in_file", "episode_repair_key"}
# what a row tells of the person, whom another authority may have known: its key, and what joins its records
OF_THE_PERSON = {"person_key", "conflict_key", "linkage", "is_set_aside", "is_known_elsewhere_in_london"}
# no pre-proceedings are invented, and few persons differ between two authorities
MAY_BE_EMPTY = {"fct_pre_proceedings_spell", "fct_person_conflict"}


@pytest.fixture(scope="module")
def london(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Six authorities with every planted error, many times as often as usual, loaded at once and built."""
    data = tmp_path_factory.mktemp("order")
    invent(data, "--years", "2023-2025", "--scale", "0.02", "--seed", "11", "--errors", "10", *only(NEIGHBOURS))
    return built.load_and_build(data)


def most_shared(paths: Paths) -> str:
    """The authority between which and others most persons move: its LA code."""
    known = pl.read_parquet(paths.truth / "identifier.parquet").select("person_id", "la_code").unique()
    moved = known.filter(pl.len().over("person_id") > 1)
    return str(moved.group_by("la_code").len().sort("len", "la_code", descending=[True, False])["la_code"][0])


def with_the_keys_of(london: Paths, data: Path) -> Paths:
    """An empty data folder whose children get the same keys."""
    for room in ("keys", "vault"):
        shutil.copytree(london.root / room, data / "demo" / room)
    return Paths(data / "demo", "demo")


def marts(paths: Paths) -> dict[str, pl.DataFrame]:
    """Every longitudinal mart, rows in one order, without the places of rows in files."""
    names = sorted(path.stem for path in (built.PROJECT_ROOT / "models" / "marts" / "longitudinal").glob("*.sql"))
    found = {name: built.fetch(paths, f"SELECT * FROM marts.{name}") for name in names}
    assert found["fct_care_period"].height and found["fct_conflict"].height and found["fct_episode_repair"].height
    kept = {name: rows.drop(PLACE_IN_FILE & set(rows.columns)) for name, rows in found.items()}
    return {name: rows.sort(rows.columns) for name, rows in kept.items()}


def differing(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> list[str]:
    return [name for name in one if not one[name].equals(other[name], null_equal=True)]


def shuffled(source: Path, target: Path, dice: random.Random) -> None:
    """The same return with its rows, or its children, in another order."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".csv":
        with source.open(encoding="utf-8", newline="") as file:
            heading, *rows = list(csv.reader(file))
        dice.shuffle(rows)
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *rows])
        return
    tree = etree.parse(str(source))
    children = tree.getroot().find("Children")
    assert children is not None
    order = list(children)
    dice.shuffle(order)
    children[:] = order
    tree.write(str(target), xml_declaration=True, encoding="utf-8")


def test_shuffling_files_rows_and_arrival_changes_nothing(london: Paths, tmp_path: Path) -> None:
    dice = random.Random(5)
    other = with_the_keys_of(london, tmp_path)
    files = sorted(path for path in london.returns.rglob("*") if path.is_file())
    for source in files:
        shuffled(source, other.returns / source.relative_to(london.returns), dice)
    # the last years first, and each half in an order of its own
    order = sorted(path for path in other.returns.glob("*/*/*"))
    dice.shuffle(order)
    liia(tmp_path, "load", "--demo", *map(str, order[: len(order) // 2]))
    built.load_and_build(tmp_path)
    assert differing(marts(london), marts(other)) == []


@pytest.mark.long
def test_years_one_by_one_end_as_all_at_once(london: Paths, tmp_path: Path) -> None:
    other = with_the_keys_of(london, tmp_path)
    for year in YEARS:
        for source in london.returns.glob(f"*/*/{year}"):
            shutil.copytree(source, other.returns / source.relative_to(london.returns))
        built.load_and_build(tmp_path)
    assert differing(marts(london), marts(other)) == []


@pytest.mark.long
def test_a_withdrawn_authority_changes_no_row_of_another(london: Paths, tmp_path: Path) -> None:
    """Of spells only the key of a person it shared may be another; of persons, only those it shared."""
    shutil.copytree(london.root, tmp_path / "demo")
    other = Paths(tmp_path / "demo", "demo")
    gone = most_shared(london)
    liia(tmp_path, "forget", "--demo", "--yes", "--authority", gone)
    built.build(other, tmp_path)
    shared = built.fetch(
        london,
        "SELECT person_key FROM marts.dim_child GROUP BY person_key HAVING bool_or(la_code = ?) AND bool_or(la_code <> ?)",
        [gone, gone],
    )
    assert shared.height
    own_persons = built.fetch(london, "SELECT person_key FROM marts.dim_child WHERE la_code = ?", [gone])
    before, after = marts(london), marts(other)
    for name, rows in before.items():
        if "person_key" not in rows.columns:
            left = rows.filter(pl.col("la_code") != gone)
            if name != "agg_authority_return__linkage":  # it counts whom other authorities know
                assert left.equals(after[name], null_equal=True), name
            assert after[name].filter(pl.col("la_code") == gone).is_empty(), name
            continue
        # what is told of persons that the authority never knew stays as it was, by whomever
        apart = rows.join(own_persons.unique(), on="person_key", how="anti")
        apart = apart.filter(pl.col("rule_code") != "IDENTITY") if "conflict" in name else apart
        kept = after[name].join(apart.select("person_key").unique(), on="person_key", how="semi")
        kept = kept.filter(pl.col("rule_code") != "IDENTITY") if "conflict" in name else kept
        assert apart.height or name in MAY_BE_EMPTY, name
        assert apart.sort(rows.columns).equals(kept.sort(rows.columns), null_equal=True), name
        if "la_code" not in rows.columns:
            continue
        left = rows.filter(pl.col("la_code") != gone)
        assert left.height < rows.height or name not in ("fct_referral_spell", "fct_care_period"), name
        assert after[name].filter(pl.col("la_code") == gone).is_empty(), name
        # of the others' rows only the key of a person may be another, and what is said of its being known elsewhere
        without = [column for column in rows.columns if column not in OF_THE_PERSON]
        others = [one.filter(pl.col("rule_code") != "IDENTITY") if "conflict" in name else one for one in (left, after[name])]
        first, second = (one.select(without).sort(without) for one in others)
        assert first.equals(second, null_equal=True), name
