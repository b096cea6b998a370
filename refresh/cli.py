"""The commands of the refresh package."""

import typer


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
