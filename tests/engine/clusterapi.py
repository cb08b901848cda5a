"""Fake API of a cluster: the requests of the program. Every other request gets 404."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests import fakecluster
from tests.engine.world import REVISION, Cluster, World
from tests.processes import answering

RECORD = "sh.helm.release.v1."
"""Begin of the name of the Secret in which Helm keeps a release."""
_attached: list[World] = []
"""The worlds that are served. A copied stack's kubeconfig has the original's address, and means its own."""


@contextmanager
def _cluster(identity: str) -> Iterator[tuple[World, Cluster]]:
    """Find a cluster and its world; no other thread uses that world meanwhile."""
    for world in reversed(_attached.copy()):
        with world.lock:
            found = [cluster for cluster in world.all_clusters() if cluster.identity == identity]
            if found:
                yield world, found[0]
                return
    raise LookupError(identity)


@contextmanager
def serve_api(world: World) -> Iterator[str]:
    """Serve the API of every cluster; gives the address, below which is each cluster's id."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(
                lambda api, path, query: (
                    fakecluster.answer(urlsplit("/" + "/".join(path)).path, _objects(api.cluster))
                    or api.get(path, query)
                )
            )

        def do_DELETE(self) -> None:
            self._answer(lambda api, path, _: api.delete(path))

        def do_PATCH(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(lambda api, path, _: api.patch(path, body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

        def _answer(self, ask: Any) -> None:
            address = urlsplit(self.path)
            identity, *path = address.path.strip("/").split("/")
            query = {key: values[0] for key, values in parse_qs(address.query).items()}
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            with _cluster(identity) as (owner, cluster):
                found = ask(Api(cluster, owner.database_phases), path, query)
                body = (found if isinstance(found, str) else json.dumps(missing if found is None else found)).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    _attached.append(world)
    try:
        with answering(server):
            yield f"http://127.0.0.1:{server.server_port}"
    finally:
        _attached[:] = [other for other in _attached if other is not world]


class Api:
    """The objects of one cluster. Controllers are faked, too: pods that are ready, ReplicaSets."""

    def __init__(self, cluster: Cluster, phases: list[str]) -> None:
        self.cluster, self.phases = cluster, phases

    def get(self, path: list[str], query: dict[str, str]) -> dict[str, Any] | str | None:  # noqa: PLR0911 -- a table
        labels = dict(part.split("=") for part in query.get("labelSelector", "").split(",") if part)
        match path:
            case ["api", "v1", "namespaces", namespace, "secrets"]:
                return _listed(
                    self._releases(namespace, labels) if "owner" in labels else self._secrets(namespace, labels)
                )
            case ["api", "v1", "namespaces", namespace, "pods"]:
                crashing = self._crashing(namespace, labels.get("app.kubernetes.io/component", ""))
                return _listed([*self._instances(namespace, labels.get("cnpg.io/cluster", "")), *crashing])
            case ["api", "v1", "namespaces", namespace, "pods", name, "log"]:
                return self.cluster.logs.get(name)
            case ["apis", "batch", "v1", "namespaces", namespace, "cronjobs"]:
                return _listed([it for key, it in self.cluster.objects.items() if key[:2] == ("CronJob", namespace)])
            case ["api", "v1", "namespaces", name]:
                return self.cluster.objects.get(("Namespace", "", name)) or {"metadata": {"name": name}}
            case ["api", "v1", "namespaces", namespace, "persistentvolumeclaims"]:
                return _listed(self._volumes(namespace, labels.get("cnpg.io/cluster", "")))
            case ["apis", "storage.k8s.io", "v1", "storageclasses", name]:
                classes = [it for it in self.cluster.given if it["kind"] == "StorageClass"]
                return next((it for it in classes if it["metadata"]["name"] == name), None)
            case ["api", "v1", "namespaces", _, "events"]:
                return _listed([])
            case ["apis", "apps", "v1", "namespaces", namespace, "deployments", name]:
                return self._deployment(namespace, name)
            case ["apis", "networking.k8s.io", "v1", "namespaces", namespace, "ingresses", name]:
                return self._ingress(namespace, name)
            case ["apis", "apps", "v1", "namespaces", namespace, "replicasets"]:
                return _listed(self.cluster.revisions.get((namespace, _deployment_of(labels)), []))
            case ["apis", "postgresql.cnpg.io", "v1", "namespaces", namespace, "clusters", name]:
                return self._database(namespace, name)
        return None

    def delete(self, path: list[str]) -> dict[str, Any] | None:
        match path:
            case ["api", "v1", "namespaces", namespace, "secrets", name]:
                release = name.removeprefix(RECORD).removesuffix(".v1")
                which = ("Release", namespace, release) if name.startswith(RECORD) else ("Secret", namespace, name)
                return self.cluster.objects.pop(which, None)
        return None

    def patch(self, path: list[str], body: Any) -> dict[str, Any] | None:
        match path:
            case ["apis", "apps", "v1", "namespaces", namespace, "deployments", name]:
                if "template" in body["spec"]:
                    self.cluster.roll(namespace, name, body["spec"]["template"])
                else:
                    _merge(self.cluster.objects["Deployment", namespace, name], body)
                return self._deployment(namespace, name)
            case ["apis", "batch", "v1", "namespaces", namespace, "cronjobs", name]:
                _merge(self.cluster.objects["CronJob", namespace, name], body)
                return self.cluster.objects["CronJob", namespace, name]
            case ["apis", "networking.k8s.io", "v1", "namespaces", namespace, "ingresses", name]:
                self.cluster.objects["Ingress", namespace, name]["spec"] = body["spec"]
                return self._ingress(namespace, name)
            case ["apis", "apps", "v1", "namespaces", namespace, "replicasets", name]:
                sets = [it for (home, _), all_ in self.cluster.revisions.items() if home == namespace for it in all_]
                found = next(it for it in sets if it["metadata"]["name"] == name)
                found["metadata"]["annotations"].update(body["metadata"]["annotations"])
                return found
        return None

    def _releases(self, namespace: str, labels: dict[str, str]) -> list[dict[str, Any]]:
        release = self.cluster.objects.get(("Release", namespace, labels["name"]))
        if release is None:
            return []
        status = {"status": "deployed", "modifiedAt": str(int(time.time()))}
        packed = base64.b64encode(gzip.compress(json.dumps({"config": release.get("values", {})}).encode()))
        data = {"release": base64.b64encode(packed).decode()}
        return [{"metadata": {"name": f"{RECORD}{labels['name']}.v1", "labels": status}, "data": data}]

    def _secrets(self, namespace: str, labels: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {
                "metadata": inputs["metadata"],
                "data": {name: base64.b64encode(it.encode()).decode() for name, it in inputs["stringData"].items()},
            }
            for (kind, home, _), inputs in list(self.cluster.objects.items())
            if kind == "Secret" and home == namespace and labels.items() <= inputs["metadata"]["labels"].items()
        ]

    def _deployment(self, namespace: str, name: str) -> dict[str, Any] | None:
        inputs = self.cluster.objects.get(("Deployment", namespace, name))
        if inputs is None:
            return None
        current = self.cluster.revisions[namespace, name][-1]
        applied = {"manager": "pulumi-kubernetes", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}}
        marks = inputs["metadata"].get("annotations", {})
        metadata = {
            **inputs["metadata"],
            "uid": f"uid-{name}",
            "annotations": {**marks, REVISION: current["metadata"]["annotations"][REVISION]},
            "generation": 1,
            "managedFields": [applied],
        }
        replicas = inputs["spec"].get("replicas", 2)
        counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), replicas)
        return {
            "metadata": metadata,
            "spec": {**inputs["spec"], "replicas": replicas, "template": current["spec"]["template"]},
            "status": {"observedGeneration": 1, **counts},
        }

    def _crashing(self, namespace: str, component: str) -> list[dict[str, Any]]:
        """Return the pods of a component that have a log in the world: they end again and again."""
        ended = {"waiting": {"reason": "CrashLoopBackOff"}}
        return [
            {
                "metadata": {"name": name, "namespace": namespace},
                "status": {"containerStatuses": [{"name": component, "ready": False, "state": ended}]},
            }
            for name in self.cluster.logs
            if component and name == f"{namespace}-{component}-1"
        ]

    def _ingress(self, namespace: str, name: str) -> dict[str, Any] | None:
        inputs = self.cluster.objects.get(("Ingress", namespace, name))
        if inputs is None:
            return None
        applied = {"manager": "pulumi-kubernetes", "operation": "Apply", "fieldsV1": {"f:spec": {"f:rules": {}}}}
        return {**inputs, "metadata": {**inputs["metadata"], "managedFields": [applied]}}

    def _database(self, namespace: str, name: str) -> dict[str, Any] | None:
        inputs = self.cluster.objects.get(("Cluster", namespace, name))
        if inputs is None:
            return None
        status = {
            "currentPrimary": f"{name}-1",
            "targetPrimary": f"{name}-1",
            "readyInstances": inputs["spec"]["instances"],
            "phase": self.phases.pop(0) if self.phases else "Cluster in healthy state",
        }
        return {**inputs, "status": status}

    def _instances(self, namespace: str, cluster: str) -> list[dict[str, Any]]:
        inputs = self.cluster.objects.get(("Cluster", namespace, cluster))
        if inputs is None:
            return []
        return [
            {
                "metadata": {"name": f"{cluster}-{number}", "namespace": namespace},
                "spec": {
                    "containers": [{"name": "postgres", "image": inputs["spec"]["imageName"]}],
                    "initContainers": [{"name": "plugin-barman-cloud"} for _ in inputs["spec"].get("plugins", [])],
                },
                "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            }
            for number in range(1, 1 + inputs["spec"]["instances"])
        ]

    def _volumes(self, namespace: str, cluster: str) -> list[dict[str, Any]]:
        """Return the claims of a database, in the size of its specification."""
        inputs = self.cluster.objects.get(("Cluster", namespace, cluster))
        if inputs is None:
            return []
        storage = inputs["spec"]["storage"]
        return [
            {
                "metadata": {"name": f"{cluster}-{number}", "labels": {"cnpg.io/pvcRole": "PG_DATA"}},
                "spec": {"storageClassName": storage.get("storageClass", "default")},
                "status": {"capacity": {"storage": storage["size"]}},
            }
            for number in range(1, 1 + inputs["spec"]["instances"])
        ]


def _deployment_of(labels: dict[str, str]) -> str:
    """Return the name of the Deployment whose pods have these labels."""
    app, component = labels["app.kubernetes.io/name"], labels.get("app.kubernetes.io/component", "web")
    return app if component == "web" else f"{app}-{component}"


def _merge(known: dict[str, Any], patch: dict[str, Any]) -> None:
    """Change annotations and plain fields of the spec as a merge patch does."""
    marks = {**known["metadata"].get("annotations", {}), **patch.get("metadata", {}).get("annotations", {})}
    known["metadata"]["annotations"] = {key: value for key, value in marks.items() if value is not None}
    known["spec"] = {**known["spec"], **patch["spec"]}


def _listed(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}


def _objects(cluster: Cluster) -> list[dict[str, Any]]:
    """Return what is in a cluster as far as the program looks at it: what was there, namespaces, and operators."""
    system = fakecluster.namespace("kube-system")
    system["metadata"]["uid"] = cluster.identity
    found = [system, *(it for it in cluster.given if it["metadata"]["name"] != "kube-system")]
    for (kind, namespace, name), inputs in cluster.objects.items():
        if kind == "Namespace":
            found.append({**inputs, "metadata": {**inputs["metadata"], "uid": cluster.uid(kind, namespace, name)}})
        elif kind == "Release":
            owner = f"{namespace}/{name}"
            found += {
                "cnpg": [
                    fakecluster.operator("cloudnative-pg", namespace),
                    fakecluster.definition("clusters.postgresql.cnpg.io", owner),
                ],
                "traefik": [fakecluster.ingress_class("traefik", owner)],
                "monitoring": [fakecluster.operator("prometheus-operator", namespace)],
            }.get(name, [])
    return found
