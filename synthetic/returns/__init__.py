"""Returns: each module is a view of the same lives at a reference date, and the form in which it is sent.

A return module offers `NAME`; `view(story, year)`, the records it holds (table -> frame, `child_number` first, then the
return's own fields as typed columns); `as_sent(tables, year)`, the same as text in the return's own spelling; and
`write(folder, la_code, year, sent)`, which writes the files and says how many rows each holds. A new return is a new
module and a line below.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from synthetic.returns import cin_census, ssda903
from synthetic.story import Story

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Return:
    """What a return module offers."""

    name: str
    view: Callable[[Story, int], Tables]
    as_sent: Callable[[Tables, int], Tables]
    write: Callable[[Path, str, int, Mapping[str, pl.DataFrame]], list[tuple[str, str, int]]]


RETURNS = tuple(Return(module.NAME, module.view, module.as_sent, module.write) for module in (cin_census, ssda903))
