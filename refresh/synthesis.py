"""The demo's returns: an invented London, there as a whole or not at all."""

import os
import shutil

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from loaders.settings import Paths
from synthetic import london

UNFINISHED = ".unfinished-"


def invent(paths: Paths, progress: Console) -> list[london.Told]:
    """Invent a London with the defaults of `liia synth` and put its returns and truth where the demo keeps them.

    The caller holds the lock. What a killed run left unfinished is cleared; a worker of it may still be writing there for
    a moment, so each run has a folder of its own.
    """
    for leftover in paths.root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    plan = london.Plan(paths.root / f"{UNFINISHED}{os.getpid()}")
    columns = (TextColumn("  Inventing"), BarColumn(), MofNCompleteColumn(), TextColumn("authorities"), TimeElapsedColumn())
    with Progress(*columns, console=progress, transient=True, disable=not progress.is_terminal) as bar:
        task = bar.add_task("", total=len(plan.authorities))
        told = london.invent(plan, lambda _: bar.advance(task))
    # returns last: where they are, the rest is
    for made, place in ((plan.truth, paths.truth), (plan.returns, paths.returns)):
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)
    plan.out.rmdir()
    return told
