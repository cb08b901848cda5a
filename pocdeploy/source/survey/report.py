"""What a survey found: settings with their reasons, assumptions, and what a person has to add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Draft:
    """Settings of one application in the making."""

    entry: dict[str, Any] = field(default_factory=dict)
    """As in a stack file, in the order in which they were found."""
    reasons: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Path of keys -> where its value comes from; becomes a comment."""
    assumed: list[str] = field(default_factory=list)
    """What may be otherwise, a sentence each."""
    missing: list[str] = field(default_factory=list)
    """What was not found or cannot work as it is, a sentence each, with the remedy."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Secret variables that a person has to set -> where the application reads them."""

    def set(self, *path: str, value: Any, reason: str = "") -> None:
        """Set the value at a path of keys; one that is set already stays."""
        parent = self.entry
        for key in path[:-1]:
            parent = parent.setdefault(key, {})
        if path[-1] not in parent:
            parent[path[-1]] = value
            if reason:
                self.reasons[path] = reason

    def get(self, *path: str) -> Any:
        """Return the value at a path of keys; None if there is none."""
        value: Any = self.entry
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def assume(self, sentence: str) -> None:
        """Note an assumption."""
        if sentence not in self.assumed:
            self.assumed.append(sentence)

    def miss(self, sentence: str) -> None:
        """Note what a person has to decide or change."""
        if sentence not in self.missing:
            self.missing.append(sentence)
