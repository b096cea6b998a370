"""The export as it lies there is attacked: who knows every line tries to bound each hidden 1 to 5, within and between tables."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from loaders import warehouse
from publishers import disclosure, power_bi, relative_rate
from publishers.disclosure import CELL, PublicationRefused
from publishers.disclosure.attack import Attack
from publishers.disclosure.bounds import narrow, read_bounds
from publishers.disclosure.checks import check_counts
from publishers.disclosure.links import read_links
from publishers.disclosure.primary import judged
from publishers.disclosure.protection import distinct_cells, read_network
from publishers.disclosure.secondary import Network, look
from tests.end_to_end.london import London

RULES = disclosure.read_rules()
# every program over all that hangs together, however much
AS_ONE = disclosure.Depth(10**9, by_period=False)
DASHBOARDS = ("quarterly", "annual", "assessment_factors", "adolescent", "uasc", "care_leavers", "sufficiency")
TABLES = (power_bi.MEASURE, power_bi.CATALOGUE, relative_rate.INDEX, relative_rate.STAGE)


@pytest.fixture(scope="module")
def exact(clean_london: London) -> dict[str, pl.DataFrame]:
    """The relations that hold figures, as the warehouse has them."""
    with warehouse.connect(clean_london.paths, read_only=True) as connection:
        return power_bi.read_relations(connection, [*TABLES, *(f"share_london__{name}" for name in DASHBOARDS)])


def exported(london: London, relation: str) -> pl.DataFrame:
    return pl.read_parquet(power_bi.folder(london.paths) / f"{relation}.parquet")


def network_of(cells: dict[str, pl.DataFrame], catalogue: pl.DataFrame) -> tuple[Network, pl.DataFrame]:
    """The counts behind some relations, and the cells in the order of the network."""
    links = read_links(catalogue, RULES.band)
    distinct = distinct_cells(cells, links)
    ordered = judged(distinct.cells, catalogue, RULES)
    return read_network(ordered, distinct.coded, links, catalogue, RULES)[0], ordered


def seen_by_an_attacker(network: Network, is_hidden: np.ndarray) -> Network:
    """The network with only what the export shows of it."""
    cells = replace(network.cells, is_primary=is_hidden)
    return replace(network, cells=cells, state=look(replace(network.nodes, marked=np.zeros_like(network.nodes.marked)), cells))


def lost_to_programs(attacked: Network, depth: disclosure.Depth) -> tuple[int, int]:
    """How many hidden 1 to 5 were attacked and not found, and how many are known to within fewer than five values."""
    bounds = read_bounds(attacked)
    narrow(attacked, bounds)
    attack = Attack(attacked, depth, to_the_end=True)
    lost = attack.lost_nodes(bounds)
    return int((attacked.nodes.is_sensitive & attack.is_attacked() & ~lost).sum()), int(lost.sum())


def test_no_attack_on_the_exported_files_finds_a_hidden_count(clean_london: London, exact: dict[str, pl.DataFrame]) -> None:
    cells, catalogue, counts = power_bi.to_be_judged({name: exact[name] for name in TABLES})
    assert counts is not None
    network, ordered = network_of(cells, catalogue)
    shown = exported(clean_london, power_bi.MEASURE).filter(pl.col("value_mark").is_null()).select(CELL)
    index = exported(clean_london, relative_rate.INDEX).filter(pl.col("value_mark").is_null())
    both = pl.concat([shown, counts.key.join(index, on=relative_rate.COUNT, how="semi").select(CELL)]).unique()
    is_shown = ordered.select(CELL).join(both.with_columns(seen=True), on=CELL, how="left", maintain_order="left")["seen"]
    is_hidden = is_shown.is_null().to_numpy()
    assert 1000 < is_hidden.sum() < len(is_hidden)
    # by bounds, over all tables together
    check_counts(network, is_hidden)
    # by linear programs, as deep as the demo is protected
    safe, lost = lost_to_programs(seen_by_an_attacker(network, is_hidden), disclosure.QUICK)
    assert safe == network.nodes.is_sensitive.sum()
    assert lost == 0
    # and the attack is one: what the rules of the cells alone hide does not stand
    with pytest.raises(PublicationRefused, match=r"hidden in another cell|would tell a hidden 1 to 5"):
        check_counts(network, ordered["own_mark"].is_not_null().to_numpy())


def attacked_as_real_returns(cells: dict[str, pl.DataFrame], catalogue: pl.DataFrame) -> None:
    """Protected as real returns are, all is proven; and an attack in their depth that knows nothing of that finds nothing."""
    done = disclosure.protect_all(cells, catalogue, RULES, disclosure.THOROUGH)
    assert done.proof.n_proven == done.proof.n_sensitive > 1000
    hidden = ~done.network.state.visible
    safe, lost = lost_to_programs(seen_by_an_attacker(done.network, hidden), disclosure.THOROUGH)
    assert safe == done.proof.n_sensitive
    assert lost == 0


def test_no_attack_finds_a_hidden_count_of_what_real_returns_would_publish(exact: dict[str, pl.DataFrame]) -> None:
    """Three dashboards with linked tables, the last quarter and year, together."""
    chosen = pl.concat([exact[f"share_london__{name}"].select(CELL) for name in ("adolescent", "uasc", "care_leavers")]).unique()
    rows = exact[power_bi.MEASURE].filter(pl.col("period_end") > date(2024, 12, 31)).join(chosen, on=CELL, how="semi")
    attacked_as_real_returns({"cells": rows}, exact[power_bi.CATALOGUE])


@pytest.mark.long
@pytest.mark.parametrize("after", [date(2024, 12, 31), date(2022, 3, 31)])
def test_no_attack_finds_a_hidden_count_of_all_that_real_returns_would_publish(exact: dict[str, pl.DataFrame], after: date) -> None:
    """Every table and the indices after a day."""
    recent = {
        name: exact[name].filter(pl.col("period_end") > after) if "period_end" in exact[name].columns else exact[name]
        for name in TABLES
    }
    cells, catalogue, _ = power_bi.to_be_judged(recent)
    attacked_as_real_returns(cells, catalogue)


@pytest.mark.long
@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_no_linear_program_finds_a_hidden_count_of_a_dashboard(exact: dict[str, pl.DataFrame], dashboard: str) -> None:
    """The last year of a dashboard with all its linked tables, protected and attacked as one whole."""
    last = pl.col("period_end").is_between(pl.date(2024, 4, 1), pl.date(2025, 3, 31))
    rows = exact[power_bi.MEASURE].join(exact[f"share_london__{dashboard}"], on=CELL, how="semi").filter(last)
    catalogue = exact[power_bi.CATALOGUE]
    done = disclosure.protect_all({"cells": rows}, catalogue, RULES, AS_ONE)
    hidden = done.relations["cells"].sort(CELL)["value_mark"].is_not_null().to_numpy()
    network, _ = network_of({"cells": rows}, catalogue)
    safe, lost = lost_to_programs(seen_by_an_attacker(network, hidden), AS_ONE)
    assert safe > 0
    assert lost == 0
