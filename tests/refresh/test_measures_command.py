"""`liia measures`: what is computed, what waits and for what, readable at 80 and at 120 columns."""

import csv
import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from loaders import keys, warehouse
from loaders.settings import PROJECT_ROOT, SEEDS, Paths
from refresh import measures
from refresh.measures import Dashboard, Measure

LIIA = str(Path(sys.executable).parent / "liia")
DASHBOARDS = [Dashboard("uasc", "Unaccompanied asylum-seeking children", True), Dashboard("send", "Special needs", False)]
CATALOGUE = """
    CREATE TABLE marts.agg_measure__coverage AS SELECT * FROM (VALUES
        ('uasc_open_count', 'quarterly;uasc', '=UASC', 'count', 'snapshot date', 'ssda903.uasc', 'computed', NULL,
         'quarter for annex_a', 9::bigint, 8::bigint, 33::integer, 2::integer, DATE '2024-12-31', DATE '2025-03-31', NULL),
        ('nrm_count', 'uasc', 'Referred', 'count', 'year', 'home_office_nrm', 'waiting', 'home_office_nrm', NULL,
         0, 0, NULL, 0, NULL, NULL, 'it waits [too long]')
    ) AS t (metric_id, dashboard, title, unit, period, source_datasets, status, waiting_for,
            parts_waiting, n_rows, n_values, n_authorities, n_period_ends, first_period_end, last_period_end, problem);
    CREATE TABLE intermediate.config_dashboard AS SELECT * FROM (VALUES
        ('send', 'Special needs', false), ('uasc', 'Unaccompanied', true)
    ) AS t (dashboard, title, is_released);
"""


def measure(metric_id: str, dashboards: str, status: str = "computed", waiting_for: str = "", problem: str = "") -> Measure:
    n = int(status == "computed")
    last = date(2025, 3, 31) if n else None
    return Measure(
        metric_id,
        dashboards,
        f"Title of {metric_id}",
        "count",
        "year",
        "",
        status,
        waiting_for,
        "",
        n,
        n,
        n,
        n,
        last,
        last,
        problem,
    )


def printed(width: int, show: str, *arguments: object) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    getattr(measures, show)(*arguments, console)
    return console.export_text()


def test_each_dashboard_is_counted_and_a_measure_of_two_stands_in_both() -> None:
    found = [
        measure("a", "uasc"),
        measure("b", "uasc;send"),
        measure("c", "send", "waiting", "sen2"),
        measure("d", "send", "waiting", "sen2"),
        measure("e", "send", "waiting", "gias;sen2"),
        measure("f", "uasc_other"),
    ]
    lines = printed(120, "show_dashboards", found, DASHBOARDS).splitlines()
    uasc, send, every = (next(line for line in lines if name in line) for name in ("(uasc)", "(send)", "All, each once"))
    assert uasc.split()[-2:] == ["2", "2"]
    assert send.split("(send)")[1].split() == ["4", "1", "3", "sen2", "2,", "gias", "and", "sen2", "1"]
    assert every.split()[3:6] == ["6", "3", "3"]


def test_more_sources_than_fit_are_counted_together() -> None:
    found = [measure(f"m{n}", "uasc", "waiting", f"source_{n // 2}") for n in range(12)]
    text = printed(120, "show_dashboards", found, DASHBOARDS).split("Dim:")[0]
    assert text.split("All, each once")[1].split()[2:] == [
        "12",
        "source_0",
        "2,",
        "source_1",
        "2,",
        "source_2",
        "2,",
        "others",
        "6",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_the_real_catalogue_fits(width: int) -> None:
    with (SEEDS / "config" / "config_measure.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (SEEDS / "config" / "config_measure_status.csv").open(encoding="utf-8", newline="") as file:
        status = {row["metric_id"]: row for row in csv.DictReader(file)}
    found = [
        measure(row["metric_id"], row["dashboard"], status[row["metric_id"]]["status"], status[row["metric_id"]]["waiting_for"])
        for row in rows
    ]
    names = sorted({name for row in rows for name in row["dashboard"].split(";")})
    text = printed(width, "show_dashboards", found, [Dashboard(name, name.title(), True) for name in names])
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    for name in names:
        assert f"({name})" in text
        one = printed(width, "show_measures", measures.of_dashboard(found, name), Dashboard(name, name, True))
        assert all(len(line) <= width for line in one.splitlines())
        assert "…" not in one
        assert one.count("computed") == 1 + sum(m.status == "computed" for m in measures.of_dashboard(found, name))


def test_what_is_claimed_and_not_so_is_said() -> None:
    found = [measure("a", "uasc", problem="it is [red]claimed")]
    assert "a: it is [red]claimed." in printed(80, "show_measures", found, DASHBOARDS[0])
    assert "a: it is [red]claimed." in printed(80, "show_dashboards", found, DASHBOARDS)


def test_a_part_that_waits_is_said() -> None:
    found = [replace(measure("a", "uasc"), parts_waiting="quarter for annex_a"), measure("b", "uasc")]
    assert "computed, save quarter for annex_a" in " ".join(printed(80, "show_measures", found, DASHBOARDS[0]).split())
    assert "Of those computed, 1 cannot give every period" in printed(80, "show_dashboards", found, DASHBOARDS)
    assert "Of those computed" not in printed(80, "show_dashboards", found[1:], DASHBOARDS)


def run(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LIIA, "measures", *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, "LIIA_DATA": str(data), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "demo", "demo")
    for place in (paths.pseudonym_key, paths.warehouse_key):
        keys.new_key(place)
    warehouse.open_or_create(paths).close()
    too_early = run(tmp_path)
    assert too_early.returncode == 3
    assert "make build" in too_early.stderr
    with warehouse.connect(paths) as connection:
        connection.execute(CATALOGUE)
    every = run(tmp_path)
    assert every.returncode == 0
    assert "nrm_count: it waits [too long]." in every.stdout
    one = run(tmp_path, "uasc", "--demo")
    assert one.returncode == 0
    said = " ".join(one.stdout.split())
    assert "waits: home_office_nrm" in said
    assert "save quarter" in said
    rows = list(csv.DictReader(io.StringIO(run(tmp_path, "--csv").stdout)))
    assert [(row["metric_id"], row["status"], row["n_values"], row["title"]) for row in rows] == [
        ("nrm_count", "waiting", "0", "Referred"),
        ("uasc_open_count", "computed", "8", "'=UASC"),
    ]
    assert len(run(tmp_path, "send", "--csv").stdout.splitlines()) == 1
    wrong = run(tmp_path, "unheard_of")
    assert wrong.returncode == 2
    assert "send, uasc" in wrong.stderr
