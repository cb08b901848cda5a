"""Doctor: check this machine, and what may be in the way of the stack, before anything is changed.

``make doctor`` shows all results; ``up`` makes the same checks first, and stops if one fails.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pocdeploy.config import Settings, load_stack
from pocdeploy.diagnostics.doctor import leftovers, machine
from pocdeploy.diagnostics.doctor.facts import gather
from pocdeploy.diagnostics.result import CheckResult, Severity, from_finding, ok, warn
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.preflight import checks
from pocdeploy.toolchain import install

__all__ = ["ENGINE", "examine", "failed"]

ENGINE = "docker"
"""Check of the container engine."""


def examine(
    root: Path,
    stack: str,
    *,
    tools: Sequence[str] = ("pulumi", "kind"),
    docker: bool = True,
    preview: bool = False,
    except_stack: str | None = None,
) -> list[CheckResult]:
    """Run all checks of machine and stack, what is fatal for most of the others first. Change and start nothing.

    Takes a few seconds: nothing is downloaded, and an address that does not answer is not waited for.

    Args:
        root: the project.
        stack: name of the stack, with or without its organisation.
        tools: programs that are needed.
        docker: whether a container engine is needed.
        preview: whether nothing is to be created, so that memory, disk and leftovers do not matter.
        except_stack: a stack whose deleted cluster is not reported, because `up` creates it again.
    """
    name = stack.rpartition("/")[2]
    problem = engine.problem() if docker else None
    absent = problem is not None and shutil.which("docker") is None
    try:
        settings = _settings(root, name)
    except PocdeployError:  # it is one of the problems below
        settings = None
    programs = {tool: install.find(tool, root) for tool in tools}
    missing = [tool for tool, program in programs.items() if program is None]
    asks_docker = problem is None or absent
    found = checks.problems(root, stack, preview=preview, missing_tools=missing, asks_docker=asks_docker)
    results = [from_finding(ENGINE, problem)] if problem else []
    results += _results(found, checks.CONFIGURATION)
    if not preview:
        facts = gather(root, name, settings, asks_docker=docker and problem is None)
        results += machine.machine(facts)
        results += leftovers.leftovers(facts, except_stack=except_stack)
    results += _results(found, checks.CLUSTER, checks.PORT)
    results += _tools(programs, found[checks.DOWNLOAD])
    results += _results(found, checks.DOWNLOAD)
    if not any(found.values()):
        results.append(ok("needs", "configuration, plugins, downloads and ports are ready"))
    return results


def failed(results: list[CheckResult]) -> list[CheckResult]:
    """Return the results of failed checks."""
    return [result for result in results if result.severity is Severity.FAIL]


def _settings(root: Path, stack: str) -> Settings:
    return load_stack(root, stack)


def _results(found: dict[str, list[Finding]], *subjects: str) -> list[CheckResult]:
    return [from_finding(subject, finding) for subject in subjects for finding in found[subject]]


def _tools(programs: Mapping[str, Path | None], unreachable: Sequence[Finding]) -> Iterator[CheckResult]:
    """Yield a result for each tool that is here or can be installed; the others are in ``unreachable``."""
    for name, program in programs.items():
        tool = install.TOOLS[name]
        if program is not None:
            yield ok(name, f"{tool.version} or newer ({program})")
        elif name not in {finding.where for finding in unreachable}:
            yield warn(
                name,
                f"{tool.version} is not installed",
                why="`make up` downloads it into .pocdeploy/bin, or builds it with Go, which takes minutes",
                fix=".venv/bin/python -m pocdeploy tools",
            )
