"""Our own generic dbt tests, each tried on rows that keep its promise and on rows that break it."""

import re
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

GENERIC = Path(__file__).resolve().parents[1] / "generic"

CHILDREN = "(values ('a', 1, date '2024-01-31'), ('b', 2, null), (null, 2, date '2023-01-01')) as child (child_key, n, day)"
NO_ROWS = "(select 'a' as child_key, 1 as n, date '2024-01-31' as day where false) as child"


def failures(test: str, model: str, **arguments: Any) -> list[tuple[Any, ...]]:
    """The rows a generic test returns on `model`, a FROM item: what dbt would call failures."""
    text = (GENERIC / f"{test}.sql").read_text(encoding="utf-8")
    macro = re.sub(r"{% test (\w+)\(", r"{% macro \1(", text).replace("{% endtest %}", "{% endmacro %}")
    environment = jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined)  # SQL, not HTML
    sql = getattr(environment.from_string(macro).module, test)(f"(select * from {model})", **arguments)
    return duckdb.connect().execute(sql).fetchall()


def test_every_generic_test_is_tried_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for path in GENERIC.glob("*.sql"):
        assert f'failures("{path.stem}"' in text, f"{path.name} is not tried in {Path(__file__).name}"


def test_grain_finds_duplicates_and_nulls() -> None:
    assert failures("grain", CHILDREN, columns=["child_key"]) == [(None, 1)]
    assert failures("grain", CHILDREN, columns=["n"]) == [(2, 2)]
    assert failures("grain", "(values (1, 'x'), (1, 'y')) as pair (a, b)", columns=["a", "b"]) == []
    assert failures("grain", "(values (1, 'x'), (1, 'x'), (1, 'y')) as pair (a, b)", columns=["a", "b"]) == [(1, "x", 2)]


def test_not_null_together_counts_the_nulls_of_each_column() -> None:
    assert failures("not_null_together", CHILDREN, columns=["n"]) == []
    assert failures("not_null_together", CHILDREN, columns=["child_key", "n", "day"]) == [(1, 0, 1)]


def test_foreign_key_finds_what_points_to_nothing() -> None:
    to = "(select * from (values ('a'), (null)) as parent (child_key))"
    assert failures("foreign_key", CHILDREN, columns=["child_key"], to=to, to_columns=["child_key"]) == [("b", 1)]
    both = "(select * from (values ('a', 1), ('b', 2)) as parent (key, number))"
    assert failures("foreign_key", CHILDREN, columns=["child_key", "n"], to=both, to_columns=["key", "number"]) == []
    swapped = "(select * from (values ('a', 2), ('b', 1)) as parent (key, number))"
    assert sorted(failures("foreign_key", CHILDREN, columns=["child_key", "n"], to=swapped, to_columns=["key", "number"])) == [
        ("a", 1, 1),
        ("b", 2, 1),
    ]


def test_same_number_of_rows_tells_both_numbers() -> None:
    assert failures("same_number_of_rows", CHILDREN, compared=f"(select * from {CHILDREN})") == []
    other = "(select * from (values (1), (2)) as other (n))"
    assert failures("same_number_of_rows", CHILDREN, compared=other) == [(3, 2)]
    of_them = f"(select * from {CHILDREN})"
    assert failures("same_number_of_rows", CHILDREN, compared=of_them, compared_where="n = 2") == [(3, 2)]


def test_in_order_compares_every_pair_and_leaves_nulls_out() -> None:
    rows = "(values ({0})) as spell (a, b, c)"
    assert failures("in_order", rows.format("1, 1, 2"), columns=["a", "b", "c"]) == []
    assert failures("in_order", rows.format("1, null, 2"), columns=["a", "b", "c"]) == []
    assert failures("in_order", rows.format("2, 1, 3"), columns=["a", "b", "c"]) == [(2, 1, 3)]
    assert failures("in_order", rows.format("1, 3, 2"), columns=["a", "b", "c"]) == [(1, 3, 2)]
    assert failures("in_order", rows.format("2, null, 1"), columns=["a", "b", "c"]) == [(2, None, 1)]


def test_accepted_range_includes_its_bounds() -> None:
    assert failures("accepted_range", CHILDREN, ranges={"n": [1, 2]}) == []
    assert failures("accepted_range", CHILDREN, ranges={"n": [2, None], "day": ["date '2023-01-01'", None]}) == [("n", 1)]
    assert failures("accepted_range", CHILDREN, ranges={"n": [None, 1], "day": [None, "date '2024-01-30'"]}) == [
        ("n", 2),
        ("day", 1),
    ]


SPELLS = "(values {0}) as spell (child_key, start_date, end_date)"
SPELL = {"child": "child_key", "start_date": "start_date", "end_date": "end_date"}


