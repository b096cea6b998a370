"""Persons in SQL are those that the rule book gives pair by pair (timelines.md 2), whatever the order of the rows."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.persons.sql import make, run
from tests.persons.test_components import union_find

FAMILY = "social_care"
NodeName = tuple[str, int]  # child_key, adoptions before


@dataclass(frozen=True)
class Record:
    """What one return of one year says of a child, and the days it dates."""

    la_code: str
    number: int
    return_name: str
    year: int
    upn: str | None
    former_upn: str | None
    birth_month: date | None
    sex: str | None
    events: tuple[date, ...]
    n_adoptions: int

    @property
    def child(self) -> str:
        return f"{self.la_code}-{self.number}"

    @property
    def reference_date(self) -> date:
        return date(self.year, 3, 31)

    @property
    def name(self) -> NodeName:
        return self.child, self.n_adoptions

    @property
    def told_order(self) -> int:
        """The later return is the greater: by reference date; of one day the census, as neither has a stamp."""
        return (self.year - 2000) * 1000 + (500 if self.return_name == "cin_census" else 0) - int(self.la_code)


@dataclass(frozen=True)
class World:
    records: list[Record]
    adoptions: dict[str, list[date]]


def node_key(name: NodeName) -> str:
    child, n_adoptions = name
    return md5(child, FAMILY, after("after", n_adoptions)) if n_adoptions else child


def after(words: str, n_adoptions: int) -> str:
    return words if n_adoptions == 1 else f"{words} {n_adoptions}"


def md5(*parts: str) -> str:
    return hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()


def days(first: date, last: date) -> st.SearchStrategy[date]:
    """Days of a span, mostly of the few on which things happen to everyone: edges are met, not only passed."""
    usual = [date(year, month, 10) for year in range(2021, 2026) for month in (2, 5, 11)]
    usual = [day for day in usual if first <= day <= last]
    anywhere = st.dates(first, last)
    return st.one_of(st.sampled_from(usual), st.sampled_from(usual), anywhere) if usual else anywhere


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A few children of a few authorities who share a few numbers: everything collides often."""
    adoptions: dict[str, list[date]] = {}
    found: dict[tuple[str, str, int], Record] = {}
    for _ in range(draw(st.integers(1, 12))):
        la_code, number = draw(st.sampled_from(("202", "203", "204", "205"))), draw(st.sampled_from((1, 1, 1, 2, 3)))
        child = f"{la_code}-{number}"
        year = draw(st.integers(2022, 2025))
        first, last = date(year - 1, 4, 1), date(year, 3, 31)
        if child not in adoptions and draw(st.integers(0, 4)) == 0:
            told = draw(st.sets(days(date(2022, 1, 1), date(2024, 12, 31)), min_size=1, max_size=2))
            adoptions[child] = sorted(told)
        adopted = adoptions.get(child, [])
        # the sides of the adoptions that the year has a day of
        sides = [n for n in range(len(adopted) + 1) if not adopted[n:] or adopted[n] >= first]
        sides = [n for n in sides if n == 0 or adopted[n - 1] < last]
        n_adoptions = draw(st.sampled_from(sides))
        if n_adoptions:
            first = max(first, adopted[n_adoptions - 1] + timedelta(days=1))
        if n_adoptions < len(adopted):
            last = min(last, adopted[n_adoptions])
        events = draw(st.lists(days(first, last), max_size=3)) if first <= last else []
        record = Record(
            la_code=la_code,
            number=number,
            return_name=draw(st.sampled_from(("cin_census", "ssda903"))),
            year=year,
            upn=draw(st.sampled_from(("p1", "p1", "p1", "p2", "p3", None))),
            former_upn=draw(st.sampled_from(("p1", "p2", "p5", None, None, None))),
            birth_month=draw(st.sampled_from((*[date(2015, 3, 1)] * 3, date(2015, 4, 1), date(2015, 5, 1), None))),
            sex=draw(st.sampled_from(("F", "F", "F", "M", "U", None))),
            events=tuple(events),
            n_adoptions=n_adoptions,
        )
        found[child, record.return_name, year] = record
    # an adoption is told by an episode that begins before it, so every adopted child has its years before
    for child, adopted in adoptions.items():
        if not any(record.name == (child, 0) for record in found.values()):
            la_code, _, written = child.partition("-")
            told_before = (adopted[0] - timedelta(days=400),)
            found[child, "ssda903", 2021] = Record(la_code, int(written), "ssda903", 2021, None, None, None, None, told_before, 0)
    return World(draw(st.permutations(list(found.values()))), adoptions)


