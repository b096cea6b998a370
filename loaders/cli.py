"""The commands of the loaders package: load, check, status, findings, sql, dbt, forget, key and vault."""

import csv
import os
import subprocess
import sys
from dataclasses import astuple, fields
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from loaders import facts, keys, lock, settings, vault, warehouse
from loaders.dbt_environment import dbt_environment, dbt_program
from loaders.errors import SetUpError, WrongUse
from loaders.settings import PROJECT_ROOT, Paths

key_app = typer.Typer(help="The two secrets: make them, check them.", no_args_is_help=True)
vault_app = typer.Typer(help="An authority's child numbers, for its own packages only.", no_args_is_help=True)

Demo = Annotated[bool, typer.Option("--demo", help="Use the invented London under demo/.")]
AuthorityOption = Annotated[str | None, typer.Option("--authority", help="DfE code, ONS code or name.")]
ReturnOption = Annotated[str | None, typer.Option("--return", help="cin_census or ssda903.")]
YearOption = Annotated[int | None, typer.Option("--year", help="Collection year: 2024 for the year to 31 March 2024.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV on standard output.")]


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app."""
    app.command("load")(load_command)
    app.command("check")(check_command)
    app.command("status")(status_command)
    app.command("findings")(findings_command)
    app.command("sql")(sql_command)
    app.command("dbt", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(
        dbt_command
    )
    app.command("forget")(forget_command)
    app.add_typer(key_app, name="key")
    app.add_typer(vault_app, name="vault")


def load_command(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files, folders or ZIPs; default: the returns folder.")
    ] = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Take a file without its damaged rows instead of rejecting it.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Delete each return once it is in the warehouse.")] = False,
    demo: Demo = False,
) -> None:
    """Load what is new: pseudonymised, checked, each file whole or not at all. Ends with 1 when a file was rejected."""
    from loaders import show
    from loaders.load import load
    from loaders.progress import watcher

    paths = settings.demo_paths() if demo else settings.real_paths()
    chosen = places or []
    for place in chosen:
        if not place.exists():
            raise WrongUse(f"There is nothing at {place}. Give files, folders or ZIPs that exist.")
    try:
        with lock.writing(paths, "liia load"), watcher(_error_console()) as watching:
            summary = load(paths, chosen, set_aside=set_aside, remove=remove, watcher=watching)
    except KeyboardInterrupt:
        _error_console().print("Stopped. What was accepted stays; run the same command again to go on.")
        raise
    show.load_summary(summary, paths, Console())
    raise typer.Exit(summary.exit_code)


def check_command(
    places: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders or ZIPs.")],
) -> None:
    """What `load` would say of these files: needs no key and no warehouse, and writes nothing."""
    from loaders import show
    from loaders.check import check
    from loaders.sources import discover

    for place in places:
        if not place.exists():
            raise WrongUse(f"There is nothing at {place}. Give files, folders or ZIPs that exist.")
    raise typer.Exit(show.check_results(map(check, discover(places)), Console()))


def status_command(
    authority: AuthorityOption = None,
    return_name: ReturnOption = None,
    year: YearOption = None,
    as_csv: AsCsv = False,
) -> None:
    """Authority by return by year: arrived, superseded, rejected, sent empty, not sent."""
    from loaders import show, status

    la_code, return_name = _la_code(authority), _return_name(return_name)
    paths = _paths_in_use()
    with lock.reading(paths, "liia status"):
        connection = warehouse.connect(paths, read_only=True)
        try:
            cells = status.cells(connection)
        finally:
            connection.close()
    chosen = [
        cell
        for cell in cells
        if la_code in (None, cell.la_code) and return_name in (None, cell.return_name) and year in (None, cell.collection_year)
    ]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(field.name for field in fields(status.Cell))
        writer.writerows(astuple(cell) for cell in chosen)
    else:
        show.status_cells(chosen, Console())


def findings_command(
    out: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to write; default: standard output, or findings.xlsx.")
    ] = None,
    authority: AuthorityOption = None,
    return_name: ReturnOption = None,
    year: YearOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    as_xlsx: Annotated[bool, typer.Option("--xlsx", help="Write a workbook.")] = False,
) -> None:
    """What to send back to an authority, most useful first: what is wrong, where, how often, what to do."""
    from loaders import findings, show

    if (as_csv and as_xlsx) or (out and not (as_csv or as_xlsx)):
        raise WrongUse("Say either --csv or --xlsx.")
    la_code, return_name = _la_code(authority), _return_name(return_name)
    paths = _paths_in_use()
    with lock.reading(paths, "liia findings"):
        connection = warehouse.connect(paths, read_only=True)
        try:
            found = findings.lines(connection, la_code, return_name, year)
        finally:
            connection.close()
    if as_xlsx:
        out = out or Path("findings.xlsx")
        findings.write_xlsx(out, found)
    elif as_csv and out:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            findings.write_csv(file, found)
    elif as_csv:
        findings.write_csv(sys.stdout, found)
    else:
        show.findings_lines(found, Console())
    if out:
        _error_console().print(f"{len(found):,} lines in {out}", markup=False)


def sql_command(
    query: Annotated[str | None, typer.Argument(help="A query; without one, a small prompt.")] = None,
    as_csv: AsCsv = False,
) -> None:
    """Ask the warehouse: read-only, with no file and no network in reach, and no history kept."""
    from loaders import sql

    paths = _paths_in_use()
    with lock.reading(paths, "liia sql"):
        connection = sql.connect(paths)
        try:
            if query is None:
                sql.prompt(connection, Console())
            elif as_csv:
                sql.write_csv(*sql.ask(connection, query), sys.stdout)
            else:
                sql.show(*sql.ask(connection, query), Console())
        finally:
            connection.close()


def dbt_command(context: typer.Context, demo: Demo = False) -> None:
    """Run dbt on the warehouse in use, e.g. `liia dbt build --select staging`."""
    paths = settings.demo_paths() if demo else _paths_in_use()
    with lock.writing(paths, "liia dbt"):
        done = subprocess.run([dbt_program(), *context.args], cwd=PROJECT_ROOT, env=dbt_environment(paths), check=False)
    raise typer.Exit(done.returncode)


def forget_command(
    authority: Annotated[str, typer.Option("--authority", help="DfE code, ONS code or name.")],
    return_name: ReturnOption = None,
    year: YearOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    demo: Demo = False,
) -> None:
    """Take away what an authority withdraws, from every table, the vault, exports and docs; its files are refused later."""
    from loaders import forget

    paths = settings.demo_paths() if demo else settings.real_paths()
    la_code = _la_code(authority) or ""
    withdrawal = forget.Withdrawal(la_code, _return_name(return_name), year)
    with lock.writing(paths, "liia forget"):
        forget.finish_interrupted(paths)
        connection = warehouse.connect(paths, read_only=True)
        try:
            extent = forget.extent(connection, withdrawal)
        finally:
            connection.close()
        if not extent.n_files:
            typer.echo("Nothing of this is in the warehouse: there is nothing to forget.")
            return
        typer.echo(
            f"This takes {extent.n_files:,} files with {extent.n_rows:,} rows out of {paths.warehouse} for good, removes the "
            f"exports and what dbt built, and refuses the same files from now on."
        )
        if not yes and not typer.confirm("Go on?"):
            raise typer.Exit(1)
        forget.forget(paths, withdrawal)
    typer.echo(
        f"Gone. Run `make build` to make marts, exports and docs anew. Delete the files from {paths.returns} and from "
        "every backup as well."
    )


@key_app.command("new")
def key_new_command(
    which: Annotated[str | None, typer.Argument(metavar="[pseudonym|warehouse]", help="Default: both.")] = None,
) -> None:
    """Make the two keys, or one: 32 random bytes each, readable by you alone. A key is never overwritten."""
    paths = settings.real_paths()
    places = {"pseudonym": paths.pseudonym_key, "warehouse": paths.warehouse_key}
    if which not in (None, *places):
        raise WrongUse("Say `liia key new`, `liia key new pseudonym` or `liia key new warehouse`.")
    wanted = {name: place for name, place in places.items() if which in (None, name)}
    for name, place in wanted.items():
        if place.exists():
            other = f" To make only the other, name it: liia key new {'warehouse' if name == 'pseudonym' else 'pseudonym'}."
            raise SetUpError(f"{place} exists already, and a key is never overwritten.{other if which is None else ''}")
    for name, place in wanted.items():
        keys.new_key(place)
        typer.echo(f"{name} key: {place}")
    typer.echo("Back them up now, apart from the data and from each other: without them nothing can be read (docs/keys.md).")


@key_app.command("check")
def key_check_command(demo: Demo = False) -> None:
    """Whether both keys are there, private and whole, and fit the warehouse and the vault. Ends with 3 when not."""
    from loaders import key_check, show

    paths = settings.demo_paths() if demo else settings.real_paths()
    checks = key_check.checks(paths)
    show.key_checks(checks, Console())
    if any(check.trouble for check in checks):
        raise typer.Exit(SetUpError.exit_code)


@vault_app.command("export")
def vault_export_command(
    authority: Annotated[str, typer.Option("--authority", help="DfE code, ONS code or name.")],
    out: Annotated[Path, typer.Option("--out", help="The ZIP to write.")],
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="First line is the passphrase; else LIIA_VAULT_PASSPHRASE; else asked.")
    ] = None,
    demo: Demo = False,
) -> None:
    """One authority's child numbers with their child_keys, as a CSV in an AES ZIP that 7-Zip opens."""
    paths = settings.demo_paths() if demo else settings.real_paths()
    la_code = _la_code(authority) or ""
    with lock.reading(paths, "liia vault export"):
        n = vault.export(paths, keys.pseudonym_key(paths), la_code, out, _passphrase(passphrase_file))
    typer.echo(f"{n:,} child numbers of authority {la_code} in {out}. Send the passphrase by another way than the file.")


def _passphrase(file: Path | None) -> str:
    if file:
        try:
            return file.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError, UnicodeDecodeError):
            raise WrongUse(f"No passphrase could be read from {file}: it should stand in its first line.") from None
    given = os.environ.get("LIIA_VAULT_PASSPHRASE")
    return given or str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True))


def _paths_in_use() -> Paths:
    """The warehouse that read-only commands use; says so when it is the demo's."""
    paths = settings.current_paths()
    if paths.kind == "demo":
        _error_console().print("Only the demo has been built: this is the invented London.", style="yellow")
    return paths


def _la_code(text: str | None) -> str | None:
    if text is None:
        return None
    found = facts.find_authority(text)
    if found is None:
        listed = ", ".join(f"{authority.la_code} {authority.name}" for authority in facts.authorities())
        raise WrongUse(f"That is none of the 33 authorities: {listed}.")
    return found.la_code


def _return_name(text: str | None) -> str | None:
    if text is not None and text not in facts.returns():
        raise WrongUse(f"That return is not known. Known are: {', '.join(facts.returns())}.")
    return text


def _error_console() -> Console:
    return Console(stderr=True, soft_wrap=True)
