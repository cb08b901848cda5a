"""A preview as data, independent of the form in which Pulumi wrote it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pocdeploy.stacks import holders
from pocdeploy.stacks.deployed import Named

Op = Literal["create", "update", "replace", "delete", "refresh", "other"]
COUNTED: tuple[Op, ...] = ("create", "update", "replace", "delete")


@dataclass(frozen=True, kw_only=True)
class Change(Named):
    """A planned change of one resource."""

    op: Op
    old: Mapping[str, Any] | None = None
    """Inputs as they are; None for a resource that is created."""
    new: Mapping[str, Any] | None = None
    """Inputs as they will be; None for a resource that is deleted."""
    paths: tuple[str, ...] = ()
    """Properties that differ, as the provider names them."""
    because: tuple[str, ...] = ()
    """Properties whose change requires a replacement."""

    @property
    def kind(self) -> str:
        """Last part of the type token."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def is_component(self) -> bool:
        """Whether the resource only groups others, as the program's own types do."""
        return self.type.startswith("pocdeploy:")

    @property
    def runs_again(self) -> bool:
        """Whether the resource is a Job, which is replaced in order to run for a new image."""
        return self.op == "replace" and self.type.endswith(":Job")

    @property
    def loses_data(self) -> bool:
        """Whether the change deletes data."""
        if self.op not in ("replace", "delete"):
            return False
        return holders.holds_data(self.type_chain, self.old or {})


@dataclass(frozen=True, kw_only=True)
class PolicyFinding:
    """A policy violation."""

    policy: str
    message: str
    urn: str = ""
    mandatory: bool = True
    """Whether the update would be refused."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The result of a preview."""

    changes: tuple[Change, ...] = ()
    same: int = 0
    """Number of unchanged resources."""
    findings: tuple[PolicyFinding, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    complete: bool = True
    """Whether the preview ran to its end."""
    applications: tuple[str, ...] = ()
    """Names of the stack's applications, from its configuration."""

    @property
    def failed(self) -> bool:
        """Whether an update would be refused."""
        return bool(self.errors) or not self.complete or any(finding.mandatory for finding in self.findings)

    def counts(self) -> Counter[str]:
        """Return operation -> number of resources."""
        return Counter(change.op for change in self.changes)

    def part_of(self, change: Change) -> str | None:
        """Return the application that a resource belongs to; None for the platform."""
        if re.search(r"(^|\$)pocdeploy:(cluster|monitoring|gateway):", change.type_chain):
            return None
        fitting = [app for app in self.applications if f"{change.name}-".startswith(f"{app}-")]
        return max(fitting, key=len, default=None)
