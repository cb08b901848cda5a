"""An alert, and its rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A condition that needs attention."""

    name: str
    """In CamelCase; the file of its runbook has the same name in kebab-case."""
    severity: Literal["critical", "warning", "info"]
    """critical: users notice it; warning: they will; info: already recovered, but good to know."""
    wait: str
    """How long the condition must last: ``for`` of the rule."""
    summary: str
    """One line; may contain ``$labels`` and ``$value``."""
    expression: str
    """PromQL with a series for each case."""

    @property
    def page(self) -> str:
        """File name of the runbook."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.name).lower() + ".md"

    def rule(self, runbooks: str) -> dict[str, Any]:
        """Return the alerting rule.

        Args:
            runbooks: base URL of the runbooks, without a slash at its end.
        """
        return {
            "alert": self.name,
            "expr": " ".join(self.expression.split()),
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "runbook_url": f"{runbooks}/{self.page}"},
        }
