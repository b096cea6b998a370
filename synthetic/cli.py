"""The commands of the synthetic package."""

import re
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from loaders import facts
from loaders.errors import WrongUse


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
    app.command("synth")(synth)


def synth(
    out: Annotated[Path, typer.Argument(help="Folder to write to: returns/ and truth/ under it are replaced.")],
    years: Annotated[str, typer.Option(help="Collection years, first to last.")] = "2021-2025",
    scale: Annotated[float, typer.Option(help="1 is London's real size.")] = 0.1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same London, byte for byte.")] = 1,
    errors: Annotated[float, typer.Option(help="Multiplies every error rate; 0 gives a clean London.")] = 1.0,
    error: Annotated[list[str] | None, typer.Option(help="NAME=RATE: one error's own rate (synthetic/facts/errors.csv).")] = None,
    authority: Annotated[list[str] | None, typer.Option(help="Only this authority, by code or name; can be repeated.")] = None,
    canaries: Annotated[bool, typer.Option("--canaries", help="Plant known identifiers for the leak test.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Print the synthetic figures against the published ones.")] = False,
) -> None:
    """Invent a London: the returns 33 authorities would send, or some of them, and the truth beside them."""
    from synthetic import canary, london
    from synthetic import compare as comparing
    from synthetic import errors as planting

    first, last = _years(years)
    if authority and compare:
        raise WrongUse("--compare is for all of London: leave --authority out.")
    places = _places(authority) if authority else london.ALL
    if canaries and len(places) <= canary.N_AUTHORITIES:
        raise WrongUse(f"--canaries are planted in {canary.N_AUTHORITIES} authorities: name more of them with --authority.")
    plan = london.Plan(out.resolve(), first, last, scale, seed, planting.rates(errors, _settings(error or [])), places)
    console = Console(soft_wrap=True)
    began = time.monotonic()
    columns = (TextColumn("inventing London"), BarColumn(), MofNCompleteColumn(), TextColumn("authorities"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(plan.authorities))
        told = london.invent(plan, lambda _: progress.advance(task))
    if canaries:
        canary.plant(plan)
    table = Table(title=f"London at scale {scale:g}, {first} to {last}, seed {seed}")
    for heading in ("children", "files", "rows", "megabytes", "errors planted", "seconds"):
        table.add_column(heading, justify="right")
    sums = [sum(getattr(one, name) for one in told) for name in ("n_persons", "n_files", "n_rows", "n_bytes", "n_planted")]
    table.add_row(
        f"{sums[0]:,}", f"{sums[1]:,}", f"{sums[2]:,}", f"{sums[3] / 1e6:,.1f}", f"{sums[4]:,}", f"{time.monotonic() - began:.1f}"
    )
    console.print(table)
    console.print(f"returns: {plan.returns}\ntruth:   {plan.truth}", highlight=False)
    if compare:
        console.print(comparing.as_table(comparing.compare(plan.truth, scale)))


def _years(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text.strip())
    if not match:
        raise WrongUse(f"--years {text}: write them as 2021-2025.")
    return int(match[1]), int(match[2] or match[1])


def _places(names: list[str]) -> tuple[int, ...]:
    """Where the named authorities stand in facts.la_codes()."""
    found = set()
    for name in names:
        known = facts.find_authority(name)
        if not known:
            raise WrongUse(f"--authority {name}: none of the 33. They are: {', '.join(one.name for one in facts.authorities())}.")
        found.add(facts.authorities().index(known))
    return tuple(sorted(found))


def _settings(texts: list[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        match = re.fullmatch(r"([a-z0-9_]+)=(\d+(?:\.\d+)?|\.\d+)", text)
        if not match or float(match[2]) > 1:
            raise WrongUse(f"--error {text}: write NAME=RATE with a rate from 0 to 1.")
        found[match[1]] = float(match[2])
    return found
