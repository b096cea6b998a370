"""`make accuracy`: plant each kind of error by itself and all together, build, and write how right spells and persons are."""

import csv
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import accuracy_persons, accuracy_spells
from benchmarks.accuracy_report import Run, write
from benchmarks.measure import BIN, PROJECT, run
from loaders.dbt_environment import dbt_environment, dbt_program
from loaders.settings import Paths

LIIA = str(BIN / "liia")
ERRORS = PROJECT / "synthetic" / "facts" / "errors.csv"
console = Console(stderr=True)


def error_names() -> list[str]:
    """The kinds of error that `liia synth` can plant, in the order of its facts."""
    with ERRORS.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["name"] for row in csv.DictReader(file)))


def build(data: Path, planted: list[str], scale: float, years: str) -> Paths:
    """Invent a London, load it, build what the longitudinal marts need; returns its rooms."""
    paths = Paths(data / "demo", "demo")
    run([LIIA, "synth", str(paths.root), "--scale", str(scale), "--years", years, *planted], data)
    run([LIIA, "load", "--demo"], data)
    subprocess.run(
        [dbt_program(), "--quiet", "build", "--select", "+path:models/marts/longitudinal", "--resource-type", "model", "seed"],
        cwd=PROJECT,
        env={**dbt_environment(paths), "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        check=True,
    )
    return paths


def measure(name: str, planted: list[str], scale: float, years: str) -> Run:
    """The scores of one London with the errors of `planted`."""
    console.print(f"{name}: {' '.join(planted)}")
    with tempfile.TemporaryDirectory(prefix="liia-accuracy-") as folder:
        paths = build(Path(folder), planted, scale, years)
        return Run(name, accuracy_spells.planted(paths), accuracy_spells.scores(paths), accuracy_persons.scores(paths))


def main(
    scale: Annotated[float, typer.Option(help="Size of the invented London.")] = 0.02,
    years: Annotated[str, typer.Option(help="Collection years to invent.")] = "2021-2025",
    rate: Annotated[float, typer.Option(help="Rate of an error that is planted by itself.")] = 0.05,
    only: Annotated[str, typer.Option(help="Kinds of error, separated by commas; default: all.")] = "",
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = PROJECT / "docs" / "longitudinal-accuracy.md",
) -> None:
    """Measure precision and recall of spells and persons by kind of planted error; write the report."""
    names = only.split(",") if only else error_names()
    runs = [measure("none", ["--errors", "0"], scale, years)]
    for name in names:
        runs.append(measure(name, ["--errors", "0", "--error", f"{name}={rate}"], scale, years))
    runs.append(measure("all, at their usual rates", ["--errors", "1"], scale, years))
    write(out, runs, scale=scale, years=years, rate=rate)
    console.print(f"written: {out}")


if __name__ == "__main__":
    typer.run(main)
