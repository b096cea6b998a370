"""From a file to pseudonymised batches: the one way in for every return."""

from collections.abc import Callable, Iterator

from loaders import facts
from loaders.contract import Batch, Identity, Outcome, SourceFile
from loaders.damage import Damages
from loaders.findings_rules import FindingBook
from loaders.mark_check import MarkCheck
from loaders.pseudonym import Pseudonymiser
from loaders.settings import Kind


def read(
    source: SourceFile,
    identity: Identity,
    load_id: str,
    pseudonymiser: Pseudonymiser,
    outcome: Outcome,
    *,
    set_aside: bool = False,
    kind: Kind | None = None,
) -> Iterator[Batch]:
    """Yield the rows of an identified file, in the columns of `Return.raw_columns`, and fill `outcome`.

    Raises ReturnRejected at any point, also after batches: only a file read to its end is accepted. With `set_aside`,
    damaged rows are left out, counted and located instead. `kind` is that of the warehouse the file goes to. Findings are
    in `outcome` in either case.
    """
    book = FindingBook()
    damages = Damages(set_aside, book, outcome)
    marks = MarkCheck(kind)
    a_return = facts.returns()[identity.return_name]
    if identity.collection_year > a_return.last_year:
        book.add("year_newer", "" if a_return.format == "xml" else identity.table_name, "", None, f"read as {a_return.last_year}")
    try:
        yield from reader_of(a_return.format)(source, identity, load_id, pseudonymiser, outcome, book, damages, marks)
        damages.reject()
        marks.finish()
    finally:
        outcome.findings[:] = book.findings()


def reader_of(form: str) -> Callable[..., Iterator[Batch]]:
    """The reader of a format (xml or csv). Imported when it is first asked for: each brings libraries the other can do without."""
    if form == "xml":
        from loaders.xml_reader import read_xml

        return read_xml
    from loaders.csv_reader import read_csv

    return read_csv
