"""What can be wrong with a file: the rules as rows, and the book in which a reader notes where they are broken."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from loaders import facts
from loaders.arrays import Integers
from loaders.contract import Finding
from loaders.settings import SEEDS

Severity = Literal["reject", "error", "query", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("reject", "error", "query", "note")

# Findings of one rule in one field that are listed with their place; the rest is one row with their number.
MAX_LOCATED: Final = 200


@dataclass(frozen=True)
class Rule:
    """One row of config_finding_rule.csv. reject: the file (or, set aside, the row) is not taken; error: a value is lost or
    wrong; query: to be looked at; note: to be known."""

    rule_code: str
    severity: Severity
    title: str
    remedy: str


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its code. Raises ValueError for a severity that is none of the four."""
    found: dict[str, Rule] = {}
    for row in facts.rows(SEEDS / "config" / "config_finding_rule.csv"):
        severity = next((known for known in SEVERITIES if known == row["severity"]), None)
        if severity is None:
            raise ValueError(f"config_finding_rule.csv, {row['rule_code']}: severity must be one of {', '.join(SEVERITIES)}")
        found[row["rule_code"]] = Rule(row["rule_code"], severity, row["title"], row["remedy"])
    return found


class FindingBook:
    """Collects findings of one file: the first 200 of a rule and field with their lines, the rest counted."""

    def __init__(self) -> None:
        self._located: dict[tuple[str, str, str], list[Finding]] = {}
        self._more: dict[tuple[str, str, str], int] = {}

    def add(self, rule_code: str, table_name: str, field: str = "", line_number: int | None = None, detail: str = "") -> None:
        """Note one finding. Raises KeyError for a rule that config_finding_rule.csv does not hold: a fault of ours."""
        if self._room(rule_code, table_name, field):
            self._located[table_name, field, rule_code].append(Finding(rule_code, table_name, field, line_number, detail))
        else:
            self._count(rule_code, table_name, field, 1)

    def add_rows(self, rule_code: str, table_name: str, field: str, lines: Integers, detail: Callable[[int], str]) -> None:
        """Note one finding per line; `detail` tells that of the n-th line, asked only for those that are listed."""
        room = self._room(rule_code, table_name, field)
        for n, line_number in enumerate(lines[:room]):
            found = Finding(rule_code, table_name, field, int(line_number), detail(n))
            self._located[table_name, field, rule_code].append(found)
        self._count(rule_code, table_name, field, max(len(lines) - room, 0))

    def _room(self, rule_code: str, table_name: str, field: str) -> int:
        return MAX_LOCATED - len(self._located.setdefault((table_name, field, rules()[rule_code].rule_code), []))

    def _count(self, rule_code: str, table_name: str, field: str, n: int) -> None:
        if n:
            self._more[table_name, field, rule_code] = self._more.get((table_name, field, rule_code), 0) + n

    def findings(self) -> list[Finding]:
        """All of them, by table, field and rule, each group in the order of the file, its rest last."""
        listed: list[Finding] = []
        for key in sorted(self._located):
            table_name, field, rule_code = key
            listed += sorted(self._located[key], key=lambda finding: finding.line_number or 0)
            if key in self._more:
                detail = f"and more beyond the first {MAX_LOCATED}"
                listed.append(Finding(rule_code, table_name, field, None, detail, self._more[key]))
        return listed
