"""The hosts that the pods of an application answer to: the configured one, and the one before it.

A change of the host takes a while: pods are replaced one by one, and the route is changed after them. In this time, and
after a rollback, requests with both hosts must be answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pocdeploy.kube.client import KubeClient
from pocdeploy.release.revisions import manager_of

VARIABLE = "ALLOWED_HOSTS"
"""Variable with the hosts, separated by commas; the first one is routed."""


def internal_host(app: str) -> str:
    """Return the host under which other applications reach an application."""
    return f"{app}.{app}.svc"


def of_template(template: Mapping[str, Any]) -> list[str]:
    """Return the hosts of a pod template; none if it does not have the variable."""
    variables = template["spec"]["containers"][0].get("env") or []
    found = next((it.get("value") for it in variables if it["name"] == VARIABLE), None)
    return found.split(",") if found else []


def previous(configured: Collection[str], spec: Mapping[str, Any] | None) -> str | None:
    """Return the host before those that are ``configured``, by the spec of the deployed Deployment; None without one.

    It stays until the next change, so that an `up` without a change does not replace the pods.
    """
    hosts = of_template(spec["template"]) if spec else []
    return next((it for it in hosts if it not in configured), None)


def route(api: KubeClient, namespace: str, name: str, template: Mapping[str, Any]) -> None:
    """Let the Ingress of an application route the host of a pod template, if it routes another one.

    It is applied under the field manager name of Pulumi's provider; see `Revisions`.
    """
    path = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}"
    hosts, ingress = of_template(template), api.get_or_none(path)
    if ingress is None or not hosts or ingress["spec"]["rules"][0]["host"] == hosts[0]:
        return
    api.apply(path, with_host(ingress, hosts[0]), manager=manager_of(ingress, "f:rules"))


def with_host(ingress: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return an Ingress to apply, with another host instead of its first one, and otherwise unchanged."""
    metadata, spec = ingress["metadata"], ingress["spec"]
    hosts = list(dict.fromkeys([host, *(rule["host"] for rule in spec["rules"][1:])]))
    kept = ("name", "namespace", "labels", "annotations")
    tls = {"tls": [{**entry, "hosts": hosts} for entry in spec["tls"]]} if spec.get("tls") else {}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {**spec, **tls, "rules": [{**spec["rules"][0], "host": host} for host in hosts]},
    }
