"""The head of an XML return, read up to where its children begin: what the file says it is."""

import xml.parsers.expat as expat
from dataclasses import dataclass, field
from typing import Final

from loaders import text
from loaders.contract import SourceFile
from loaders.errors import ReturnRejected

# No return nests deeper than eight; a header is a few hundred bytes.
MAX_DEPTH: Final = 32
MAX_HEADER_BYTES: Final = 1 << 20
_PIECE: Final = 64 << 10


@dataclass
class XmlHeader:
    """The root element, the first text of each header element by local name, and whether there was a Header at all."""

    root: str = ""
    has_header: bool = False
    has_children: bool = False
    values: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, "").strip()


class _Enough(Exception):
    """The children begin: nothing behind them is of the header."""


def local_name(name: str) -> str:
    return name.rpartition(":")[2]


def new_parser() -> expat.XMLParserType:
    """A parser that takes UTF-8 whatever the declaration says and refuses every document type declaration.

    Without a declaration there is no entity to expand and nothing outside the file to fetch.
    """
    parser = expat.ParserCreate("utf-8")

    def refuse_doctype(*_: object) -> None:
        raise ReturnRejected(
            "xml_doctype",
            f"Line {parser.CurrentLineNumber}: a document type declaration (<!DOCTYPE …>), which no return has and which "
            "can make a reader open other files. Remove it and send the file again.",
            line_number=parser.CurrentLineNumber,
        )

    parser.StartDoctypeDeclHandler = refuse_doctype
    return parser


def parse(parser: expat.XMLParserType, block: bytes, final: bool = False) -> None:
    """Give `block` to the parser. Raises ReturnRejected where it is not well-formed; expat's own words hold no value."""
    try:
        parser.Parse(block, final)
    except expat.ExpatError as error:
        words = expat.ErrorString(error.code)
        if final:
            raise ReturnRejected(
                "xml_cut_short",
                f"The file ends at line {error.lineno} before its XML does ({words}): it was cut short. Send it again.",
                line_number=error.lineno,
            ) from None
        raise ReturnRejected(
            "xml_not_well_formed",
            f"Line {error.lineno}: this is not well-formed XML ({words}). Export the return anew and send it again.",
            line_number=error.lineno,
        ) from None


def too_deep(line_number: int | None) -> ReturnRejected:
    return ReturnRejected(
        "xml_too_deep",
        f"Elements lie more than {MAX_DEPTH} deep in one another, which no return does. Export the return anew.",
        line_number=line_number,
    )


def read_header(source: SourceFile) -> XmlHeader:
    """Read the header. Raises ReturnRejected when the beginning of the file is no XML, has a DOCTYPE or is too deep."""
    header = XmlHeader()
    parser = new_parser()
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(local_name(name))
        if len(path) == 1:
            header.root = path[0]
        elif path[1:] == ["Header"]:
            header.has_header = True
        elif path[1:] == ["Children"]:
            header.has_children = True
            raise _Enough
        if len(path) > MAX_DEPTH:
            raise too_deep(parser.CurrentLineNumber)

    def characters(data: str) -> None:
        if len(path) > 2 and path[1] == "Header" and len(current) < 1000:
            current.append(data)

    def end(name: str) -> None:
        if len(path) > 2 and path[1] == "Header" and "".join(current).strip():
            header.values.setdefault(path[-1], "".join(current))
        current.clear()
        path.pop()

    current: list[str] = []
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.buffer_text = True
    with source.open() as stream:
        encoding, skip = text.xml_encoding(stream.read(256))
    n_parsed = 0
    try:
        for block in text.utf8_blocks(source, encoding, skip, _PIECE):
            parse(parser, block)
            n_parsed += len(block)
            if n_parsed > MAX_HEADER_BYTES:
                return header
        parse(parser, b"", final=True)
    except _Enough:
        pass
    return header
