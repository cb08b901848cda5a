"""Repair a local state after a run of Pulumi was killed.

Pulumi 3.250 leaves up to three things (tests/engine/test_killed.py):

- a lock file: every later operation fails ("the stack is currently locked") until ``pulumi cancel``;
- rarely an empty attribute file beside the state: every later operation fails ("failed to load checkpoint: EOF");
- pending operations, creations that had not finished: every later operation warns about them, and ``up`` keeps them.

Other backends manage their locks themselves; nothing is done there.
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
"""Packages whose resources can be created again after an unfinished creation.

Pending operations of other packages stay: they may be the only record of a resource that costs money.
"""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock file of a stack."""

    file: Path
    pid: int
    host: str


def state_folder(backend: str, root: Path) -> Path | None:
    """Return the folder of a ``file://`` backend (relative ones are below ``root``); None for any other backend."""
    scheme, separator, path = backend.partition("://")
    return root / Path(path.partition("?")[0]).expanduser() if separator and scheme == "file" else None


def locks(state: Path, project: str, stack: str) -> list[Lock]:
    """Return the locks of a stack in a local state; unreadable and unfinished files are left out."""
    found = []
    for file in sorted((state / ".pulumi" / "locks" / "organization" / project / stack).glob("*.json")):
        try:
            content = json.loads(file.read_text("utf-8"))
            found.append(Lock(file=file, pid=int(content["pid"]), host=str(content["hostname"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def release_dead(state: Path, project: str, stack: str) -> list[Lock]:
    """Remove the locks of a stack whose process ran on this machine and has ended; return the removed locks.

    A lock of another machine, or of a process that runs, stays: two runs on one state would destroy it.

    Args:
        state: folder of the local backend.
        project: name in Pulumi.yaml.
        stack: name of the stack, without organisation and project.
    """
    host = socket.gethostname()
    dead = [lock for lock in locks(state, project, stack) if lock.host == host and not process_is_alive(lock.pid)]
    for lock in dead:
        lock.file.unlink(missing_ok=True)
        lock.file.with_name(f"{lock.file.name}.attrs").unlink(missing_ok=True)
    return dead


def process_is_alive(pid: int) -> bool:
    """Return whether there is a process with this id, also if it belongs to another user."""
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
    """Return whether an exported deployment has unfinished creations, and the next run can repeat all of them.

    Pulumi itself removes unfinished operations of other kinds.
    """
    pending = [it for it in deployment.get("pending_operations") or [] if it["type"] == "creating"]
    return bool(pending) and all(_package(it["resource"]["type"]) in TAKES_OVER for it in pending)


def drop_broken_attributes(state: Path, project: str, stack: str) -> list[Path]:
    """Remove unreadable attribute files of a stack's state; return the removed files.

    They have a content type and a checksum that Pulumi does not read; it works without them and writes them again.
    """
    bookkeeping = state / ".pulumi"
    files = [*(bookkeeping / "stacks" / project).glob(f"{stack}.json*.attrs"), bookkeeping / "meta.yaml.attrs"]
    broken = [file for file in files if file.is_file() and not _is_json(file)]
    for file in broken:
        file.unlink()
    return broken


def recover(state: Path, project: str, stack: str, pulumi: Callable[..., process.Result]) -> list[str]:
    """Repair a local state after a killed run; return a line about each repair.

    ``pulumi`` runs the CLI with its arguments. Does nothing without a lock of an ended process, which is the sign of a
    killed run. If pending operations cannot be removed they stay: Pulumi only warns about them.
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
    return done if imported.code else [*done, "Resources that it was creating are created again, or taken over"]


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
