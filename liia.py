"""`liia`: the one command line, composed from the packages' own commands."""

import os
import sys
import traceback
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from loaders.errors import LiiaError

app = typer.Typer(
    name="liia",
    help="The child-level data warehouse for London's children's services.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def compose() -> typer.Typer:
    """The app with every package's commands."""
    from loaders import cli as loaders_cli
    from publishers import cli as publishers_cli
    from refresh import cli as refresh_cli
    from synthetic import cli as synthetic_cli

    for part in (refresh_cli, loaders_cli, publishers_cli, synthetic_cli):
        part.register(app)
    return app


def main() -> None:
    """Run a command; an error becomes its message and its exit code, never a traceback.

    The words of an error nobody foresaw may hold a value of a return, so only its kind and place are shown; a developer
    working on invented data sets LIIA_TRACEBACK=1 to see all of it.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        compose()()
    except LiiaError as error:
        console.print(f"[bold red]liia:[/] {escape(str(error))}")
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("LIIA_TRACEBACK"):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        console.print(
            f"[bold red]liia:[/] the program failed ({type(error).__name__} at {place}). What was in the warehouse before "
            "is still there. Report this line to the warehouse team."
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
