"""Damaged rows: what makes a file rejected, or, with --set-aside, what is left out of it, counted and located."""

from loaders.contract import Outcome
from loaders.errors import ReturnRejected
from loaders.findings_rules import FindingBook, rules

# A file with more damaged rows than this is not read further: the first ones tell enough.
MAX_LISTED = 20


class Damages:
    """Collects the damaged rows of one file."""

    def __init__(self, set_aside: bool, book: FindingBook, outcome: Outcome) -> None:
        self._set_aside = set_aside
        self._book = book
        self._outcome = outcome
        self._listed: list[tuple[str, str, str, int, str]] = []

    def add(self, rule_code: str, table_name: str, field: str, line_number: int, detail: str = "") -> None:
        """Note one damaged row. Raises ReturnRejected at once when there are too many to go on."""
        self._book.add(rule_code, table_name, field, line_number, detail)
        if self._set_aside:
            return
        self._listed.append((rule_code, table_name, field, line_number, detail))
        if len(self._listed) > MAX_LISTED:
            self.reject()

    def set_aside(self, table_name: str, n: int) -> None:
        """Count rows left out."""
        self._outcome.count(table_name).n_set_aside += n

    @property
    def is_rejected(self) -> bool:
        """True once the file cannot be accepted any more: reading goes on only to find the other damaged rows."""
        return bool(self._listed)

    def reject(self) -> None:
        """Raise ReturnRejected if the file holds damaged rows that may not be set aside."""
        if not self._listed:
            return
        first_rule, table_name, field, first_line, _ = self._listed[0]
        places = []
        for rule_code, _, its_field, line_number, detail in self._listed[:MAX_LISTED]:
            words = [rules()[rule_code].title.lower()] if rule_code != first_rule else []
            words += [its_field] if its_field and rule_code != first_rule else []
            words += [detail] if detail else []
            places.append(f"line {line_number}{' (' + ', '.join(words) + ')' if words else ''}")
        more = " and more" if len(self._listed) > MAX_LISTED else ""
        rule = rules()[first_rule]
        raise ReturnRejected(
            first_rule,
            f"{rule.title}{f' ({field})' if field else ''}: {', '.join(places)}{more}. {rule.remedy} "
            "With --set-aside the file is taken without these rows.",
            line_number=first_line,
            field=field or None,
            table_name=table_name,
        )
