"""Commands on a stack whose applications are processes of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from pocdeploy.cli import guard
from pocdeploy.cli.context import CliContext
from pocdeploy.config import ProcessesSettings, stack_file
from pocdeploy.config.cluster import is_protected
from pocdeploy.config.processes import PROCESSES
from pocdeploy.console import Progress
from pocdeploy.docker.engine import INSTALL_PAGE
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.pod_logs import Event
from pocdeploy.processes import detached, follow, report
from pocdeploy.processes.stack import ProcessStack
from pocdeploy.processes.state import StackFolder
from pocdeploy.stacks.destruction import DestructionError

CLUSTER_ONLY = frozenset(
    {
        "preview",
        "deploy",
        "explain",
        "targets",
        "resume",
        "pause",
        "wake",
        "drift",
        "backup",
        "backups",
        "restore",
        "restore-drill",
        "use-image",
        "env-up",
        "env-comment",
    }
)
"""Commands that do nothing useful without a cluster."""
ABOUT = (
    "It runs as processes of your user: one PostgreSQL, one server of each application. This is not Kubernetes.",
    "Missing: replicas and failover, isolation, the image itself, the gateway, monitoring, the rollback of a release.",
    "For Kubernetes: a container engine ({page}){type}, then: make down STACK={stack} && make up STACK={stack}",
)


def find(cli: CliContext, stack: str) -> ProcessStack:
    """Return the stack as processes, whether it runs or not."""
    return ProcessStack(folder=StackFolder(cli.root, stack), progress=Progress(quiet=cli.quiet))


def refuse(name: str, stack: str) -> None:
    """Raise PreflightError: the command ``name`` needs a cluster."""
    finding = Finding(
        where=name,
        what=f"needs Kubernetes, and stack {stack} runs as processes of this machine",
        expected="up, down, status, open, share, outputs, logs, seed, validate or stacks",
        fix=f"make validate STACK={stack}",
    )
    raise PreflightError([finding])


def up(cli: CliContext, found: ProcessStack, arguments: Sequence[str], *, reason: str) -> int:
    """Start or update the stack, say what it is and is not, and print its outputs; return the exit code."""
    stack = found.folder.stack
    cli.log(f"Stack {stack}: {reason}")
    given = (stack_file.config(cli.root, stack) or {}).get("pocdeploy:cluster") or {}
    more = " and `type: kind` in the stack file" if given.get("type") == PROCESSES else ""
    for line in ABOUT:
        cli.log(f"  {line.format(page=INSTALL_PAGE, stack=stack, type=more)}")
    if arguments:
        cli.log(f"  These options are for Pulumi, and have no effect here: {' '.join(arguments)}")
    found.up()
    return outputs(cli, found, ())


def down(cli: CliContext, found: ProcessStack, *, keep_data: bool, confirmed: bool) -> int:
    """Stop everything, and remove all files, or with ``keep_data`` all but the data; return the exit code."""
    folder = found.folder
    if not folder.exists():
        cli.log(f"There is no stack {folder.stack}: nothing to do.")
    else:
        if not keep_data:
            _check_protection(cli, folder)
            guard.confirm_destruction(
                cli, folder.stack, _databases(folder), confirmed=confirmed, otherwise="--keep-data keeps the databases"
            )
        found.down(keep_data=keep_data)
        kept = f"the data stays in {folder.pgdata}" if keep_data else "nothing of it is left"
        cli.log(f"Stack {folder.stack} is removed: {kept}")
    if cli.json:
        typer.echo("{}")
    return 0


def outputs(cli: CliContext, found: ProcessStack, arguments: Sequence[str]) -> int:
    """Print the outputs as Pulumi does, and processes that have ended; return the exit code."""
    names = [argument for argument in arguments if not argument.startswith("-")]
    options = set(arguments) - set(names)
    if unknown := sorted(options - {"--show-secrets", "--json", "-j"}):
        raise PreflightError([Finding(where="outputs", what=f"unknown option: {', '.join(unknown)}")])
    values = report.outputs(found)
    if not options & {"--show-secrets"}:
        values = _masked(values)
    _print(values, names, as_json=cli.json or bool(options & {"--json", "-j"}))
    problems = report.problems(found.folder)
    for problem in problems:
        typer.echo(str(problem), err=True)
    return report.exit_code(problems)


def _print(values: dict[str, Any], names: Sequence[str], *, as_json: bool) -> None:
    if unknown := sorted(set(names) - values.keys()):
        expected = ", ".join(sorted(values))
        raise PreflightError([Finding(where=", ".join(unknown), what="no such output", expected=expected)])
    if names:
        value = values[names[0]]
        typer.echo(json.dumps(value, indent=2) if as_json or not isinstance(value, str) else value)
    elif as_json:
        typer.echo(json.dumps(values, indent=2))
    else:
        if len(values["apps"]) == 1:
            del values["apps"]  # it has the same values
        width = max(map(len, values))
        typer.echo(f"Outputs ({len(values)}):")
        for name, value in sorted(values.items()):
            typer.echo(f"    {name:<{width}}  {value if isinstance(value, str) else json.dumps(value)}")
        typer.echo("    passwords: make outputs ARGS=--show-secrets", err=True)


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: "[secret]" if key in report.SECRET_OUTPUTS else _masked(value) if isinstance(value, dict) else value
        for key, value in values.items()
    }


def logs(found: ProcessStack, app: str, component: str, *, tail: int, follows: bool) -> Iterable[Event]:
    """Return the lines of an application's log, or with the component ``database`` of PostgreSQL's."""
    state = report.deployed(found.folder)
    others = state.apps[app].others if app in state.apps else {}
    if component not in {"web", "database", *others} or (component != "database" and app not in state.apps):
        components = ", ".join(["web", *others, "database"])
        accepted = f"--app with one of {', '.join(state.apps)}; --component with one of {components}"
        raise PreflightError([Finding(where="logs", what=f"no log of {app}, {component}", expected=accepted)])
    part = "" if component == "web" else component
    is_app = component != "database"
    name, log = (component, found.folder.pgdata / "log") if not is_app else (part or app, found.folder.log(app, part))
    if not follows:
        return follow.snapshot(name, log, lines=tail)

    def runs() -> bool:
        now = found.folder.read()
        return bool(now and (not is_app or detached.is_alive(now.apps[app].process_of(part))))

    return follow.follow(name, log, lines=tail, runs=runs)


def _databases(folder: StackFolder) -> list[str]:
    """Return what a destruction deletes, a line for all databases; empty if there are none."""
    if not folder.pgdata.is_dir():
        return []
    size = sum(file.lstat().st_size for file in folder.pgdata.rglob("*") if file.is_file())
    return [f"the databases ({size / 2**20:.0f} MiB in {folder.pgdata}); no backup is known"]


def _check_protection(cli: CliContext, folder: StackFolder) -> None:
    """Raise DestructionError for a stack whose data is protected; other settings need not be valid."""
    written = (stack_file.config(cli.root, folder.stack) or {}).get("pocdeploy:cluster")
    protect = written.get("protect") if isinstance(written, dict) else None
    if folder.pgdata.is_dir() and is_protected(ProcessesSettings(type=PROCESSES, protect=protect), folder.stack):
        what = "the databases of this stack are protected"
        finding = Finding(
            where="pocdeploy:cluster.protect",
            what=what,
            expected="--keep-data, or `protect: false` in the stack file",
            fix=f"make down STACK={folder.stack} ARGS=--keep-data",
        )
        raise DestructionError([finding])
