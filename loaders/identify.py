"""What a file is: return, table, authority, collection year. From inside the file first, else from its place and name.

A path that contradicts the file is a rejection, never a guess (docs/architecture.md 6).
"""

from datetime import date
from typing import Final

from loaders import facts, headings, shapes, text, xml_header
from loaders.contract import Identity, PartialIdentity, SourceFile
from loaders.errors import ReturnRejected
from loaders.path_hints import PathHints, hints_of, la_code_of
from loaders.sources import RefusedSource

XML_TABLE: Final = "all"
_SPACE: Final = b" \t\r\n\0"


def identify(source: SourceFile, return_hint: str | None = None) -> Identity:
    """Identify one file. `return_hint` is a return the caller knows it to be.

    Raises ReturnRejected, with what was expected, when it is no return that we know, or when year or authority stand
    neither in it nor in its path, or contradict one another.
    """
    hints = hints_of(source.hints)
    if return_hint is not None:
        hints = PathHints((return_hint,), hints.la_codes, hints.years)
    for what, found in (("return", hints.return_names), ("authority", hints.la_codes), ("year", hints.years)):
        if len(found) > 1:
            raise ReturnRejected(
                "path_contradicts_itself",
                f"Folders and file name tell more than one {what}: {', '.join(map(str, found))}. "
                "Lay the file under <return>/<authority>/<year>/ with a name that agrees.",
            )
    return _identify_xml(source, hints) if _is_xml(source) else _identify_csv(source, hints)


def partial_identity(source: SourceFile | RefusedSource) -> PartialIdentity:
    """As much as can be recognised of a file that cannot be identified: all that the ledger may keep of it."""
    hints = hints_of(source.hints)
    return_name = hints.return_names[0] if len(hints.return_names) == 1 else None
    la_code = hints.la_codes[0] if len(hints.la_codes) == 1 else None
    year = hints.years[0] if len(hints.years) == 1 else None
    table_name: str | None = None
    if isinstance(source, SourceFile):
        try:
            if _is_xml(source):
                header = xml_header.read_header(source)
                a_return = _xml_return(header, hints)
                return_name, table_name = a_return.name, XML_TABLE
                la_code = la_code_of(header.value("LEA")) or la_code
                if shapes.is_year(header.value("Year")):
                    year = int(header.value("Year"))
            else:
                a_return = _csv_return(hints)
                return_name = a_return.name
                table_name = _csv_table(source, a_return).table
        except ReturnRejected:
            pass
    if return_name and facts.returns()[return_name].format == "xml":
        table_name = XML_TABLE
    return PartialIdentity(return_name, table_name, la_code, year)


def _is_xml(source: SourceFile) -> bool:
    """True when the file begins as XML does, or is called .xml. Raises ReturnRejected when there is nothing in it."""
    with source.open() as stream:
        head = stream.read(4096)
    if not head:
        raise ReturnRejected("file_empty", "The file is empty (0 bytes). Export it again and send it.")
    if not head.strip(_SPACE) and text.is_blank(source):
        raise ReturnRejected("file_empty", "The file holds nothing but spaces. Export it again and send it.")
    marked = text.byte_order_mark(head)
    first = head[marked[1] if marked else 0 :].lstrip(_SPACE)[:1]
    return first == b"<" or source.hints[-1].lower().endswith(".xml")


def _identify_xml(source: SourceFile, hints: PathHints) -> Identity:
    header = xml_header.read_header(source)
    a_return = _xml_return(header, hints)
    _agree("return", [a_return.name], hints.return_names)
    year, reference_date = _header_year(header, a_return)
    lea = header.value("LEA")
    la_code = la_code_of(lea) if lea else None
    if lea and la_code is None:
        raise _authority_unknown("The LEA in the header is none of the 33 London authorities")
    return Identity(
        a_return.name,
        XML_TABLE,
        _authority(la_code, hints),
        _year(year, hints, a_return),
        reference_date or _reference_date(a_return, _year(year, hints, a_return)),
        _stamp(header),
    )


def _xml_return(header: xml_header.XmlHeader, hints: PathHints) -> facts.Return:
    """The XML return of a file, by root element and Collection. Raises ReturnRejected when it is none of ours."""
    known = [a_return for a_return in facts.returns().values() if a_return.format == "xml"]
    rooted = [a_return for a_return in known if a_return.root_element == header.root]
    if not rooted:
        raise ReturnRejected(
            "wrong_root",
            f"The outermost element is not {' or '.join(sorted({r.root_element for r in known}))}, as it is in "
            f"{', '.join(r.title for r in known)}. Send the file as it is made for the education department.",
            line_number=1,
        )
    collection = header.value("Collection")
    if collection:
        found = [a_return for a_return in rooted if a_return.collection_code == collection.upper()]
    else:
        found = [a_return for a_return in rooted if a_return.name in hints.return_names] or rooted
    if len(found) != 1:
        raise ReturnRejected(
            "wrong_collection",
            f"The Collection in the header is not {' or '.join(r.collection_code for r in rooted)}. "
            "Send the return that belongs here, with its header complete.",
            field="Collection",
        )
    return found[0]


