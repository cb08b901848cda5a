"""What each command needs on this machine besides the packages of the command line, and its installation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path

from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.docker import engine
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.toolchain import install, virtualenv


class Need(Enum):
    """A part of the machine."""

    DOCKER = "a container engine that answers"
    PULUMI = "the Pulumi CLI"
    KIND = "kind"
    CLIENT = "requirements.txt: the client of Kubernetes"
    PROGRAM = "requirements.txt, and requirements-eks.txt for a stack on AWS: all that the program imports"


DOCKER, PULUMI, KIND, CLIENT, PROGRAM = Need
_ALL = frozenset({DOCKER, PULUMI, KIND, PROGRAM})
_CLUSTER = frozenset({PULUMI, CLIENT})
NEEDS: Mapping[str, frozenset[Need]] = {
    "up": _ALL,
    "deploy": _ALL,
    "env-up": _ALL,
    # The containers of a cluster that exists are part of what `up` would do.
    "preview": _ALL - {KIND},
    "preview-json": _ALL - {KIND},
    "preview-comment": _ALL - {KIND},
    "drift": _ALL - {KIND},
    # Pulumi deletes by its state: it does not run the program.
    "down": _ALL - {PROGRAM},
    "env-down": _ALL - {PROGRAM},
    "sweep": frozenset({PULUMI}),
    **dict.fromkeys(("outputs", "open", "share"), frozenset({PULUMI})),
    "use-image": frozenset({PULUMI}),
    "set": frozenset({PULUMI}),  # for a secret
    "env-comment": frozenset({PULUMI}),
    "tools": frozenset({PULUMI, KIND}),
    "validate": frozenset({PULUMI, PROGRAM}),  # with a preview
    **dict.fromkeys(("backup", "backups", "restore", "restore-drill"), _CLUSTER),
    "logs": _CLUSTER,
    "targets": _CLUSTER,
    "status": _CLUSTER,
    "seed": _CLUSTER,
    "pause": _CLUSTER,
    "wake": _CLUSTER,
    "resume": _CLUSTER | {DOCKER},
    "explain": frozenset({CLIENT}),
    **dict.fromkeys(("unset", "stacks", "doctor", "dev", "env", "image", "policies", "pr-comment"), frozenset()),
    **dict.fromkeys(("kubeconfig", "registry-login", "lint-workflows"), frozenset()),
    **dict.fromkeys(("audit", "sbom", "lock", "release", "docs", "init", "config"), frozenset()),
}
"""Command -> what it needs for a stack on Kind; the last ones install what they need themselves, or need nothing."""
BUILDING = frozenset({"up", "deploy", "env-up"})
"""Commands that build images."""


def of(cli: CliContext, verb: str, stack: str = "") -> frozenset[Need]:
    """Return what the command ``verb`` needs for ``stack``: a cluster elsewhere needs no kind, and often no Docker."""
    needed = NEEDS[verb]
    if not stack or cluster_type(cli, stack) in {None, "kind"}:
        return needed
    builds = verb in BUILDING and _builds_images(cli, stack)
    return needed - {KIND} if builds else needed - {KIND, DOCKER}


def cluster_type(cli: CliContext, stack: str) -> str | None:
    """Return the type of the stack's cluster; None if its file is not usable, which is reported elsewhere."""
    cluster = (stack_file.config(cli.root, stack) or {}).get("pocdeploy:cluster")
    found = cluster.get("type") if isinstance(cluster, dict) else None
    return found if found in CLUSTERS else None


def tools(needed: frozenset[Need]) -> tuple[str, ...]:
    """Return the programs among the needs."""
    return tuple(name for name, need in (("pulumi", PULUMI), ("kind", KIND)) if need in needed)


def provide(cli: CliContext, verb: str, stack: str = "", *, yes: bool = False) -> None:
    """Install what the command ``verb`` needs for ``stack``, and nothing else.

    ``yes`` starts a stopped Docker without asking. Raises PreflightError with all that cannot be had.
    """
    needed = of(cli, verb, stack)
    steps: list[Callable[[], object]] = []
    if DOCKER in needed:
        steps.append(lambda: engine.check_docker(assume_yes=yes, log=cli.log))
    if wanted := tools(needed):
        steps.append(lambda: install.ensure(cli.root, wanted=wanted, log=cli.log))
    if PROGRAM in needed or (CLIENT in needed and _is_own_virtualenv(cli)):
        steps.append(lambda: virtualenv.ensure(cli.root, ".venv", "requirements.txt", log=cli.log))
    further = f"requirements-{cluster_type(cli, stack)}.txt" if stack and PROGRAM in needed else ""
    if further and (cli.root / further).is_file():
        steps.append(lambda: virtualenv.ensure(cli.root, ".venv", further, log=cli.log))
    if PULUMI in needed:
        steps.append(cli.pulumi.environment)
    run_all(steps)


def run_all(steps: Sequence[Callable[[], object]]) -> None:
    """Run every step; raise one PreflightError with the findings of all that fail."""
    findings: list[Finding] = []
    for step in steps:
        try:
            step()
        except PreflightError as error:
            findings += error.findings
    if findings:
        raise PreflightError(findings)


def _is_own_virtualenv(cli: CliContext) -> bool:
    """Return whether this runs in the project's virtualenv; an installed command has all its packages."""
    return Path(sys.prefix) == (cli.root / ".venv").resolve()


def _builds_images(cli: CliContext, stack: str) -> bool:
    try:
        return cli.settings(stack).builds_images
    except PocdeployError:  # reported elsewhere
        return True
