"""What is there although the program does not register it: made by the cluster, by a chart, or by an operator.

The program refers to these things by name. A table says which, and why they can be relied upon; `test_charts.py`
holds the charts' part of it against the charts themselves where they are at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.apiserver.objects import Object, releases
from tests.fakecluster import RUNS_IN
from tests.program.recorder import Recorded

DNS = {"dns": 53, "dns-tcp": 53, "metrics": 9153}
"""Ports of kubeadm's CoreDNS."""
POSTGRES = {"postgresql": 5432, "metrics": 9187, "status": 8000}
"""Ports of CloudNativePG's pods, by name (its pkg/specs/pods.go)."""
SECRET_KEYS = ("username", "user", "password", "dbname", "host", "port", "pgpass", "uri", "jdbc-uri")
"""Keys of the secret `<cluster>-app` (its documentation, "Connecting from an application")."""

ALERTMANAGER = {"http-web": 9093, "reloader-web": 8080, "mesh-tcp": 9094}
PROMETHEUS = {"http-web": 9090, "reloader-web": 8080}
"""Ports of the pods that the Prometheus operator makes; the first is the chart's value `portName`."""

ROLES = ("view", "cluster-admin")
"""Roles of Kubernetes itself that the program binds."""


NODE_CLASS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: nodeclasses.eks.amazonaws.com
spec:
  group: eks.amazonaws.com
  scope: Cluster
  names: {kind: NodeClass, listKind: NodeClassList, plural: nodeclasses, singular: nodeclass}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [subnetSelectorTerms, securityGroupSelectorTerms, role]
              properties:
                role: {type: string}
                subnetSelectorTerms: &terms
                  type: array
                  items: {type: object, properties: {id: {type: string}}}
                securityGroupSelectorTerms: *terms
                ephemeralStorage: {type: object, properties: {size: {type: string}}}
                tags: {type: object, additionalProperties: {type: string}}
