"""Test equipment: a cluster that is there already, as much of it as the program looks at before it creates anything."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from pocdeploy.kube import kubeconfig
from tests.processes import answering

Object = dict[str, Any]
USER_MARK = "canary-user-token-3a90"
"""In the kubeconfig of every such cluster; it must not be found anywhere else."""
LISTS = {
    "/api/v1/namespaces": "Namespace",
    "/api/v1/nodes": "Node",
    "/apis/apps/v1/deployments": "Deployment",
    "/apis/networking.k8s.io/v1/ingressclasses": "IngressClass",
    "/apis/storage.k8s.io/v1/storageclasses": "StorageClass",
}
ONES = {
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/": "CustomResourceDefinition",
    "/apis/apiregistration.k8s.io/v1/apiservices/": "APIService",
}


def is_existing(config: Mapping[str, Any]) -> bool:
    """Whether a stack's configuration (keys without ``pocdeploy:``) is for a cluster that is there already."""
    return bool(config.get("cluster", {}).get("type") == "existing")


def objects_for(config: Mapping[str, Any]) -> list[Object]:
    """Return what is in the cluster that a stack's configuration describes; nothing for other kinds of cluster."""
    if not is_existing(config):
        return []
    cluster = config["cluster"]
    found = [namespace("kube-system"), namespace("default"), node(cluster.get("platform", "linux/amd64"))]
    found.append(storage_class(cluster.get("storageClass", "default"), default=True))
    for part, image in (("databaseOperator", "cloudnative-pg"), ("monitoring", "prometheus-operator")):
        if not cluster.get(part, {}).get("install", True):
            name = cluster[part]["namespace"]
            found += [namespace(name), operator(image, name)]
    gateway = cluster.get("gateway", {})
    if not gateway.get("install", True):
        found += [namespace(gateway["namespace"]), ingress_class(gateway["ingressClass"], place=gateway["namespace"])]
    return found


UIDS: dict[str, str] = {}
"""Namespace -> UID that a test gives it."""


def namespace(name: str, **labels: str) -> Object:
    metadata = {"name": name, "uid": UIDS.get(name, f"uid-{name}"), "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def node(platform: str = "linux/amd64") -> Object:
    system, _, architecture = platform.partition("/")
    info = dict.fromkeys(
        ("bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "kubeletVersion"), "x"
    ) | {"machineID": "x", "osImage": "x", "systemUUID": "x", "operatingSystem": system, "architecture": architecture}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"}, "status": {"nodeInfo": info}}


def storage_class(name: str, *, default: bool) -> Object:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    metadata = {"name": name, "annotations": annotations}
    provisioner = "example.com/provisioner"
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": metadata,
        "provisioner": provisioner,
    }


RUNS_IN = "example.com/runs-in"
"""Label of an IngressClass: the namespace of the controller's pods, which a test may want to make."""


def ingress_class(name: str, owner: str = "", place: str = "kube-system") -> Object:
    spec = {"controller": "example.com/ingress-controller"}
    metadata = {"name": name, "labels": {RUNS_IN: place}, "annotations": owned(owner)}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": metadata, "spec": spec}


def definition(name: str, owner: str = "") -> Object:
    plural, _, group = name.partition(".")
    spec = {"group": group, "names": {"kind": "Any", "plural": plural}, "scope": "Namespaced", "versions": []}
    metadata = {"name": name, "annotations": owned(owner)}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def metrics_api(owner: str = "", **labels: str) -> Object:
    metadata = {"name": "v1beta1.metrics.k8s.io", "annotations": owned(owner), "labels": labels}
    spec = {"groupPriorityMinimum": 100, "versionPriority": 100}
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": metadata, "spec": spec}


def owned(release: str) -> dict[str, str]:
    """Return the annotations that Helm gives what a release (``namespace/name``) makes."""
    place, _, name = release.partition("/")
    return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": place} if release else {}


def operator(image: str, place: str) -> Object:
    """Return an operator's Deployment, with its image from a registry of somebody's own."""
    labels = {"app.kubernetes.io/name": image}
    container = {"name": image, "image": f"mirror.example.com:5000/copies/{image}:v1.2.3@sha256:{'ab' * 32}"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": image, "namespace": place},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def answer(path: str, objects: Sequence[Object], *, minor: str = "34") -> Object | None:
    """Return what an API server with these objects answers a GET with; None for 404."""
    if path.rstrip("/") == "/version":
        asked = ("gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform")
        return {"major": "1", "minor": minor, **dict.fromkeys(asked, "x")}
    if path in LISTS:
        items = [it for it in objects if it["kind"] == LISTS[path]]
        version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")[0]
        return {"kind": f"{LISTS[path]}List", "apiVersion": version, "metadata": {}, "items": items}
    start, _, name = path.rpartition("/")
    kind = ONES.get(f"{start}/")
    return next((it for it in objects if (it["kind"], it["metadata"]["name"]) == (kind, name)), None)


NOT_FOUND = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


@contextmanager
def serve(objects: Sequence[Object], *, minor: str = "34", status: int = 200) -> Iterator[str]:
    """Serve a cluster with these objects; gives its address. With another ``status`` every answer is that refusal."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answer(self.path.partition("?")[0], objects, minor=minor) if status == 200 else NOT_FOUND
            body = json.dumps(NOT_FOUND if found is None else found).encode()
            self.send_response(404 if found is None else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(server):
        yield f"http://127.0.0.1:{server.server_port}"


def write_kubeconfig(file: Path, server: str, context: str) -> Object:
    """Write a kubeconfig with two contexts, of which the current one is not the wanted one; return its content."""
    contexts = {"somewhere-else": "http://127.0.0.1:1", context: server}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": address}} for name, address in contexts.items()],
        "users": [{"name": name, "user": {"token": USER_MARK}} for name in contexts],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in contexts],
        "current-context": "somewhere-else",
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return content


@contextmanager
def around(config: Mapping[str, Any], folder: Path) -> Iterator[None]:
    """Run the block beside the cluster that a stack's configuration describes, with a home directory in ``folder``."""
    if not is_existing(config) or config["cluster"].get("stackReference"):
        yield
        return
    before = os.environ.get("HOME", "")
    os.environ["HOME"] = str(folder / "home")
    cluster = config["cluster"]
    try:
        with serve(objects_for(config)) as address:
            write_kubeconfig(
                kubeconfig.locate(cluster.get("kubeconfig", "~/.kube/config"), folder), address, cluster["context"]
            )
            yield
    finally:
        os.environ["HOME"] = before
