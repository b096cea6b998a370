"""Errors meant for the person at the keyboard, each with the exit code the command line gives it."""


class LiiaError(Exception):
    """A message for a person; never holds a value from a return. `exit_code` is what the command ends with."""

    exit_code = 1


class WrongUse(LiiaError):
    """The command was called in a way it cannot serve (exit 2)."""

    exit_code = 2


class SetUpError(LiiaError):
    """A key, a folder or the warehouse is not as it must be (exit 3)."""

    exit_code = 3


class Busy(LiiaError):
    """Another command is writing to the warehouse (exit 4)."""

    exit_code = 4


class ReturnRejected(LiiaError):
    """A file cannot be taken: says the place, what was expected and what to do, never a value.

    `rule_code` names a row of seeds/config/config_finding_rule.csv; `line_number` counts from 1.
    """

    exit_code = 1

    def __init__(
        self,
        rule_code: str,
        reason: str,
        *,
        line_number: int | None = None,
        field: str | None = None,
        table_name: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.rule_code = rule_code
        self.reason = reason
        self.line_number = line_number
        self.field = field
        self.table_name = table_name
