"""Keeps a spreadsheet from running text that came out of a return: used by every CSV and XLSX this project writes."""

import re

# Excel, LibreOffice and Google Sheets read a cell as a formula by its first visible character; they skip blanks, quotes
# and characters nobody sees before it, and some also take the full-width forms of an East Asian keyboard.
_IGNORED = r"[\s\"'`\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x1f]*"
_RUNS = re.compile(rf"{_IGNORED}[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]")
# A tab or a carriage return in front moves the rest of the text into a cell of its own.
_MOVES = re.compile(r"[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


def defuse(text: str) -> str:
    """`text` as a spreadsheet will only show it: one apostrophe in front of what it would run, all else unchanged.

    A plain number such as -1.5 stays a number. Source: OWASP, CSV Injection.
    """
    if _PLAIN_NUMBER.match(text):
        return text
    if _RUNS.match(text) or _MOVES.match(text):
        return "'" + text
    return text
