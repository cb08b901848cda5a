"""What a check found, and how that is shown: as a table, as plain lines, or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pocdeploy import redact
from pocdeploy.errors import ExitCode, Finding


class Severity(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """Works now; somebody should look at it."""
    FAIL = "fail"
    """Does not work."""


STYLES = {Severity.OK: "green", Severity.WARN: "yellow", Severity.FAIL: "red"}


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What one check found."""

    check: str
    """What was looked at, in one or two words."""
    severity: Severity
    what: str
    """What was found, in one sentence without a full stop at the end; what looks like a secret in it is masked."""
    why: str | None = None
    """Why it matters."""
    fix: str | None = None
    """The command that mends it, ready to paste."""
    repair: Callable[[], str] | None = field(default=None, compare=False, repr=False)
    """Mends it without risk, and gives a sentence about what was done; None where a person has to decide."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", redact.text(self.what))

    def plain(self) -> dict[str, Any]:
        """Return what can be written as JSON."""
        return {
            "check": self.check,
            "severity": str(self.severity),
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
            "repairable": self.repair is not None,
        }


def ok(check: str, what: str) -> CheckResult:
    """Return that all is well."""
    return CheckResult(check=check, severity=Severity.OK, what=what)


def warn(check: str, what: str, **more: Any) -> CheckResult:
    """Return that something works and should be looked at; ``more`` are further fields of Outcome."""
    return CheckResult(check=check, severity=Severity.WARN, what=what, **more)


def fail(check: str, what: str, **more: Any) -> CheckResult:
    """Return that something does not work; ``more`` are further fields of Outcome."""
    return CheckResult(check=check, severity=Severity.FAIL, what=what, **more)


def from_finding(check: str, finding: Finding) -> CheckResult:
    """Return a finding as the outcome of a check that failed."""
    got = f" ({finding.actual})" if finding.actual else ""
    return fail(check, f"{finding.where}: {finding.what}{got}", why=None, fix=finding.fix)


def to_finding(outcome: CheckResult) -> Finding:
    """Return an outcome as a finding of an error."""
    return Finding(where=outcome.check, what=outcome.what, expected=outcome.why, fix=outcome.fix)


def worst(outcomes: Iterable[CheckResult]) -> Severity:
    """Return the worst severity; OK if there is none."""
    order = list(Severity)
    return max((outcome.severity for outcome in outcomes), key=order.index, default=Severity.OK)


def exit_code(outcomes: Iterable[CheckResult], *, strict: bool = False) -> int:
    """Return the exit code: FAILED if a check failed, or with ``strict`` if one warned."""
    bad = {Severity.FAIL, Severity.WARN} if strict else {Severity.FAIL}
    return ExitCode.FAILED if any(outcome.severity in bad for outcome in outcomes) else ExitCode.OK


def summary(outcomes: Sequence[CheckResult]) -> str:
    """Return how many of each severity there are, in one line."""
    count = Counter(outcome.severity for outcome in outcomes)
    return ", ".join(f"{count[severity]} {severity}" for severity in Severity)


def as_json(outcomes: Sequence[CheckResult], **more: Any) -> str:
    """Return everything as one JSON object; ``more`` are further members."""
    document = {"result": str(worst(outcomes)), "checks": [outcome.plain() for outcome in outcomes], **more}
    return json.dumps(document, indent=2)


def show(outcomes: Sequence[CheckResult], console: Console, *, all_of_them: bool = True) -> None:
    """Print a table on a terminal, and one line per outcome otherwise; without ``all_of_them`` only what is not ok."""
    shown = [outcome for outcome in outcomes if all_of_them or outcome.severity is not Severity.OK]
    if console.is_terminal and shown:
        console.print(_table(shown))
    else:
        for outcome in shown:
            for line in lines(outcome):
                console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(summary(outcomes), highlight=False)


def lines(outcome: CheckResult) -> list[str]:
    """Return an outcome as plain lines: severity first, so that it can be searched for."""
    details = {"why": outcome.why, "fix": outcome.fix}
    more = [f"       {label + ':':<5}{text}" for label, text in details.items() if text]
    return [f"{outcome.severity:<4}  {outcome.check}: {outcome.what}", *more]


def _table(outcomes: Sequence[CheckResult]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for outcome in outcomes:
        text = Text(outcome.what)
        if outcome.why:
            text.append(f"\n{outcome.why}", style="dim")
        if outcome.fix:
            text.append(f"\n→ {outcome.fix}", style="cyan")
        table.add_row(Text(outcome.severity, style=STYLES[outcome.severity]), outcome.check, text)
    return table
