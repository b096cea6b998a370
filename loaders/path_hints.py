"""What the place of a file tells: the return, the authority and the year in its folders and its name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from loaders import facts

# A day in a name (2024-05-14, 14.05.2024) is when somebody saved the file, not its collection year.
_DAY = re.compile(r"20\d\d[-_. ]?(?:0[1-9]|1[0-2])[-_. ]?(?:0[1-9]|[12]\d|3[01])(?!\d)|(?<!\d)\d\d[-_. ]\d\d[-_. ]20\d\d(?!\d)")
# A year, or a financial year: 2023-24, 2023_2024, 2023/24 (in a ZIP or a title), 202324.
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?:([-_/. ]?)((?:20)?\d\d))?(?!\d)")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class PathHints:
    """Every return, authority (DfE code) and collection year that the path names, each sorted; empty where it names none."""

    return_names: tuple[str, ...]
    la_codes: tuple[str, ...]
    years: tuple[int, ...]


def hints_of(parts: Sequence[str]) -> PathHints:
    """Read the parts of a path, outermost first. The folder `<return>` counts only by its exact name."""
    words = [" ".join(_NOT_A_WORD.sub(" ", part.casefold().replace("&", " and ")).split()) for part in parts]
    named = {name for name in facts.returns() for text in words[:-1] if text.replace(" ", "_") == name}
    codes = {code for text in words for code in la_codes_in(text)}
    codes |= {code for part, text in zip(parts, words, strict=True) for code in _numbers_in(part, text, part is parts[-1])}
    years = {year for part in parts for year in years_in(part)}
    return PathHints(tuple(sorted(named)), tuple(sorted(codes)), tuple(sorted(years)))


def years_in(text: str) -> list[int]:
    """Collection years named in a text. A financial year is the collection of its end: 2023-24 is 2024."""
    found: list[int] = []
    for match in _YEAR.finditer(_DAY.sub(" ", text)):
        year = int(match[1])
        if match[3] is None:
            found.append(year)
        elif int(match[3][-2:]) == (year + 1) % 100:
            found.append(year + 1)
        elif len(match[3]) == 4:
            found += [year, int(match[3])]
        elif match[2]:
            # two numbers side by side: 2024_01 is the year 2024 and something else
            found.append(year)
    return found


@cache
def _authority_names() -> tuple[tuple[str, str], ...]:
    """(name in small letters, DfE code): each authority under its name, and under what people call it."""
    names: list[tuple[str, str]] = []
    for authority in facts.authorities():
        name = authority.name.casefold()
        names.append((name, authority.la_code))
        names.append((name.replace(" and ", " "), authority.la_code))
        names.append((name.removesuffix(" upon thames"), authority.la_code))
        names.append((authority.ons_code.casefold(), authority.la_code))
    return tuple(dict.fromkeys(names))


def la_codes_in(text: str) -> list[str]:
    """DfE codes of the authorities that a text (small letters, single spaces) tells by name or ONS code, as whole words."""
    padded = f" {text} "
    return list(dict.fromkeys(code for name, code in _authority_names() if f" {name} " in padded))


def _numbers_in(part: str, text: str, is_file_name: bool) -> list[str]:
    """DfE codes in a part of a path: any whole word of a file name, but only all of a folder's name, since folders are
    numbered for many reasons."""
    codes = {authority.la_code for authority in facts.authorities()}
    words = text.split() if is_file_name or part.lower().endswith(".zip") else [text]
    return [word for word in words if word in codes]


def la_code_of(text: str) -> str | None:
    """The authority that a code or name stands for, and nothing else beside it; None when it is none of the 33."""
    tidy = " ".join(_NOT_A_WORD.sub(" ", text.casefold().replace("&", " and ")).split())
    if any(authority.la_code == tidy for authority in facts.authorities()):
        return tidy
    return next((code for name, code in _authority_names() if name == tidy), None)
