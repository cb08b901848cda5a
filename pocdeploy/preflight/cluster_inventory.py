"""Ask a cluster that is there already what it has; nothing in it is changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.kube.client import ApiError, Cluster

DATABASES = "clusters.postgresql.cnpg.io"
"""Custom resource definition of CloudNativePG, which outlives the operator."""
OPERATORS = {"cloudnative-pg": "CloudNativePG", "prometheus-operator": "the Prometheus operator"}
"""Last part of an operator's image name, wherever the image comes from -> what it is."""
METRICS = "v1beta1.metrics.k8s.io"
_RELEASE, _RELEASE_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a cluster has, as far as the program would get in its way. Owners are Helm releases: ``namespace/name``."""

    version: tuple[int, int] = (1, 34)
    """Major and minor version of Kubernetes."""
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Name -> labels."""
    operators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of OPERATORS -> namespaces in which it runs."""
    databases: str | None = None
    """Owner of the definition DATABASES, or nothing; None where there is none."""
    ingress_classes: Mapping[str, str] = field(default_factory=dict)
    """Name -> owner, or nothing."""
    storage_classes: Mapping[str, bool] = field(default_factory=dict)
    """Name -> whether it is the default."""
    platforms: frozenset[str] = frozenset()
    """Those of the nodes, for example ``linux/amd64``."""
    metrics: str | None = None
    """Owner of the metrics API, or nothing; None where there is no such API."""


def take(config: Mapping[str, Any]) -> Inventory:
    """Return what the cluster of a kubeconfig with one context has.

    Raises:
        ClusterError: if it does not answer, does not know the user, or does not let the user look.
    """
    with _asking(config) as ask:
        version = ask("/version/")
        databases = ask(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{DATABASES}", missing=None)
        metrics = ask(f"/apis/apiregistration.k8s.io/v1/apiservices/{METRICS}", missing=None)
        return Inventory(
            version=(_number(version["major"]), _number(version["minor"])),
            namespaces={it["metadata"]["name"]: it["metadata"].get("labels") or {} for it in ask("/api/v1/namespaces")},
            operators=_operators(ask("/apis/apps/v1/deployments")),
            databases=None if databases is None else _owner(databases),
            ingress_classes={
                it["metadata"]["name"]: _owner(it) for it in ask("/apis/networking.k8s.io/v1/ingressclasses")
            },
            storage_classes={
                it["metadata"]["name"]: _annotations(it).get("storageclass.kubernetes.io/is-default-class") == "true"
                for it in ask("/apis/storage.k8s.io/v1/storageclasses")
            },
            platforms=frozenset(map(_platform, ask("/api/v1/nodes"))),
            metrics=None if metrics is None else _owner(metrics),
        )


@contextmanager
def _asking(config: Mapping[str, Any]) -> Iterator[Callable[..., Any]]:
    """Give a function that returns what is at a path of the cluster's API: an object, or a list's items.

    ``missing``, if given, is what the function returns for something that is not there.
    """
    # Imported where it is used: most runs need none of it, and it takes a quarter of a second.
    from kubernetes.config import ConfigException, new_client_from_config_dict  # noqa: PLC0415

    server = kubeconfig.server(dict(config))
    # The client logs a traceback for each failed attempt, which says less than the finding.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    try:
        client: Any = new_client_from_config_dict(yaml.safe_load(yaml.safe_dump(dict(config))))  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise ClusterError([_no_user(server, str(error))]) from None
    client.configuration.retries = 0
    client.rest_client.pool_manager.connection_pool_kw["retries"] = 0

    api = Cluster(client)

    def ask(path: str, **options: Any) -> Any:
        try:
            answer = api.get(path)
        except ApiError as error:
            if error.status == 404 and "missing" in options:
                return options["missing"]
            finding = _refused(server, path, error.status) if error.status else _unreachable(server, error.__cause__)
            raise ClusterError([finding]) from None
        if "text" in answer:
            raise ClusterError([_unreachable(server, "what answers there is no API of Kubernetes")])
        return answer["items"] or [] if "items" in answer else answer

    with client:
        yield ask


def _operators(deployments: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for deployment in deployments:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            name = str(container.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]
            if name in OPERATORS:
                found.setdefault(name, set()).add(deployment["metadata"]["namespace"])
    return {name: tuple(sorted(namespaces)) for name, namespaces in found.items()}


def _annotations(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    return manifest["metadata"].get("annotations") or {}


def _owner(manifest: Mapping[str, Any]) -> str:
    annotations = _annotations(manifest)
    name = annotations.get(_RELEASE)
    return f"{annotations.get(_RELEASE_NAMESPACE, '')}/{name}" if name else ""


def _platform(node: Mapping[str, Any]) -> str:
    info = node["status"]["nodeInfo"]
    return f"{info['operatingSystem']}/{info['architecture']}"


def _number(text: str) -> int:
    """Return a part of a version; some providers write ``34+``."""
    return int("".join(character for character in text if character.isdigit()) or 0)


def _no_user(server: str, why: str) -> Finding:
    return Finding(
        where="pocdeploy:cluster.context",
        what="the credentials of this context cannot be had",
        actual=f"{server}: {why.splitlines()[0][:300] if why else 'no reason given'}",
        fix="log in to the cluster's provider again, and try: kubectl --context <context> version",
    )


def _unreachable(server: str, error: object) -> Finding:
    cause = getattr(error, "reason", None) or error
    return Finding(
        where="pocdeploy:cluster.context",
        what="the cluster does not answer",
        actual=f"{server}: {str(cause).rpartition(': ')[2][:300]}",
        expected="a cluster that runs and can be reached from here (VPN, private address, allowed ranges)",
        fix="kubectl --context <context> version",
    )


def _refused(server: str, path: str, status: int) -> Finding:
    if status == 401:
        return _no_user(server, "the cluster does not know this user, or the login has expired")
    return Finding(
        where="pocdeploy:cluster.context",
        what=f"the cluster does not let this user look ({path})",
        actual=f"{server}: HTTP status {status}",
        expected="a user who may create namespaces and cluster roles",
        fix="kubectl --context <context> auth can-i --list",
    )
