"""One alert, and the rule that it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A condition that somebody has to look at."""

    name: str
    """In CamelCase; the page of its runbook is called like it, in kebab-case."""
    severity: Literal["critical", "warning", "info"]
    """critical: users notice; warning: they will; info: it has mended itself, but one wants to know."""
    wait: str
    """For how long the condition has to hold: ``for`` of the rule."""
    summary: str
    """One line; may refer to ``$labels`` and ``$value``."""
    expression: str
    """PromQL that gives a series for each case."""

    @property
    def page(self) -> str:
        """File name of the runbook."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.name).lower() + ".md"

    def rule(self, runbooks: str) -> dict[str, Any]:
        """Return the alerting rule.

        Args:
            runbooks: what the address of a runbook begins with, without the last slash.
        """
        return {
            "alert": self.name,
            "expr": " ".join(self.expression.split()),
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "runbook_url": f"{runbooks}/{self.page}"},
        }
