"""Check that a stack can be deployed to an existing cluster without conflicts with what is already in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pocdeploy import fixes
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.config.existing_cluster import ComponentSource
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.kube.release_owner import owner
from pocdeploy.preflight import cluster_inventory
from pocdeploy.preflight.cluster_inventory import DATABASES, METRICS, OPERATORS, Inventory

KEY = "pocdeploy:cluster"
METRICS_SERVER = "kube-system/metrics-server"
"""Helm release of metrics-server."""
OLDEST = (1, 30)
"""First Kubernetes whose containers can sleep before they end, as those of the applications do."""


def check_file(settings: Settings, stack: str, root: Path) -> Inventory:
    """Return the inventory of the cluster in the settings' kubeconfig; raises ClusterError with all conflicts."""
    cluster = _existing(settings)
    config = kubeconfig.read(kubeconfig.locate(cluster.kubeconfig, root), str(cluster.context))
    inventory = cluster_inventory.read(config)
    check(settings, stack, inventory)
    return inventory


def check(settings: Settings, stack: str, inventory: Inventory) -> None:
    """Raise ClusterError with all conflicts of ``stack`` with a cluster, if there are any."""
    if found := [*findings(settings, stack, inventory)]:
        raise ClusterError(found)


def findings(settings: Settings, stack: str, inventory: Inventory) -> Iterator[Finding]:
    """Yield the conflicts of a stack with a cluster."""
    cluster = _existing(settings)
    yield from _can_run(settings, cluster, inventory)
    foreign = {name for name, labels in inventory.namespaces.items() if not is_of(stack, labels)}
    reported: set[str] = set()  # namespaces with another finding
    for finding, namespace in _components(settings, cluster, inventory, foreign, stack):
        reported.add(namespace)
        yield finding
    for namespace in _namespaces(settings, cluster):
        if namespace in foreign - reported:
            yield Finding(
                where=f"namespace {namespace}",
                what="the namespace exists and does not belong to this stack: its contents would be overwritten",
                actual=", ".join(f"{key}={value}" for key, value in inventory.namespaces[namespace].items())[:300]
                or "no labels",
                expected="no such namespace, or one with the labels of this stack",
                fix=f"kubectl delete namespace {namespace}   (if nothing in it is needed)",
            )


def is_of(stack: str, labels: Any) -> bool:
    """Return whether a namespace belongs to a stack, by its labels."""
    ours = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/instance": stack}
    return bool(ours.items() <= dict(labels).items())


def _existing(settings: Settings) -> ExistingSettings:
    if not isinstance(settings.cluster, ExistingSettings):
        raise TypeError(type(settings.cluster).__name__)
    return settings.cluster


def _namespaces(settings: Settings, cluster: ExistingSettings) -> Iterator[str]:
    """Yield the namespaces that the program creates."""
    yield from settings.apps
    if cluster.database_operator.install:
        yield "cnpg-system"
    if cluster.gateway.install:
        yield "gateway"
    if cluster.monitoring.install and settings.monitoring.namespace:
        yield settings.monitoring.namespace
    if settings.monitoring.cluster_browser:
        yield "cluster-browser"


def _can_run(settings: Settings, cluster: ExistingSettings, inventory: Inventory) -> Iterator[Finding]:
    if inventory.version < OLDEST:
        yield Finding(
            where=f"{KEY}.context",
            what="the version of Kubernetes is too old",
            actual=".".join(map(str, inventory.version)),
            expected=f"{'.'.join(map(str, OLDEST))} or newer",
            fix="upgrade the cluster, then: kubectl version",
        )
    if inventory.platforms and cluster.platform not in inventory.platforms:
        yield Finding(
            where=f"{KEY}.platform",
            what="no node has this platform",
            actual=cluster.platform,
            expected=" or ".join(sorted(inventory.platforms)),
            fix=fixes.set_value(f"{KEY}.platform", min(inventory.platforms)),
        )
    if not any(app.database for app in settings.apps.values()):
        return
    name = cluster.storage_class
    if name is not None and name not in inventory.storage_classes:
        what = "the cluster has no such StorageClass"
        yield _storage_class(what, name, inventory)
    if name is None and not any(inventory.storage_classes.values()):
        what = "the cluster has no default StorageClass, and none is set"
        yield _storage_class(what, None, inventory)


def _storage_class(what: str, actual: str | None, inventory: Inventory) -> Finding:
    key, known = f"{KEY}.storageClass", sorted(inventory.storage_classes)
    fix = fixes.set_value(key, _similar(actual, known)) if known else "kubectl get storageclass"
    return Finding(where=key, what=what, actual=actual, expected=f"one of {', '.join(known) or 'none'}", fix=fix)


