"""Whether a stack can go into a cluster that is there already, without getting in the way of what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.config.existing_cluster import ComponentSource
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import cluster_inventory
from pocdeploy.preflight.cluster_inventory import DATABASES, METRICS, OPERATORS, Inventory

KEY = "pocdeploy:cluster"
OLDEST = (1, 30)
"""The first Kubernetes in which a container can pause before it ends, as the applications do."""


def check_file(settings: Settings, stack: str, root: Path) -> dict[str, Any]:
    """Return the kubeconfig that the settings name, after looking into its cluster.

    Raises:
        ClusterError: with everything that is in the way.
    """
    cluster = _existing(settings)
    config = kubeconfig.read(kubeconfig.locate(cluster.kubeconfig, root), str(cluster.context))
    check(settings, stack, config)
    return config


def check(settings: Settings, stack: str, config: dict[str, Any]) -> None:
    """Look into the cluster of a kubeconfig; raises ClusterError with everything that is in the way of ``stack``."""
    found = [*findings(settings, stack, cluster_inventory.take(config))]
    if found:
        raise ClusterError(found)


def findings(settings: Settings, stack: str, has: Inventory) -> Iterator[Finding]:
    """Yield what is in the way of a stack in a cluster with this inventory."""
    cluster = _existing(settings)
    yield from _can_run(settings, cluster, has)
    foreign = {name for name, labels in has.namespaces.items() if not is_of(stack, labels)}
    taken: set[str] = set()  # namespaces about which another finding says enough
    for finding, namespace in _parts(settings, cluster, has, foreign):
        taken.add(namespace)
        yield finding
    for namespace in _namespaces(settings, cluster):
        if namespace in foreign - taken:
            yield Finding(
                where=f"namespace {namespace}",
                what="it is in the cluster already, and not of this stack: what is in it would be overwritten",
                actual=", ".join(f"{key}={value}" for key, value in has.namespaces[namespace].items())[:300]
                or "no labels",
                expected="a namespace that is not there yet, or one with the labels of this stack",
                fix=f"kubectl delete namespace {namespace}   (if nothing in it is needed)",
            )


def is_of(stack: str, labels: Any) -> bool:
    """Return whether a namespace was made by a stack, by its labels."""
    ours = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/instance": stack}
    return bool(ours.items() <= dict(labels).items())


def _existing(settings: Settings) -> ExistingSettings:
    if not isinstance(settings.cluster, ExistingSettings):
        raise TypeError(type(settings.cluster).__name__)
    return settings.cluster


def _namespaces(settings: Settings, cluster: ExistingSettings) -> Iterator[str]:
    """Yield the namespaces that the program makes."""
    yield from settings.apps
    if cluster.database_operator.install:
        yield "cnpg-system"
    if cluster.gateway.install:
        yield "gateway"
    if cluster.monitoring.install and settings.monitoring.namespace:
        yield settings.monitoring.namespace
    if settings.monitoring.cluster_browser:
        yield "cluster-browser"


def _can_run(settings: Settings, cluster: ExistingSettings, has: Inventory) -> Iterator[Finding]:
    if has.version < OLDEST:
        yield Finding(
            where=f"{KEY}.context",
            what="this Kubernetes is too old",
            actual=".".join(map(str, has.version)),
            expected=f"{'.'.join(map(str, OLDEST))} or newer",
            fix="upgrade the cluster",
        )
    if has.platforms and cluster.platform not in has.platforms:
        yield Finding(
            where=f"{KEY}.platform",
            what="no node has this platform",
            actual=cluster.platform,
            expected=" or ".join(sorted(has.platforms)),
            fix=f"pulumi config set --path '{KEY}.platform' {min(has.platforms)}",
        )
    if not any(app.database for app in settings.apps.values()):
        return
    name, known = cluster.storage_class, ", ".join(sorted(has.storage_classes)) or "none"
    if name is not None and name not in has.storage_classes:
        what = "the cluster has no such StorageClass"
        yield Finding(where=f"{KEY}.storageClass", what=what, actual=name, expected=f"one of {known}", fix=_SET_STORAGE)
    if name is None and not any(has.storage_classes.values()):
        what = "the cluster has no default StorageClass, and none is set"
        yield Finding(where=f"{KEY}.storageClass", what=what, expected=f"one of {known}", fix=_SET_STORAGE)


_SET_STORAGE = f"pulumi config set --path '{KEY}.storageClass' <name>"


def _parts(
    settings: Settings, cluster: ExistingSettings, has: Inventory, foreign: set[str]
) -> Iterator[tuple[Finding, str]]:
    """Yield a finding for each part that is there though it is to be installed, or the other way round; and where."""
    operator = cluster.database_operator
    if operator.install or any(app.database for app in settings.apps.values()):
        yield from _operator("databaseOperator", operator, "cloudnative-pg", has, foreign)
    if operator.install:
        yield from _definitions(has)
    if settings.monitoring.namespace:
        yield from _operator("monitoring", cluster.monitoring, "prometheus-operator", has, foreign)
    yield from _gateway(cluster, has, foreign)
    if cluster.metrics_server and has.metrics is not None and has.metrics != "kube-system/metrics-server":
        key = f"{KEY}.metricsServer"
        yield (
            Finding(
                where=key,
                what="the cluster has a metrics API already",
                actual=f"APIService {METRICS}" + (f" of the Helm release {has.metrics}" if has.metrics else ""),
                expected="false",
                fix=f"pulumi config set --path '{key}' false",
            ),
            "",
        )


def _operator(
    key: str, part: ComponentSource, image: str, has: Inventory, foreign: set[str]
) -> Iterator[tuple[Finding, str]]:
    others = [namespace for namespace in has.operators.get(image, ()) if namespace in foreign]
    where, what = f"{KEY}.{key}", OPERATORS[image]
    if part.install and others:
        finding = Finding(
            where=f"{where}.install",
            what=f"{what} runs in the cluster already; two of it would work against each other",
            actual=f"in the namespace {', '.join(others)}",
            expected="false, which uses the one that is there",
            fix=_use(where, others[0]),
        )
        yield finding, others[0]
    elif not part.install and part.namespace not in has.operators.get(image, ()):
        there = ", ".join(has.operators.get(image, ()))
        finding = Finding(
            where=f"{where}.namespace",
            what=f"{what} does not run there",
            actual=part.namespace,
            expected=there or "true for install, as it runs nowhere in the cluster",
            fix=f"pulumi config set --path '{where}.namespace' {there.split(',')[0]}"
            if there
            else f"pulumi config set --path '{where}.install' true && pulumi config rm --path '{where}.namespace'",
        )
        yield finding, ""


def _definitions(has: Inventory) -> Iterator[tuple[Finding, str]]:
    """Yield a finding for definitions that another installation has left: Helm does not take them over."""
    owner, image = has.databases, "cloudnative-pg"
    if owner in (None, "cnpg-system/cnpg") or has.operators.get(image):
        return
    finding = Finding(
        where=f"{KEY}.databaseOperator.install",
        what=f"the definitions of {OPERATORS[image]} are in the cluster already, without it",
        actual=f"{DATABASES}, of {f'the Helm release {owner}' if owner else 'no Helm release'}",
        expected="a cluster without them, or with the operator that they belong to",
        fix="kubectl get crd --output name | grep postgresql.cnpg.io | xargs kubectl delete   "
        "(deletes every database that is left of that installation)",
    )
    yield finding, ""


def _gateway(cluster: ExistingSettings, has: Inventory, foreign: set[str]) -> Iterator[tuple[Finding, str]]:
    part, where = cluster.gateway, f"{KEY}.gateway"
    classes = ", ".join(sorted(has.ingress_classes)) or "none"
    if part.install:
        owner = has.ingress_classes.get("traefik")
        if owner is not None and (owner != "gateway/traefik" or "gateway" in foreign):
            finding = Finding(
                where=f"{where}.install",
                what="the cluster has an IngressClass traefik already",
                actual=f"of the Helm release {owner}" if owner else "of no Helm release",
                expected="false, which uses the gateway that is there",
                fix=f"{_use(where, owner.partition('/')[0] or '<its namespace>')}"
                f" && pulumi config set --path '{where}.ingressClass' traefik",
            )
            yield finding, "gateway"
        return
    if part.ingress_class not in has.ingress_classes:
        finding = Finding(
            where=f"{where}.ingressClass",
            what="the cluster has no such IngressClass",
            actual=part.ingress_class,
            expected=f"one of {classes}",
            fix=f"pulumi config set --path '{where}.ingressClass' <name>",
        )
        yield finding, ""
    if part.namespace not in has.namespaces:
        finding = Finding(
            where=f"{where}.namespace",
            what="the cluster has no such namespace",
            actual=part.namespace,
            expected="the namespace in which the pods of the gateway run",
            fix=f"pulumi config set --path '{where}.namespace' <name>",
        )
        yield finding, ""


def _use(where: str, namespace: str) -> str:
    return (
        f"pulumi config set --path '{where}.install' false && pulumi config set --path '{where}.namespace' {namespace}"
    )
