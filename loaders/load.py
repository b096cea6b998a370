"""Loading: files are identified, read, and put into the warehouse, each whole or not at all.

Rows go in as committed batches; a file exists for readers once its row in ledger.load says accepted or superseded, which is
the last statement of the transaction that completes it. Verdicts fall in the order of the paths, whatever the order in
which workers finish, so a run over the same files always makes the same ledger.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from loaders import disk, facts, forget, interrupt, keys, ledger, vault, warehouse
from loaders.contract import Finding, Identity, PartialIdentity, SourceFile, TableCount
from loaders.errors import ReturnRejected, SetUpError
from loaders.identify import identify, partial_identity
from loaders.progress import Silent, Watcher
from loaders.settings import Paths
from loaders.sources import RefusedSource, discover
from loaders.workers import Crew, Event, Finished, Rejection, Rows, Task, prepare, read_here, unforeseen

# Below this many bytes to read, starting worker processes costs more than it saves.
PARALLEL_BYTES = 24 << 20
# one per core; LIIA_WORKERS=1 keeps to a single core, e.g. to leave the other to people
WORKERS = int(os.environ.get("LIIA_WORKERS") or 2)
# Rows are inserted when there are this many bytes of them, so that little is left to do when the last file is read.
INSERT_BYTES = 8 << 20
# A transaction closes when it holds this many bytes of rows. Large enough for whole row groups: those go straight into their
# place, where others are written to the log first and then twice more, which doubles the cost of an insert.
FLUSH_BYTES = 96 << 20
# Vaults written side by side, and beside the last insert.
VAULTS_AT_ONCE = 4
# How many read files may wait for the verdict of an earlier, longer one.
WAITING_FILES = 64
# DuckDB while loading: its share of memory (what is more spills, encrypted), and one thread, since handing an insert of
# this size to several costs twice the CPU and gains nothing while workers read.
SETTINGS = {"memory_limit": "128MB", "threads": 1}

Verdict = Literal["accepted", "superseded", "skipped", "rejected", "refused"]


@dataclass(frozen=True)
class FileResult:
    """What became of one file. superseded: taken, but a later one is there already; skipped: loaded before; refused:
    withdrawn by its authority. Rows are counted over all tables of the file."""

    shown: str
    verdict: Verdict
    identity: PartialIdentity
    n_bytes: int = 0
    n_in_file: int = 0
    n_kept: int = 0
    n_set_aside: int = 0
    n_duplicate: int = 0
    n_findings: int = 0
    reason: str = ""


@dataclass
class LoadSummary:
    """What a load did, file by file in the order of their paths."""

    files: list[FileResult] = field(default_factory=list)
    swept_rows: int = 0
    removed_files: int = 0
    kept_archives: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def n(self, *verdicts: Verdict) -> int:
        return sum(file.verdict in verdicts for file in self.files)

    @property
    def n_rows(self) -> int:
        """Rows that were added to the raw tables."""
        return sum(file.n_kept for file in self.files if file.verdict in ("accepted", "superseded"))

    @property
    def exit_code(self) -> int:
        return 1 if self.n("rejected", "refused") else 0


@dataclass(frozen=True)
class _Plan:
    """What to do with one file: read it (`task`), or the verdict that needs no reading."""

    source: SourceFile | RefusedSource
    file_sha256: str | None = None
    identity: Identity | None = None
    partial: PartialIdentity = field(default_factory=PartialIdentity)
    rejection: Rejection | None = None
    task: Task | None = None
    stamp: tuple[int, int] | None = None


def load(
    paths: Paths,
    places: Sequence[Path] = (),
    *,
    set_aside: bool = False,
    remove: bool = False,
    watcher: Watcher | None = None,
) -> LoadSummary:
    """Load files, folders and ZIPs (default: the returns folder) into the warehouse of `paths`. The caller holds the lock.

    Raises SetUpError for keys, vault or warehouse that do not fit; a file that cannot be taken never raises.
    """
    begun = time.monotonic()
    warehouse.empty_tmp(paths)
    forget.finish_interrupted(paths)
    if paths.kind == "demo":
        keys.make_demo_keys(paths)
    key = keys.pseudonym_key(paths)
    sources = list(discover(list(places) or [paths.returns], paths.returns)) if places or paths.returns.exists() else []
    if _is_much(sources):
        prepare(source.shown for source in sources)
    with disk.trouble_explained(paths), interrupt.noticed() as stop_if_pressed:
        connection = warehouse.open_or_create(paths, SETTINGS)
        try:
            swept = ledger.sweep(connection)
            run = _Run(connection, paths, key, set_aside, remove, watcher or Silent())
            run.all(sources, stop_if_pressed)
        finally:
            connection.close()
    run.summary.swept_rows = swept
    run.summary.seconds = time.monotonic() - begun
    return run.summary


class _Run:
    """The state of one load: what is buffered, what waits for its turn, what has been decided."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, paths: Paths, key: bytes, set_aside: bool, remove: bool, watcher: Watcher
    ) -> None:
        self.connection = connection
        self.paths = paths
        self.key = key
        self.set_aside = set_aside
        self.remove = remove
        self.watcher = watcher
        self.ledger = ledger.read(connection)
        self.summary = LoadSummary()
        self.plans: list[_Plan] = []
        self.planned: set[str] = set()
        self.salts: dict[str, bytes] = {}
        # read, but not yet decided: an earlier path is still being read
        self.finished: dict[int, Finished] = {}
        # to be inserted next
        self.rows: dict[tuple[str, str], list[tuple[int, pa.Table]]] = {}
        self.row_bytes = 0
        # in the open transaction: bytes of rows, and whose they are
        self.open_bytes = 0
        self.open_authorities: set[str] = set()
        # for the end of the transaction
        self.vault_children: dict[str, list[dict[str, str]]] = {}
        self.counts: dict[str, dict[str, TableCount]] = {}
        self.findings: dict[str, list[Finding]] = {}
        self.taken: list[Path] = []
        # raw tables that already hold rows of a task whose verdict is open
        self.inserted: dict[int, set[tuple[str, str]]] = {}
        self.doomed: list[tuple[tuple[str, str], str]] = []

    def all(self, sources: list[SourceFile | RefusedSource], stop_if_pressed: Callable[[], None]) -> None:
        """Plan, read, decide and commit every source; between two events `stop_if_pressed` may end it."""
        self.watcher.stage("Loading", sum(_size(source) for source in sources))
        for event in self._events(sources):
            # what is to be done anyway is done while there is nothing else to do
            is_due = False
            if event is None:
                is_due = self.row_bytes >= INSERT_BYTES // 8
            elif isinstance(event, Rows):
                self._buffer(event)
            else:
                self.finished[event.number] = event
                self.watcher.done(self._task(event.number).source.size)
                self._decide()
            if is_due or self.row_bytes >= min(INSERT_BYTES, FLUSH_BYTES):
                self._insert_rows()
            if self.open_bytes >= FLUSH_BYTES:
                self._flush()
            stop_if_pressed()
        self._decide()
        self._flush()
        self._remove_archives(sources)

    def _events(self, sources: list[SourceFile | RefusedSource]) -> Iterator[Event | None]:
        """Read what is new: in this process alone, or side by side when there is likely to be enough to read."""
        known = {entry.n_bytes for entry in self.ledger.entries.values() if entry.status in ledger.LOADED}
        if _is_much(source for source in sources if _size(source) not in known):
            with Crew(WORKERS, self.key) as crew:
                yield from crew.events(self._tasks(sources))
        else:
            for task in filter(None, self._tasks(sources)):
                yield from read_here(task, self.key)

    def _tasks(self, sources: list[SourceFile | RefusedSource]) -> Iterator[Task | None]:
        """Plan one source after the other and hand out those to read; None while too many wait for an earlier one."""
        for number, source in enumerate(sources):
            while len(self.finished) >= WAITING_FILES:
                yield None
            plan = self._plan(number, source)
            self.plans.append(plan)
            if plan.task:
                yield plan.task
            else:
                self.watcher.done(_size(source))

    def _plan(self, number: int, source: SourceFile | RefusedSource) -> _Plan:
        """Identify a file and look it up in the ledger; nothing is decided yet, since an equal file may come before it."""
        if isinstance(source, RefusedSource):
            return _Plan(source, partial=partial_identity(source), rejection=Rejection(source.rule_code, source.reason))
        file_sha256: str | None = None
        stamp = _stamp(source)
        try:
            file_sha256 = source.sha256()
            identity = identify(source)
        except ReturnRejected as error:
            return _Plan(source, file_sha256, partial=_partial(source), rejection=Rejection.of(error))
        except Exception as error:
            return _Plan(source, file_sha256, partial=_partial(source), rejection=unforeseen(error))
        its_load_id = ledger.load_id(identity, file_sha256)
        known = PartialIdentity(identity.return_name, identity.table_name, identity.la_code, identity.collection_year)
        task: Task | None = None
        if its_load_id not in self.planned and self.ledger.standing(its_load_id, file_sha256) == "new":
            salt = self._salt(identity.la_code)
            self.planned.add(its_load_id)
            task = Task(number, source, identity, its_load_id, salt, self.set_aside, self.paths.kind)
        return _Plan(source, file_sha256, identity, known, task=task, stamp=stamp)

    def _salt(self, la_code: str) -> bytes:
        """The authority's salt: from its vault, or a new one when nothing of it is in the warehouse yet."""
        if la_code not in self.salts:
            if vault.place(self.paths, la_code).exists():
                self.salts[la_code] = vault.read(self.paths, self.key, la_code).salt
            elif any(e.la_code == la_code and e.status in ledger.LOADED and e.n_rows for e in self.ledger.entries.values()):
                raise SetUpError(
                    f"The vault of authority {la_code} ({vault.place(self.paths, la_code)}) is missing, though the warehouse "
                    "holds returns of it: its children would get a second key. Restore the file from its backup, or run "
                    f"`liia forget --authority {la_code}` and load that authority's returns afresh."
                )
            else:
                self.salts[la_code] = vault.new(la_code).salt
        return self.salts[la_code]

    def _task(self, number: int) -> Task:
        task = self.plans[number].task
        if task is None:
            raise RuntimeError(f"plan {number} reads nothing")
        return task

    def _buffer(self, event: Rows) -> None:
        task = self._task(event.number)
        a_return = facts.returns()[task.identity.return_name]
        self.rows.setdefault((a_return.raw_schema, event.table_name), []).append((event.number, event.rows))
        self.row_bytes += event.rows.get_total_buffer_size()
        self.watcher.rows(event.rows.num_rows)

    def _decide(self) -> None:
        """Give verdicts, in the order of the paths, as far as reading has come."""
        while (number := len(self.summary.files)) < len(self.plans):
            plan = self.plans[number]
            if plan.task is None:
                self.summary.files.append(self._without_reading(plan))
            elif number in self.finished:
                self.summary.files.append(self._read(plan, plan.task, self.finished.pop(number)))
            else:
                return

    def _without_reading(self, plan: _Plan) -> FileResult:
        shown, size = plan.source.shown, _size(plan.source)
        if plan.rejection is None and plan.identity and plan.file_sha256:
            its_load_id = ledger.load_id(plan.identity, plan.file_sha256)
            standing = self.ledger.standing(its_load_id, plan.file_sha256)
            if standing == "loaded":
                self._taken(plan)
                return FileResult(shown, "skipped", plan.partial, size)
            if standing == "withdrawn":
                reason = "The authority withdrew this file; the same bytes are not taken again. Ask for a new extract."
                return FileResult(shown, "refused", plan.partial, size, reason=reason)
            # the same bytes came before in this run and were rejected there
            first = self.ledger.entries.get(its_load_id)
            reason = first.reason or "" if first else ""
            return FileResult(shown, "rejected", plan.partial, size, reason=reason)
        rejection = plan.rejection or Rejection("reader_failed", "The file could not be looked at.")
        return self._reject(plan, rejection, [], {})

    def _read(self, plan: _Plan, task: Task, finished: Finished) -> FileResult:
        outcome, rejection = finished.outcome, finished.rejection
        if rejection is None and _stamp(task.source) != plan.stamp:
            rejection = Rejection("still_being_written", "The file changed while it was read. Load it again when it is complete.")
        if rejection:
            self._drop(task)
            return self._reject(plan, rejection, outcome.findings, outcome.counts)
        n_kept = sum(count.n_kept for count in outcome.counts.values())
        entry = self.ledger.accept(task.identity, plan.file_sha256 or "", task.source.size, n_kept)
        self.inserted.pop(task.number, None)
        if outcome.child_numbers:
            self.vault_children.setdefault(task.identity.la_code, []).append(outcome.child_numbers)
        self.counts[entry.load_id] = outcome.counts
        self.findings[entry.load_id] = outcome.findings
        self._taken(plan)
        return FileResult(
            task.source.shown,
            "accepted" if entry.status == "accepted" else "superseded",
            plan.partial,
            task.source.size,
            n_in_file=sum(count.n_in_file for count in outcome.counts.values()),
            n_kept=n_kept,
            n_set_aside=sum(count.n_set_aside for count in outcome.counts.values()),
            n_duplicate=sum(count.n_duplicate for count in outcome.counts.values()),
            n_findings=sum(finding.n_occurrences for finding in outcome.findings),
        )

    def _reject(self, plan: _Plan, rejection: Rejection, findings: list[Finding], counts: dict[str, TableCount]) -> FileResult:
        entry = self.ledger.reject(plan.partial, plan.file_sha256, _size(plan.source), rejection.rule_code, rejection.reason)
        if entry.load_id in self.ledger.changed:
            place = Finding(
                rejection.rule_code,
                rejection.table_name or plan.partial.table_name or "",
                rejection.field or "",
                rejection.line_number,
            )
            said = any(finding.rule_code == rejection.rule_code for finding in findings)
            self.findings[entry.load_id] = findings if said else [place, *findings]
            self.counts[entry.load_id] = {}
        return FileResult(
            plan.source.shown,
            "rejected",
            plan.partial,
            _size(plan.source),
            n_in_file=sum(count.n_in_file for count in counts.values()),
            n_findings=sum(finding.n_occurrences for finding in findings),
            reason=rejection.reason,
        )

    def _drop(self, task: Task) -> None:
        """Take back the rows of a file that turned out to be rejected."""
        for name, batches in self.rows.items():
            kept = [(number, rows) for number, rows in batches if number != task.number]
            self.row_bytes -= sum(rows.get_total_buffer_size() for number, rows in batches if number == task.number)
            self.rows[name] = kept
        self.doomed += [(name, task.load_id) for name in sorted(self.inserted.pop(task.number, set()))]

    def _insert_rows(self) -> None:
        """Put what is buffered into the open transaction, or into a new one."""
        if not self.open_bytes:
            self.connection.execute("BEGIN")
        for name, batches in self.rows.items():
            self._insert(*name, [rows for _, rows in batches])
            for number, _ in batches:
                self.open_authorities.add(self._task(number).identity.la_code)
                if number >= len(self.summary.files):
                    self.inserted.setdefault(number, set()).add(name)
        self.open_bytes += max(self.row_bytes, 1)
        self.row_bytes = 0
        self.rows.clear()

    def _insert(self, schema: str, table: str, batches: list[pa.Table]) -> None:
        if not batches:
            return
        a_return = next(r for r in facts.returns().values() if r.raw_schema == schema)
        expected = a_return.raw_column_names(a_return.table(table))
        # in one piece: thousands of small files, each with dictionaries of its own, would cost DuckDB more than their rows
        incoming = pa.concat_tables(batches).combine_chunks()
        if incoming.column_names != expected:
            raise RuntimeError(f"the reader's columns for {schema}.{table} are not those of the facts")
        self.connection.register("incoming", incoming)
        self.connection.execute(f'INSERT INTO "{schema}"."{table}" BY NAME SELECT * FROM incoming')
        self.connection.unregister("incoming")

    def _flush(self) -> None:
        """End the transaction: the rest of the rows, then the ledger rows of the files that are complete with them.

        The vaults are on disk before any of it is committed; most of their time is waiting for the disk.
        """
        concerned = {self._task(number).identity.la_code for batches in self.rows.values() for number, _ in batches}
        with ThreadPoolExecutor(VAULTS_AT_ONCE) as pool:
            vaults = [
                pool.submit(vault.add, self.paths, self.key, la_code, self.salts[la_code], *self.vault_children.get(la_code, []))
                for la_code in sorted(concerned | self.open_authorities | self.vault_children.keys())
            ]
            self._insert_rows()
        for written in vaults:
            written.result()
        for (schema, table), its_load_id in self.doomed:
            self.connection.execute(f'DELETE FROM "{schema}"."{table}" WHERE load_id = ?', [its_load_id])
        ledger.write(self.connection, self.ledger, self.counts, self.findings)
        self.connection.execute("COMMIT")
        ledger.written(self.ledger)
        for emptied in (self.open_authorities, self.vault_children, self.counts, self.findings, self.doomed):
            emptied.clear()
        self.open_bytes = 0
        for path in self.taken:
            path.unlink(missing_ok=True)
            self.summary.removed_files += 1
        self.taken.clear()

    def _taken(self, plan: _Plan) -> None:
        """The file is in the warehouse once the next transaction is through: with --remove it may go then."""
        if self.remove and isinstance(plan.source, SourceFile) and plan.source.member is None:
            self.taken.append(plan.source.location)

    def _remove_archives(self, sources: Iterable[SourceFile | RefusedSource]) -> None:
        """With --remove, delete each ZIP all of whose members are in the warehouse; name the others."""
        if not self.remove:
            return
        members: dict[Path, list[Verdict]] = {}
        for source, result in zip(sources, self.summary.files, strict=True):
            if source.member is not None:
                members.setdefault(source.location, []).append(result.verdict)
        for archive, verdicts in members.items():
            if set(verdicts) <= {"accepted", "superseded", "skipped"}:
                archive.unlink(missing_ok=True)
                self.summary.removed_files += 1
            else:
                self.summary.kept_archives.append(archive.name)


def _is_much(sources: Iterable[SourceFile | RefusedSource]) -> bool:
    """Whether there is enough to read for several processes."""
    sizes = [size for size in map(_size, sources) if size]
    return len(sizes) > 1 and sum(sizes) >= PARALLEL_BYTES and min(WORKERS, os.cpu_count() or 1) > 1


def _size(source: SourceFile | RefusedSource) -> int:
    return source.size if isinstance(source, SourceFile) else 0


def _partial(source: SourceFile) -> PartialIdentity:
    """What can be recognised of a file that could not be identified; nothing when even that fails."""
    try:
        return partial_identity(source)
    except (ReturnRejected, OSError, ValueError):
        return PartialIdentity()


def _stamp(source: SourceFile) -> tuple[int, int] | None:
    """Size and modification time of the file on disk, to notice one that changes while it is read."""
    try:
        status = source.location.stat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns)
