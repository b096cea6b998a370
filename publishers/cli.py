"""The commands of the publishers package: one per audience."""

from typing import Annotated

import typer
from rich.console import Console

from loaders import lock, settings

publish_app = typer.Typer(help="What leaves the warehouse, one command per audience.", no_args_is_help=True)

Demo = Annotated[bool, typer.Option("--demo", help="Publish the invented London under demo/.")]


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
    app.add_typer(publish_app, name="publish")


@publish_app.callback()
def publish() -> None:
    """What leaves the warehouse, one command per audience."""


@publish_app.command("power-bi")
def power_bi_command(demo: Demo = False) -> None:
    """Every share_london__* table as Parquet and CSV, small counts hidden, with a manifest and a data dictionary."""
    from publishers import power_bi

    paths = settings.demo_paths() if demo else settings.current_paths()
    if paths.kind == "demo" and not demo:
        Console(stderr=True).print("Only the demo has been built: this is the invented London.", style="yellow")
    with lock.writing(paths, "liia publish power-bi"), Console(stderr=True).status("reading") as status:
        done = power_bi.publish(paths, status.update)
    hidden = done.marks.get("c", 0)
    Console().print(
        f"{len(done.rows):,} tables, {sum(done.rows.values()):,} rows, {hidden:,} cells hidden, in {done.folder}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
