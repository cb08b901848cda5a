"""List stacks with their state, from Pulumi and from the containers of this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pocdeploy import process
from pocdeploy.config import stack_file
from pocdeploy.stacks import lock_recovery, project

Pulumi = Callable[..., process.Result]
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
NOT_DEPLOYED, UPDATING, DEPLOYED, RUNNING, STOPPED = "not deployed", "updating", "deployed", "running", "stopped"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A stack in the list."""

    name: str
    state: str
    """``not deployed``, ``updating``, ``deployed``; with containers on this machine ``running`` or ``stopped``."""
    url: str | None = None
    age: timedelta | None = None
    """Time since its oldest resource was created."""
    memory: int | None = None
    """Bytes that its containers use on this machine."""


@dataclass(frozen=True, kw_only=True)
class _Machine:
    """Containers of this machine at one moment."""

    containers: Mapping[str, bool]
    """Container -> whether it runs."""
    memory: Mapping[str, int]
    """Container -> bytes that it uses."""
    now: datetime


def all_stacks(root: Path, pulumi: Pulumi) -> list[Listed]:
    """Return every stack that has a file in ``root`` or a state in the backend, by name.

    ``pulumi`` runs the CLI with arguments. If Docker does not answer, containers are left out.
    """
    listed = pulumi("stack", "ls", "--json")
    known = {entry["name"].rpartition("/")[2]: entry for entry in _json(listed.stdout, [])} if listed.code == 0 else {}
    machine = _Machine(containers=_containers(), memory=_memory(), now=datetime.now(UTC))
    names = sorted({*known, *stack_file.names(root)})
    return [_one(name, known.get(name), _cluster(root, name), pulumi, machine) for name in names]


def local_backend(state: Path) -> Pulumi:
    """Return a function that answers like Pulumi's CLI from the files of a local backend, without the CLI."""
    stacks = state / ".pulumi" / "stacks" / project.NAME

    def latest(name: str) -> Mapping[str, Any]:
        content = _json((stacks / f"{name}.json").read_text("utf-8", errors="replace"), {})
        return (content.get("checkpoint") or {}).get("latest") or {}

    def pulumi(*arguments: str) -> process.Result:
        if arguments[:2] == ("stack", "export"):
            return process.Result(code=0, stdout=json.dumps({"deployment": latest(arguments[-1])}))
        entries = [
            {
                "name": file.stem,
                "resourceCount": len(latest(file.stem).get("resources") or []),
                "updateInProgress": any(
                    lock_recovery.process_is_alive(lock.pid)
                    for lock in lock_recovery.locks(state, project.NAME, file.stem)
                ),
            }
            for file in sorted(stacks.glob("*.json"))
        ]
        return process.Result(code=0, stdout=json.dumps(entries))

    return pulumi


def _one(
    name: str,
    entry: Mapping[str, Any] | None,
    cluster: str | None,
    pulumi: Pulumi,
    machine: _Machine,
) -> Listed:
    own = [each for each in machine.containers if _belongs(each, cluster)]
    memory = sum(machine.memory.get(each, 0) for each in own) if own else None
    if entry is None or not entry.get("resourceCount"):
        return Listed(name=name, state=NOT_DEPLOYED)
    exported = pulumi("stack", "export", "--stack", name)
    resources = (_json(exported.stdout, {}).get("deployment") or {}).get("resources") or []
    stack: Mapping[str, Any] = next((each for each in resources if each.get("type") == "pulumi:pulumi:Stack"), {})
    url = (stack.get("outputs") or {}).get("url")
    state = DEPLOYED
    if own:
        state = RUNNING if all(machine.containers[each] for each in own) else STOPPED
    if entry.get("updateInProgress"):
        state = UPDATING
    return Listed(
        name=name,
        state=state,
        url=url if isinstance(url, str) else None,
        age=_age(resources, machine.now),
        memory=memory,
    )


def _age(resources: Iterable[Mapping[str, Any]], now: datetime) -> timedelta | None:
    created = [datetime.fromisoformat(each["created"]) for each in resources if each.get("created")]
    return now - min(created) if created else None


def _cluster(root: Path, stack: str) -> str | None:
    config = stack_file.config(root, stack)
    return None if config is None else str((config.get("pocdeploy:cluster") or {}).get("name", "test"))


def _belongs(container: str, cluster: str | None) -> bool:
    pattern = rf"{re.escape(cluster or '')}-(control-plane|worker\d*|registry)"
    return cluster is not None and re.fullmatch(pattern, container) is not None


def _containers() -> dict[str, bool]:
    """Return container -> whether it runs."""
    listed = process.run(["docker", "ps", "--all", "--format", "{{.Names}}\t{{.State}}"], timeout=20.0)
    lines = listed.stdout.splitlines() if listed.code == 0 else []
    return {name: state == "running" for name, _, state in (line.partition("\t") for line in lines)}


def _memory() -> dict[str, int]:
    """Return container -> bytes of memory that it uses."""
    stats = process.run(["docker", "stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}"], timeout=60.0)
    lines = stats.stdout.splitlines() if stats.code == 0 else []
    return {name: size(usage.partition("/")[0]) for name, _, usage in (line.partition("\t") for line in lines)}


def size(text: str) -> int:
    """Return an amount as Docker writes it (``512.5MiB``) in bytes; 0 for what is none (``--``)."""
    match = re.fullmatch(r"\s*([\d.]+)\s*([kKMGT]?i?B)\s*", text)
    return int(float(match[1]) * _UNITS[match[2].upper()]) if match else 0


def in_words(age: timedelta | None) -> str:
    """Return an age in its largest unit: ``3 d``, ``5 h``, ``12 min``."""
    if age is None:
        return "-"
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"


def _json(text: str, otherwise: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return otherwise
