"""What a killed run of Pulumi leaves in a local state, and how it is put away without anyone's help.

Pulumi 3.250 leaves up to three things, as experiments with ``kill -9`` show (tests/engine/test_killed.py):

- a lock file, on which every further operation fails ("the stack is currently locked") until ``pulumi cancel``;
- rarely an empty file of attributes beside the state, on which every further operation fails ("failed to load
  checkpoint: EOF"): it is emptied and written again with each save, while the state itself is replaced as a whole;
- notes of the creations that were under way, of which every further operation warns, and which no ``up`` takes away.

Any other backend looks after its locks itself; nothing is done there.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocdeploy import process

TAKES_OVER = frozenset({"pocdeploy", "pulumi", "kubernetes", "command", "docker", "random"})
"""Packages whose resources, as this program declares them, can be created again whatever a killed run has made of them.
Notes about others stay: they may be all that anyone knows of something that costs money."""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock file of a stack."""

    file: Path
    pid: int
    host: str


def state_folder(backend: str, root: Path) -> Path | None:
    """Give the folder of a ``file://`` backend (relative ones are below ``root``); None for any other backend."""
    scheme, separator, path = backend.partition("://")
    return root / Path(path.partition("?")[0]).expanduser() if separator and scheme == "file" else None


def locks(state: Path, project: str, stack: str) -> list[Lock]:
    """Give the locks of a stack in a local state; files that are none, or are just being written, are left out."""
    found = []
    for file in sorted((state / ".pulumi" / "locks" / "organization" / project / stack).glob("*.json")):
        try:
            content = json.loads(file.read_text("utf-8"))
            found.append(Lock(file=file, pid=int(content["pid"]), host=str(content["hostname"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def release_dead(
    state: Path,
    project: str,
    stack: str,
    *,
    host: str | None = None,
    is_alive: Callable[[int], bool] | None = None,
) -> list[Lock]:
    """Remove the locks of a stack whose process was one of this machine and is dead; give those that were removed.

    A lock of another machine, or of a process that lives, stays: two runs on one state would destroy it.

    Args:
        state: folder of the local backend.
        project: name in Pulumi.yaml.
        stack: name of the stack, without organisation and project.
        host: name of this machine.
        is_alive: whether a process runs.
    """
    host = host or socket.gethostname()
    is_alive = is_alive or process_is_alive
    dead = [lock for lock in locks(state, project, stack) if lock.host == host and not is_alive(lock.pid)]
    for lock in dead:
        lock.file.unlink(missing_ok=True)
        lock.file.with_name(f"{lock.file.name}.attrs").unlink(missing_ok=True)
    return dead


def process_is_alive(pid: int) -> bool:
    """Return whether there is a process with this id, also if it belongs to someone else."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def can_be_forgotten(deployment: Mapping[str, Any]) -> bool:
    """Return whether an exported deployment has unfinished creations, all of which the next run does once more.

    Unfinished operations of other kinds are no matter: Pulumi forgets them itself.
    """
    pending = [it for it in deployment.get("pending_operations") or [] if it["type"] == "creating"]
    return bool(pending) and all(_package(it["resource"]["type"]) in TAKES_OVER for it in pending)


def drop_broken_attributes(state: Path, project: str, stack: str) -> list[Path]:
    """Remove the files of attributes of a stack's state that cannot be read; give those that were removed.

    They hold a content type and a checksum that Pulumi does not ask for; it works without them and recreates them.
    """
    bookkeeping = state / ".pulumi"
    files = [*(bookkeeping / "stacks" / project).glob(f"{stack}.json*.attrs"), bookkeeping / "meta.yaml.attrs"]
    broken = [file for file in files if file.is_file() and not _is_json(file)]
    for file in broken:
        file.unlink()
    return broken


def recover(state: Path, project: str, stack: str, pulumi: Callable[..., process.Result]) -> list[str]:
    """Put away what a killed run has left; give a line for each thing that was done, to be shown.

    ``pulumi`` runs the CLI with its arguments. Does nothing if no lock of a dead process is there, which is the sign
    of a killed run. If the notes cannot be rewritten they stay as they are: they are a warning and no obstacle.
    """
    done = [
        f"The last run of {stack} was killed (process {lock.pid}); its lock has been removed"
        for lock in release_dead(state, project, stack)
    ]
    if not done:
        return done
    drop_broken_attributes(state, project, stack)
    exported = pulumi("stack", "export", "--stack", stack)
    if exported.code or not can_be_forgotten(json.loads(exported.stdout)["deployment"]):
        return done
    # Secrets are encrypted in an export. Importing it is Pulumi's own way to drop the notes.
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(exported.stdout)
        file.flush()
        imported = pulumi("stack", "import", "--stack", stack, "--file", file.name)
    return done if imported.code else [*done, "What it had begun to create is created again, or taken over"]


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True


def _package(token: str) -> str:
    """Return the package of a type token; a provider's is that of its resources."""
    package, _, rest = token.partition(":")
    return rest.partition(":")[2] if token.startswith("pulumi:providers:") else package
