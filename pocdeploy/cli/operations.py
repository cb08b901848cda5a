"""Operations of Pulumi on a stack, with all that goes before and after them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

import typer

from pocdeploy.cli import before_up, fallback, guard, known_stacks, last_backups, needs, processes
from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.config.processes import PROCESSES
from pocdeploy.errors import ExitCode, Finding, PreflightError
from pocdeploy.processes import report
from pocdeploy.processes.stack import ProcessStack
from pocdeploy.stacks import create, data_loss, images
from pocdeploy.stacks.deployed import from_export

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command that passes unknown options on to Pulumi."""


def create_stack_file(cli: CliContext, stack: str) -> None:
    """Write the stack's file if there is none, from that of the stack in the environment variable TEMPLATE."""
    template = os.environ.get("TEMPLATE") or create.TEMPLATE
    create.create_stack_file(cli.root, stack, template=template, log=cli.log)


def as_processes(cli: CliContext, stack: str) -> ProcessStack | None:
    """Return the stack as processes of this machine, if it runs so or its settings say so; None for Kubernetes."""
    found = processes.find(cli, stack)
    return found if found.folder.exists() or needs.cluster_type(cli, stack) == PROCESSES else None


def outputs(cli: CliContext, stack: str) -> Mapping[str, Any]:
    """Return the outputs of ``stack``, those of a cluster without secrets; raises NoStackError if there are none."""
    if (found := as_processes(cli, stack)) is not None:
        return report.outputs(found)
    needs.provide(cli, "outputs", stack)
    return cli.pulumi.outputs(stack)


def app_outputs(cli: CliContext, stack: str, app: str) -> Mapping[str, Any]:
    """Return the outputs of one application; raises PreflightError if the stack has no such application."""
    apps = outputs(cli, stack).get("apps", {})
    if app not in apps:
        expected = f"--app with one of: {', '.join(apps)}"
        raise PreflightError([Finding(where=f"stack {stack}", what=f"has no application {app}", expected=expected)])
    found: Mapping[str, Any] = apps[app]
    return found


def up(
    cli: CliContext,
    stack: str,
    *arguments: str,
    yes: bool,
    allow_data_loss: Sequence[str] | None = (),
    may_fall_back: bool = False,
) -> int:
    """Create or update everything in ``stack``; return the exit code, Pulumi's or that of processes.

    ``allow_data_loss`` are URNs whose data may be deleted; None allows all. With ``may_fall_back`` a stack with
    ``cluster.fallback`` runs as processes where Kubernetes is not possible.
    """
    create_stack_file(cli, stack)
    if (found := as_processes(cli, stack)) is not None:
        return processes.up(cli, found, arguments, reason=fallback.why_processes(cli, stack))
    if may_fall_back and (reason := fallback.why_no_cluster(cli, stack, yes=yes)):
        return processes.up(cli, processes.find(cli, stack), arguments, reason=reason)
    before_up.check_machine(cli, stack, needs.of(cli, "up", stack), yes=yes)
    needs.provide(cli, "up", stack, yes=yes)
    with _selected(cli, stack) as code:
        if code:
            return code
        state = before_up.forget_deleted_clusters(cli, stack, cli.pulumi.export(stack), preview=False)
        last_backups.offer(cli, stack, from_export(state))
        confirmed = guard.check_up(cli, stack, from_export(state), arguments, allow_data_loss)
        before_up.restart_stopped(cli, stack)
        options = ("--yes", "--skip-preview", *arguments)
        return cli.pulumi.run_operation("up", stack, *options, POCDEPLOY_ALLOW_DATA_LOSS=confirmed)


def preview(
    cli: CliContext,
    stack: str,
    *arguments: str,
    yes: bool,
    allow_data_loss: Sequence[str] = (),
    stdout: IO[str] | None = None,
    **variables: str,
) -> int:
    """Show what ``up`` would do; return Pulumi's exit code. ``stdout`` and ``variables`` are those of Pulumi.run.

    All steps are shown, and then DataLossError is raised if ``up`` would stop because of some of them.
    """
    before_up.check_machine(cli, stack, needs.of(cli, "preview", stack), yes=yes, preview=True)
    needs.provide(cli, "preview", stack, yes=yes)
    with _selected(cli, stack, keep=False) as code:
        if code:
            return code
        state = before_up.forget_deleted_clusters(cli, stack, cli.pulumi.export(stack), preview=True)
        stops = guard.check_preview(cli, stack, from_export(state), arguments, allow_data_loss)
        variables[data_loss.ALLOWED] = data_loss.IN_PREVIEW
        failed = cli.pulumi.run_operation("preview", stack, *arguments, stdout=stdout, **variables)
        if stops and not failed:
            raise stops
        return failed


