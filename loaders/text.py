"""Bytes of a return as UTF-8 text, in blocks, whatever encoding it was sent in; never a whole file at once."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from loaders.contract import SourceFile
from loaders.errors import ReturnRejected

BLOCK: Final = 4 << 20

# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


def byte_order_mark(head: bytes) -> tuple[str, int] | None:
    """(encoding, length) of the mark that `head` begins with, or None."""
    return next(((name, len(mark)) for mark, name in _MARKS if head.startswith(mark)), None)


def xml_encoding(head: bytes) -> tuple[str, int]:
    """(encoding, bytes to skip) of an XML document: by its mark, else its declaration, else UTF-8 (XML 1.0, appendix F).

    Raises ReturnRejected for an encoding that has no name here.
    """
    marked = byte_order_mark(head)
    if marked:
        return marked
    if head.startswith(b"<\0"):
        return "utf-16-le", 0
    if head.startswith(b"\0<"):
        return "utf-16-be", 0
    declared = _XML_ENCODING.match(head.lstrip())
    if not declared:
        return "utf-8", 0
    name = declared[1].decode("ascii")
    try:
        # bytes.decode, unlike codecs.lookup, refuses codecs that are not text encodings
        b" ".decode(name, "ignore")
    except (LookupError, UnicodeError):
        raise ReturnRejected(
            "encoding_unreadable",
            "The XML declaration names an encoding that does not exist. Save the file as UTF-8 and send it again.",
            line_number=1,
        ) from None
    return codecs.lookup(name).name, 0


def csv_encoding(source: SourceFile) -> tuple[str, int]:
    """(encoding, bytes to skip) of a CSV: by its mark, else UTF-8 if all of it is, else cp1252 (one pass over the file)."""
    with source.open() as stream:
        marked = byte_order_mark(stream.read(4))
    if marked:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with source.open() as stream:
            while block := stream.read(BLOCK):
                if not (block.isascii() and not decoder.getstate()[0]):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252", 0
    return "utf-8", 0


def utf8_blocks(source: SourceFile, encoding: str, skip: int, block_bytes: int = BLOCK) -> Iterator[bytes]:
    r"""The file as UTF-8 with a \n at every line end, in blocks of about `block_bytes`, cut anywhere (never inside a character).

    Raises ReturnRejected where the bytes are not in `encoding`, and when the file changes its size while it is read.
    """
    n_read = 0
    held = b""
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.open() as stream:
        n_read += len(stream.read(skip)) if skip else 0
        while raw := stream.read(block_bytes):
            block = held + _decoded(decoder, raw, encoding, source, n_read)
            n_read += len(raw)
            # a \r at the end may be the first half of \r\n; a later \n tells
            held = b"\r" if block.endswith(b"\r") else b""
            yield _with_line_feeds(block[: len(block) - len(held)])
        rest = _with_line_feeds(held + _decoded(decoder, b"", encoding, source, n_read, final=True))
        if rest:
            yield rest
    if n_read != source.size:
        raise ReturnRejected("still_being_written", "The file changed while it was read. Load it again when it is complete.")


def is_blank(source: SourceFile) -> bool:
    """True when the file holds nothing but spaces and line ends (in any encoding, NUL bytes beside them)."""
    with source.open() as stream:
        return not any(block.strip(b" \t\r\n\0") for block in iter(lambda: stream.read(BLOCK), b""))


def utf8_head(source: SourceFile, encoding: str, skip: int, n_bytes: int) -> str:
    r"""The first `n_bytes` or so as text with a \n at every line end. Raises ReturnRejected where they are not in `encoding`."""
    with source.open() as stream:
        stream.read(skip)
        raw = stream.read(n_bytes)
    decoder = codecs.getincrementaldecoder(encoding)()
    return _with_line_feeds(_decoded(decoder, raw, encoding, source, skip)).decode()


def _with_line_feeds(block: bytes) -> bytes:
    r"""The block with a \n at every line end: a lone \r becomes one, \r\n stays."""
    characters = np.frombuffer(block, dtype=np.uint8)
    returns = np.flatnonzero(characters == ord("\r"))
    if len(returns) == 0:
        return block
    behind = characters[np.minimum(returns + 1, len(characters) - 1)]
    return block if (behind == ord("\n")).all() else _LONE_RETURN.sub(b"\n", block)


def _decoded(
    decoder: codecs.IncrementalDecoder, raw: bytes, encoding: str, source: SourceFile, n_before: int, final: bool = False
) -> bytes:
    try:
        if encoding == "utf-8" and raw.isascii() and not decoder.getstate()[0]:
            return raw
        return decoder.decode(raw, final).encode()
    except (UnicodeError, ValueError) as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line_number = _lines_before(source, n_before + start) + 1
        raise ReturnRejected(
            "encoding_unreadable",
            f"About line {line_number}: bytes that do not belong to the file's encoding ({encoding}). "
            "Save the file as UTF-8 and send it again.",
            line_number=line_number,
        ) from None


def _lines_before(source: SourceFile, n_bytes: int) -> int:
    """Line ends among the first bytes of a file, read again for a message that is seldom needed."""
    n_lines = 0
    with source.open() as stream:
        while n_bytes > 0 and (block := stream.read(min(BLOCK, n_bytes))):
            n_lines += block.count(b"\n")
            n_bytes -= len(block)
    return n_lines
