"""What the loaders' commands print: readable at 80 and at 120 columns."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from loaders import facts
from loaders.check import CheckResult
from loaders.contract import Finding, PartialIdentity
from loaders.findings import Line, shown_lines, some_of
from loaders.findings_rules import SEVERITIES, rules
from loaders.key_check import Check
from loaders.load import FileResult, LoadSummary
from loaders.settings import Paths
from loaders.status import Cell

# Up to this many files each has its own line; more are counted by return and year.
FILES_IN_FULL = 15
REFUSALS_SHOWN = 30
FINDINGS_SHOWN = 40
YEARS_ACROSS = 5
COLOURS = {
    "accepted": "green",
    "arrived": "green",
    "superseded": "cyan",
    "skipped": "dim",
    "sent empty": "yellow",
    "not sent": "dim",
    "rejected": "red",
    "refused": "red",
    "reject": "red",
    "error": "red",
    "query": "yellow",
    "note": "dim",
}


def load_summary(summary: LoadSummary, paths: Paths, console: Console) -> None:
    """The table at the end of a load, what was not taken and why, and where to look next."""
    if not summary.files:
        console.print(f"There are no returns in {escape(str(paths.returns))}: nothing to load.")
        return
    if len(summary.files) <= FILES_IN_FULL:
        console.print(_file_by_file(summary.files))
    else:
        console.print(_by_return_and_year(summary.files))
    refused = [file for file in summary.files if file.verdict in ("rejected", "refused")]
    for file in refused[:REFUSALS_SHOWN]:
        console.print(f"[red]{file.verdict}[/] [bold]{escape(file.shown)}[/]: {escape(file.reason)}", highlight=False)
    if len(refused) > REFUSALS_SHOWN:
        console.print(f"… and {len(refused) - REFUSALS_SHOWN:,} more: `liia findings` lists them.")
    for archive in summary.kept_archives:
        console.print(f"{escape(archive)} was kept: not all of it is in the warehouse.")
    if summary.swept_rows:
        console.print(f"{summary.swept_rows:,} rows left by an interrupted run were removed first.")
    if summary.removed_files:
        console.print(f"{summary.removed_files:,} files that are in the warehouse were deleted from the returns.")
    console.print(
        f"{summary.n('accepted', 'superseded'):,} accepted, {summary.n('rejected', 'refused'):,} rejected, "
        f"{summary.n('skipped'):,} loaded before; {summary.n_rows:,} rows in {summary.seconds:.1f} s. "
        "Next: liia status, liia findings, make build."
    )


def _file_by_file(files: Iterable[FileResult]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("File", overflow="fold", ratio=2)
    table.add_column("What it is", ratio=1)
    table.add_column("Verdict", no_wrap=True)
    for title in ("Rows", "Aside", "Double", "Findings"):
        table.add_column(title, justify="right", no_wrap=True)
    for file in files:
        table.add_row(
            escape(file.shown),
            identity_text(file.identity),
            _coloured(file.verdict),
            *(f"{n:,}" if n else "" for n in (file.n_kept, file.n_set_aside, file.n_duplicate, file.n_findings)),
        )
    return table


def _by_return_and_year(files: Sequence[FileResult]) -> Table:
    table = Table("Return", "Year", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("Accepted", "Before", "Rejected", "Rows", "Aside", "Double", "Findings"):
        table.add_column(title, justify="right", no_wrap=True)
    groups: dict[tuple[str, int], list[FileResult]] = {}
    for file in files:
        groups.setdefault((file.identity.return_name or "not recognised", file.identity.collection_year or 0), []).append(file)
    for (return_name, year), members in sorted(groups.items()):
        verdicts = Counter(file.verdict for file in members)
        numbers = (
            verdicts["accepted"] + verdicts["superseded"],
            verdicts["skipped"],
            verdicts["rejected"] + verdicts["refused"],
            sum(file.n_kept for file in members),
            sum(file.n_set_aside for file in members),
            sum(file.n_duplicate for file in members),
            sum(file.n_findings for file in members),
        )
        table.add_row(return_name, str(year or ""), *(f"{n:,}" if n else "" for n in numbers))
    return table


def status_cells(cells: Sequence[Cell], console: Console) -> None:
    """A grid per return, five years across, with a legend."""
    if not cells:
        console.print("Nothing of this has arrived yet.")
        return
    by_place = {(cell.return_name, cell.la_code, cell.collection_year): cell for cell in cells}
    years = sorted({cell.collection_year for cell in cells})
    for return_name in sorted({cell.return_name for cell in cells}):
        for start in range(0, len(years), YEARS_ACROSS):
            across = years[start : start + YEARS_ACROSS]
            table = Table("Authority", *map(str, across), box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
            table.title = facts.returns()[return_name].title
            for la_name, la_code in sorted({(cell.la_name, cell.la_code) for cell in cells}):
                its = [by_place[(return_name, la_code, year)] for year in across if (return_name, la_code, year) in by_place]
                table.add_row(la_name, *(_status_text(cell) for cell in its))
            console.print(table)
    counted = Counter(cell.state for cell in cells)
    console.print(", ".join(f"{state} {n:,}" for state, n in sorted(counted.items())))
    console.print(
        "10/11 = of 11 tables 10 arrived; +1s = with one superseded submission, +1r = one rejected file, +1w = one withdrawn.",
        style="dim",
    )


def _status_text(cell: Cell) -> str:
    n_rejected = 0 if cell.state == "rejected" else cell.n_rejected
    counted = ((cell.n_superseded, "s"), (n_rejected, "r"), (cell.n_withdrawn, "w"))
    extra = "".join(f" +{n}{letter}" for n, letter in counted if n)
    parts = f" {cell.n_tables}/{cell.n_expected}" if 0 < cell.n_tables < cell.n_expected else ""
    return f"{_coloured(cell.state)}{parts}{extra}"


def findings_lines(found: Sequence[Line], console: Console) -> None:
    """The most useful findings with where and what to do; the rest counted."""
    if not found:
        console.print("Nothing to send back.")
        return
    table = Table("Return", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0), show_lines=True)
    table.add_column("What is wrong, and where", overflow="fold", ratio=1)
    table.add_column("Times", justify="right", no_wrap=True)
    table.add_column("What to do", ratio=1)
    for line in found[:FINDINGS_SHOWN]:
        whose = f"{line.la_name}\n{line.return_name} {line.collection_year or ''}".strip()
        place = ".".join(part for part in (line.table_name, line.field) if part)
        if line.lines:
            place += f"{', ' if place else ''}line{'s' if ',' in line.lines else ''} {line.lines}"
        what = f"[{COLOURS.get(line.severity, 'default')}]{escape(line.title)}[/]"
        told = "\n".join([what, *(escape(text) for text in (place, line.detail) if text)])
        table.add_row(escape(whose), told, f"{line.n_occurrences:,}", escape(line.remedy))
    console.print(table)
    if len(found) > FINDINGS_SHOWN:
        console.print(
            f"… and {len(found) - FINDINGS_SHOWN:,} more. Narrow down with --authority, --return, --year, "
            "or take all with --csv or --xlsx."
        )


def key_checks(checks: Sequence[Check], console: Console) -> None:
    """One line per check, with what to do where it failed."""
    for check in checks:
        if check.trouble:
            console.print(f"[red]trouble[/]  {escape(check.question)}\n         {escape(check.trouble)}", highlight=False)
        else:
            console.print(f"[green]good[/]     {escape(check.question)} ({escape(str(check.place))})", highlight=False)


def check_results(results: Iterable[CheckResult], console: Console) -> int:
    """Verdict and findings of every file as it is checked; returns the exit code, 1 when a file would be rejected."""
    known = rules()
    n_files, n_rejected = 0, 0
    for result in results:
        n_files += 1
        if result.rejection:
            n_rejected += 1
            line = f" (line {result.rejection.line_number:,})" if result.rejection.line_number else ""
            verdict = f"[red]would be rejected[/]: {escape(result.rejection.reason)}{line}"
        else:
            n_rows = sum(count.n_kept for count in result.counts.values())
            verdict = f"[green]would be accepted[/], {n_rows:,} rows"
        console.print(f"[bold]{escape(result.shown)}[/] · {identity_text(result.recognised)} · {verdict}", highlight=False)
        grouped: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in result.findings:
            grouped.setdefault((finding.rule_code, finding.table_name, finding.field), []).append(finding)
        if not grouped:
            continue
        table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("What is wrong, and where", overflow="fold", ratio=1)
        table.add_column("Times", justify="right", no_wrap=True)
        table.add_column("What to do", ratio=1)
        order = sorted(grouped, key=lambda key: (SEVERITIES.index(known[key[0]].severity), key))
        for rule_code, table_name, field in order:
            its = grouped[(rule_code, table_name, field)]
            rule = known[rule_code]
            lines = shown_lines([finding.line_number for finding in its])
            place = ".".join(part for part in (table_name, field) if part) + (f", line {lines}" if lines else "")
            detail = some_of(dict.fromkeys(finding.detail for finding in its if finding.detail), "; ")
            told = [f"[{COLOURS[rule.severity]}]{escape(rule.title)}[/]", *map(escape, filter(None, (place, detail)))]
            table.add_row("\n".join(told), f"{sum(f.n_occurrences for f in its):,}", escape(rule.remedy))
        console.print(table)
    console.print(f"{n_files:,} files: {n_files - n_rejected:,} would be accepted, {n_rejected:,} rejected.")
    return 1 if n_rejected else 0


def identity_text(identity: PartialIdentity) -> str:
    """`camden ssda903 episodes 2024`, as far as known."""
    name = next((a.name for a in facts.authorities() if a.la_code == identity.la_code), "")
    table = "" if identity.table_name == "all" else identity.table_name or ""
    parts = (name, identity.return_name or "", table, str(identity.collection_year or ""))
    return " ".join(part for part in parts if part) or "not recognised"


def _coloured(word: str) -> str:
    return f"[{COLOURS.get(word, 'default')}]{word}[/]"
