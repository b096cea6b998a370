"""`liia`: the one command line, composed from the packages' own commands."""

import sys

import typer
from rich.console import Console

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
    """Run a command; a LiiaError becomes its message and its exit code, never a traceback."""
    try:
        compose()()
    except LiiaError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]liia:[/] {error}", highlight=False)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