def spells(*rows: tuple[str, str, str | None]) -> str:
    """A relation of spells: child, start, end."""
    told = [f"('{child}', date '{start}', cast(nullif('{end}', 'None') as date))" for child, start, end in rows]
    return SPELLS.format(", ".join(told))


def test_no_overlapping_spells_compares_every_spell_of_a_child() -> None:
    def overlapping(*rows: tuple[str, str, str | None]) -> int:
        return len(failures("no_overlapping_spells", spells(*rows), **SPELL))

    assert overlapping(("a", "2023-01-01", "2023-02-01"), ("a", "2023-02-01", None), ("b", "2023-01-15", None)) == 0
    assert overlapping(("a", "2023-01-01", "2023-02-02"), ("a", "2023-02-01", None)) == 1
    assert overlapping(("a", "2023-01-01", None), ("a", "2023-02-01", "2023-03-01")) == 1
    # one long spell over another that is not its neighbour
    assert overlapping(("a", "2023-01-01", "2023-12-01"), ("a", "2023-02-01", "2023-03-01"), ("a", "2023-06-01", None)) == 2
    assert overlapping(("a", "2023-01-01", None), ("a", "2023-01-01", None)) == 1
    # a spell that ends as it starts shares no day
    assert overlapping(("a", "2023-01-01", None), ("a", "2023-02-01", "2023-02-01")) == 0


def test_no_overlapping_spells_leaves_out_what_a_return_tells() -> None:
    rows = spells(("a", "2023-01-01", None), ("a", "2023-02-01", "2023-04-01"), ("a", "2023-03-01", None))
    told = "end_date is null"
    assert [row[2:] for row in failures("no_overlapping_spells", rows, **SPELL)] != []
    # the open one may run into the others; the one with an end, which is taken as made, may not
    found = failures("no_overlapping_spells", rows, **SPELL, told=told)
    assert [str(row[1]) for row in found] == ["2023-03-01"]
    assert failures("no_overlapping_spells", rows, **SPELL, told="true") == []


def test_parts_make_the_whole_finds_what_is_lost_doubled_or_too_long() -> None:
    columns = "(care_period_key, start_date, end_date, nights)"
    periods = "('p', date '2023-01-01', date '2023-01-11', 10), ('q', date '2023-03-01', null, 5)"
    whole = f"(select * from (values {periods}) as care {columns})"

    def broken(*rows: str) -> list[str]:
        parts = f"(values {', '.join(rows)}) as part {columns}"
        return [row[0] for row in failures("parts_make_the_whole", parts, whole=whole, key="care_period_key")]

    first, second = "('p', date '2023-01-01', date '2023-01-05', 4)", "('p', date '2023-01-05', date '2023-01-11', 6)"
    still_open = "('q', date '2023-03-01', null, 5)"
    assert broken(first, second, still_open) == []
    assert broken(first, second) == ["q"]
    assert broken(first, still_open) == ["p"]
    assert broken(first, second, second, still_open) == ["p"]
    assert broken(first, "('p', date '2023-01-06', date '2023-01-12', 6)", still_open) == ["p"]
    assert broken("('p', date '2023-01-02', date '2023-01-11', 10)", still_open) == ["p"]
    assert broken(first, second, "('q', date '2023-03-01', date '2023-03-06', 5)") == ["q"]
    assert broken(first, second, still_open, "('r', date '2023-03-01', null, 5)") == ["r"]
    assert broken(first, second, still_open, "(null, date '2023-03-01', null, 5)") == []


def test_nights_add_up_to_the_end_or_the_cutoff() -> None:
    def wrong(start: str, end: str | None, nights: str) -> int:
        row = f"date '{start}', cast(nullif('{end}', 'None') as date), date '2024-03-31', {nights}"
        rows = f"(values ({row})) as spell (start_date, end_date, data_cutoff_date, nights)"
        return len(failures("nights_add_up", rows))

    assert wrong("2023-05-01", None, "335") == 0
    assert wrong("2023-05-01", "2023-05-01", "0") == 0
    assert wrong("2024-04-02", None, "0") == 0
    assert wrong("2023-05-01", None, "336") == 1
    assert wrong("2023-05-01", "2023-05-11", "11") == 1
    assert wrong("2023-05-01", "2023-05-11", "cast(null as integer)") == 1
    assert wrong("2023-05-11", "2023-05-01", "-10") == 1


@pytest.mark.parametrize(
    ("test", "arguments"),
    [
        ("grain", {"columns": ["child_key"]}),
        ("not_null_together", {"columns": ["child_key", "n"]}),
        ("foreign_key", {"columns": ["child_key"], "to": f"(select * from {NO_ROWS})", "to_columns": ["child_key"]}),
        ("in_order", {"columns": ["n", "n"]}),
        ("accepted_range", {"ranges": {"n": [5, 6]}}),
    ],
)
def test_an_empty_model_passes(test: str, arguments: dict[str, Any]) -> None:
    assert failures(test, NO_ROWS, **arguments) == []