def latest_known(records: list[Record], field: str, unknown: tuple[str | None, ...]) -> Any:
    value = None
    for record in sorted(records, key=lambda one: one.told_order):
        told = getattr(record, field)
        value = value if told in unknown else told
    return value


def persons_by_the_rule_book(world: World) -> dict[NodeName, tuple[str, str, bool]]:
    """Node to (person_key, linkage, is_set_aside), comparing every pair of nodes with a number in common."""
    told: dict[NodeName, list[Record]] = defaultdict(list)
    for record in world.records:
        told[record.name].append(record)
    key = {name: node_key(name) for name in told}
    days = {name: days_of(records) for name, records in told.items()}
    birth = {name: latest_known(records, "birth_month", (None,)) for name, records in told.items()}
    sex = {name: latest_known(records, "sex", (None, "U")) for name, records in told.items()}
    upns = {name: {upn for record in records for upn in (record.upn, record.former_upn) if upn} for name, records in told.items()}
    adopted: dict[str, set[date]] = defaultdict(set)
    for child, n_adoptions in told:
        if n_adoptions < len(world.adoptions.get(child, [])):
            for upn in upns[child, n_adoptions]:
                adopted[upn].add(world.adoptions[child][n_adoptions])

    def number(name: NodeName, upn: str) -> str:
        """A number is another one after each adoption of a child who held it."""
        before = sum(min(days[name]) > day for day in adopted[upn])
        return md5(upn, after("after adoption", before)) if before else upn

    numbers = {name: {number(name, upn) for upn in upns[name]} for name in told}

    def fit(one: NodeName, other: NodeName) -> bool:
        months = [day.year * 12 + day.month for day in (birth[one], birth[other]) if day]
        far = len(months) == 2 and abs(months[0] - months[1]) > 1
        return not far and not (sex[one] and sex[other] and sex[one] != sex[other])

    links = [(key[one], key[other]) for one, other in combinations(told, 2) if numbers[one] & numbers[other] and fit(one, other)]
    component = union_find(links)
    members: dict[str, list[NodeName]] = defaultdict(list)
    for name in told:
        members[component.get(key[name], key[name])].append(name)
    aside = {smallest for smallest, names in members.items() if len(names) > 1 and not_one_child(names, days)}
    final = {name: key[name] if smallest in aside else smallest for smallest, names in members.items() for name in names}
    holders: dict[str, set[str]] = defaultdict(set)
    for name in told:
        for number in numbers[name]:
            holders[number].add(final[name])
    result = {}
    for smallest, names in members.items():
        for name in names:
            own = [number for number, held_by in holders.items() if held_by == {final[name]}]
            is_aside = smallest in aside
            by_number = not is_aside and (bool(own) or len(names) > 1)
            both = len({record.return_name for record in told[name]}) > 1
            result[name] = (
                min(own) if own and not is_aside else final[name],
                "upn" if by_number else "case_number" if both else "none",
                is_aside,
            )
    return result


def days_of(records: list[Record]) -> set[date]:
    """The days a child is known on; without any dated event the first and the last reference date."""
    dated = {day for record in records for day in record.events}
    references = [record.reference_date for record in records]
    return dated or {min(references), max(references)}


def not_one_child(names: list[NodeName], days: dict[NodeName, set[date]]) -> bool:
    """More than two child numbers of one authority, more than three authorities in twelve months, or both sides of an adoption."""
    per_authority: dict[str, int] = defaultdict(int)
    for child, _ in names:
        per_authority[child[:3]] += 1
    if max(per_authority.values()) > 2 or len({child for child, _ in names}) < len(names):
        return True
    seen = [(day, name[0][:3]) for name in names for day in days[name]]
    return any(len({la_code for day, la_code in seen if start <= day < a_year_on(start)}) > 3 for start, _ in seen)


