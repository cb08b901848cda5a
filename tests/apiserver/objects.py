"""The objects of one run of the program, as plain Kubernetes objects, and what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.program.recorder import Recorded, Registered

Object = dict[str, Any]
RELEASE = "kubernetes:helm.sh/v3:Release"


def of_program(recorded: Recorded) -> list[Object]:
    """Return every Kubernetes object that the program registered, namespaces first; charts are not objects."""
    registered = [each for each in recorded.resources if each.type.startswith("kubernetes:") and each.type != RELEASE]
    return sorted(map(_object, registered), key=lambda each: each["kind"] != "Namespace")


def _object(resource: Registered) -> Object:
    _, version, kind = resource.type.split(":")
    # Pulumi names an object that has no name after its resource; these are the letters that the recorder takes.
    metadata = {"name": f"{resource.name}-1a2b3c", **resource.inputs["metadata"]}
    return {"apiVersion": version.removeprefix("core/"), "kind": kind, **resource.inputs, "metadata": metadata}


def releases(recorded: Recorded) -> list[dict[str, Any]]:
    """Return the inputs of every chart that the program installs."""
    return [each.inputs for each in recorded.resources if each.type == RELEASE]


def label(manifest: Mapping[str, Any]) -> str:
    """Return how messages call an object: kind, namespace and name."""
    metadata = manifest["metadata"]
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{manifest['kind']} {place}{metadata['name']}"


@dataclass(frozen=True, kw_only=True)
class Template:
    """The pods that an object makes."""

    owner: str
    """Label of the object."""
    namespace: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def ports(self) -> list[tuple[int, str | None, str]]:
        """Number, name and protocol of every port that a pod declares while it serves."""
        found = [port for container in self.spec["containers"] for port in container.get("ports", [])]
        return [(port["containerPort"], port.get("name"), port.get("protocol", "TCP")) for port in found]

    def has_port(self, port: int | str, protocol: str = "TCP") -> bool:
        return any(port in (number, name) and protocol == used for number, name, used in self.ports)

    def pod(self) -> Object:
        """Return a pod as a controller would create it."""
        metadata = {"name": "from-template", "namespace": self.namespace, "labels": dict(self.labels)}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": dict(self.spec)}


def templates(objects: Iterable[Object]) -> Iterator[Template]:
    """Yield what makes pods: everything with a pod template, CronJobs, and pods themselves."""
    for each in objects:
        spec = each.get("spec", {})
        template = each if each["kind"] == "Pod" else spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if each["kind"] in {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"}:
            yield Template(
                owner=label(each),
                namespace=each["metadata"]["namespace"],
                labels=template.get("metadata", {}).get("labels", {}),
                spec=template["spec"],
            )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels, matchExpressions) selects these labels; an empty one selects all."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    return all(_matches(expression, labels) for expression in selector.get("matchExpressions", []))


def _matches(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, among = labels.get(expression["key"]), expression.get("values", [])
    answers = {
        "In": value in among,
        "NotIn": value not in among,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    return answers[expression["operator"]]
