"""An XML return read in blocks of children: checked by a parser, cut into tokens, laid into tables.

Two passes run side by side over each block: expat, in C and without handlers, proves it well-formed and free of a document
type; then arrays of tokens are matched with the layout's tree, level by level. That is several times as fast as walking
elements one by one, and gives every element its line, however long the file.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from loaders import facts, names, shapes, text, xml_header
from loaders.arrays import Flags, Integers, unless_all
from loaders.columns import FieldReader, Sent, constant, dictionary
from loaders.contract import Batch, Identity, Outcome, SourceFile
from loaders.damage import Damages
from loaders.errors import ReturnRejected
from loaders.findings_rules import FindingBook
from loaders.mark_check import MarkCheck
from loaders.pseudonym import Pseudonymiser
from loaders.xml_layout import UNKNOWN, Layout, layout_of
from loaders.xml_tokens import Tokens, only_elements, text_of, tokens_of

# Read so much before cutting: a thousand children or more.
BLOCK_BYTES: Final = 8 << 20
# One child's record, or one comment, longer than this is no return.
MAX_RECORD_BYTES: Final = 64 << 20


def read_xml(
    source: SourceFile,
    identity: Identity,
    load_id: str,
    pseudonymiser: Pseudonymiser,
    outcome: Outcome,
    book: FindingBook,
    damages: Damages,
    marks: MarkCheck,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Batch]:
    """The file's rows, table by table, block by block. Raises ReturnRejected as soon as it cannot be taken."""
    header = xml_header.read_header(source)
    marks.header(header.value("SoftwareCode"))
    reader = _Reader(identity, load_id, pseudonymiser, outcome, book, damages, marks)
    parser = xml_header.new_parser()
    with source.open() as stream:
        encoding, skip = text.xml_encoding(stream.read(256))
    pending = b""
    for block in text.utf8_blocks(source, encoding, skip, min(block_bytes, text.BLOCK)):
        xml_header.parse(parser, block)
        pending += block
        if len(pending) >= block_bytes:
            ready, rest = only_elements(pending, final=False)
            n_done = yield from reader.take(ready, final=False)
            pending = ready[n_done:] + rest
            if len(pending) > MAX_RECORD_BYTES:
                raise ReturnRejected(
                    "record_too_large",
                    f"One child's record is longer than {MAX_RECORD_BYTES >> 20} MB, which no return's is. Export it anew.",
                    line_number=reader.line_before + 1,
                )
    xml_header.parse(parser, b"", final=True)
    ready, _ = only_elements(pending, final=True)
    yield from reader.take(ready, final=True)


def _with_text(tokens: Tokens, places: Integers) -> tuple[Integers, Sent]:
    """Those of the tags behind which there is a text other than spaces, and the texts."""
    sent = Sent.of(tokens.text(places), clean=text_of)
    is_blank = [not text or text.isspace() for text in sent.texts]
    if not any(is_blank):
        return places, sent
    is_text = ~sent.where(is_blank)
    return places[is_text], sent.kept(is_text)


