"""A preview as data, whichever way Pulumi wrote it down."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Op = Literal["create", "update", "replace", "delete", "refresh", "other"]
COUNTED: tuple[Op, ...] = ("create", "update", "replace", "delete")
STATEFUL = re.compile(
    r"^kubernetes:postgresql\.cnpg\.io/v1:Cluster$|^kubernetes:core/v1:(Namespace|PersistentVolumeClaim)$"
    r"|^aws:s3/bucket|^aws:ebs/volume:|^aws:rds/|^aws:efs/|^aws:eks/cluster:|^eks:index:Cluster$"
)
"""Types whose resources hold data, or hold what holds it."""
CLUSTER = re.compile(r"(^|\$)pocdeploy:cluster:(?!LocalRegistry)\w+\$command:local:Command$")
"""A cluster that scripts make, if one of them deletes it again; everything in it goes with it."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be done to one resource."""

    urn: str
    op: Op
    old: Mapping[str, Any] | None = None
    """Inputs as they are; None for a resource that is created."""
    new: Mapping[str, Any] | None = None
    """Inputs as they will be; None for a resource that is deleted."""
    paths: tuple[str, ...] = ()
    """Properties that differ, as the provider names them."""
    because: tuple[str, ...] = ()
    """Properties that make the resource be replaced."""

    @property
    def type_chain(self) -> str:
        """Types of the resource's parents and its own, with ``$`` in between."""
        return self.urn.split("::")[2] if self.urn.count("::") >= 3 else ""

    @property
    def type(self) -> str:
        """Type token of the resource."""
        return self.type_chain.rsplit("$", 1)[-1]

    @property
    def kind(self) -> str:
        """Last part of the type token."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def name(self) -> str:
        """Name that the program gave the resource."""
        return self.urn.split("::", 3)[-1]

    @property
    def is_component(self) -> bool:
        """Whether it only groups others, as the program's own types do."""
        return self.type.startswith("pocdeploy:")

    @property
    def runs_again(self) -> bool:
        """Whether the replacement is what the resource is for: a Job runs once for each image."""
        return self.op == "replace" and self.type.endswith(":Job")

    @property
    def loses_data(self) -> bool:
        """Whether data is gone afterwards."""
        if self.op not in ("replace", "delete"):
            return False
        is_cluster = CLUSTER.search(self.type_chain) is not None and bool((self.old or {}).get("delete"))
        return is_cluster or STATEFUL.search(self.type) is not None


@dataclass(frozen=True, kw_only=True)
class PolicyFinding:
    """What a policy has to say."""

    policy: str
    message: str
    urn: str = ""
    mandatory: bool = True
    """Whether the update would be refused."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Everything that a preview says."""

    changes: tuple[Change, ...] = ()
    same: int = 0
    """Resources that stay as they are."""
    findings: tuple[PolicyFinding, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    complete: bool = True
    """Whether the engine came to a result."""
    applications: tuple[str, ...] = ()
    """Names of the stack's applications, from its configuration."""

    @property
    def failed(self) -> bool:
        """Whether an update of this could not be run."""
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
