"""Doctor: check this machine, and what may be in the way of the stack, before anything is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pocdeploy import process
from pocdeploy.config import Settings, load_stack
from pocdeploy.diagnostics.doctor import leftovers, machine
from pocdeploy.diagnostics.doctor.facts import gather
from pocdeploy.diagnostics.result import CheckResult, Severity, from_finding, ok, warn
from pocdeploy.docker import engine
from pocdeploy.errors import PocdeployError
from pocdeploy.preflight import checks
from pocdeploy.toolchain import install

__all__ = ["before_up", "examine", "failed"]


def before_up(root: Path, stack: str) -> list[CheckResult]:
    """Run the checks that ``up`` does not do itself: it checks Docker, tools and preflight (ports, downloads).

    Docker has to answer already. Takes a fraction of a second: two requests to Docker and a few small files.
    """
    name = stack.rpartition("/")[2]
    try:
        settings = _settings(root, name)
    except PocdeployError:  # preflight reports it
        return []
    facts = gather(root, name, settings)
    # If the stack's own cluster was deleted, `up` reports it and recreates the cluster.
    return [*machine.machine(facts), *leftovers.leftovers(facts, except_stack=name)]


def examine(root: Path, stack: str) -> list[CheckResult]:
    """Run all checks of machine and stack (with or without its organisation). Change and start nothing."""
    name = stack.rpartition("/")[2]
    results = [*_tools(root), *_docker()]
    try:
        settings = _settings(root, name)
    except PocdeployError:  # preflight reports it
        settings = None
    facts = gather(root, name, settings)
    return [*results, *machine.machine(facts), *_preflight(root, stack), *leftovers.leftovers(facts)]


def failed(results: list[CheckResult]) -> list[CheckResult]:
    """Return the results of failed checks."""
    return [result for result in results if result.severity is Severity.FAIL]


def _settings(root: Path, stack: str) -> Settings:
    return load_stack(root, stack)


def _tools(root: Path) -> Iterator[CheckResult]:
    for name, tool in install.TOOLS.items():
        program = install.find(name, root)
        if program is None:
            yield warn(
                name,
                f"{tool.version} is not installed",
                why="it is needed by all commands; `make up` downloads it into .pocdeploy/bin",
                fix=".venv/bin/python -m pocdeploy tools",
            )
        else:
            version = re.search(r"\d+\.\d+\.\d+", process.run([str(program), "version"], timeout=60).stdout)
            yield ok(name, f"{version[0] if version else 'unknown version'} ({program})")


def _docker() -> Iterator[CheckResult]:
    if finding := engine.problem():  # the checks of the machine show the version
        yield from_finding("docker", finding)


def _preflight(root: Path, stack: str) -> Iterator[CheckResult]:
    try:
        checks.check(root, stack)
    except PocdeployError as error:
        for finding in error.findings:
            is_port = finding.what.startswith("port ")
            yield from_finding("port" if is_port else "needs", finding)
    else:
        yield ok("needs", "configuration, plugins, downloads and ports are ready")
