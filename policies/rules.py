"""The rules for every stack: functions from a resource to sentences that describe its violations.

There is no Pulumi here: the policy pack (`__main__`) and the tests of the program call the same functions. A value
that is unknown in a preview is a string or missing. A rule accepts it, because the update checks it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

try:
    from policies.secret_names import names_a_secret
    from policies.workloads import SERVING, WORKLOADS, containers, items, part, pod_spec
except ImportError:  # in a pack, this folder is on Python's path
    from secret_names import names_a_secret  # type: ignore[import-not-found,no-redef]
    from workloads import (  # type: ignore[import-not-found,no-redef]
        SERVING,
        WORKLOADS,
        containers,
        items,
        part,
        pod_spec,
    )

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
BY_TAG = re.compile(r"(^|/)(postgresql:\d|plugin-barman-cloud-sidecar:v\d)")
"""Images of CloudNativePG that have tags: the operator rolls out minor versions, and its plugin's chart takes tags."""
LABELS = tuple(f"app.kubernetes.io/{name}" for name in ("name", "component", "instance", "managed-by", "part-of"))
UNLABELLED = frozenset({"local-registry-hosting"})
"""Objects without labels, because a standard defines them (KEP-1755)."""
GATEWAY = "traefik"
STATEFUL = re.compile(
    r"^kubernetes:postgresql\.cnpg\.io/v1:(Cluster|Database)$|^kubernetes:core/v1:PersistentVolumeClaim$"
    r"|^aws:s3/bucket:|^aws:ebs/volume:|^aws:rds/|^aws:efs/"
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that the engine is about to create or update."""

    type: str
    """Pulumi's type token, for example ``kubernetes:apps/v1:Deployment``."""
    name: str
    """Pulumi's name."""
    props: Mapping[str, Any]
    """Inputs, with secrets as plain values."""
    stack: str = "dev"
    """Name of the stack."""
    protect: bool = False
    """Whether the engine refuses to delete it."""

    @property
    def kind(self) -> str:
        """The last part of the type, for a Kubernetes object its kind."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def pod(self) -> Mapping[str, Any] | None:
        """The pod spec of a Kubernetes workload; None for other resources, or if it is unknown."""
        if not self.type.startswith("kubernetes:") or self.kind not in WORKLOADS:
            return None
        return pod_spec(self.kind, self.props)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the policy pack."""

    name: str
    """Lower-case words with dashes."""
    description: str
    """One sentence without a full stop."""
    check: Callable[[Resource], Iterator[str]] = field(repr=False)
    """Yields a sentence for each violation."""


def images_by_digest(resource: Resource) -> Iterator[str]:
    """Report containers whose image is not named by digest, and can therefore change."""
    for container in containers(resource.pod or {}):
        image = container.get("image")
        if isinstance(image, str) and not DIGEST.search(image) and not _pulled_by_tag(image):
            yield f"container {container.get('name')}: the image {image} is not named by digest (name@sha256:…)"


def _pulled_by_tag(image: str) -> bool:
    return BY_TAG.search(image) is not None or _is_unknown(image)


def _is_unknown(value: Any) -> bool:
    """Return whether a string is the engine's placeholder for a value that is unknown in a preview."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None


def resources_and_probes(resource: Resource) -> Iterator[str]:
    """Report containers without requests or memory limit, and serving containers without probes."""
    pod = resource.pod or {}
    for container in containers(pod):
        missing = [
            ".".join(path)
            for path in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
            if not part(container, "resources", *path)
        ]
        if missing:
            yield f"container {container.get('name')}: resources without {', '.join(missing)}"
    served = items(pod.get("containers")) if resource.kind in SERVING else []
    for container in (it for it in served if part(it, "ports")):
        missing = [probe for probe in ("readinessProbe", "livenessProbe") if not part(container, probe)]
        if missing:
            yield f"container {part(container, 'name')}: no {' and no '.join(missing)}"


def restricted_security_context(resource: Resource) -> Iterator[str]:
    """Report pods that Pod Security `restricted` would refuse, or with a writable root file system."""
    pod = resource.pod
    if pod is None:
        return
    of_pod = pod.get("securityContext") or {}
    for shared in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(shared):
            yield f"the pod has {shared}"
    for container in containers(pod):
        own = container.get("securityContext") or {}
        both = {**of_pod, **own}
        checks = {
            "runAsNonRoot: true": both.get("runAsNonRoot") is True,
            "seccompProfile RuntimeDefault": part(both, "seccompProfile", "type") in ("RuntimeDefault", "Localhost"),
            "allowPrivilegeEscalation: false": own.get("allowPrivilegeEscalation") is False,
            "readOnlyRootFilesystem: true": own.get("readOnlyRootFilesystem") is True,
            "capabilities drop ALL": "ALL" in items(part(own, "capabilities", "drop")),
            "privileged: false": not own.get("privileged"),
        }
        missing = [name for name, passed in checks.items() if not passed]
        if missing:
            yield f"container {container.get('name')}: no {', no '.join(missing)}"


def no_wildcard_rbac(resource: Resource) -> Iterator[str]:
    """Report roles that allow any verb, resource or API group."""
    if resource.kind not in {"Role", "ClusterRole"} or not resource.type.startswith("kubernetes:rbac"):
        return
    for index, rule in enumerate(items(resource.props.get("rules"))):
        wildcards = [
            key for key in ("verbs", "resources", "apiGroups", "nonResourceURLs") if "*" in items(part(rule, key))
        ]
        if wildcards:
            yield f"rules[{index}] has '*' in {', '.join(wildcards)}"


def no_public_exposure(resource: Resource) -> Iterator[str]:
    """Report resources other than the gateway that are reachable from outside."""
    if resource.type == "kubernetes:core/v1:Service" and part(resource.props, "spec", "type") in (
        "LoadBalancer",
        "NodePort",
    ):
        yield f"the Service is a {part(resource.props, 'spec', 'type')}: only the gateway may be reachable from outside"
    # The chart can be a local archive, so the gateway is also recognised by its name.
    if resource.type == "kubernetes:helm.sh/v3:Release" and GATEWAY not in (resource.props.get("chart"), resource.name):
        for path in _exposed(resource.props.get("values"), "values"):
            yield f"{path}: only the gateway may be reachable from outside"
    if resource.type == "kubernetes:networking.k8s.io/v1:Ingress":
        for index, rule in enumerate(items(part(resource.props, "spec", "rules"))):
            if not part(rule, "host"):
                yield f"rules[{index}] has no host: it would receive the requests for all unknown hosts"
    for container in containers(resource.pod or {}):
        ports = [port for port in items(container.get("ports")) if part(port, "hostPort")]
        if ports:
            yield f"container {container.get('name')}: hostPort {', '.join(str(port['hostPort']) for port in ports)}"


def _exposed(values: Any, path: str) -> Iterator[str]:
    """Yield the paths in a chart's values that make a Service reachable from outside."""
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        if key == "type" and value in ("LoadBalancer", "NodePort"):
            yield f"{path}.type is {value}"
        yield from _exposed(value, f"{path}.{key}")


def no_plain_secrets(resource: Resource) -> Iterator[str]:
    """Report unencrypted secrets in variables, ConfigMaps and build arguments."""
    for container in containers(resource.pod or {}):
        for variable in items(container.get("env")):
            if names_a_secret(str(part(variable, "name"))) and part(variable, "value"):
                yield f"container {container.get('name')}: {variable['name']} has a plain value, not a secretKeyRef"
    places = {
        "kubernetes:core/v1:ConfigMap": ("data",),
        "docker:index/image:Image": ("build", "args"),
    }
    plain = part(resource.props, *places[resource.type]) if resource.type in places else None
    for name in plain if isinstance(plain, Mapping) else ():
        if names_a_secret(str(name)):
            yield f"{'.'.join(places[resource.type])}.{name}: secret is stored unencrypted"


def standard_labels(resource: Resource) -> Iterator[str]:
    """Report Kubernetes objects without the recommended labels."""
    if not resource.type.startswith("kubernetes:") or resource.kind in {"Release", "Provider"}:
        return
    metadata = resource.props.get("metadata")
    if resource.name in UNLABELLED or resource.kind.endswith("Patch") or not isinstance(metadata, Mapping):
        return
    missing = [label for label in LABELS if not part(metadata, "labels", label)]
    if missing:
        yield f"no label {', '.join(missing)}"


def encrypted_storage(resource: Resource) -> Iterator[str]:
    """Report unencrypted volumes on AWS."""
    if resource.type == "kubernetes:storage.k8s.io/v1:StorageClass":
        provisioner = resource.props.get("provisioner")
        encrypted = str(part(resource.props, "parameters", "encrypted")).lower() == "true"
        if provisioner in ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com") and not encrypted:
            yield 'parameters.encrypted is not "true"'
    if resource.type == "aws:ebs/volume:Volume" and resource.props.get("encrypted") is not True:
        yield "encrypted is not true"


def protected_in_production(resource: Resource) -> Iterator[str]:
    """Report unprotected stateful resources of a production stack."""
    if resource.stack.startswith("prod") and STATEFUL.search(resource.type) and not resource.protect:
        yield f"stateful resource of the stack {resource.stack} is not protected"


RULES = (
    Rule(name="images-by-digest", description="Images are named by digest", check=images_by_digest),
    Rule(
        name="resources-and-probes",
        description="Containers have requests, a memory limit and, if they serve, probes",
        check=resources_and_probes,
    ),
    Rule(
        name="restricted-security-context",
        description="Pods comply with Pod Security `restricted` and have a read-only root file system",
        check=restricted_security_context,
    ),
    Rule(name="no-wildcard-rbac", description="Roles name what they allow", check=no_wildcard_rbac),
    Rule(name="no-public-exposure", description="Only the gateway is reachable from outside", check=no_public_exposure),
    Rule(name="no-plain-secrets", description="Secrets are only in Secrets", check=no_plain_secrets),
    Rule(name="standard-labels", description="Objects have the recommended labels", check=standard_labels),
    Rule(name="encrypted-storage", description="Volumes on AWS are encrypted", check=encrypted_storage),
    Rule(
        name="protected-in-production",
        description="Stateful resources of production stacks (prod…) are protected",
        check=protected_in_production,
    ),
)


def violations(resource: Resource) -> list[tuple[str, str]]:
    """Return the name of the rule and a sentence for each violation of ``resource``."""
    return [(rule.name, sentence) for rule in RULES for sentence in rule.check(resource)]
