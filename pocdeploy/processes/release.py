"""A release of an application without an image: its patched source, virtualenv, command and variables."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pocdeploy.config import AppSettings
from pocdeploy.config.frameworks import own_files
from pocdeploy.processes.command import with_values
from pocdeploy.processes.environment import identity, whole_environment
from pocdeploy.processes.packages import interpreter, requirements
from pocdeploy.processes.postgres import Server
from pocdeploy.processes.setup import ready_venv
from pocdeploy.processes.state import AppState, StackFolder
from pocdeploy.source import app_tree
from pocdeploy.source.build_context import prepare

KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER")
"""Variables of the terminal that an application gets beside PATH: all others could change what it does."""

NEXT = "next"
"""Folder of a source that is not a release yet."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Ports of an application on 127.0.0.1."""

    web: int
    metrics: int


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is started."""

    digest: str
    """Of source, command and variables: another one is another release."""
    tree: Path
    """Folder of the application, in the copy of its source."""
    command: tuple[str, ...]
    env: Mapping[str, str]
    """The whole environment of the process."""


def prepare_source(folder: StackFolder, name: str, app: AppSettings) -> Path:
    """Return a new patched copy of an application's source; raises PatchError or PreflightError."""
    root, tree = folder.root, folder.releases(name) / NEXT
    prepare(
        root / str(app.path),
        tree,
        patches=root / app.patches if app.patches else None,
        requirements=root / app.requirements if app.requirements else None,
        own_files=own_files(app.framework, tree) if app.framework else None,
        context=app.context,
    )
    return tree


def make_release(
    source: Path, python: Path, command: tuple[str, ...], own: Mapping[str, str], app: AppSettings
) -> Release:
    """Make a release of a new ``source`` of an application, that serves with ``command``.

    ``python`` is that of its virtualenv, ``own`` are its variables.
    """
    others = [[name, it.command, it.replicas] for name, it in app.processes.items() if it]
    others += [[entry.name, entry.command] for entry in app.cron]
    digest = _digest(source, json.dumps([command, dict(own), str(python), *([others] if others else [])]))
    tree = source.with_name(digest)
    if tree.exists():
        shutil.rmtree(source)
    else:
        source.rename(tree)
    env = {**_terminal(python.parent), **own}
    return Release(digest=digest, tree=tree / (app.context or ""), command=with_values(command, env), env=env)


def running_release(
    folder: StackFolder, name: str, app: AppSettings, known: AppState, own: Mapping[str, str]
) -> Release:
    """Return the release that was started last."""
    tree = folder.releases(name) / known.release / (app.context or "")
    env = {**_terminal(packages(folder, name, app, tree, log=lambda _: None).parent), **own}
    return Release(digest=known.release, tree=tree, command=(), env=env)


def packages(folder: StackFolder, name: str, app: AppSettings, tree: Path, *, log: Callable[[str], None]) -> Path:
    """Return the Python of the virtualenv with the packages of the application in ``tree``, made if need be."""
    python, notice = interpreter(tree)
    if notice:
        log(f"{name}: {notice}")
    wanted = requirements(tree, app.framework)
    return ready_venv(wanted, name, otherwise=folder.path.parent / ".venvs", log=log, python=python, tree=tree)


def variables(
    folder: StackFolder,
    name: str,
    app: AppSettings,
    *,
    server: Server | None,
    ports: Ports,
    secrets: Mapping[str, str],
) -> dict[str, str]:
    """Return the variables that an application gets from pocdeploy, with its ``secrets``."""
    database = server.variables(name) if server and app.database else {}
    where = identity(folder.stack, folder.root / str(app.path), folder.root / app.patches if app.patches else None)
    own = whole_environment(app, database, secret_values=secrets, port=ports.web, metrics_port=ports.metrics)
    return {**where, **own, METRICS_FOLDER: str(folder.path / "metrics" / name)}


def environment_of(release: Release) -> Mapping[str, str]:
    """Return the variables of the steps before a release, which must not touch the metrics of the running one."""
    return {key: value for key, value in release.env.items() if key != METRICS_FOLDER}


def remove_others(folder: StackFolder, name: str, release: str) -> None:
    """Remove the sources of all releases of an application but this one."""
    for other in folder.releases(name).iterdir():
        if other.is_dir() and other.name != release:
            shutil.rmtree(other)


def _terminal(programs: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])}


def _digest(tree: Path, rest: str) -> str:
    digest = hashlib.sha256(rest.encode())
    for path in app_tree.walk(tree):
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        for part in (str(path.relative_to(tree)).encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]
