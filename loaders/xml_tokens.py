"""XML cut into elements with the processor's vector instructions: positions, names, depths and texts as arrays.

The document has been through an XML parser before (loaders.xml_reader), so what comes here is well-formed: `<` only begins
markup, and a tag ends at the first `>` outside quotes. A block begins and ends between two tags.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loaders.arrays import Flags, Integers
from loaders.xml_header import local_name

# Comments, CDATA sections and processing instructions: the first of the three to begin wins, as in a parser.
_NOT_AN_ELEMENT = re.compile(rb"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>", re.DOTALL)
_END_MARK: Final = ((b"<?", b"?>"), (b"<![", b"]]>"), (b"<!", b"-->"))
_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_NAME = re.compile(r"<(/?)([^\s/>]+)")
_DECLARES_NAMESPACE = re.compile(r"\sxmlns(?::[^\s=]+)?\s*=")

_LESS: Final = ord("<")
_GREATER: Final = ord(">")
_LINE_END: Final = ord("\n")


def only_elements(block: bytes, final: bool) -> tuple[bytes, bytes]:
    """The block without comments and instructions, CDATA as plain text, line ends kept; and the rest to be read later.

    Unless `final`, the rest begins at the last tag, which may be half a tag, or at a construct whose end has not come yet.
    """
    last = max(block.rfind(b"<!"), block.rfind(b"<?"))
    begun: list[int] = []
    if last >= 0:
        block, is_clean = _without(block, last)
        if not is_clean:
            begun = [place for place in (block.find(b"<!"), block.find(b"<?")) if place >= 0]
    cut = min([*begun, len(block) if final else max(block.rfind(b"<"), 0)])
    return block[:cut], block[cut:]


def _without(block: bytes, last: int) -> tuple[bytes, bool]:
    """The block without the constructs that end in it, and whether that is all of them. `last` is where the last one begins.

    Most blocks have one at their beginning, if any, so what stands behind the last is not searched, unless that one lies
    inside another, which shows by a beginning that is left.
    """
    end_mark = next(mark for start, mark in _END_MARK if block.startswith(start, last))
    end = block.find(end_mark, last + 2)
    if end >= 0:
        end += len(end_mark)
        head = _NOT_AN_ELEMENT.sub(_plain, block[:end])
        if b"<!" not in head and b"<?" not in head:
            return head + block[end:], True
    return _NOT_AN_ELEMENT.sub(_plain, block), False


def _plain(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        return b"\n" * match[0].count(b"\n")
    return match[1].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def text_of(sent: str) -> str:
    """The characters behind an element's text: XML's own five entities and character numbers resolved."""
    return unescape(sent) if "&" in sent else sent


@dataclass(frozen=True)
class Tokens:
    """The tags of a block in order. `names` are the distinct local names, `name` the number of each tag's one.

    `starts` and `ends` are their places in the block, `line_ends` those of its line ends.

    `depth` is that of the element a tag belongs to, 1 for the outermost of the document. A self-closing tag (`alone`) both
    opens and closes. `text(places)` is what stands behind a tag up to the next.
    """

    names: list[str]
    name: Integers
    opens: Flags
    alone: Flags
    depth: Integers
    depth_after: Integers
    starts: Integers
    ends: Integers
    line_before: int
    line_ends: Integers
    pieces: pa.StringArray
    declares_namespace: bool

    def line(self, places: Integers) -> Integers:
        """The line of the file on which each of the tags begins."""
        return self.line_before + 1 + np.searchsorted(self.line_ends, self.starts[places])

    def lines_through(self, place: int) -> int:
        """Line ends in the file up to the end of a tag."""
        return self.line_before + int(np.searchsorted(self.line_ends, self.ends[place]))

    def text(self, places: Integers) -> pa.DictionaryArray:
        """The texts behind the tags at `places`, as sent."""
        return self.pieces.take(pa.array(2 * places + 1)).dictionary_encode()


def tokens_of(block: bytes, depth_before: int, line_before: int) -> Tokens:
    """Cut a block that holds elements and text only. `line_before`: line ends that came before it in the file."""
    characters = np.frombuffer(block, dtype=np.uint8)
    starts, ends = _tags(block, characters)
    n = len(starts)
    # tags and the texts behind them alternate: one Arrow array over the block's own bytes, nothing copied
    offsets = np.empty(2 * n + 1, dtype=np.int32)
    offsets[0:-1:2] = starts
    offsets[1::2] = ends
    offsets[-1] = len(block)
    pieces = pa.StringArray.from_buffers(2 * n, pa.py_buffer(offsets), pa.py_buffer(block))
    tags = pieces.take(pa.array(np.arange(0, 2 * n, 2))).dictionary_encode()
    distinct = tags.dictionary.to_pylist()
    found = [_NAME.match(tag) for tag in distinct]
    closing = np.array([bool(match and match[1]) for match in found], dtype=np.bool_)
    alone = np.array([tag.endswith("/>") for tag in distinct], dtype=np.bool_)
    local = [local_name(match[2]) if match else "" for match in found]
    names = list(dict.fromkeys(local))
    number = {name: place for place, name in enumerate(names)}
    codes = tags.indices.to_numpy(zero_copy_only=False)
    opens = ~closing[codes]
    step = np.where(closing, -1, np.where(alone, 0, 1))[codes]
    depth_after = depth_before + np.cumsum(step)
    depth = np.where(step == 1, depth_after, depth_after + 1)
    return Tokens(
        names,
        np.array([number[name] for name in local], dtype=np.int64)[codes],
        opens,
        alone[codes],
        depth,
        depth_after,
        starts,
        ends,
        line_before,
        np.flatnonzero(characters == _LINE_END),
        pieces,
        any(_DECLARES_NAMESPACE.search(tag) for tag in distinct),
    )


def _tags(block: bytes, characters: npt.NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Where each tag begins, and where it has ended."""
    starts = np.flatnonzero(characters == _LESS)
    ends = np.flatnonzero(characters == _GREATER)
    alternate = len(starts) == len(ends) and bool((starts < ends).all()) and bool((ends[:-1] < starts[1:]).all())
    if alternate:
        return starts, ends + 1
    # a > stands in a text or an attribute: cut by the grammar of a tag
    found = [match.span() for match in _TAG.finditer(block)]
    spans = np.array(found, dtype=np.int64).reshape(len(found), 2)
    return spans[:, 0], spans[:, 1]
