"""The commands of the publishers package."""

import typer


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
