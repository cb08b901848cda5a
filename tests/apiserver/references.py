"""Follow every reference between Kubernetes objects; what leads nowhere is a problem, one line each.

Pure functions over plain objects. They take objects as the API server stores them, with its defaults filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.apiserver.objects import Object, Template, label, selects, templates

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Namespace that a policy may let in though it is not there -> the reason."""


@dataclass(frozen=True)
class World:
    """All objects there are, and the pods that they make."""

    objects: list[Object]
    pods: list[Template]

    @classmethod
    def of(cls, objects: list[Object]) -> World:
        return cls(objects, list(templates(objects)))

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        return next(
            (
                each
                for each in self.objects
                if (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace"))
                == (kind, name, namespace)
            ),
            None,
        )

    def selected(self, selector: Mapping[str, Any], namespace: str) -> list[Template]:
        return [pod for pod in self.pods if pod.namespace == namespace and selects(selector, pod.labels)]

    def namespaces(self, selector: Mapping[str, Any]) -> list[str]:
        """Return the selected namespaces; every one has its name as a label, which the API server sees to."""
        found = {each["metadata"]["name"]: each for each in self.objects if each["kind"] == "Namespace"}
        return [
            name
            for name, each in found.items()
            if selects(selector, {**each["metadata"].get("labels", {}), NAMESPACE_NAME: name})
        ]


def problems(world: World, objects: list[Object]) -> list[str]:
    """Return what is wrong with the references of ``objects``, which live in ``world``."""
    found = [f"{pod.owner}: {text}" for pod in templates(objects) for text in _pod(world, pod)]
    for each in objects:
        check = _CHECKS.get(each["kind"])
        found += [f"{label(each)}: {text}" for text in check(world, each)] if check else []
    return found


def _pod(world: World, pod: Template) -> Iterator[str]:
    account = pod.spec.get("serviceAccountName", "default")
    if world.find("ServiceAccount", account, pod.namespace) is None:
        yield f"there is no ServiceAccount {account}"
    for container in pod.containers:
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {})
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if field in source:
                    yield from _source(world, pod, kind, source[field]["name"], source[field])
        for source in container.get("envFrom", []):
            for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if field in source:
                    yield from _source(world, pod, kind, source[field]["name"], source[field])
        yield from _probes(container)
    for volume in pod.spec.get("volumes", []):
        yield from _volume(world, pod, volume)


def _source(world: World, pod: Template, kind: str, name: str, reference: Mapping[str, Any]) -> Iterator[str]:
    found = world.find(kind, name, pod.namespace)
    if reference.get("optional"):
        return
    if found is None:
        yield f"there is no {kind} {name}"
    elif "key" in reference and reference["key"] not in {**found.get("data", {}), **found.get("stringData", {})}:
        yield f"{kind} {name} has no key {reference['key']}"


def _probes(container: Mapping[str, Any]) -> Iterator[str]:
    named = {port.get("name") for port in container.get("ports", [])}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container.get(probe, {})
        port = asked.get("httpGet", asked.get("tcpSocket", {})).get("port")
        if isinstance(port, str) and port not in named:
            yield f"{probe} asks port {port}, which container {container['name']} does not have"


def _volume(world: World, pod: Template, volume: Mapping[str, Any]) -> Iterator[str]:
    for source in [volume, *volume.get("projected", {}).get("sources", [])]:
        if "secret" in source:
            name = source["secret"].get("secretName") or source["secret"].get("name")
            yield from _source(world, pod, "Secret", name, source["secret"])
        # Every namespace has this one from Kubernetes itself.
        if "configMap" in source and source["configMap"]["name"] != "kube-root-ca.crt":
            yield from _source(world, pod, "ConfigMap", source["configMap"]["name"], source["configMap"])
    claim = volume.get("persistentVolumeClaim", {}).get("claimName")
    if claim and world.find("PersistentVolumeClaim", claim, pod.namespace) is None:
        yield f"there is no PersistentVolumeClaim {claim}"


def _service(world: World, service: Object) -> Iterator[str]:
    selector = service["spec"].get("selector")
    if not selector:
        return
    pods = world.selected({"matchLabels": selector}, service["metadata"]["namespace"])
    if not pods:
        yield f"its selector {selector} matches no pod"
    for port in service["spec"]["ports"]:
        target = port.get("targetPort", port["port"])
        for pod in pods:
            if not pod.has_port(target, port.get("protocol", "TCP")):
                yield f"its port {port['port']} leads to port {target}, which {pod.owner} does not have"


def _ingress(world: World, ingress: Object) -> Iterator[str]:
    namespace, spec = ingress["metadata"]["namespace"], ingress["spec"]
    class_name = spec.get("ingressClassName")
    if class_name is None or world.find("IngressClass", class_name) is None:
        yield f"there is no IngressClass {class_name}"
    backends = [path["backend"] for rule in spec.get("rules", []) for path in rule["http"]["paths"]]
    for backend in [*backends, *([spec["defaultBackend"]] if "defaultBackend" in spec else [])]:
        name, port = backend["service"]["name"], backend["service"]["port"]
        service = world.find("Service", name, namespace)
        if service is None:
            yield f"there is no Service {name}"
        elif not any(
            port.items() <= {"name": each.get("name"), "number": each["port"]}.items()
            for each in service["spec"]["ports"]
        ):
            yield f"Service {name} has no port {port}"
    for secret in (entry.get("secretName") for entry in spec.get("tls", [])):
        if secret and world.find("Secret", secret, namespace) is None:
            yield f"there is no Secret {secret}"


