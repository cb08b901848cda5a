"""What runs beside the server of an application: its processes, and its scheduled commands by hand."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Mapping

from pocdeploy.config import AppSettings
from pocdeploy.errors import PocdeployError
from pocdeploy.processes import detached
from pocdeploy.processes.command import with_values
from pocdeploy.processes.detached import Started
from pocdeploy.processes.release import Release, environment_of
from pocdeploy.processes.state import StackFolder

WATCHED = 2.0
"""Seconds in which a process must not end after its start."""
POLL_INTERVAL = 0.1  # seconds


def start(folder: StackFolder, name: str, app: AppSettings, release: Release) -> dict[str, Started]:
    """Start the processes of an application, one of each; raises PocdeployError if one cannot be started."""
    env, started = environment_of(release), dict[str, Started]()
    try:
        for part, process in app.processes.items():
            if process and process.command and process.replicas:
                words = with_values(process.command, env)
                started[part] = detached.start(words, cwd=release.tree, env=env, log=folder.log(name, part))
    except PocdeployError:
        stop(started)
        raise
    return started


def stop(started: Mapping[str, Started]) -> None:
    """Stop processes."""
    for process in started.values():
        detached.stop(process)


def ended(started: Mapping[str, Started]) -> list[str]:
    """Return the names of the processes that have ended."""
    return [part for part, process in started.items() if not detached.is_alive(process)]


def ended_soon(started: Mapping[str, Started]) -> list[str]:
    """Watch processes for `WATCHED` seconds; return the names of those that end meanwhile."""
    deadline = time.monotonic() + WATCHED
    while started and not (found := ended(started)) and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL)
    return found if started else []


def write_cron(folder: StackFolder, name: str, app: AppSettings, release: Release) -> None:
    """Write a program for each scheduled command, readable for its owner only: nothing runs them at their times."""
    target = folder.cron(name)
    shutil.rmtree(target, ignore_errors=True)
    env = environment_of(release)
    for entry in app.cron:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        variables = " ".join(shlex.quote(f"{key}={value}") for key, value in env.items())
        words = shlex.join(with_values(entry.command, env))
        text = f"#!/bin/sh\ncd {shlex.quote(str(release.tree))} && exec env -i {variables} {words}\n"
        descriptor = os.open(target / entry.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o700)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
