"""The checks of loading without key and warehouse, for the person who is about to send a file. Writes nothing."""

from dataclasses import dataclass, field

from loaders.contract import Finding, Identity, Outcome, PartialIdentity, SourceFile, TableCount
from loaders.errors import ReturnRejected
from loaders.identify import identify, partial_identity
from loaders.pseudonym import Pseudonymiser
from loaders.readers import read
from loaders.sources import RefusedSource
from loaders.workers import unforeseen


@dataclass(frozen=True)
class CheckResult:
    """The verdict on one file. `rejection` is None when it would be accepted; `recognised` says what could be told of it."""

    shown: str
    identity: Identity | None
    recognised: PartialIdentity
    rejection: ReturnRejected | None
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, TableCount] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        return self.rejection is None


def check(source: SourceFile | RefusedSource, *, set_aside: bool = False) -> CheckResult:
    """Read one file to its end with secrets that are thrown away, and keep no row of it. Raises nothing: not even a fault of
    the reader may show a value in its message."""
    if isinstance(source, RefusedSource):
        refused = ReturnRejected(source.rule_code, source.reason)
        return CheckResult(source.shown, None, partial_identity(source), refused)
    outcome = Outcome()
    identity: Identity | None = None
    rejection: ReturnRejected | None = None
    try:
        identity = identify(source)
        for _ in read(source, identity, "0" * 16, Pseudonymiser.throwaway(), outcome, set_aside=set_aside):
            pass
    except ReturnRejected as error:
        rejection = error
    except Exception as error:
        failed = unforeseen(error)
        rejection = ReturnRejected(failed.rule_code, failed.reason)
    if identity:
        recognised = PartialIdentity(identity.return_name, identity.table_name, identity.la_code, identity.collection_year)
    else:
        recognised = partial_identity(source)
    return CheckResult(source.shown, identity, recognised, rejection, outcome.findings, outcome.counts)