"""
"""A stand-in, by the documentation: AWS has the definition in its clusters, and publishes it nowhere."""


def by_the_cluster(recorded: Recorded, stored: list[Object]) -> list[Object]:
    """Return what the cluster has: DNS, and a storage class where ``stored`` has none; or what was there before."""
    dns = _pods("kube-system", "kube-dns", {"k8s-app": "kube-dns"}, DNS, udp="dns")
    if recorded.given:
        return [
            dns,
            *map(_role, ROLES),
            *recorded.given,
            *(_gateway(each) for each in recorded.given if each["kind"] == "IngressClass"),
        ]
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard"},
        "provisioner": "rancher.io/local-path",
    }
    has_own = any(each["kind"] == "StorageClass" for each in stored)
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}},
        *([] if has_own else [storage_class]),
        dns,
        *(_role(name) for name in ROLES),
    ]


def _gateway(ingress_class: Object) -> Object:
    """Return the pods behind the IngressClass of a cluster."""
    about = ingress_class["metadata"]
    return _pods(about["labels"][RUNS_IN], "traefik", _named(about["name"]), {"web": 8000})


def _role(name: str) -> Object:
    # What it allows is Kubernetes' affair; that there is one of this name is what the program relies on.
    metadata = {"name": name}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata, "rules": []}


def default_account(namespace: str) -> Object:
    """Return what a controller makes in every namespace: the account of each pod that names none."""
    metadata = {"name": "default", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def by_charts(recorded: Recorded) -> list[Object]:
    """Return what the charts of a stack make that the program refers to."""
    return [made for release in releases(recorded) for made in by_chart(release)]


def by_chart(release: Mapping[str, Any]) -> list[Object]:
    """Return what one chart makes with a release's values that the program refers to."""
    namespace, values = release["namespace"], release["values"]
    match release["name"]:
        case "traefik":
            ingress_class = {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "IngressClass",
                "metadata": {"name": values["ingressClass"]["name"]},
                "spec": {"controller": "traefik.io/ingress-controller"},
            }
            return [ingress_class, _pods(namespace, "traefik", _named("traefik"), {"metrics": 9100})]
        case "cnpg":
            return [_pods(namespace, "cnpg-cloudnative-pg", _named("cloudnative-pg"), {"metrics": 8080})]
        case "barman-cloud":
            account = {"apiVersion": "v1", "kind": "ServiceAccount"}
            return [
                _pods(namespace, "barman-cloud-plugin", _named("plugin-barman-cloud"), {"grpc": 9090}),
                {**account, "metadata": {"name": "barman-cloud", "namespace": namespace}},
            ]
        case "monitoring":
            prometheus = {
                "apiVersion": "monitoring.coreos.com/v1",
                "kind": "Prometheus",
                "metadata": {"name": "monitoring-kube-prometheus-prometheus", "namespace": namespace},
                "spec": {"portName": "http-web"},
            }
            alertmanager = {
                **prometheus,
                "kind": "Alertmanager",
                "metadata": {"name": "monitoring-kube-prometheus-alertmanager", "namespace": namespace},
            }
            found = [prometheus, *([alertmanager] if values["alertmanager"]["enabled"] else [])]
            return [*found, *(_grafana(namespace, values["grafana"]) if values["grafana"]["enabled"] else [])]
        case "headlamp":
            name = values["fullnameOverride"]
            spec = {"selector": _named("headlamp"), "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
            metadata = {"name": name, "namespace": namespace}
            service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
            return [service, _pods(namespace, name, _named("headlamp"), {"http": 4466})]
    return []


def _grafana(namespace: str, values: Mapping[str, Any]) -> list[Object]:
    name = values["fullnameOverride"]
    spec = {
        "selector": _named("grafana"),
        "ports": [{"name": "http-web", "port": 80, "targetPort": "grafana"}],
    }
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
    return [service, _pods(namespace, name, _named("grafana"), {"grafana": 3000})]


def by_operators(objects: list[Object]) -> list[Object]:
    """Return what operators make of their custom resources: CloudNativePG of a Cluster, and that of Prometheus."""
    made = []
    for each in objects:
        name, namespace = each["metadata"]["name"], each["metadata"].get("namespace", "")
        if each["kind"] == "Cluster":
            made += _database(name, namespace)
        elif each["kind"] == "CronJob" and name.endswith("-db-drill"):
            made += _database(f"{name}-copy", namespace)  # the temporary cluster of the drill
        elif each["kind"] == "Alertmanager":
            labels = {**_named("alertmanager"), "alertmanager": name}
            made.append(_pods(namespace, f"alertmanager-{name}-0", labels, ALERTMANAGER))
        elif each["kind"] == "Prometheus":
            made.append(_pods(namespace, f"prometheus-{name}-0", _prometheus_labels(name), PROMETHEUS))
    return made


def _database(name: str, namespace: str) -> list[Object]:
    """Return a Cluster's pods, the secret for clients, and services."""
    pods = {"cnpg.io/cluster": name}
    made = [_pods(namespace, f"{name}-1", pods, POSTGRES), _secret(namespace, f"{name}-app", SECRET_KEYS)]
    for role in ("rw", "r", "ro"):
        ports = [{"name": "postgres", "port": 5432, "targetPort": 5432}]
        metadata = {"name": f"{name}-{role}", "namespace": namespace}
        spec = {"selector": pods, "ports": ports}
        made.append({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    return made


def _prometheus_labels(name: str) -> dict[str, str]:
    return {**_named("prometheus"), "operator.prometheus.io/name": name}


def _named(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name}


def _secret(namespace: str, name: str, keys: tuple[str, ...]) -> Object:
    data = dict.fromkeys(keys, "bWFkZQ==")
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _pods(namespace: str, name: str, labels: Mapping[str, str], ports: Mapping[str, int], *, udp: str = "") -> Object:
    declared = [
        {"name": port, "containerPort": number, "protocol": "UDP" if port == udp else "TCP"}
        for port, number in ports.items()
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {"containers": [{"name": "stand-in", "image": "stand-in", "ports": declared}]},
    }