def _components(
    settings: Settings, cluster: ExistingSettings, inventory: Inventory, foreign: set[str], stack: str
) -> Iterator[tuple[Finding, str]]:
    """Yield a finding, and its namespace, for each component that exists and should be installed, or the reverse."""
    operator = cluster.database_operator
    if operator.install or any(app.database for app in settings.apps.values()):
        yield from _operator("databaseOperator", operator, "cloudnative-pg", inventory, foreign)
    if operator.install:
        yield from _definitions(inventory)
    if settings.monitoring.namespace:
        yield from _operator("monitoring", cluster.monitoring, "prometheus-operator", inventory, foreign)
    yield from _gateway(cluster, inventory, foreign)
    # A release without the name of a stack can be this stack's own, of an earlier version: the state tells
    # (pocdeploy/stacks/foreign_releases.py).
    is_other = inventory.metrics != METRICS_SERVER or owner(inventory.metrics_labels) not in (None, stack)
    if cluster.metrics_server and inventory.metrics is not None and is_other:
        yield metrics_finding(inventory), ""


def metrics_finding(inventory: Inventory) -> Finding:
    """Return the finding that the cluster has a metrics API of others."""
    key, labels = f"{KEY}.metricsServer", inventory.metrics_labels
    stack = f" of the stack {owner(labels)}" if owner(labels) else ""
    return Finding(
        where=key,
        what="the cluster already has a metrics API",
        actual=f"APIService {METRICS}"
        + (f" of the Helm release {inventory.metrics}{stack}" if inventory.metrics else ""),
        expected="false",
        fix=fixes.set_value(key, value=False),
    )


def _operator(
    key: str, source: ComponentSource, image: str, inventory: Inventory, foreign: set[str]
) -> Iterator[tuple[Finding, str]]:
    others = [namespace for namespace in inventory.operators.get(image, ()) if namespace in foreign]
    where, what = f"{KEY}.{key}", OPERATORS[image]
    if source.install and others:
        finding = Finding(
            where=f"{where}.install",
            what=f"{what} already runs in the cluster; two of them would conflict",
            actual=f"in the namespace {', '.join(others)}",
            expected="false, which uses the existing one",
            fix=_use(where, others[0]),
        )
        yield finding, others[0]
    elif not source.install and source.namespace not in inventory.operators.get(image, ()):
        found = ", ".join(inventory.operators.get(image, ()))
        finding = Finding(
            where=f"{where}.namespace",
            what=f"{what} does not run in this namespace",
            actual=source.namespace,
            expected=found or "true for install: it does not run in this cluster",
            fix=fixes.set_value(f"{where}.namespace", found.split(",")[0])
            if found
            else fixes.set_values({f"{where}.install": True}, remove=(f"{where}.namespace",)),
        )
        yield finding, ""


def _definitions(inventory: Inventory) -> Iterator[tuple[Finding, str]]:
    """Yield a finding for definitions left by another installation: Helm does not take them over."""
    owner, image = inventory.databases, "cloudnative-pg"
    if owner in (None, "cnpg-system/cnpg") or inventory.operators.get(image):
        return
    finding = Finding(
        where=f"{KEY}.databaseOperator.install",
        what=f"the cluster has the definitions of {OPERATORS[image]}, but not the operator",
        actual=f"{DATABASES}, of {f'the Helm release {owner}' if owner else 'no Helm release'}",
        expected="a cluster without them, or with their operator",
        fix="kubectl get crd --output name | grep postgresql.cnpg.io | xargs kubectl delete   "
        "(deletes all databases of that installation)",
    )
    yield finding, ""


def _gateway(cluster: ExistingSettings, inventory: Inventory, foreign: set[str]) -> Iterator[tuple[Finding, str]]:
    source, where = cluster.gateway, f"{KEY}.gateway"
    classes = ", ".join(sorted(inventory.ingress_classes)) or "none"
    if source.install:
        owner = inventory.ingress_classes.get("traefik")
        if owner is not None and (owner != "gateway/traefik" or "gateway" in foreign):
            finding = Finding(
                where=f"{where}.install",
                what="the cluster already has an IngressClass traefik",
                actual=f"of the Helm release {owner}" if owner else "of no Helm release",
                expected="false, which uses the existing gateway",
                fix=_use(where, owner.partition("/")[0] or "traefik", ingressClass="traefik"),
            )
            yield finding, "gateway"
        return
    if source.ingress_class not in inventory.ingress_classes:
        finding = Finding(
            where=f"{where}.ingressClass",
            what="the cluster has no such IngressClass",
            actual=source.ingress_class,
            expected=f"one of {classes}",
            fix=fixes.set_value(f"{where}.ingressClass", min(inventory.ingress_classes, default="nginx")),
        )
        yield finding, ""
    if source.namespace not in inventory.namespaces:
        finding = Finding(
            where=f"{where}.namespace",
            what="the cluster has no such namespace",
            actual=source.namespace,
            expected="the namespace of the gateway's pods",
            fix=fixes.set_value(f"{where}.namespace", _similar(source.namespace, inventory.namespaces)),
        )
        yield finding, ""


def _use(where: str, namespace: str, **more: str) -> str:
    values = {"install": False, "namespace": namespace, **more}
    return fixes.set_values({f"{where}.{key}": value for key, value in values.items()})


def _similar(name: str | None, known: Iterable[str]) -> str:
    return difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.0)[0]
