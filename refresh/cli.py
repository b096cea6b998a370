"""The commands of the refresh package: build and docs."""

from typing import Annotated

import typer
from rich.console import Console

from loaders import settings

Demo = Annotated[bool, typer.Option("--demo", help="The invented London under demo/, even where real returns lie.")]


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
    app.command("build")(build_command)
    app.command("docs")(docs_command)


def build_command(demo: Demo = False) -> None:
    """The whole refresh: load what is new, run the models, write exports and the docs site.

    With no returns it invents a London and builds that. Rejected files do not stop it; a model that fails does.
    """
    from refresh import summary
    from refresh.build import build, choose

    console = Console()
    paths, why = choose(demo)
    console.print(why, highlight=False, soft_wrap=True, markup=False)
    summary.show(build(paths, console, Console(stderr=True)), console)


def docs_command(demo: Demo = False) -> None:
    """Write the docs site from the models as they are, without loading or building."""
    from refresh.build import document

    paths = settings.demo_paths() if demo else settings.current_paths()
    console = Console()
    if paths.kind == "demo" and not demo:
        console.print("Only the demo has been built: these are the docs of the invented London.")
    console.print(f"The docs site: {document(paths, console, Console(stderr=True))}", highlight=False, soft_wrap=True, markup=False)