class _ByNode:
    """The tags of a block by the layout's node they open."""

    def __init__(self, nodes: Integers) -> None:
        # a stable sort of two-byte numbers is one pass over them, where a search per node would be one pass each
        short = nodes.astype(np.int16)
        self._order = np.argsort(short, kind="stable")
        numbers, starts = np.unique(short[self._order], return_index=True)
        ends = np.append(starts[1:], len(short))
        self._span = dict(zip(numbers.tolist(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True))

    def places(self, number: int) -> Integers:
        """The tags that open the node, in the order of the file."""
        start, end = self._span.get(number, (0, 0))
        return self._order[start:end]


@dataclass(frozen=True)
class _Rows:
    """The rows of one table in one block: the tag each begins with, the row it hangs under (numbered in its own table's
    _Rows), its sequence number there, and the child it belongs to."""

    places: Integers
    owner: Integers
    sequence: Integers
    child: Integers


class _Reader:
    """What is carried from block to block: the open elements, the counters, what the fields have seen."""

    def __init__(
        self,
        identity: Identity,
        load_id: str,
        pseudonymiser: Pseudonymiser,
        outcome: Outcome,
        book: FindingBook,
        damages: Damages,
        marks: MarkCheck,
    ) -> None:
        self.line_before = 0
        self._identity = identity
        self._load_id = load_id
        self._return = facts.returns()[identity.return_name]
        self._year = identity.layout_year
        self._layout: Layout = layout_of(identity.return_name)
        self._children_node = self._layout.number(self._return.table("child").xml_path.rpartition("/")[0])
        # by node; the last is for unknown elements, whose text is theirs
        self._holds_text = np.array([node.fills is not None for node in self._layout.nodes] + [True], dtype=np.bool_)
        self._pseudonymiser = pseudonymiser
        self._outcome = outcome
        self._book = book
        self._damages = damages
        self._marks = marks
        self._open: list[int] = []
        self._n_rows = {table.table: 0 for table in self._return.tables}
        self._has_namespace = False
        self._fields = {
            (field.table, field.field): FieldReader(field, self._return, self._year, pseudonymiser, book)
            for table in self._return.tables
            for field in table.fields
        }

    def take(self, block: bytes, final: bool) -> Generator[Batch, None, int]:
        """Read the whole records of a block; returns (as a generator does) how many of its bytes they take."""
        tokens = tokens_of(block, len(self._open), self.line_before)
        if len(tokens.ends) == 0:
            return 0
        too_deep = np.flatnonzero(tokens.depth > xml_header.MAX_DEPTH)
        if len(too_deep):
            raise xml_header.too_deep(int(tokens.line(too_deep[:1])[0]))
        node, levels, unknown = self._nodes(tokens)
        last = len(tokens.ends) - 1 if final else self._last_whole_record(tokens, levels, node)
        if last < 0:
            return 0
        opened = self._open_after(tokens, levels, node, last)
        node[last + 1 :] = UNKNOWN
        # an element without content fills nothing; the text behind it is its parent's
        node[tokens.alone & self._holds_text[node]] = UNKNOWN
        self._note_unknown(tokens, unknown, last)
        self._note_stray_text(tokens, node, last, block)
        self._note_namespace(tokens)
        yield from self._batches(tokens, node)
        self._open = opened
        n_done = int(tokens.ends[last])
        self.line_before = tokens.lines_through(last)
        return n_done

    def _nodes(self, tokens: Tokens) -> tuple[Integers, list[Integers], list[tuple[Integers, Integers]]]:
        """The layout's node of every opening tag, the opening tags by depth, and (tags, parent nodes) of unknown ones.

        An element's parent is the last one opened a level above it, in this block or before.
        """
        number = {name: place for place, name in enumerate(tokens.names)}
        # its last row, which index -1 means, is that of an unknown parent: everything in it is unknown
        children = np.full((len(self._layout.nodes) + 1, len(tokens.names)), UNKNOWN, dtype=np.int64)
        for parent, name, child in self._layout.edges:
            if name in number:
                children[parent, number[name]] = child
        node = np.full(len(tokens.ends), UNKNOWN, dtype=np.int64)
        opening = np.flatnonzero(tokens.opens)
        depth = tokens.depth[opening]
        levels: list[Integers] = []
        unknown: list[tuple[Integers, Integers]] = []
        for level in range(1, int(depth.max(initial=0)) + 1):
            here = opening[depth == level]
            if level == 1:
                parent_node = np.zeros(len(here), dtype=np.int64)
            else:
                above = levels[-1]
                before = self._open[level - 2] if level - 2 < len(self._open) else UNKNOWN
                parent_node = np.append(node[above], before)[np.searchsorted(above, here) - 1]
            node[here] = children[parent_node, tokens.name[here]]
            is_new = (node[here] == UNKNOWN) & (parent_node != UNKNOWN)
            unknown.append((here[is_new], parent_node[is_new]))
            levels.append(here)
        return node, levels, unknown

    def _last_whole_record(self, tokens: Tokens, levels: list[Integers], node: Integers) -> int:
        """The last tag behind which a block may be cut: between two children, or outside of them and of the header."""
        outside = np.flatnonzero(tokens.depth_after <= 2)
        second = levels[1] if len(levels) > 1 else np.empty(0, dtype=np.int64)
        for place in outside[::-1]:
            if tokens.depth_after[place] < 2:
                return int(place)
            opened = int(np.searchsorted(second, place, side="right")) - 1
            inside = node[second[opened]] if opened >= 0 else self._open[1] if len(self._open) > 1 else UNKNOWN
            if inside == self._children_node:
                return int(place)
        return -1

    def _open_after(self, tokens: Tokens, levels: list[Integers], node: Integers, last: int) -> list[int]:
        """The nodes of the elements that are open behind the last tag."""
        nodes: list[int] = []
        for level in range(int(tokens.depth_after[last])):
            here = levels[level] if level < len(levels) else np.empty(0, dtype=np.int64)
            opened = int(np.searchsorted(here, last, side="right")) - 1
            nodes.append(int(node[here[opened]]) if opened >= 0 else self._open[level])
        return nodes

    def _note_unknown(self, tokens: Tokens, unknown: list[tuple[Integers, Integers]], last: int) -> None:
        for places, parents in unknown:
            for place, parent in zip(places[places <= last], parents, strict=False):
                name = tokens.names[tokens.name[place]]
                rule = "element_identifying" if names.identifies(name) else "element_unknown"
                inside = self._layout.nodes[parent]
                detail = f"in {inside.name}" if inside.name else ""
                self._book.add(rule, inside.inside, names.said(name), int(tokens.line(place)), detail)

    def _note_stray_text(self, tokens: Tokens, node: Integers, last: int, block: bytes) -> None:
        """Text between elements, where a return has none."""
        is_content = tokens.opens & ~tokens.alone & self._holds_text[node]
        between = np.flatnonzero(~is_content[: last + 1])
        sent = Sent.of(tokens.text(between))
        is_stray = [not text.isspace() and text != "" for text in sent.texts]
        if any(is_stray):
            for row in np.flatnonzero(sent.where(is_stray)):
                detail = shapes.describe(sent.texts[sent.codes[row]].strip())
                self._book.add("stray_text", "", "", int(tokens.line(between[row])), detail)
        before = block[: block.find(b"<")].strip()
        if before:
            self._book.add("stray_text", "", "", self.line_before + 1, shapes.describe(before.decode()))

    def _note_namespace(self, tokens: Tokens) -> None:
        if tokens.declares_namespace and not self._has_namespace:
            self._has_namespace = True
            self._book.add("xml_namespace", "", "", 1)

    def _batches(self, tokens: Tokens, nodes: Integers) -> Iterator[Batch]:
        node = _ByNode(nodes)
        found: dict[str, _Rows] = {}
        child_keys: list[str | None] = []
        is_kept: Flags = np.empty(0, dtype=np.bool_)
        for table in self._return.tables:
            rows = found[table.table] = self._rows(table, tokens, node, found)
            n = len(rows.places)
            if n == 0:
                continue
            if table.table == "child":
                child_keys, is_kept = self._child_keys(tokens, node, rows)
            numbers = self._n_rows[table.table] + np.arange(1, n + 1)
            self._n_rows[table.table] += n
            kept = is_kept[rows.child] if len(rows.child) else np.ones(n, dtype=np.bool_)
            count = self._outcome.count(table.table)
            count.n_in_file += n
            count.n_kept += int(kept.sum())
            self._damages.set_aside(table.table, int((~kept).sum()))
            if kept.any() and not self._damages.is_rejected:
                yield Batch(table.table, self._table(table, tokens, node, found, child_keys, numbers, kept))

    def _rows(self, table: facts.Table, tokens: Tokens, node: _ByNode, found: dict[str, _Rows]) -> _Rows:
        """Where the table's rows begin, what they hang under, and their place there."""
        number = self._layout.number(table.xml_path)
        places = node.places(number)
        if self._layout.nodes[number].fills:
            # the row is one element with a text: an empty one is no row
            places, _ = _with_text(tokens, places)
        if table.table == "child":
            own = np.arange(len(places))
            return _Rows(places, own, self._n_rows["child"] + own + 1, own)
        if table.parent_table not in found or table.parent_table == "header":
            none = np.empty(0, dtype=np.int64)
            return _Rows(places, none, none, none)
        above = found[table.parent_table]
        owner = np.searchsorted(above.places, places, side="right") - 1
        sequence = np.arange(len(places)) - np.searchsorted(owner, owner, side="left") + 1
        return _Rows(places, owner, sequence, above.child[owner])

    def _placed(self, field: facts.Field, tokens: Tokens, node: _ByNode, rows: Integers) -> tuple[Integers, Sent, Integers, Flags]:
        """Tags of the field's elements that hold a text, the texts, the row each belongs to, and whether it is the row's
        first."""
        places, sent = _with_text(tokens, node.places(self._layout.number(field.xml_path)))
        if len(places) == len(rows) and (places > rows).all() and (places[:-1] < rows[1:]).all():
            # one for every row, as nearly always: no need to search
            return places, sent, np.arange(len(rows)), np.ones(len(rows), dtype=np.bool_)
        owner = np.searchsorted(rows, places, side="right") - 1
        is_first = np.ones(len(owner), dtype=np.bool_)
        np.not_equal(owner[1:], owner[:-1], out=is_first[1:])
        return places, sent, owner, is_first

    def _sent(self, field: facts.Field, tokens: Tokens, node: _ByNode, rows: Integers) -> Sent:
        """The field's text for each row; of an element that came twice, the first."""
        places, sent, owner, is_first = self._placed(field, tokens, node, rows)
        if not field.valid_in(self._year):
            self._note_places("element_of_other_year", field.table, field.field, tokens, places)
        if is_first.all():
            if len(places) == len(rows):
                return sent
        else:
            self._note_places("element_repeated", field.table, field.field, tokens, places[~is_first])
            owner, sent = owner[is_first], sent.kept(is_first)
        codes = np.full(len(rows), -1, dtype=np.int32)
        codes[owner] = sent.codes
        return Sent(sent.texts, codes, sent.distinct)

    def _note_places(self, rule_code: str, table_name: str, field: str, tokens: Tokens, places: Integers) -> None:
        if len(places):
            self._book.add_rows(rule_code, table_name, field, tokens.line(places), lambda n: "")

    def _child_keys(self, tokens: Tokens, node: _ByNode, rows: _Rows) -> tuple[list[str | None], Flags]:
        """child_key of each child of the block, and which children are kept: those with a number of their own."""
        field = next(field for field in self._return.table("child").fields if field.treatment == "key:child")
        sent = self._sent(field, tokens, node, rows.places)
        read = shapes.read_child_numbers(sent.texts)
        _, _, owner, is_first = self._placed(field, tokens, node, rows.places)
        has_two = set(owner[~is_first].tolist())
        lines = tokens.line(rows.places).tolist()
        known = self._outcome.child_numbers
        numbers: dict[str, int] = {}
        is_kept = np.ones(len(rows.places), dtype=np.bool_)
        for row, code in enumerate(sent.codes.tolist()):
            number = read.values[code] if code >= 0 else None
            if number is None:
                is_kept[row] = False
                rule_code = read.broken.get(code, "child_number_blank")
                self._damages.add(rule_code, "child", field.field, lines[row])
            elif number in known or number in numbers or row in has_two:
                is_kept[row] = False
                self._damages.add("child_number_repeated", "child", field.field, lines[row])
            else:
                numbers[number] = row
                if code in read.broken:
                    detail = shapes.describe(sent.texts[code].strip())
                    self._book.add(read.broken[code], "child", field.field, lines[row], detail)
        self._marks.children(numbers)
        keys = self._pseudonymiser.child(self._identity.la_code, numbers)
        known.update(zip(numbers, keys, strict=True))
        child_keys: list[str | None] = [None] * len(rows.places)
        for row, key in zip(numbers.values(), keys, strict=True):
            child_keys[row] = key
        return child_keys, is_kept

    def _table(
        self,
        table: facts.Table,
        tokens: Tokens,
        node: _ByNode,
        found: dict[str, _Rows],
        child_keys: list[str | None],
        numbers: Integers,
        kept: Flags,
    ) -> pa.Table:
        """The kept rows of one table, in the columns of the facts."""
        rows = found[table.table]
        n = int(kept.sum())
        some = unless_all(kept)
        lines = tokens.line(rows.places)[kept]
        if not table.valid_in(self._year):
            self._note_places("element_of_other_year", table.table, "", tokens, rows.places[kept])
        columns: dict[str, pa.Array] = {
            "load_id": constant(self._load_id, n),
            "la_code": constant(self._identity.la_code, n),
            "collection_year": constant(self._identity.collection_year, n),
            "row_number_in_file": pa.array(numbers[kept], pa.int32()),
            "line_number": pa.array(lines, pa.int32()),
        }
        here, owner = table, rows.owner[kept] if len(rows.owner) else rows.owner
        if table.sequence_column:
            columns[table.sequence_column] = pa.array(rows.sequence[kept], pa.int32())
        while here.parent_table and here.parent_table != "header":
            here = self._return.table(here.parent_table)
            above = found[here.table]
            columns[here.sequence_column] = pa.array(above.sequence[owner], pa.int32())
            owner = above.owner[owner]
        if len(rows.child):
            # rows come child by child: a key for each child that has some, not for each of the block
            child = rows.child[kept]
            is_next = np.ones(n, dtype=np.bool_)
            np.not_equal(child[1:], child[:-1], out=is_next[1:])
            columns["child_key"] = dictionary(np.cumsum(is_next) - 1, [child_keys[place] for place in child[is_next].tolist()])
        for field in table.fields:
            if field.treatment in ("key:child", "drop"):
                continue
            sent = self._sent(field, tokens, node, rows.places).kept(some)
            reader = self._fields[field.table, field.field]
            for (name, _), column in zip(field.raw_columns, reader.raw(sent, lines), strict=True):
                columns[name] = column
        names = self._return.raw_column_names(table)
        return pa.Table.from_arrays([columns[name] for name in names], names=names)
