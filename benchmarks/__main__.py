"""`make bench`: invent, load and build at several scales, and write what it cost to docs/benchmarks.md."""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.big_file import write_big_return
from benchmarks.measure import BIN, PROJECT, Cost, run
from benchmarks.report import Layer, Loading, Models, Report, Scale, write

LIIA = str(BIN / "liia")
console = Console(stderr=True)


@dataclass(frozen=True)
class Floor:
    """The cost of reading the same files and doing nothing with them."""

    n_files: int
    n_bytes: int
    rows: int
    cpu_seconds: float


def floor(kind: str, folder: Path, data: Path) -> Floor:
    """Measured in a process of its own. kind: 'xml' (bare lxml walk) or 'csv' (polars' bare read)."""
    cost = run([sys.executable, "-m", "benchmarks.floors", kind, str(folder)], data)
    told = json.loads(cost.output.strip().splitlines()[-1])
    return Floor(told["files"], told["bytes"], told["rows"], told["cpu_seconds"])


def fresh(data: Path, keys: Path) -> Path:
    """An empty data folder whose demo has its keys already, so that a load needs nothing else."""
    (data / "demo").mkdir(parents=True)
    (data / "demo" / "keys").symlink_to(keys)
    return data


def loading(returns: Path, kind: str, work: Path, keys: Path, start_up: Cost) -> Loading:
    """`liia load` of one return's files: on one worker (CPU against the floor) and on two (wall against one)."""
    floor_cost = floor(kind, returns, work)
    one = run([LIIA, "load", "--demo", str(returns)], fresh(work / f"{kind}-one", keys), LIIA_WORKERS="1")
    two = run([LIIA, "load", "--demo", str(returns)], fresh(work / f"{kind}-two", keys), LIIA_WORKERS="2")
    return Loading(
        kind=kind,
        n_files=floor_cost.n_files,
        n_bytes=floor_cost.n_bytes,
        floor_cpu_seconds=floor_cost.cpu_seconds,
        cpu_seconds=one.cpu_seconds - start_up.cpu_seconds,
        start_up_cpu_seconds=start_up.cpu_seconds,
        one_worker_wall_seconds=one.wall_seconds - start_up.wall_seconds,
        two_workers_wall_seconds=two.wall_seconds - start_up.wall_seconds,
        peak_bytes=max(one.peak_bytes, two.peak_bytes),
        n_rows=rows_loaded(work / f"{kind}-one"),
    )


def rows_loaded(data: Path) -> int:
    """Rows the ledger says were kept."""
    told = run([LIIA, "sql", "--csv", "select sum(n_kept) as n from ledger.load_table"], data).output
    return int(next(line for line in reversed(told.splitlines()) if line.strip().isdigit()))


def layers(data: Path) -> list[Layer]:
    """dbt's own seconds by layer, from the run results of the last build."""
    results: dict[str, Any] = json.loads((data / "demo" / "dbt" / "target" / "run_results.json").read_text())
    manifest: dict[str, Any] = json.loads((data / "demo" / "dbt" / "target" / "manifest.json").read_text())
    seconds: dict[str, float] = {}
    nodes: dict[str, int] = {}
    for result in results["results"]:
        kind = result["unique_id"].split(".")[0]
        node = manifest["nodes"].get(result["unique_id"], {})
        layer = node.get("fqn", ["", kind])[1] if kind == "model" else kind
        seconds[layer] = seconds.get(layer, 0.0) + result["execution_time"]
        nodes[layer] = nodes.get(layer, 0) + 1
    return [Layer(name, nodes[name], seconds[name]) for name in sorted(seconds)]


def models(scale: float, data: Path, selectors: tuple[str, ...] = ("timeline", "measures")) -> list[Models]:
    """dbt by itself, half by half, over a warehouse that is loaded."""
    rows = rows_loaded(data)
    return [
        Models(scale, rows, selector, run([LIIA, "dbt", "build", "--demo", "--selector", selector], data)) for selector in selectors
    ]


def grown(scale: float, years: str, work: Path) -> list[Models]:
    """dbt alone at a scale that only shows how it grows."""
    console.print(f"scale {scale}: inventing, loading and building the models alone")
    run([LIIA, "synth", str(work / "demo"), "--scale", str(scale), "--years", years], work)
    run([LIIA, "load", "--demo"], work)
    return models(scale, work)


def measure_scale(scale: float, years: str, work: Path) -> Scale:
    """Everything at one scale: the invented London, both loaders, the whole build, the build with nothing new."""
    console.print(f"scale {scale}: inventing")
    source = work / "source"
    synth = run([LIIA, "synth", str(source / "demo"), "--scale", str(scale), "--years", years], source)
    empty = work / "empty-returns"
    empty.mkdir()
    keys = work / "keys"
    first = work / "start-up"
    (first / "demo").mkdir(parents=True)
    run([LIIA, "load", "--demo", str(empty)], first)  # makes the demo's keys
    (first / "demo" / "keys").rename(keys)
    (first / "demo" / "keys").symlink_to(keys)
    start_up = run([LIIA, "load", "--demo", str(empty)], first, LIIA_WORKERS="1")
    returns = source / "demo" / "returns"
    console.print(f"scale {scale}: loading")
    measured = [
        loading(returns / "cin_census", "xml", work, keys, start_up),
        loading(returns / "ssda903", "csv", work, keys, start_up),
    ]
    console.print(f"scale {scale}: building")
    build = run([LIIA, "build", "--demo"], source)
    by_layer = layers(source)
    again = run([LIIA, "build", "--demo"], source)
    return Scale(scale, synth, build, again, measured, by_layer, models(scale, source))


def main(
    scales: Annotated[str, typer.Option(help="Scales to measure, separated by commas.")] = "0.05,0.2,1.0",
    growth: Annotated[str, typer.Option(help="Further scales, to measure dbt alone.")] = "2.0",
    years: Annotated[str, typer.Option(help="Collection years to invent.")] = "2021-2025",
    big_gigabytes: Annotated[float, typer.Option(help="Size of the one big file that shows memory is flat; 0 for none.")] = 2.0,
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = PROJECT / "docs" / "benchmarks.md",
) -> None:
    """Measure loaders, build and invention at several scales; write the report."""
    measured: list[Scale] = []
    for scale in scales.split(","):
        with tempfile.TemporaryDirectory(prefix="liia-bench-") as folder:
            measured.append(measure_scale(float(scale), years, Path(folder)))
            write(out, Report(years, measured, []))
    further: list[Models] = []
    for scale in filter(None, growth.split(",")):
        with tempfile.TemporaryDirectory(prefix="liia-bench-") as folder:
            further += grown(float(scale), years, Path(folder))
            write(out, Report(years, measured, further))
    big: Cost | None = None
    if big_gigabytes:
        console.print(f"one file of {big_gigabytes} GB")
        with tempfile.TemporaryDirectory(prefix="liia-bench-") as folder:
            path = write_big_return(Path(folder) / "cin_census" / "camden" / "2025" / "cin_census_2025.xml", big_gigabytes)
            big = run([LIIA, "load", "--demo", str(path.parents[2])], Path(folder) / "data")
    write(out, Report(years, measured, further, big, big_gigabytes))
    console.print(f"written: {out}")


if __name__ == "__main__":
    typer.run(main)