def _autoscaler(world: World, autoscaler: Object) -> Iterator[str]:
    target, namespace = autoscaler["spec"]["scaleTargetRef"], autoscaler["metadata"]["namespace"]
    found = world.find(target["kind"], target["name"], namespace)
    if found is None or found["apiVersion"] != target["apiVersion"]:
        yield f"there is no {target['apiVersion']} {target['kind']} {target['name']}"
        return
    for metric in autoscaler["spec"]["metrics"]:
        resource = metric.get("resource", {})
        if resource.get("target", {}).get("type") != "Utilization":
            continue
        for container in found["spec"]["template"]["spec"]["containers"]:
            if resource["name"] not in container.get("resources", {}).get("requests", {}):
                yield f"it goes by the use of {resource['name']}, of which container {container['name']} requests none"


def _disruption_budget(world: World, budget: Object) -> Iterator[str]:
    if not world.selected(budget["spec"]["selector"], budget["metadata"]["namespace"]):
        yield f"its selector {budget['spec']['selector']} matches no pod"


def _network_policy(world: World, policy: Object) -> Iterator[str]:
    namespace, spec = policy["metadata"]["namespace"], policy["spec"]
    pods = world.selected(spec["podSelector"], namespace)
    if not pods:
        yield f"its selector {spec['podSelector']} matches no pod"
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction, []):
            peers: list[Template] = []
            for peer in rule.get(side, []):
                found = peers_of(world, peer, namespace)
                # Outside of the cluster, ports are unknown.
                peers += [] if "ipBlock" in peer else found
                if not found:
                    yield f"{direction} is allowed with {peer}, which matches no pod"
            receiving = pods if direction == "ingress" else peers
            for port in rule.get("ports", []):
                protocol = port.get("protocol", "TCP")
                missing = [pod.owner for pod in receiving if not pod.has_port(port["port"], protocol)]
                if missing:
                    yield f"{direction} is allowed to {protocol} port {port['port']}, which {missing} does not have"


def peers_of(world: World, peer: Mapping[str, Any], namespace: str) -> list[Template]:
    """Return the pods that a peer of a policy in ``namespace`` stands for; an address range is taken as all of them."""
    if "ipBlock" in peer:
        return list(world.pods)
    namespaces = world.namespaces(peer["namespaceSelector"]) if "namespaceSelector" in peer else [namespace]
    return [pod for name in namespaces for pod in world.selected(peer.get("podSelector", {}), name)]


def _pod_monitor(world: World, monitor: Object) -> Iterator[str]:
    spec = monitor["spec"]
    namespaces = spec.get("namespaceSelector", {}).get("matchNames", [monitor["metadata"]["namespace"]])
    pods = [pod for name in namespaces for pod in world.selected(spec["selector"], name)]
    if not pods:
        yield f"its selector {spec['selector']} matches no pod in {namespaces}"
    for endpoint in spec["podMetricsEndpoints"]:
        if pods and not any(pod.has_port(endpoint["port"]) for pod in pods):
            yield f"no selected pod has a port {endpoint['port']}"


def _cluster(world: World, cluster: Object) -> Iterator[str]:
    spec = cluster["spec"]
    for storage in (spec["storage"], spec.get("walStorage", {})):
        name = storage.get("storageClass")
        if name and world.find("StorageClass", name) is None:
            yield f"there is no StorageClass {name}"


def _in_cluster(world: World, each: Object) -> Iterator[str]:
    """Check a Database or a DatabaseRole: what it names has to be in its own namespace."""
    namespace, spec = each["metadata"]["namespace"], each["spec"]
    if world.find("Cluster", spec["cluster"]["name"], namespace) is None:
        yield f"there is no Cluster {spec['cluster']['name']}"
    name = spec.get("passwordSecret", {}).get("name")
    secret = world.find("Secret", name, namespace) if name else None
    if name and (secret is None or secret["type"] != "kubernetes.io/basic-auth"):
        yield f"there is no Secret {name} of type basic-auth"
    roles = [it["spec"]["name"] for it in world.objects if it["kind"] == "DatabaseRole"]
    if "owner" in spec and spec["owner"] not in roles:
        yield f"there is no role {spec['owner']}"


def _claim(world: World, claim: Object) -> Iterator[str]:
    name = claim["spec"].get("storageClassName")
    if name and world.find("StorageClass", name) is None:
        yield f"there is no StorageClass {name}"


def _rules(world: World, role: Object) -> Iterator[str]:
    for rule in role.get("rules") or []:
        for field in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
            if any("*" in entry for entry in rule.get(field, [])):
                yield f"it grants every one of {field}: {rule}"


def _binding(world: World, binding: Object) -> Iterator[str]:
    role = binding["roleRef"]
    if role["name"] in {"cluster-admin", "admin"}:
        yield f"it grants {role['name']}"
    namespace = binding["metadata"].get("namespace") if role["kind"] == "Role" else None
    if world.find(role["kind"], role["name"], namespace) is None:
        yield f"there is no {role['kind']} {role['name']}"
    for subject in binding.get("subjects", []):
        account = (subject["kind"], subject["name"], subject.get("namespace"))
        if subject["kind"] == "ServiceAccount" and world.find(*account) is None:
            yield f"there is no ServiceAccount {subject['name']}"


_CHECKS = {
    "Service": _service,
    "Ingress": _ingress,
    "HorizontalPodAutoscaler": _autoscaler,
    "PodDisruptionBudget": _disruption_budget,
    "NetworkPolicy": _network_policy,
    "PodMonitor": _pod_monitor,
    "Cluster": _cluster,
    "Database": _in_cluster,
    "DatabaseRole": _in_cluster,
    "PersistentVolumeClaim": _claim,
    "Role": _rules,
    "ClusterRole": _rules,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
}
