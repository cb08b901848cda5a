"""Doctor: is this machine fit for the stack, and what is in the way? Asked before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pocdeploy import process
from pocdeploy.config import Settings, load, stack_config
from pocdeploy.diagnostics.doctor import leftovers, machine
from pocdeploy.diagnostics.doctor.facts import Facts, gather
from pocdeploy.diagnostics.result import CheckResult, Severity, from_finding, ok, warn
from pocdeploy.docker import engine
from pocdeploy.errors import PocdeployError
from pocdeploy.preflight import checks
from pocdeploy.toolchain import install

__all__ = ["Facts", "before_up", "examine", "gather"]


def before_up(root: Path, stack: str, *, run: process.Run = process.run) -> list[CheckResult]:
    """Return what ``up`` has to know beside what it checks itself: Docker, tools and preflight (ports, downloads).

    Docker has to answer already. Takes a fraction of a second: two questions to Docker and a few small files.
    """
    name = stack.rpartition("/")[2]
    try:
        settings = _settings(root, name)
    except PocdeployError:  # preflight reports it
        return []
    facts = gather(root, name, settings, run=run)
    # That its own cluster is gone is not in the way: `up` makes it anew, and says so itself.
    return [*machine.machine(facts), *leftovers.leftovers(facts, but_for=name)]


def examine(
    root: Path,
    stack: str,
    *,
    run: process.Run = process.run,
    check: Callable[..., None] = checks.check,
    environment: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Return everything about machine and stack. Nothing is changed, installed or started.

    Args:
        root: the project.
        stack: the stack, perhaps with its organisation.
        run: runs ``docker`` and the tools.
        check: preflight's check: configuration, plugins, and for a new cluster downloads and ports.
        environment: environment of the commands; that of this process by default.
    """
    name = stack.rpartition("/")[2]
    found = [*_tools(root, run), *_docker(run)]
    try:
        settings = _settings(root, name)
    except PocdeployError:
        settings = None
    facts = gather(root, name, settings, run=run, environment=environment)
    return [*found, *machine.machine(facts), *_preflight(root, stack, check), *leftovers.leftovers(facts)]


def _settings(root: Path, stack: str) -> Settings:
    return load(stack_config.read(root, stack), root=root, stack=stack)


def _tools(root: Path, run: process.Run) -> Iterator[CheckResult]:
    for name, tool in install.TOOLS.items():
        program = install.find(name, root, run=run)
        if program is None:
            yield warn(
                name,
                f"{tool.version} is not installed",
                why="nothing works without it; `make up` downloads it into .pocdeploy/bin",
                fix="python -m pocdeploy tools",
            )
        else:
            version = re.search(r"\d+\.\d+\.\d+", run([str(program), "version"], timeout=60).stdout)
            yield ok(name, f"{version[0] if version else 'unknown version'} ({program})")


def _docker(run: process.Run) -> Iterator[CheckResult]:
    nobody = engine.Machine(run=run, is_terminal=lambda: False, environ={})
    if run(engine.VERSION, timeout=20.0).code == 0:
        return  # its version is looked at with all else that it says of itself
    try:
        engine.check_docker(machine=nobody)
    except PocdeployError as error:
        yield from (from_finding("docker", finding) for finding in error.findings)


def _preflight(root: Path, stack: str, check: Callable[..., None]) -> Iterator[CheckResult]:
    try:
        check(root, stack)
    except PocdeployError as error:
        for finding in error.findings:
            is_port = finding.what.startswith("port ")
            yield from_finding("port" if is_port else "needs", finding)
    else:
        yield ok("needs", "configuration, plugins, downloads and ports are as they have to be")


def failed(outcomes: list[CheckResult]) -> list[CheckResult]:
    """Return those that are in the way."""
    return [outcome for outcome in outcomes if outcome.severity is Severity.FAIL]
