"""The commands of the refresh package: build, docs and measures."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from loaders import lock, settings, warehouse
from loaders.errors import WrongUse

Demo = Annotated[bool, typer.Option("--demo", help="The invented London under demo/, even where real returns lie.")]
Anew = Annotated[bool, typer.Option("--anew", help="Run every model and test, even where nothing they are made from has changed.")]


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
    app.command("build")(build_command)
    app.command("docs")(docs_command)
    app.command("measures")(measures_command)


def build_command(demo: Demo = False, anew: Anew = False) -> None:
    """The whole refresh: load what is new, run the models, write exports and the docs site.

    With no returns it invents a London and builds that. Rejected files do not stop it; a model that fails does. What
    nothing new has come to is left as it stands.
    """
    from refresh import summary
    from refresh.build import build, choose

    console = Console()
    paths, why = choose(demo)
    console.print(why, highlight=False, soft_wrap=True, markup=False)
    summary.show(build(paths, console, Console(stderr=True), anew=anew), console)


def docs_command(demo: Demo = False) -> None:
    """Write the docs site from the models as they are, without loading or building."""
    from refresh.build import document

    paths = settings.demo_paths() if demo else settings.current_paths()
    console = Console()
    if paths.kind == "demo" and not demo:
        console.print("Only the demo has been built: these are the docs of the invented London.")
    console.print(f"The docs site: {document(paths, console, Console(stderr=True))}", highlight=False, soft_wrap=True, markup=False)


def measures_command(
    dashboard: Annotated[str | None, typer.Argument(metavar="[DASHBOARD]", help="One dashboard, measure by measure.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV, one row per measure.")] = False,
    demo: Demo = False,
) -> None:
    """Which measures of the catalogue are computed, and which source the others wait for, by dashboard."""
    from refresh import measures

    paths = settings.demo_paths() if demo else settings.current_paths()
    if paths.kind == "demo" and not demo:
        Console(stderr=True).print("Only the demo has been built: this is the invented London.", style="yellow")
    with lock.reading(paths, "liia measures"), warehouse.connect(paths, read_only=True) as connection:
        found, dashboards = measures.read(connection)
    chosen = next((one for one in dashboards if one.name == dashboard), None)
    if dashboard and not chosen:
        raise WrongUse(f"No dashboard is called {dashboard}. There are: {', '.join(sorted(one.name for one in dashboards))}.")
    shown = measures.of_dashboard(found, chosen.name) if chosen else found
    if as_csv:
        measures.write_csv(sys.stdout, shown)
    elif chosen:
        measures.show_measures(shown, chosen, Console())
    else:
        measures.show_dashboards(found, dashboards, Console())
