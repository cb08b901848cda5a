"""Read a stack's last state as plain data, from the engine's function for it or from ``pulumi stack export``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STACK = "pulumi:pulumi:Stack"
COMMAND = "command:local:Command"
PROVIDER = "pulumi:providers:kubernetes"
NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DATABASE_CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"
SHARED_DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
RELEASE = "kubernetes:helm.sh/v3:Release"
EKS_CLUSTER = "aws:eks/cluster:Cluster"
REPOSITORY = "aws:ecr/repository:Repository"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A resource, as its URN names it."""

    urn: str

    @property
    def type_chain(self) -> str:
        """Types of the resource's parents and its own type, separated by ``$``."""
        return self.urn.split("::")[2] if self.urn.count("::") >= 3 else ""

    @property
    def type(self) -> str:
        """Type token of the resource."""
        return self.type_chain.rpartition("$")[2]

    @property
    def name(self) -> str:
        """Name that the program gave the resource."""
        return self.urn.split("::", 3)[-1]


@dataclass(frozen=True, kw_only=True)
class Resource(Named):
    """One resource in the state."""

    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Its properties. Secrets are encrypted in an exported state, and plain in the program: never show them."""
    protect: bool = False
    """Whether Pulumi refuses to delete it; always false in the program, which the engine does not tell."""
    is_tainted: bool = False
    """Whether the next deployment replaces it, after ``pulumi state taint``; always false in the program, too."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """Spec of a Kubernetes object."""
        return self.outputs.get("spec") or {}

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Metadata of a Kubernetes object."""
        return self.outputs.get("metadata") or {}

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment of a command."""
        return self.outputs.get("environment") or {}


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The last state of a stack; empty for a new one."""

    resources: Mapping[str, Resource] = field(default_factory=dict)
    """URN -> resource."""

    @property
    def stack(self) -> str:
        """Name of the stack; empty for a new one."""
        return next((urn.split(":")[2] for urn in self.resources), "")

    def of_type(self, kind: str) -> Iterator[Resource]:
        """Yield the resources of a type, in the order of the state."""
        return (resource for resource in self.resources.values() if resource.type == kind)

    def find(self, kind: str, name: str) -> Resource | None:
        """Return the resource with this type and name, if there is one."""
        return next((resource for resource in self.of_type(kind) if resource.name == name), None)

    def database(self, app: str) -> Mapping[str, Any] | None:
        """Return the spec of the Cluster of an application; None if it has none."""
        cluster = self.find(DATABASE_CLUSTER, f"{app}-db")
        return cluster.spec if cluster else None

    @property
    def is_protected(self) -> bool:
        """Whether the stack was deployed with protection. If the state does not have it recorded, the name decides."""
        clusters = [it for it in self.resources.values() if it.type.startswith("pocdeploy:cluster:")]
        recorded = [bool(it.outputs["protect"]) for it in clusters if "protect" in it.outputs]
        return any(recorded) if recorded else self.stack.startswith("prod")

    @property
    def kind_cluster(self) -> Resource | None:
        """The command that created the Kind cluster, if there is one."""
        return next((it for it in self.of_type(COMMAND) if "CONFIG_HASH" in it.environment), None)

    @property
    def eks_cluster(self) -> Resource | None:
        """The cluster on AWS, if there is one."""
        return next(self.of_type(EKS_CLUSTER), None)


def from_outputs(outputs: Mapping[str, Any]) -> Deployed:
    """Return the state that the engine's function ``readStackResourceOutputs`` gives: URN -> type and outputs."""
    found = (Resource(urn=urn, outputs=it.get("outputs") or {}) for urn, it in outputs.items())
    return Deployed(resources={resource.urn: resource for resource in found})


def from_export(exported: Mapping[str, Any]) -> Deployed:
    """Return the state that ``pulumi stack export`` writes, without resources that wait for their deletion."""
    resources = (exported.get("deployment") or {}).get("resources") or []
    found = (
        Resource(
            urn=it["urn"],
            outputs={**(it.get("inputs") or {}), **(it.get("outputs") or {})},
            protect=bool(it.get("protect")),
            is_tainted=bool(it.get("taint")),
        )
        for it in resources
        if not it.get("delete")
    )
    return Deployed(resources={resource.urn: resource for resource in found})
