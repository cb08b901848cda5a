"""A temporary copy of a database, restored from its archive beside it: how it is created, reached and removed.

Its name is fixed, so what an interrupted run has left is found and removed by the next one. It archives nothing, and
only the operator and the instances of the original reach it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pocdeploy.errors import Finding
from pocdeploy.kube.client import CLUSTERS, KubeClient
from pocdeploy.stacks.backup_servers import PLUGIN, of_cluster
from pocdeploy.stacks.backups.archive import shown
from pocdeploy.stacks.backups.errors import BackupError
from pocdeploy.stacks.readiness import HEALTHY

ORIGIN = "origin"
TIMEOUT = 3600.0  # seconds
POLL_INTERVAL = 2.0  # seconds
STEADY = 5
"""How many times in a row a copy has to be healthy."""
POLICIES = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"
LABELS = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/component": "restore"}
COPIED = ("imageName", "imagePullSecrets", "storage", "walStorage", "resources")
"""Fields of the spec of a Cluster that its copy has, too."""


def manifest(
    name: str, live: Mapping[str, Any], *, database: str, at: datetime | None, labels: Mapping[str, str] = LABELS
) -> dict[str, Any]:
    """Return the Cluster ``name`` with one instance: the contents of ``live`` at a moment, or all that is archived.

    ``database`` is the one whose owner gets the password in the Secret ``<name>-app``.
    """
    spec, metadata = live["spec"], live["metadata"]
    postgresql = {key: value for key, value in (spec.get("postgresql") or {}).items() if key != "synchronous"}
    archive = next(it for it in spec["plugins"] if it["name"] == PLUGIN)["parameters"]
    target = {"recoveryTarget": {"targetTime": shown(at)}} if at else {}
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": name, "namespace": metadata["namespace"], "labels": dict(labels)},
        "spec": {
            "instances": 1,
            **{key: spec[key] for key in COPIED if spec.get(key)},
            "postgresql": postgresql,
            "enableSuperuserAccess": False,
            "enablePDB": False,
            "bootstrap": {"recovery": {"database": database, "owner": database, "source": ORIGIN, **target}},
            "externalClusters": [{"name": ORIGIN, "plugin": {"name": PLUGIN, "parameters": dict(archive)}}],
        },
    }


def policies(name: str, original: str, live_policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the NetworkPolicies of a copy: it reaches what the original reaches, whose instances may read it.

    ``live_policy`` is that of the original. Of its ingress only that from the operator is taken over.
    """
    pods, copy = {"matchLabels": {"cnpg.io/cluster": original}}, {"matchLabels": {"cnpg.io/cluster": name}}
    spec = json.loads(json.dumps(live_policy["spec"]))
    operator = [it for it in spec["ingress"] if all("podSelector" not in peer for peer in it.get("from", ()))]
    postgres = [{"port": 5432, "protocol": "TCP"}]
    egress = [it for it in spec["egress"] if all("podSelector" not in peer for peer in it.get("to", ()))]
    return [
        _policy(
            name,
            {
                "podSelector": copy,
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [*operator, {"from": [{"podSelector": pods}], "ports": postgres}],
                "egress": egress,
            },
        ),
        _policy(
            f"{name}-readers",
            {
                "podSelector": pods,
                "policyTypes": ["Egress"],
                "egress": [{"to": [{"podSelector": copy}], "ports": postgres}],
            },
        ),
    ]


def _policy(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": dict(LABELS)},
        "spec": dict(spec),
    }


def remove(api: KubeClient, namespace: str, name: str, *, timeout: float = 300.0) -> bool:
    """Remove a copy, also an incomplete one, and wait until it and its volumes are gone; return whether it existed."""
    path = f"{CLUSTERS.format(namespace)}/{name}"
    existed = api.get_or_none(path) is not None
    api.delete(path)
    for policy in (name, f"{name}-readers"):
        api.delete(f"{POLICIES.format(namespace)}/{policy}")
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    end = time.monotonic() + timeout
    while api.get_or_none(path) or api.items(claims, labelSelector=f"cnpg.io/cluster={name}"):
        if time.monotonic() > end:
            what = f"the copy was not removed within {timeout:.0f} s"
            fix = f"kubectl --namespace {namespace} describe cluster {name}"
            raise BackupError([Finding(where=f"{namespace}/{name}", what=what, fix=fix)])
        time.sleep(POLL_INTERVAL)
    return existed


def create(
    api: KubeClient,
    live: Mapping[str, Any],
    name: str,
    *,
    database: str,
    at: datetime | None,
    timeout: float = TIMEOUT,
) -> float:
    """Create the copy ``name`` of the Cluster ``live``, and wait until it serves; return the seconds that it took.

    Raises:
        ApiError: a request to the cluster failed.
        BackupError: it does not serve within ``timeout`` seconds, or PostgreSQL did not reach the moment.
    """
    namespace, original = live["metadata"]["namespace"], live["metadata"]["name"]
    began = time.monotonic()
    for policy in policies(name, original, api.get(f"{POLICIES.format(namespace)}/database")):
        api.create(POLICIES.format(namespace), policy)
    api.create(CLUSTERS.format(namespace), manifest(name, live, database=database, at=at))
    path, steady = f"{CLUSTERS.format(namespace)}/{name}", 0
    while True:
        status = api.get(path).get("status") or {}
        seconds = time.monotonic() - began
        # After the recovery the instance is ready for a moment, and is then restarted once.
        steady = steady + 1 if status.get("readyInstances") == 1 and status.get("phase") == HEALTHY else 0
        if steady == STEADY:
            return seconds
        if reason := _failure(api, namespace, name):
            raise BackupError([_not_restored(namespace, name, reason, of_cluster(live["spec"]))])
        if seconds > timeout:
            reason = str(status.get("phase") or "no phase yet")
            raise BackupError([_not_restored(namespace, name, reason, of_cluster(live["spec"]))])
        time.sleep(POLL_INTERVAL)


def _failure(api: KubeClient, namespace: str, name: str) -> str | None:
    """Return why the Job of a restore has failed for good; None if it has not."""
    jobs = api.items(f"/apis/batch/v1/namespaces/{namespace}/jobs", labelSelector=f"cnpg.io/cluster={name}")
    for job in jobs:
        status = job.get("status") or {}
        failed = [it for it in status.get("conditions") or [] if it["type"] == "Failed" and it["status"] == "True"]
        if failed or status.get("failed", 0) >= 3:
            message = failed[0].get("message") if failed else f"{status['failed']} attempts"
            return f"the Job {job['metadata']['name']} failed: {message}"
    return None


def _not_restored(namespace: str, name: str, reason: str, server: str | None) -> Finding:
    return Finding(
        where=f"{namespace}/{name}",
        what=f"the archive {server} was not restored",
        actual=reason,
        fix=f"kubectl --namespace {namespace} logs --selector cnpg.io/cluster={name} --all-containers --tail 50",
    )
