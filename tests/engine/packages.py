"""How the resources of each package behave: their outputs, and which change replaces them.

The rules were read in the sources of pulumi-kubernetes 4.3x, pulumi-command 1.2, pulumi-docker 5.2 and pulumi-random
4.21; the docstring of each function gives the rule in one line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engine import values
from tests.engine.aws import Aws
from tests.engine.calls import Call
from tests.engine.package import Change, Package
from tests.engine.world import Cluster, RefusedError, key_of

_FORCE_NEW = {
    "Secret": ("type", "stringData", "data"),
    "ConfigMap": ("binaryData", "data"),
    "Deployment": ("spec.selector",),
    "Job": ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    "Service": ("spec.clusterIP",),
    "StorageClass": ("parameters", "provisioner"),
    "PersistentVolumeClaim": tuple(
        f"spec.{key}" for key in ("accessModes", "selector", "storageClassName", "volumeName")
    ),
    "ClusterRoleBinding": ("roleRef",),
}
"""Fields of Kubernetes objects that the provider does not change in place."""


class Kubernetes(Package):
    """Objects and Helm releases."""

    def check(self, call: Call, old: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
        """Name an object that has no name: resource name and random suffix, kept for as long as the object lives."""
        inputs = call.inputs
        metadata = inputs.get("metadata")
        if call.kind == "Release" or not isinstance(metadata, dict) or "name" in metadata:
            return inputs
        name = values.reveal(old).get("metadata", {}).get("name")
        if name is None:
            name = f"{call.name}-{hashlib.sha256(seed + call.urn.encode()).hexdigest()[:8]}"
        annotations = {**metadata.get("annotations", {}), "pulumi.com/autonamed": "true"}
        return {**inputs, "metadata": {**metadata, "name": name, "annotations": annotations}}

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
        """Replace what cannot be changed in place, or shall be if unready; delete first if both have the same name."""
        paths = values.differences(old, new)
        if kind == "Release":
            return Change(paths, [path for path in paths if path in ("name", "namespace")])
        unready = old["metadata"]["name"] in self.world.unready
        if unready and "pulumi.com/replaceUnready" in new.get("metadata", {}).get("annotations", {}):
            paths["status"] = "update"
            return Change(paths, ["status"])
        force_new = ("metadata.name", "metadata.namespace", *_FORCE_NEW.get(kind, ()))
        replaces = [path for path in paths if any(_overlap(path, forced) for forced in force_new)]
        autonamed = new.get("metadata", {}).get("annotations", {}).get("pulumi.com/autonamed")
        same = all(old["metadata"].get(key) == new["metadata"].get(key) for key in ("name", "namespace"))
        return Change(paths, replaces, delete_first=bool(replaces) and not autonamed and same)

    def diff_config(self, old: dict[str, Any], new: dict[str, Any]) -> Change:
        """Another cluster identifier is another cluster; without one, an unknown or other kubeconfig is."""
        paths = values.differences(old, new)
        if "clusterIdentifier" in old and "clusterIdentifier" in new:
            return Change(paths, [path for path in paths if path == "clusterIdentifier"])
        return Change(paths, [path for path in paths if path == "kubeconfig"])

    def preview(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        """Let the API server try it (dry run), which gives a uid; where it cannot, only the inputs are known."""
        plain = values.reveal(call.inputs)
        cluster = self.world.reached_by(config.get("kubernetes:config:kubeconfig", ""))
        if call.kind == "Release" or cluster is None or values.has_unknown(plain):
            return call.inputs
        if call.method == "Create" and not self.world.has_home(cluster, plain):
            return call.inputs
        uid = values.reveal(old)["metadata"]["uid"] if call.method == "Update" else str(uuid.uuid4())
        return self._live(call.inputs, uid=uid)

    def create(self, call: Call, config: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Refuse what exists already, unless the provider is told to take it over; Helm always refuses it."""
        plain = values.reveal(call.inputs)
        cluster = self._cluster(config)
        if call.kind == "Release":
            self.world.create_release(cluster, plain)
            return f"{plain['namespace']}/{plain['name']}", call.inputs
        upsert = config.get("kubernetes:config:upsertExistingObjects") == "true"
        self.world.create_object(cluster, plain, upsert=upsert)
        metadata = plain["metadata"]
        identity = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
        return identity, self._live(call.inputs, uid=cluster.uid(*key_of(plain)))

    def update(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        plain = values.reveal(call.inputs)
        cluster = self._cluster(config)
        if call.kind == "Release":
            cluster.objects["Release", plain["namespace"], plain["name"]] = plain
            return call.inputs
        self.world.update_object(cluster, plain)
        return self._live(call.inputs, uid=values.reveal(old)["metadata"]["uid"])

    def delete(self, call: Call, config: Mapping[str, str]) -> None:
        """Delete an object and, with a namespace, all its contents. A deleted cluster has no objects."""
        plain = values.reveal(call.inputs)
        cluster = self.world.reached_by(config.get("kubernetes:config:kubeconfig", ""))
        if cluster is None:
            if config.get("kubernetes:config:deleteUnreachable") != "true":
                raise RefusedError("configured Kubernetes cluster is unreachable")
            return
        if call.kind == "NodePool" and any(key[0] == "Release" for key in cluster.objects):
            raise RefusedError("the nodes would be gone before what runs on them")
        place = plain if call.kind == "Release" else plain["metadata"]
        kind = "Release" if call.kind == "Release" else plain["kind"]
        cluster.remove(kind, place.get("namespace", ""), place["name"])
        if kind == "Namespace":
            for key in [key for key in cluster.objects if key[1] == place["name"]]:
                cluster.remove(*key)

    def read(self, identity: str, known: dict[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        """Find the Service that a chart with a load balancer makes; before there is a release there is none."""
        if known:
            return known
        namespace, name = identity.split("/")
        if ("Release", namespace, name) not in self._cluster(config).objects:
            raise RefusedError(f'services "{name}" not found')
        status = {"loadBalancer": {"ingress": [{"hostname": f"{name}.elb.example.com"}]}}
        metadata = {"name": name, "namespace": namespace}
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "status": status}

    def _cluster(self, config: Mapping[str, str]) -> Cluster:
        cluster = self.world.reached_by(config.get("kubernetes:config:kubeconfig", ""))
        if cluster is None:
            raise RefusedError("configured Kubernetes cluster is unreachable")
        return cluster

    def _live(self, inputs: dict[str, Any], *, uid: str) -> dict[str, Any]:
        """Return an object as an API server returns it: it has the values of a Secret a second time, in base64."""
        live = {**inputs, "metadata": {**inputs["metadata"], "uid": uid}}
        if inputs["kind"] == "Secret":
            # Not marked as secret on purpose: the program has to declare the outputs of a Secret as secret.
            plain = values.reveal(inputs).get("stringData", {})
            live["data"] = {name: base64.b64encode(text.encode()).decode() for name, text in plain.items()}
        if inputs["kind"] == "Namespace":
            live["status"] = {"phase": "Active"}
        if inputs["kind"] == "Job":
            live["status"] = {"succeeded": 1}
        return live


class Command(Package):
    """``local.Command``; the scripts are not run, but Kind's and what depends on it are known by their environment."""

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
        """Other triggers replace, anything else updates."""
        paths = values.differences(old, new)
        return Change(paths, [path for path in paths if path.startswith("triggers")])

    def create(self, call: Call, config: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        return f"{call.name}-{uuid.uuid4().hex[:8]}", {**call.inputs, **self._run(call)}

    def update(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        return {**call.inputs, **self._run(call)}

    def delete(self, call: Call, config: Mapping[str, str]) -> None:
        environment = values.reveal(call.inputs).get("environment", {})
        if "CONFIG_HASH" in environment:
            self.world.delete_cluster(environment["CLUSTER"])
        elif "PORT" in environment:
            self.world.delete_registry(environment["REGISTRY_HOST"])

    def _run(self, call: Call) -> dict[str, Any]:
        environment = values.reveal(call.inputs).get("environment", {})
        stdout = ""
        if "CONFIG_HASH" in environment:
            stdout = self.world.create_cluster(environment["CLUSTER"], environment["CONFIG_HASH"])
        elif "PORT" in environment:
            asked = " ".join(environment[name] for name in ("STACK", "IMAGE", "PORT"))
            stdout = self.world.create_registry(environment["REGISTRY_HOST"], asked)
        elif "REGISTRY_HOSTS_TOML" in environment:
            self.world.connect(environment["CLUSTER"], environment["REGISTRY_HOST"])
        # Not marked as secret on purpose: the program has to declare the output of a command as secret.
        return {"stdout": stdout, "stderr": ""}


LOGIN = ("registry.username", "registry.password")


class Docker(Package):
    """``Image``, as the package's own code does it."""

    def check(self, call: Call, old: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
        """Add a digest of the build context's files, so that another file is another input."""
        build = call.inputs["build"]
        context, dockerfile = (self.folder / build[key] for key in ("context", "dockerfile"))
        if not dockerfile.is_file():
            raise RefusedError(f"could not open dockerfile at relative path {build['dockerfile']}")
        return {**call.inputs, "build": {**build, "contextDigest": _digest_of(context, dockerfile)}}

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
        """Another login alone is no change (pulumi-docker#498)."""
        paths = values.differences(old, new)
        return Change({path: kind for path, kind in paths.items() if path not in LOGIN})

    def create(self, call: Call, config: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        return values.reveal(call.inputs)["imageName"], self._build(call)

    def update(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        return self._build(call)

    def delete(self, call: Call, config: Mapping[str, str]) -> None:
        """Do nothing: the provider leaves the image in the registry."""

    def _build(self, call: Call) -> dict[str, Any]:
        plain = values.reveal(call.inputs)
        # What an image is made of; its file's place and name are no part of it.
        made_of = {key: plain["build"].get(key) for key in ("contextDigest", "platform", "args")}
        digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
        repo_digest = f"{plain['imageName'].rpartition(':')[0]}@sha256:{digest}"
        self.world.push(repo_digest)
        return {**call.inputs, "baseImageName": plain["imageName"], "repoDigest": repo_digest}


class Random(Package):
    """``RandomPassword``: any change makes another one."""

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
        paths = values.differences(old, new)
        return Change(paths, list(paths))

    def create(self, call: Call, config: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        length = int(values.reveal(call.inputs)["length"])
        result = (uuid.uuid4().hex + uuid.uuid4().hex)[:length]
        return "none", {**call.inputs, "result": result, "bcryptHash": f"$2a$10${result[::-1]}"}

    def update(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        return {**old, **call.inputs}

    def delete(self, call: Call, config: Mapping[str, str]) -> None:
        return None


PACKAGES = {"kubernetes": Kubernetes, "command": Command, "docker": Docker, "random": Random, "aws": Aws}


def _overlap(path: str, other: str) -> bool:
    """Return whether one of two paths is within the other."""
    short, long = sorted((path, other), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))


def _digest_of(context: Path, dockerfile: Path) -> str:
    digest = hashlib.sha256(dockerfile.read_bytes())
    for path in sorted(path for path in context.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(context)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
