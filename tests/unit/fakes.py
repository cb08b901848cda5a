"""A cluster's API in memory, a Docker that knows some containers, and a clock that advances without waiting."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pocdeploy.kube.client import ApiError, KubeClient
from pocdeploy.process import Result


def merge(into: dict[str, Any], patch: Mapping[str, Any]) -> None:
    """Apply a JSON merge patch (RFC 7386)."""
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, Mapping):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


@dataclass
class FakeApi(KubeClient):
    """A client of a cluster in memory."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Path -> object, or response."""
    texts: dict[str, str] = field(default_factory=dict)
    """Path -> response that is text; ``?previous`` follows the path of a previous run's log."""
    unknown: set[str] = field(default_factory=set)
    """Collections of kinds that the cluster does not know."""
    answers: list[str | Exception] = field(default_factory=list)
    """Outputs of commands in containers, one after the other."""
    down: bool = False
    log: list[str] = field(default_factory=list)
    """Changes, and commands in containers."""
    commands: list[Sequence[str]] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    """What these commands got on stdin."""
    queries: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and query of each read request."""
    after: Callable[[FakeApi], None] = lambda api: None
    """Runs after each change, as controllers do."""

    def add(self, collection: str, name: str, **content: Any) -> dict[str, Any]:
        _, _, below = collection.partition("/namespaces/")
        namespace = below.split("/")[0] or None
        metadata = {"name": name, "namespace": namespace, **content.pop("metadata", {})}
        self.objects[f"{collection}/{name}"] = {"metadata": metadata, **content}
        return self.objects[f"{collection}/{name}"]

    def get(self, path: str, **query: str) -> dict[str, Any]:
        self._answer(path, query)
        if path in self.objects:
            return self.objects[path]
        if not _is_collection(path):
            raise ApiError("not found", status=404)
        own = [key for key in self.objects if key.rpartition("/")[0] == path]
        return {"items": [self.objects[key] for key in own if _wanted(self.objects[key], query)]}

    def text(self, path: str, **query: str) -> str:
        self._answer(path, query)
        key = f"{path}?previous" if query.get("previous") == "true" else path
        if key not in self.texts:
            raise ApiError("not found", status=404)
        return self.texts[key]

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        self._answer(path)
        self.log.append(f"patch {path.rsplit('/namespaces/', 1)[-1]} {json.dumps(body, sort_keys=True)}")
        merge(self.objects[path], body)
        self.after(self)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._answer(path)
        metadata = {"name": f"{body['metadata'].get('generateName')}x1", **body["metadata"]}
        self.log.append(f"create {metadata['name']}")
        self.objects[f"{path}/{metadata['name']}"] = {**body, "metadata": metadata}
        self.after(self)
        return self.objects[f"{path}/{metadata['name']}"]

    def delete(self, path: str) -> None:
        self._answer(path)
        self.log.append(f"delete {path.rsplit('/', 1)[-1]}")
        self.objects.pop(path, None)
        self.after(self)

    def exec(
        self,
        namespace: str,
        pod: str,
        container: str,
        command: Sequence[str],
        *,
        stdin: str = "",
        timeout: float = 0.0,
    ) -> str:
        self.log.append(f"execute {namespace}/{pod}")
        self.commands.append(command)
        self.inputs.append(stdin)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _send(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        raise AssertionError(f"{method} {path} is not supported by this fake")

    def _answer(self, path: str, query: dict[str, str] | None = None) -> None:
        if query is not None:
            self.queries.append((path, query))
        if self.down:
            raise ApiError("connection refused")
        if path in self.unknown:
            raise ApiError("not found", status=404)


def _is_collection(path: str) -> bool:
    """Whether a path names a kind, and not one object."""
    first, *parts = path.strip("/").split("/")
    parts = parts[1:] if first == "api" else parts[2:]
    return len(parts) in {1, 3}


def _wanted(thing: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Apply as much of selectors as is used: the type of a Secret, and labels with or without a value."""
    kind = query.get("fieldSelector", "").removeprefix("type=")
    labels = thing["metadata"].get("labels") or {}
    for part in filter(None, query.get("labelSelector", "").split(",")):
        key, equals, value = part.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    return not kind or thing.get("type") == kind


@dataclass
class FakeDocker:
    """Containers and what ``docker info`` says; records what it was asked to do."""

    containers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Name -> State and Labels."""
    info: dict[str, Any] = field(default_factory=dict)
    answers: bool = True
    broken: set[str] = field(default_factory=set)
    """Containers that do not start."""
    log: list[str] = field(default_factory=list)

    def node(self, cluster: str, role: str, name: str = "", *, state: str = "running") -> None:
        labels = f"io.x-k8s.kind.cluster={cluster},io.x-k8s.kind.role={role}"
        self.containers[f"{cluster}-{name or role}"] = {"State": state, "Labels": labels}

    def registry(self, cluster: str, stack: str, *, state: str = "running") -> None:
        labels = f"a=b,dev.pocdeploy.registry={stack} registry:3 5001"
        self.containers[f"{cluster}-registry"] = {"State": state, "Labels": labels}

    def run(self, command: Sequence[str], **_: Any) -> Result:
        if not self.answers:
            return Result(code=1, stderr="Cannot connect to the Docker daemon")
        match list(command[1:]):
            case ["ps", *_]:
                shown = [{"Names": name, "Status": "?", **rest} for name, rest in self.containers.items()]
                return Result(code=0, stdout="\n".join(map(json.dumps, shown)))
            case ["info", *_]:
                return Result(code=0, stdout=json.dumps(self.info))
            case ["start", name]:
                self.log.append(f"start {name}")
                if name in self.broken:
                    return Result(code=1, stderr="port is already allocated")
                self.containers[name]["State"] = "running"
                return Result(code=0)
            case ["push", *_, tag]:
                self.log.append(f"push {tag}")
                return Result(code=0)
        raise AssertionError(command)


@dataclass
class FakeClock:
    """Takes the place of the module `time`, and advances only when the code waits."""

    seconds: float = 0.0
    after: Callable[[], None] = lambda: None
    """Runs after each wait."""

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return 1.0 + self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.after()
