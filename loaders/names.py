"""Names of columns and elements that no layout knows: what of them may be said in a message.

A heading can be a value that slipped into the heading row. So an unknown name is only repeated when every word of it stands
in loaders/specs/heading_words.csv or in a layout; else its place and shape are told.
"""

import re
from functools import cache

from loaders import facts, shapes

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@cache
def _words() -> dict[str, bool]:
    """Words that may be repeated, and whether they announce what identifies a person."""
    found = {row["word"]: row["identifies"] == "true" for row in facts.rows(facts.SPECS / "heading_words.csv")}
    for a_return in facts.returns().values():
        for table in a_return.tables:
            for field in table.fields:
                path = field.xml_path.split("/")
                for name in (field.field, *field.aliases, *path):
                    for word in words_of(name):
                        found.setdefault(word, False)
    return found


def words_of(name: str) -> list[str]:
    """The words of LOCAL_NOTE, Local note and LocalNote, in capitals; numbers are words too."""
    return [word.upper() for word in _WORD.findall(name)]


def may_be_said(name: str) -> bool:
    """True when nothing in `name` can be a value: all of it is known words, short numbers and what joins them."""
    words = words_of(name)
    joined = re.sub(r"[A-Za-z0-9]", "", name)
    known = _words()
    return (
        bool(words)
        and set(joined) <= set("_- .()/")
        and all(word in known or (word.isdigit() and len(word) <= 2) for word in words)
    )


def identifies(name: str) -> bool:
    """True when a heading announces a name, an address or another identifier: FORENAME, Child surname, HOME_ADDRESS."""
    known = _words()
    squashed = "".join(words_of(name))
    return any(known.get(word, False) for word in [*words_of(name), squashed])


def said(name: str) -> str:
    """The name itself when it may be said, else its shape."""
    return name.strip() if may_be_said(name) else f"a name of {shapes.describe(name.strip())}"
