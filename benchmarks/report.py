"""The page docs/benchmarks.md: ratios to the floors, memory, dbt seconds by layer."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost

XML_FLOOR_TO_REACH, CSV_FLOOR_TO_REACH, TWO_CORES_TO_REACH = 0.25, 0.1, 1.5


@dataclass(frozen=True)
class Loading:
    """`liia load` of one return's files. CPU and wall seconds are without the start-up of the command."""

    kind: str
    n_files: int
    n_bytes: int
    floor_cpu_seconds: float
    cpu_seconds: float
    start_up_cpu_seconds: float
    one_worker_wall_seconds: float
    two_workers_wall_seconds: float
    peak_bytes: int
    n_rows: int

    @property
    def ratio(self) -> float:
        """Speed as a share of the floor's: 1 would be as fast as reading and doing nothing."""
        return self.floor_cpu_seconds / self.cpu_seconds

    @property
    def two_cores(self) -> float:
        """How many times faster two workers are than one, in wall time."""
        return self.one_worker_wall_seconds / self.two_workers_wall_seconds


@dataclass(frozen=True)
class Layer:
    """What dbt spent in one layer."""

    name: str
    n_nodes: int
    seconds: float


@dataclass(frozen=True)
class Models:
    """dbt by itself over one selector of selectors.yml, its tests included. `rows` are those of the raw tables."""

    scale: float
    rows: int
    selector: str
    cost: Cost


@dataclass(frozen=True)
class Scale:
    """All that was measured at one scale."""

    scale: float
    synth: Cost
    build: Cost
    again: Cost
    loading: list[Loading]
    layers: list[Layer]
    models: list[Models]


@dataclass(frozen=True)
class Report:
    """One run of the benchmark."""

    years: str
    scales: list[Scale]
    grown: list[Models]
    big: Cost | None = None
    big_gigabytes: float = 0.0


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f}"


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(row) + " |" for row in rows), ""]


def _loading(report: Report) -> list[str]:
    rows = [
        [
            str(scale.scale),
            one.kind.upper(),
            str(one.n_files),
            _megabytes(one.n_bytes),
            f"{one.n_rows:,}",
            f"{one.n_bytes / 1e6 / one.cpu_seconds:,.1f}",
            f"{one.n_rows / one.cpu_seconds:,.0f}",
            f"**{one.ratio:.2f}**",
            f"{one.two_cores:.2f}",
            _megabytes(one.peak_bytes),
        ]
        for scale in report.scales
        for one in scale.loading
    ]
    heads = ["scale", "format", "files", "MB", "rows", "MB per CPU-s", "rows per CPU-s", "share of floor", "2 workers", "peak MB"]
    return _table(heads, rows)


def _commands(report: Report) -> list[str]:
    rows = [
        [
            str(scale.scale),
            f"{scale.synth.wall_seconds:.0f} s, {_megabytes(scale.synth.peak_bytes)} MB",
            f"{scale.build.wall_seconds:.0f} s, {_megabytes(scale.build.peak_bytes)} MB",
            f"{scale.again.wall_seconds:.0f} s",
        ]
        for scale in report.scales
    ]
    return _table(["scale", "liia synth", "liia build, all new", "liia build, nothing new"], rows)


def _models(report: Report) -> list[str]:
    measured = [one for scale in report.scales for one in scale.models] + report.grown
    rows = []
    for selector in dict.fromkeys(one.selector for one in measured):
        before: Models | None = None
        for one in (one for one in measured if one.selector == selector):
            linear = ""
            if before:
                share = one.cost.wall_seconds / before.cost.wall_seconds / (one.rows / before.rows)
                linear = f"{share:.2f} of linear since {before.scale:g}"
            rows.append(
                [
                    selector,
                    f"{one.scale:g}",
                    f"{one.rows:,}",
                    f"{one.cost.wall_seconds:.0f}",
                    _megabytes(one.cost.peak_bytes),
                    linear,
                ]
            )
            before = one
    return _table(["selector", "scale", "raw rows", "seconds", "peak MB", "growth"], rows)


def _layers(report: Report) -> list[str]:
    names = sorted({layer.name for scale in report.scales for layer in scale.layers})
    rows = []
    for name in names:
        found = [next((layer for layer in scale.layers if layer.name == name), None) for scale in report.scales]
        nodes = next(layer.n_nodes for layer in found if layer)
        rows.append([name, str(nodes), *(f"{layer.seconds:.1f}" if layer else "" for layer in found)])
    return _table(["layer", "nodes", *(f"scale {scale.scale}" for scale in report.scales)], rows)


def write(path: Path, report: Report) -> None:
    """Write the page; the whole page, each time."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make bench`, never by hand. Invented London, collection years {report.years}, "
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.",
        "",
        "## Loaders",
        "",
        "*Share of floor*: CPU-seconds of the floor over CPU-seconds of `liia load` (one worker, without the start-up of the "
        "command): parsing, checking, hashing, and the encrypted insert included. The floor is a bare `lxml.etree.iterparse` "
        "walk for XML and polars' bare `read_csv` for CSV, of the same files in the same run. "
        f"To reach: XML {XML_FLOOR_TO_REACH} (aim 0.5), CSV {CSV_FLOOR_TO_REACH} (aim 0.3). "
        f"*2 workers*: wall seconds of one worker over those of two; to reach for XML: {TWO_CORES_TO_REACH}.",
        "",
        *_loading(report),
        "## Commands",
        "",
        *_commands(report),
    ]
    if report.big:
        lines += [
            f"One CIN census file of {report.big_gigabytes:g} GB: loaded in {report.big.wall_seconds:.0f} s with at most "
            f"{_megabytes(report.big.peak_bytes)} MB in memory (to reach: under 1,000 MB), workers included.",
            "",
        ]
    lines += [
        "## Models",
        "",
        "`liia dbt build --selector …` by itself (selectors.yml), with its data tests: `timeline` is all up to spells and persons, "
        "`measures` what is made from them. To reach at scale 1.0: timeline under 120 seconds and 4,000 MB, measures under 120 "
        "seconds and 6,000 MB; growth at most 1.15 of linear.",
        "",
        *_models(report),
    ]
    lines += ["## dbt seconds by layer", "", "Sum over nodes, on two threads.", "", *_layers(report)]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
