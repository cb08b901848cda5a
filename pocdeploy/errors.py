"""What can go wrong, as data a person can act on.

PocdeployError          everything that is raised on purpose; its text is fit for a terminal as it is
├── SettingsError       the stack's configuration is not usable
├── PatchError          a patch, or the application it belongs to, is not usable
├── ClusterError        a cluster that is there already cannot be used as it is
└── PreflightError      the machine lacks something that is needed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, Self

from pocdeploy import redact


class ExitCode(IntEnum):
    """Exit codes of all commands; docs/day-two.md has them as a table. Other codes are Pulumi's own."""

    OK = 0
    """Done, or nothing to do; warnings do not count."""
    FAILED = 1
    """The command ran and failed: a check failed, or something was not ready in time."""
    NOT_READY = 2
    """Nothing was changed: machine, configuration or command line have to be fixed first."""
    NO_STACK = 6
    """The stack does not exist; Pulumi's own code for it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem, and how to fix it."""

    where: str
    """Config key (``pocdeploy:cluster.workers``), file, or tool."""
    what: str
    """The problem, in one sentence without a full stop at the end."""
    actual: str | None = None
    """Actual value, already shortened. Parts that look like a secret are masked."""
    expected: str | None = None
    """Correct value, or an example."""
    fix: str | None = None
    """Command that fixes the problem, ready to paste."""
    file: str | None = None
    """File with the value, relative to the project."""
    line: int | None = None
    """Line in that file, from 1."""

    def __post_init__(self) -> None:
        for name in ("what", "actual"):
            text = getattr(self, name)
            if text is not None:
                object.__setattr__(self, name, redact.text(str(text)))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        lines = [
            ": ".join([*([place] if place else []), *([self.where] if self.where != self.file else []), self.what])
        ]
        details = {"actual": self.actual, "expected": self.expected, "fix": self.fix}
        lines += [f"    {label + ':':<10}{text}" for label, text in details.items() if text is not None]
        return "\n".join(lines)


class PocdeployError(Exception):
    """Base of all errors; carries every finding, not only the first."""

    headline = "pocdeploy cannot go on"
    exit_code = ExitCode.NOT_READY
    """With what the command line ends."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__()

    def __str__(self) -> str:
        count = f"{len(self.findings)} problem{'s' if len(self.findings) != 1 else ''}"
        return "\n".join([f"{self.headline} ({count}):", *(f"  {line}" for line in self._lines())])

    def placed(self, place: Callable[[Finding], Finding]) -> Self:
        """Return the same error, with findings that ``place`` has added file and line to."""
        self.findings = tuple(place(finding) for finding in self.findings)
        return self

    def plain(self) -> dict[str, Any]:
        """Return what can be written as JSON."""
        return {"result": "fail", "error": self.headline, "findings": [asdict(finding) for finding in self.findings]}

    def _lines(self) -> list[str]:
        return [line for finding in self.findings for line in str(finding).splitlines()]


class SettingsError(PocdeployError):
    """The stack's configuration is not usable."""

    headline = "The configuration of this stack is not usable; nothing was changed"


class PatchError(PocdeployError):
    """A patch does not apply, or the application's tree must not be used."""

    headline = "The application could not be prepared; nothing was changed"


class ClusterError(PocdeployError):
    """A cluster that is there already cannot be used as it is."""

    headline = "The cluster cannot be used as it is; nothing was changed"


class PreflightError(PocdeployError):
    """The machine lacks something that is needed, or all that is checked at the same time is not in order."""

    headline = "This machine is not ready; nothing was changed"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings)
        if any(finding.file for finding in findings):  # the configuration comes before the machine
            self.headline = SettingsError.headline
