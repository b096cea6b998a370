"""Connected components in SQL are those of a union-find, on any graph."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.persons.sql import components_sql, make

Links = list[tuple[str, str]]


def union_find(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Every node of the links with the smallest node it hangs together with."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for left, right in links:
        smaller, greater = sorted((root(left), root(right)))
        parent[greater] = smaller
    return {node: root(node) for node in parent}


def by_sql(connection: duckdb.DuckDBPyConnection, links: Links) -> dict[str, str]:
    make(connection, "link", {"one": "VARCHAR", "other": "VARCHAR"}, list(links))
    rows = connection.execute(components_sql("link", "one", "other")).fetchall()
    assert len(rows) == len(dict(rows)), "a node has two components"
    return dict(rows)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=60))
def test_random_graphs(connection: duckdb.DuckDBPyConnection, numbers: list[tuple[int, int]]) -> None:
    # the order of the names is not that of the numbers, so that the smallest lies anywhere
    links = [(f"{one * 7919 % 101:03}", f"{other * 7919 % 101:03}") for one, other in numbers]
    assert by_sql(connection, links) == union_find(links)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(60)))
def test_chains_in_any_order(connection: duckdb.DuckDBPyConnection, order: list[int]) -> None:
    links = [(f"{one:02}", f"{other:02}") for one, other in pairwise(order)]
    assert set(by_sql(connection, links).values()) == {"00"}


def test_a_chain_of_five_thousand(connection: duckdb.DuckDBPyConnection) -> None:
    """Far more links than passes: what spreads by one neighbour a pass would not come to the end."""
    connection.execute(
        "CREATE OR REPLACE TABLE link AS "
        "SELECT md5(i::VARCHAR) AS one, md5((i + 1)::VARCHAR) AS other FROM range(5000) AS series (i)"
    )
    found = connection.execute(components_sql("link", "one", "other")).fetchall()
    assert len(found) == 5001
    assert {component for _, component in found} == {min(node for node, _ in found)}
