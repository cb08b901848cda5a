"""Results of checks, shown as a table, as plain lines, or as JSON."""

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
    """Severity of a result, from good to bad."""

    OK = "ok"
    WARN = "warn"
    """Works now, and needs attention."""
    FAIL = "fail"
    """Does not work."""


STYLES = {Severity.OK: "green", Severity.WARN: "yellow", Severity.FAIL: "red"}


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """Result of one check."""

    check: str
    """Name of the check, in one or two words."""
    severity: Severity
    what: str
    """What was found, in one sentence without a full stop at the end; what looks like a secret in it is masked."""
    why: str | None = None
    """Why it matters."""
    fix: str | None = None
    """Command that fixes the problem, ready to paste."""
    repair: Callable[[], str] | None = field(default=None, compare=False, repr=False)
    """Repairs it without risk and returns a sentence about it; None if a person has to decide."""

    finding: Finding | None = field(default=None, compare=False, repr=False)
    """The finding that the result was made of, with all its parts."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", redact.text(self.what))

    def plain(self) -> dict[str, Any]:
        """Return the result as data for JSON."""
        return {
            "check": self.check,
            "severity": str(self.severity),
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
            "repairable": self.repair is not None,
        }


def ok(check: str, what: str) -> CheckResult:
    """Return a result without a problem."""
    return CheckResult(check=check, severity=Severity.OK, what=what)


def warn(check: str, what: str, **more: Any) -> CheckResult:
    """Return a result of something that works and needs attention; ``more`` are further fields of CheckResult."""
    return CheckResult(check=check, severity=Severity.WARN, what=what, **more)


def fail(check: str, what: str, **more: Any) -> CheckResult:
    """Return a result of something that does not work; ``more`` are further fields of CheckResult."""
    return CheckResult(check=check, severity=Severity.FAIL, what=what, **more)


def from_finding(check: str, finding: Finding) -> CheckResult:
    """Return a finding as the result of a failed check."""
    actual = f" ({finding.actual})" if finding.actual else ""
    where = "" if finding.where == check else f"{finding.where}: "
    return fail(check, f"{where}{finding.what}{actual}", fix=finding.fix, finding=finding)


def to_finding(result: CheckResult) -> Finding:
    """Return a result as a finding of an error."""
    if result.finding is not None:
        return result.finding
    what = f"{result.what}: {result.why}" if result.why else result.what
    return Finding(where=result.check, what=what, fix=result.fix)


def worst(results: Iterable[CheckResult]) -> Severity:
    """Return the worst severity; OK if there is none."""
    order = list(Severity)
    return max((result.severity for result in results), key=order.index, default=Severity.OK)


def exit_code(results: Iterable[CheckResult], *, strict: bool = False) -> int:
    """Return the exit code: FAILED if a check failed, or with ``strict`` if one warned."""
    bad = {Severity.FAIL, Severity.WARN} if strict else {Severity.FAIL}
    return ExitCode.FAILED if any(result.severity in bad for result in results) else ExitCode.OK


def summary(results: Sequence[CheckResult]) -> str:
    """Return how many of each severity there are, in one line."""
    count = Counter(result.severity for result in results)
    return ", ".join(f"{count[severity]} {severity}" for severity in Severity)


def as_json(results: Sequence[CheckResult], **more: Any) -> str:
    """Return everything as one JSON object; ``more`` are further members."""
    document = {"result": str(worst(results)), "checks": [result.plain() for result in results], **more}
    return json.dumps(document, indent=2)


def show(results: Sequence[CheckResult], console: Console, *, all_of_them: bool = True) -> None:
    """Print a table on a terminal, plain lines elsewhere; without ``all_of_them`` only results that are not ok."""
    shown = [result for result in results if all_of_them or result.severity is not Severity.OK]
    if console.is_terminal and shown:
        console.print(_table(shown))
    else:
        for result in shown:
            for line in lines(result):
                console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(summary(results), highlight=False)


def lines(result: CheckResult) -> list[str]:
    """Return a result as plain lines, with the severity first for searching."""
    details = {"why": result.why, "fix": result.fix}
    more = [f"       {label + ':':<5}{text}" for label, text in details.items() if text]
    return [f"{result.severity:<4}  {result.check}: {result.what}", *more]


def _table(results: Sequence[CheckResult]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for result in results:
        text = Text(result.what)
        if result.why:
            text.append(f"\n{result.why}", style="dim")
        if result.fix:
            text.append(f"\n→ {result.fix}", style="cyan")
        table.add_row(Text(result.severity, style=STYLES[result.severity]), result.check, text)
    return table