def a_year_on(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def persons_by_sql(connection: duckdb.DuckDBPyConnection, world: World) -> dict[NodeName, tuple[str, str, bool]]:
    text, day, number = "VARCHAR", "DATE", "INTEGER"
    make(
        connection,
        "int_identity__record",
        {
            "child_node_key": text, "return_name": text, "child_key": text, "la_code": text, "collection_year": number,
            "reference_date": day, "told_order": number, "family": text, "n_adoptions": number, "upn_key": text,
            "former_upn_key": text, "birth_month": day, "expected_birth_month": day, "death_month": day, "sex_code": text,
            "ethnicity_code": text, "disability_codes": text,
        },
        [
            (
                node_key(one.name), one.return_name, one.child, one.la_code, one.year, one.reference_date, one.told_order,
                FAMILY, one.n_adoptions, one.upn, one.former_upn, one.birth_month, None, None, one.sex, None, None,
            )
            for one in world.records
        ],
    )  # fmt: skip
    make(
        connection,
        "int_identity__event",
        {
            "child_node_key": text, "child_key": text, "family": text, "n_adoptions": number, "la_code": text,
            "return_name": text, "collection_year": number, "event_date": day,
        },
        [
            (node_key(one.name), one.child, FAMILY, one.n_adoptions, one.la_code, one.return_name, one.year, event)
            for one in world.records
            for event in one.events
        ],
    )  # fmt: skip
    make(
        connection,
        "int_identity__adoption",
        {"child_key": text, "family": text, "adoption_number": number, "adoption_date": day},
        [(child, FAMILY, n, day_of) for child, adopted in world.adoptions.items() for n, day_of in enumerate(adopted, 1)],
    )
    run(
        connection,
        "int_identity__attribute_value",
        "int_identity__attribute",
        "int_identity__child_node",
        "int_identity__pupil_number",
        "int_identity__pupil_number_pair",
        "int_identity__pupil_number_link",
        "int_identity__component",
        "int_identity__review_list",
        "int_identity__person_of_child",
    )
    rows = connection.execute(
        "SELECT child_key, n_adoptions, person_key, linkage, is_set_aside FROM int_identity__person_of_child"
    ).fetchall()
    assert len(rows) == len({row[:2] for row in rows}), "a node is two persons"
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET threads = 1")
        make(
            opened,
            "config_unknown_value",
            {"attribute": "VARCHAR", "value": "VARCHAR"},
            [("ethnicity", "REFU"), ("ethnicity", "NOBT"), ("sex", "U"), ("sex", "0")],
        )
        yield opened


@settings(max_examples=120, deadline=None)
@given(worlds())
def test_persons_are_those_of_the_rule_book(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    assert persons_by_sql(connection, world) == persons_by_the_rule_book(world)


def test_the_worlds_hold_what_the_rules_are_about(connection: duckdb.DuckDBPyConnection) -> None:
    """Five records by hand, through every model: a move, a number shared by mistake, a child without one."""

    def record(la_code: str, number: int, upn: str | None, month: int, sex: str) -> Record:
        return Record(la_code, number, "cin_census", 2024, upn, None, date(2015, month, 1), sex, (date(2023, 5, 1),), 0)

    world = World(
        [
            record("202", 1, "p1", 3, "F"),
            record("203", 1, "p1", 4, "F"),
            record("202", 2, "p2", 3, "F"),
            record("204", 1, "p2", 5, "F"),
            record("205", 1, None, 3, "F"),
        ],
        {},
    )
    expected = {
        ("202-1", 0): ("p1", "upn", False),
        ("203-1", 0): ("p1", "upn", False),
        ("202-2", 0): ("202-2", "none", False),
        ("204-1", 0): ("204-1", "none", False),
        ("205-1", 0): ("205-1", "none", False),
    }
    assert persons_by_sql(connection, world) == expected
    assert persons_by_the_rule_book(world) == expected
