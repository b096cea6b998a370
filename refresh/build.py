"""`liia build`: load what is new, run the models, publish, write the docs site, and say what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from loaders import disk, lock, settings
from loaders.dbt_environment import dbt_target
from loaders.load import load
from loaders.progress import watcher
from loaders.settings import Paths
from publishers import docs_site, power_bi
from refresh import dbt, orphans, standing, synthesis
from refresh.summary import Summary, holdings

COMMAND = "liia build"


def choose(demo: bool) -> tuple[Paths, str]:
    """The warehouse to build and a sentence that says why: the real one where returns or a warehouse exist, else the demo."""
    real, invented = settings.real_paths(), settings.demo_paths()
    if demo:
        return invented, f"The invented London in {invented.root}, as asked."
    if real.warehouse.exists() or _has_files(real.returns):
        return real, f"The returns in {real.returns}."
    return invented, (
        f"There are no returns in {real.returns}, so this is the demo: an invented London in {invented.root}. "
        "docs/loading.md says how to bring real returns."
    )


def build(paths: Paths, console: Console, progress: Console, *, anew: bool = False) -> Summary:
    """The whole refresh of one warehouse, under its lock. Stages are told on `console`, moving bars on `progress`.

    Models that nothing new has come to are left as they stand, unless they are to be made `anew`. Rejected files do not
    stop it: they are in the summary. Raises LiiaError for keys, a busy or full disk, or models that fail (DbtFailed); the
    former exports stand then.
    """
    summary = Summary(paths)
    with lock.writing(paths, COMMAND), disk.trouble_explained(paths):
        if paths.kind == "demo" and not _has_files(paths.returns):
            with _stage("invent", "Inventing a London at scale 0.1, once", summary, console):
                synthesis.invent(paths, progress)
        with _stage("load", "Loading what is new", summary, console):
            _load(paths, summary, console, progress)
        with _stage("dbt", "Running the models and their tests", summary, console):
            _run_dbt(paths, summary, console, progress, anew)
        with _stage("publish", "Publishing for Power BI", summary, console):
            with progress.status("reading") as status:
                published = power_bi.publish(paths, status.update)
            summary.exported, summary.marks = published.rows, published.marks
        with _stage("docs", "Writing the docs site", summary, console):
            summary.docs = docs_site.publish(paths)
        with _stage("count", "Counting", summary, console):
            summary.holdings = holdings(paths)
    return summary


def document(paths: Paths, console: Console, progress: Console) -> Path:
    """`liia docs`: the docs site alone, from the models as they are and the warehouse as it is; the page's path."""
    with lock.writing(paths, "liia docs"), disk.trouble_explained(paths):
        its_made_from = standing.now(paths)
        last = standing.last(paths, its_made_from)
        dbt.run(paths, ["docs"], console, progress)
        if last:
            standing.record(paths, last, its_made_from)
        return docs_site.publish(paths)


def _load(paths: Paths, summary: Summary, console: Console, progress: Console) -> None:
    with watcher(progress) as watching:
        loaded = load(paths, watcher=watching)
    summary.accepted = loaded.n("accepted", "superseded")
    summary.rejected = loaded.n("rejected", "refused")
    summary.skipped = loaded.n("skipped")
    summary.new_rows = loaded.n_rows
    if loaded.swept_rows:
        console.print(f"  {loaded.swept_rows:,} rows left by an interrupted run were removed first.", highlight=False)
    if summary.rejected:
        console.print(
            f"  [red]{summary.rejected:,} files were not taken[/]; the build goes on without them. Which and why: liia findings",
            highlight=False,
        )


def _run_dbt(paths: Paths, summary: Summary, console: Console, progress: Console, anew: bool) -> None:
    its_made_from = standing.now(paths)
    done = None if anew else standing.last(paths, its_made_from)
    if done:
        summary.models_stand = True
        console.print("  They stand: nothing they are made from has changed since every one of them ran (--anew runs them again).")
    else:
        done = dbt.run(paths, ["build", "docs"], console, progress)
        for name in orphans.drop(paths, dbt_target(paths) / "manifest.json"):
            if not name.startswith("audit."):
                console.print(f"  {escape(name)} is made by no model any more and was dropped.", highlight=False)
        standing.record(paths, done, its_made_from)
    summary.layers = {layer: (done.nodes[layer], done.seconds[layer]) for layer in dbt.in_order(done.nodes)}
    summary.warnings = [dbt.warning(said) for said in done.warnings]


@contextmanager
def _stage(name: str, title: str, summary: Summary, console: Console) -> Iterator[None]:
    """Time one stage, and say that it began."""
    console.print(f"[bold]{title}[/]", highlight=False)
    begun = time.monotonic()
    yield
    summary.stages.append((name, time.monotonic() - begun))


def _has_files(folder: Path) -> bool:
    """Whether a return lies there: hidden files (.gitkeep, .DS_Store) are none."""
    return folder.exists() and any(path.is_file() and not path.name.startswith(".") for path in folder.rglob("*"))