@contextmanager
def _selected(cli: CliContext, stack: str, *, keep: bool = True) -> Iterator[int]:
    """Select ``stack``, and create it if need be; yield Pulumi's exit code, and keep the stack's file as it is.

    Unless ``keep``, an empty stack that was created is removed again.
    """
    state = known_stacks.state_file(cli, stack)
    is_new = state is not None and not state.is_file()
    with stack_file.without_salt(cli.stack_file(stack)):
        cli.pulumi.recover(stack)
        try:
            yield cli.pulumi.run_quietly("stack", "select", "--create", "--stack", stack)
        finally:
            if is_new and not keep:
                cli.pulumi.capture("stack", "rm", "--yes", "--preserve-config", "--stack", stack)


def down(
    cli: CliContext,
    stack: str,
    *arguments: str,
    yes: bool,
    confirmed: bool,
    keep_data: bool = False,
    backup: bool = True,
) -> int:
    """Prepare the machine, and destroy and remove ``stack``; return the exit code, 0 if there is no stack.

    ``keep_data`` keeps the databases of processes. Unless it is ``confirmed``, a person is asked; without a
    terminal PreflightError is raised. ``backup``: see ``destroy``.
    """
    if (found := as_processes(cli, stack)) is not None:
        return processes.down(cli, found, keep_data=keep_data, confirmed=confirmed)
    if keep_data:
        what = "only a stack that runs as processes of this machine can keep its data"
        raise PreflightError([Finding(where="--keep-data", what=what, fix=f"make pause STACK={stack}")])
    needs.provide(cli, "down", stack, yes=yes)
    code = destroy(cli, stack, *arguments, confirmed=confirmed, backup=backup)
    if code == ExitCode.NO_STACK:
        cli.log(f"There is no stack {stack}: nothing to do.")
        if cli.json:
            typer.echo("{}")
        return ExitCode.OK
    return code


def destroy(cli: CliContext, stack: str, *arguments: str, confirmed: bool, backup: bool = False) -> int:
    """Destroy everything in ``stack`` and remove the stack; return Pulumi's exit code, NO_STACK if it does not exist.

    With ``backup``, databases with a store of backups are archived to their end before.

    Neither settings nor network are checked: what is wrong with them must not keep resources from being removed.
    """
    with stack_file.without_salt(cli.stack_file(stack)):
        cli.pulumi.recover(stack)
        code = cli.pulumi.run_quietly("stack", "select", "--stack", stack)
        if not code:
            deployed = guard.check_down(cli, stack, confirmed=confirmed)
            if backup:
                last_backups.take(cli, stack, deployed)
            code = cli.pulumi.run_operation("destroy", stack, "--yes", *arguments)
        return code or cli.pulumi.remove(stack)


def check_before_tools(cli: CliContext, stack: str, verb: str, *, yes: bool) -> None:
    """Check the machine if the next step would install the Pulumi CLI, before the checks of the operation itself."""
    if not (cli.root / ".pocdeploy" / "bin" / "pulumi").exists() and shutil.which("pulumi") is None:
        preview_only = verb not in needs.BUILDING
        before_up.check_machine(cli, stack, needs.of(cli, verb, stack), yes=yes, preview=preview_only)


def use_image(cli: CliContext, stack: str, app: str, reference: str) -> int:
    """Let ``stack`` run an image by digest, the last built one if ``reference`` is empty; return the exit code."""
    needs.provide(cli, "use-image")
    last = images.last_built(cli.root, app)
    if not reference and last.is_file():
        reference = last.read_text("utf-8").strip()
    images.check_reference(reference)
    # First the stack's own file: otherwise Pulumi creates one that has nothing but the image in it.
    create_stack_file(cli, stack)
    with stack_file.without_salt(cli.stack_file(stack)):
        code = cli.pulumi.run("stack", "select", "--create", "--stack", stack)
        key = f"pocdeploy:apps.{stack_file.application(cli.root, stack, app)[0]}.image"
        return code or cli.pulumi.run("config", "set", "--stack", stack, "--path", key, reference)


def keep_image(cli: CliContext, stack: str, app: str) -> int:
    """Let ``stack`` run the image that is deployed, unless it builds its image itself; return the exit code."""
    needs.provide(cli, "use-image")
    reference = images.deployed(cli.pulumi, stack, stack_file.application(cli.root, stack, app)[1])
    return use_image(cli, stack, app, reference) if reference else ExitCode.OK
