"""A London of two years and the newest layouts: it builds though some measures need three years, and what only the returns of
2027 tell is counted when they come, and is null before."""

from pathlib import Path

import polars as pl
import pytest

from loaders import warehouse
from tests.end_to_end.london import London, built, invent

FROM_2027 = ["cla_dolo_open_count", "fgdm_offered_pct", "pre_proceedings_duration_median", "pre_proceedings_open_count"]


@pytest.fixture(scope="module")
def newest_london(tmp_path_factory: pytest.TempPathFactory) -> London:
    data: Path = tmp_path_factory.mktemp("newest")
    printed = invent(data, "--years", "2026-2027", "--scale", "0.01", "--seed", "7", "--errors", "0")
    # the build fails where a measure is said to wait and has rows, or to be computed and has none
    return built(data, printed)


@pytest.mark.long
def test_what_only_the_newest_returns_tell_is_null_before_and_counted_then(newest_london: London) -> None:
    with warehouse.connect(newest_london.paths, read_only=True) as connection:
        rows = connection.execute(
            "SELECT metric_id, year(period_end + INTERVAL 9 MONTH) AS collection_year, numerator, denominator, value "
            "FROM marts.fct_measure WHERE breakdown = 'total' AND la_code = 'london' AND list_contains(?, metric_id)",
            [FROM_2027],
        ).pl()
    before, then = (rows.filter(pl.col("collection_year") == year) for year in (2026, 2027))
    assert before.select(pl.all_horizontal(pl.col("numerator", "denominator", "value").is_null().all())).item()
    assert sorted(then["metric_id"].unique()) == FROM_2027
    assert then.group_by("metric_id").agg(pl.col("value").is_not_null().any()).select(pl.col("value").all()).item()
    pre_proceedings = then.filter(pl.col("metric_id").str.starts_with("pre_proceedings"))
    assert (pre_proceedings["value"].fill_null(0) > 0).any()
