"""The world of the recording provider: registries, Kind clusters and the objects in them.

It knows a few rules of the real things, as far as the order of operations and the repetition of an interrupted one
depend on them. Each was read in the source of the provider that is replaced here, at the pinned version.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import yaml

KUBECONFIG_MARK = "canary-kubeconfig-5d1f"
"""In every kubeconfig, so that a test can look for it where it must not be."""
CUSTOM_RESOURCES = {"postgresql.cnpg.io": "cloudnative-pg", "monitoring.coreos.com": "kube-prometheus-stack"}
CUSTOM_RESOURCES["barmancloud.cnpg.io"] = "plugin-barman-cloud"
"""API group -> chart whose release defines it."""
OPERATORS = {"cloudnative-pg": "cloudnative-pg", "prometheus-operator": "kube-prometheus-stack"}
"""Deployment of an operator that existed before -> chart that would have installed it."""
REVISION = "deployment.kubernetes.io/revision"
_CLUSTERS = ("clusters", "existing")
IN_EVERY_CLUSTER = ("default", "kube-system", "kube-public")


class RefusedError(Exception):
    """The real thing would have refused this operation, with this message."""


class UnreadyError(RefusedError):
    """The object is there, and did not get ready in time: the provider gives an error and the object's state."""


@dataclass
class Cluster:
    """A Kind cluster."""

    config_hash: str
    identity: str
    kubeconfig: str
    given: list[dict[str, Any]] = field(default_factory=list)
    """What is in it although no stack has made it."""
    connected: str | None = None
    """Id of the registry's container that the nodes have been told of."""
    objects: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    """(kind, namespace, name) -> inputs."""

    uids: dict[str, str] = field(default_factory=dict)
    """kind/namespace/name of an object that exists -> its uid."""
    revisions: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """(namespace, Deployment) -> its ReplicaSets as the API gives them, the oldest first; the last one is current."""

    logs: dict[str, str] = field(default_factory=dict)
    """Pod that ends again and again -> its log."""

    def roll(self, namespace: str, name: str, template: dict[str, Any]) -> None:
        """Make a template the current revision of a Deployment, as its controller does: a known one is renumbered."""
        sets = self.revisions.setdefault((namespace, name), [])
        number = 1 + max((int(it["metadata"]["annotations"][REVISION]) for it in sets), default=0)
        same = next((it for it in sets if it["spec"]["template"] == template), None)
        if same is None:
            annotations: dict[str, str] = {}
            same = {
                "metadata": {
                    "name": f"{name}-{number}",
                    "namespace": namespace,
                    "annotations": annotations,
                    "ownerReferences": [
                        {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": f"uid-{name}"}
                    ],
                },
                "spec": {"selector": {}, "template": template},
            }
        else:
            sets.remove(same)
        same["metadata"]["annotations"][REVISION] = str(number)
        sets.append(same)
        for each in sets:
            each["status"] = {"replicas": 2 if each is same else 0, "readyReplicas": 2 if each is same else 0}

    def uid(self, *key: str) -> str:
        """Return the uid of an object, for as long as it exists under its name."""
        return self.uids.setdefault("/".join(key), str(uuid.uuid4()))

    def remove(self, *key: str) -> None:
        self.objects.pop(key, None)  # type: ignore[call-overload]
        self.uids.pop("/".join(key), None)

    def names(self) -> list[str]:
        return sorted("/".join(filter(None, key)) for key in self.objects)

    def to_plain(self) -> dict[str, Any]:
        """Return the cluster as JSON can hold it: keys become lists."""
        keyed = {name: [[*key, it] for key, it in getattr(self, name).items()] for name in ("objects", "revisions")}
        return {**vars(self), **keyed}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Cluster:
        keyed = {name: {tuple(key): it for *key, it in plain[name]} for name in ("objects", "revisions")}
        return cls(**{**plain, **keyed})


@dataclass
class World:
    """Everything that exists. Threads that share it (providers, the API) hold ``lock``."""

    api: str = ""
    """Address of the clusters' API."""
    clusters: dict[str, Cluster] = field(default_factory=dict)
    existing: dict[str, Cluster] = field(default_factory=dict)
    """File with the kubeconfig -> a cluster that no stack has made."""
    copies: dict[str, str] = field(default_factory=dict)
    """File with a copy of a kubeconfig -> the original, by which the cluster is known here."""
    registries: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Host and port of a registry -> what it was asked to be, and its container's id."""
    images: dict[str, set[str]] = field(default_factory=dict)
    """Registry -> digests that were pushed to it."""
    owners: dict[str, str] = field(default_factory=dict)
    """Registry -> the part of it that is pushed to, where that is not all."""
    database_phases: list[str] = field(default_factory=list)
    """Phases that the operator reports before a database is healthy, one in each response of the API."""
    unready: set[str] = field(default_factory=set)
    """Names of objects that are there and did not get ready."""
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    def to_json(self) -> str:
        """Return everything as text, from which ``from_json`` makes another world."""
        plain = {
            **{name: value for name, value in vars(self).items() if name != "lock"},
            **{group: {name: it.to_plain() for name, it in getattr(self, group).items()} for group in _CLUSTERS},
            "images": {registry: sorted(digests) for registry, digests in self.images.items()},
            "unready": sorted(self.unready),
        }
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> World:
        plain = json.loads(text)
        for group in _CLUSTERS:
            plain[group] = {name: Cluster.from_plain(it) for name, it in plain[group].items()}
        plain["registries"] = {host: tuple(it) for host, it in plain["registries"].items()}
        plain["images"] = {registry: set(digests) for registry, digests in plain["images"].items()}
        return cls(**{**plain, "unready": set(plain["unready"])})

    def create_cluster(self, name: str, config_hash: str) -> str:
        """Make a cluster, or take over the one that an interrupted run has finished; return its kubeconfig."""
        cluster = self.clusters.get(name)
        if cluster is None or cluster.config_hash != config_hash:
            identity = uuid.uuid4().hex
            cluster = self.clusters[name] = Cluster(config_hash, identity, _kubeconfig(f"{self.api}/{identity}"))
        return cluster.kubeconfig

    def delete_cluster(self, name: str) -> None:
        self.clusters.pop(name, None)

    def add_existing(self, kubeconfig: str, given: list[dict[str, Any]], *, push: str, pull: str) -> str:
        """Let there be a cluster that is reached by a kubeconfig file, with a registry; return its API's address."""
        cluster = self.existing.setdefault(kubeconfig, Cluster("", uuid.uuid4().hex, kubeconfig, given=given))
        pushed = self.images.setdefault(push.partition("/")[0], set())
        self.images[pull.partition("/")[0]] = pushed
        self.owners |= {name.partition("/")[0]: name for name in (push, pull)}
        return f"{self.api}/{cluster.identity}"

    def all_clusters(self) -> list[Cluster]:
        return [*self.clusters.values(), *self.existing.values()]

    def by_id(self, identity: str) -> Cluster:
        return next(cluster for cluster in self.all_clusters() if cluster.identity == identity)

    def connect(self, name: str, host: str) -> None:
        """Let a cluster's nodes pull from a registry."""
        self.clusters[name].connected = self.registries[host][1]

    def reached_by(self, kubeconfig: str) -> Cluster | None:
        original = self.copies.get(kubeconfig, kubeconfig)
        return next((cluster for cluster in self.all_clusters() if cluster.kubeconfig == original), None)

    def create_registry(self, host: str, asked: str) -> str:
        """Start a registry, or take over the one that is there; an other one is empty. Return the container's id."""
        if self.registries.get(host, ("", ""))[0] != asked:
            self.registries[host] = (asked, uuid.uuid4().hex)
            self.images[host] = set()
        return self.registries[host][1]

    def delete_registry(self, host: str) -> None:
        self.registries.pop(host, None)
        self.images.pop(host, None)

    def push(self, repo_digest: str) -> None:
        registry, digest = repo_digest.split("/", 1)[0], repo_digest.rsplit("@", 1)[1]
        if registry not in self.images:
            raise RefusedError(f"failed to push: there is no registry at {registry}")
        self.images[registry].add(digest)

    def has_home(self, cluster: Cluster, inputs: dict[str, Any]) -> bool:
        """Return whether the namespace of an object is there."""
        namespace = key_of(inputs)[1]
        return namespace in ("", *IN_EVERY_CLUSTER) or ("Namespace", "", namespace) in cluster.objects

    def create_object(self, cluster: Cluster, inputs: dict[str, Any], *, upsert: bool) -> None:
        kind, namespace, name = key_of(inputs)
        if not self.has_home(cluster, inputs):
            raise RefusedError(f'namespaces "{namespace}" not found')
        group = inputs["apiVersion"].partition("/")[0]
        chart = CUSTOM_RESOURCES.get(group)
        if chart and not any(chart in brought for brought in _charts(cluster)):
            raise RefusedError(f"no matches for kind {kind} in {inputs['apiVersion']}")
        if (kind, namespace, name) in cluster.objects and not upsert:
            raise RefusedError(f'{kind} "{name}" already exists')
        self._needs_image(cluster, inputs)
        cluster.objects[kind, namespace, name] = inputs
        if kind == "Deployment":
            cluster.roll(namespace, name, inputs["spec"]["template"])

    def update_object(self, cluster: Cluster, inputs: dict[str, Any]) -> None:
        if key_of(inputs) not in cluster.objects:
            raise RefusedError(f"{'/'.join(key_of(inputs))} not found")
        self._needs_image(cluster, inputs)
        _keep_patched(cluster.objects[key_of(inputs)], inputs)
        cluster.objects[key_of(inputs)] = inputs
        if inputs["kind"] == "Deployment":
            cluster.roll(*key_of(inputs)[1:], inputs["spec"]["template"])

    def create_release(self, cluster: Cluster, inputs: dict[str, Any]) -> None:
        key = ("Release", inputs["namespace"], inputs["name"])
        if key in cluster.objects:
            raise RefusedError("cannot re-use a name that is still in use")
        cluster.objects[key] = inputs

    def _needs_image(self, cluster: Cluster, inputs: dict[str, Any]) -> None:
        """Refuse pods whose image the nodes cannot pull from the local registry, as a rollout would do in the end."""
        template = inputs.get("spec", {}).get("template", {})
        if not isinstance(template, dict):  # of a database: the name of another one
            return
        for container in template.get("spec", {}).get("containers", []):
            image = container["image"]
            host, digest = image.partition("/")[0], image.rpartition("@")[2]
            if host not in self.images and not host.startswith("localhost:"):
                continue
            if not image.startswith(self.owners.get(host, host)):
                continue  # another owner's, in the same registry
            # Of a registry on this machine the nodes have to be told; any other they find by its name.
            told = cluster.connected == self.registries.get(host, ("", ""))[1]
            if host.startswith("localhost:") and cluster in self.clusters.values() and not told:
                raise RefusedError(f"ImagePullBackOff: no node knows the registry of {image}")
            if digest not in self.images[host]:
                raise RefusedError(f"ImagePullBackOff: {image} is not in the registry")


def _keep_patched(before: dict[str, Any], inputs: dict[str, Any]) -> None:
    """Keep what others than Pulumi have set, as a server-side apply does: pods and suspension, with their marks."""
    if inputs["kind"] not in ("Deployment", "CronJob"):
        return
    others = {key: before["spec"][key] for key in ("replicas", "suspend") if key in before["spec"]}
    inputs["spec"] = {**others, **inputs["spec"]}
    marks = {
        key: it for key, it in before["metadata"].get("annotations", {}).items() if key.startswith("pocdeploy.dev")
    }
    inputs["metadata"]["annotations"] = {**marks, **inputs["metadata"].get("annotations", {})}


def key_of(inputs: dict[str, Any]) -> tuple[str, str, str]:
    """Return what tells an object from all others of its cluster."""
    metadata = inputs["metadata"]
    return inputs["kind"], metadata.get("namespace", ""), metadata["name"]


def _charts(cluster: Cluster) -> list[str]:
    """Return the charts whose resource types the cluster knows: its releases', and those that were there before."""
    given = [OPERATORS.get(it["metadata"]["name"], "") for it in cluster.given if it["kind"] == "Deployment"]
    return [*given, *(inputs["chart"] for key, inputs in cluster.objects.items() if key[0] == "Release")]


def _kubeconfig(server: str) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "kind", "cluster": {"server": server}}],
            "users": [{"name": "kind", "user": {"token": KUBECONFIG_MARK}}],
            "contexts": [{"name": "kind", "context": {"cluster": "kind", "user": "kind"}}],
            "current-context": "kind",
        }
    )
