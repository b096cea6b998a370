"""A block of a CSV cut into rows of the heading's width, each with its physical line: fast where it is plain, careful where
it is not.

Plain blocks go straight to Arrow's reader, which reports rows of another width by itself. A block with quotes does too when
every quote stands at the edge of a cell and closes on its line; else, and for anything odd, Python's csv module reads it.
"""

import csv
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from loaders.arrays import Integers
from loaders.errors import ReturnRejected
from loaders.headings import Headings

QUOTE: Final = ord('"')
LINE_END: Final = ord("\n")
# A quoted cell longer than this never closes: a quote is missing.
MAX_CELL: Final = 1 << 17
_TEXTS: Final = pa.dictionary(pa.int32(), pa.string())


@dataclass
class Rows:
    """Rows of one block: for each wanted place of the heading row a column (Arrow dictionary), and each row's line.

    `damaged`: (line, rule code, detail) of rows that have no place in the table.
    """

    columns: dict[int, pa.DictionaryArray]
    lines: Integers
    damaged: list[tuple[int, str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)


def rows_of(block: bytes, line_before: int, headings: Headings, wanted: list[int], final: bool) -> tuple[Rows, int]:
    """The rows of a block that begins at a line's start, and how many of its bytes they take.

    Unless `final`, a block ends behind a line end; a quoted cell that goes on beyond it is left for the next block. Raises
    ReturnRejected where quotes make the rows uncertain.
    """
    if b"\0" not in block and (b'"' not in block or _quotes_are_plain(block, headings.separator)):
        rows = _by_arrow(block, line_before, headings, wanted)
        if rows is not None:
            return rows, len(block)
    return _by_csv_module(block, line_before, headings, wanted, final)


def _quotes_are_plain(block: bytes, separator: str) -> bool:
    """True when each quote opens at the start of a cell, closes at its end, on the same line, or is one of a doubled pair."""
    characters = np.frombuffer(b"\n" + block + b"\n", dtype=np.uint8)
    places = np.flatnonzero(characters == QUOTE)
    if len(places) % 2:
        return False
    opening, closing = places[0::2], places[1::2]
    ends = np.flatnonzero(characters == LINE_END)
    if (np.searchsorted(ends, opening) != np.searchsorted(ends, closing)).any():
        return False
    edge = (ord(separator), LINE_END, ord("\r"))
    # "a ""b"" c": the inner pairs close and open side by side
    follows_pair = np.append(False, opening[1:] == closing[:-1] + 1)
    leads_pair = np.append(follows_pair[1:], False)
    opens_well = np.isin(characters[opening - 1], edge) | follows_pair
    closes_well = np.isin(characters[closing + 1], edge) | leads_pair
    return bool(opens_well.all() and closes_well.all())


def _by_arrow(block: bytes, line_before: int, headings: Headings, wanted: list[int]) -> Rows | None:
    """Read a block whose every line is a row; None when a row has another width but may yet be right (blank cells more)."""
    n_cells = len(headings.cells)
    odd: list[tuple[int, int]] = []
    may_be_right = False

    def keep_odd(row: arrow_csv.InvalidRow) -> str:
        nonlocal may_be_right
        cells = [cell.strip(' "\t') for cell in row.text.split(headings.separator)]
        is_longer = len(cells) >= headings.n_named
        may_be_right = may_be_right or not any(cells[headings.n_named :] if is_longer else cells)
        odd.append((row.number, row.actual_columns))
        return "skip"

    if not block:
        return _of_rows([], [], [], wanted)
    unnamed = list(range(headings.n_named, n_cells))
    asked = [str(place) for place in dict.fromkeys([*wanted, *unnamed])]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(block),
            arrow_csv.ReadOptions(
                use_threads=False, column_names=[str(place) for place in range(n_cells)], block_size=len(block) + 1
            ),
            arrow_csv.ParseOptions(delimiter=headings.separator, ignore_empty_lines=False, invalid_row_handler=keep_odd),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(asked, _TEXTS),
                include_columns=asked,
                strings_can_be_null=False,
                null_values=[],
                check_utf8=False,
            ),
        ).combine_chunks()
    except pa.ArrowInvalid:
        return None
    beyond = (table.column(str(place)).chunk(0).dictionary.to_pylist() for place in unnamed if table.num_rows)
    if may_be_right or any(text.strip() for texts in beyond for text in texts):
        return None
    n_lines = table.num_rows + len(odd)
    lines = line_before + np.arange(1, n_lines + 1)
    if odd:
        lines = np.delete(lines, [number - 1 for number, _ in odd])
    damaged = [(line_before + number, "ragged_row", _width(actual, headings)) for number, actual in odd]
    columns = {place: table.column(str(place)).combine_chunks() for place in wanted}
    return Rows({place: column if table.num_rows else _column([]) for place, column in columns.items()}, lines, damaged)


def _column(texts: list[str]) -> pa.DictionaryArray:
    return pa.array(texts, pa.string()).dictionary_encode()


def _width(actual: int, headings: Headings) -> str:
    return f"{actual} cells, not {headings.n_named}"


def _by_csv_module(block: bytes, line_before: int, headings: Headings, wanted: list[int], final: bool) -> tuple[Rows, int]:
    """Read cell by cell: quoted line ends, NUL bytes, rows that end in blank cells more or fewer than the heading row."""
    lines = block.decode().split("\n")
    if lines[-1] == "":
        lines.pop()
    reader = csv.reader((line + "\n" for line in lines), delimiter=headings.separator, strict=True)
    kept: list[list[str]] = []
    starts: list[int] = []
    damaged: list[tuple[int, str, str]] = []
    done = 0
    n_named = headings.n_named
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            n_open = len("\n".join(lines[done:]))
            if "unexpected end" in str(error) and not final and n_open < MAX_CELL:
                taken = len("".join(line + "\n" for line in lines[:done]).encode())
                return _of_rows(kept, starts, damaged, wanted), taken
            raise _quote_error(line_before + done + 1, "unexpected end" in str(error) or "field larger" in str(error)) from None
        start, done = line_before + done + 1, reader.line_num
        if any("\0" in cell for cell in row):
            damaged.append((start, "nul_byte", ""))
        elif not any(cell.strip() for cell in row):
            kept.append([""] * len(headings.cells))
            starts.append(start)
        elif len(row) < n_named or any(cell.strip() for cell in row[n_named:]):
            damaged.append((start, "ragged_row", _width(len(row), headings)))
        else:
            kept.append(row + [""] * (len(headings.cells) - len(row)))
            starts.append(start)
    return _of_rows(kept, starts, damaged, wanted), len(block)


def _of_rows(kept: list[list[str]], starts: list[int], damaged: list[tuple[int, str, str]], wanted: list[int]) -> Rows:
    columns = {place: _column([row[place] for row in kept]) for place in wanted}
    return Rows(columns, np.array(starts, dtype=np.int64), damaged)


def _quote_error(line_number: int, never_closes: bool) -> ReturnRejected:
    if never_closes:
        return ReturnRejected(
            "cut_short",
            f"Line {line_number}: a quoted cell that never ends: the file was cut short, or a quote is missing. "
            "Export it again and send it.",
            line_number=line_number,
        )
    return ReturnRejected(
        "damaged_quotes",
        f"Line {line_number}: text behind the closing quote of a cell, so that its end is not sure. Export the file again; "
        "a quote inside a cell is written twice.",
        line_number=line_number,
    )
