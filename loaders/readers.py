"""From a file to pseudonymised batches: the one way in for every return."""

from collections.abc import Iterator

from loaders import facts
from loaders.contract import Batch, Identity, Outcome, SourceFile
from loaders.csv_reader import read_csv
from loaders.damage import Damages
from loaders.findings_rules import FindingBook
from loaders.mark_check import MarkCheck
from loaders.pseudonym import Pseudonymiser
from loaders.settings import Kind
from loaders.xml_reader import read_xml


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
    reader = read_xml if a_return.format == "xml" else read_csv
    try:
        yield from reader(source, identity, load_id, pseudonymiser, outcome, book, damages, marks)
        damages.reject()
        marks.finish()
    finally:
        outcome.findings[:] = book.findings()