def _header_year(header: xml_header.XmlHeader, a_return: facts.Return) -> tuple[int | None, date | None]:
    """Year and reference date of the header; they must agree. None where the header tells none."""
    sent_year, sent_date = header.value("Year"), header.value("ReferenceDate")
    if sent_year and not shapes.is_year(sent_year):
        raise ReturnRejected("year_unknown", "The Year in the header is not a year of four digits.", field="Year")
    if not sent_date:
        return (int(sent_year), None) if sent_year else (None, None)
    found = shapes.day_of(sent_date)
    year = int(sent_year) if sent_year else found[0].year if found else 0
    if found is None or found[0] != _reference_date(a_return, year):
        raise ReturnRejected(
            "year_reference_mismatch",
            f"The ReferenceDate in the header must be {a_return.reference_day:02d}/{a_return.reference_month:02d} of the "
            "Year in the header, written yyyy-mm-dd. Correct whichever is wrong and send the file again.",
            field="ReferenceDate",
        )
    return year, found[0]


def _reference_date(a_return: facts.Return, year: int) -> date:
    return date(max(year, 1), a_return.reference_month, a_return.reference_day)


def _stamp(header: xml_header.XmlHeader) -> str:
    """Orders submissions of one return: serial number, padded to 6, '|', moment of writing; only what has its shape."""
    serial, moment = header.value("SerialNo"), header.value("DateTime")
    serial = serial.zfill(6) if shapes.is_serial(serial) else "000000"
    return f"{serial}|{moment if shapes.is_timestamp(moment) else ''}"


def _csv_return(hints: PathHints) -> facts.Return:
    known = [a_return for a_return in facts.returns().values() if a_return.format == "csv"]
    for name in hints.return_names:
        if facts.returns()[name].format != "csv":
            raise ReturnRejected(
                "not_xml",
                f"{facts.returns()[name].title} comes as XML, and this file is none. Send the XML made for the department.",
            )
    named = [a_return for a_return in known if a_return.name in hints.return_names]
    return (named or known)[0]


def _csv_table(source: SourceFile, a_return: facts.Return) -> facts.Table:
    found = headings.find(source, *text.csv_encoding(source))
    return headings.choose_table(found, source.hints[-1].rpartition(".")[0], a_return)


def _identify_csv(source: SourceFile, hints: PathHints) -> Identity:
    a_return = _csv_return(hints)
    table = _csv_table(source, a_return)
    year = _year(None, hints, a_return)
    return Identity(a_return.name, table.table, _authority(None, hints), year, _reference_date(a_return, year))


def _agree(what: str, inside: list[str], told: tuple[str, ...]) -> None:
    """Raises ReturnRejected when the path tells something else than the file."""
    if told and inside and set(told) != set(inside):
        raise ReturnRejected(
            "path_contradicts_file",
            f"The file says {what} {inside[0]}, its folder or name says {told[0]}. Lay it where it belongs, or send the "
            "right file.",
        )


def _year(inside: int | None, hints: PathHints, a_return: facts.Return) -> int:
    _agree("year", [] if inside is None else [str(inside)], tuple(str(year) for year in hints.years))
    year = inside if inside is not None else hints.years[0] if hints.years else None
    if year is None:
        raise ReturnRejected(
            "year_unknown",
            "The collection year stands neither in the file nor in its path. Lay it under <return>/<authority>/<year>/ or put "
            "the year into its name, such as SSDA903_2024_header.csv.",
        )
    if year < a_return.first_year:
        raise ReturnRejected(
            "year_too_old",
            f"{a_return.title} {year}: layouts are known from {a_return.first_year} on. It cannot be loaded.",
        )
    return year


def _authority(inside: str | None, hints: PathHints) -> str:
    _agree("authority", [inside] if inside else [], hints.la_codes)
    if inside is None and not hints.la_codes:
        raise _authority_unknown("No London authority stands in the file, its folders or its name")
    return inside or hints.la_codes[0]


def _authority_unknown(what: str) -> ReturnRejected:
    listed = ", ".join(f"{authority.la_code} {authority.name}" for authority in facts.authorities())
    return ReturnRejected("authority_unknown", f"{what}. Lay it under <return>/<authority>/<year>/. The authorities are: {listed}.")
