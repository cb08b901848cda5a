"""The commands behind the Makefile: each prepares the machine, then runs the Pulumi CLI.

What a command does not know itself goes to Pulumi as it is: ``pocdeploy up --diff --target URN``.
Exit codes: 0 done, 1 it was tried and failed, 2 something has to be mended first, 6 no such stack; others are Pulumi's.
"""

from __future__ import annotations

import importlib
import json as jsons
import logging
import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from pocdeploy.cli import before_up
from pocdeploy.cli.common_options import take_common_options
from pocdeploy.cli.context import CliContext, Stack, Yes
from pocdeploy.config import defaults, stack_salt
from pocdeploy.docker import engine
from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError
from pocdeploy.preflight import checks as preflight_checks
from pocdeploy.stacks import create
from pocdeploy.toolchain import install
from pocdeploy.toolchain.pulumi_env import changes


class _Group(TyperGroup):
    """Shows a PocdeployError as its text, without a traceback; options that all commands have may stand anywhere."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        own = {option for parameter in command.params for option in parameter.opts} if command else set()
        return name, command, take_common_options(ctx.params, rest, own=own)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PocdeployError as error:
            if ctx.params.get("json"):
                typer.echo(jsons.dumps(error.plain(), indent=2))
            Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(error.exit_code) from error


COMMANDS = (
    "doctor",
    "env_comment",
    "explain",
    "image",
    "lint_workflows",
    "logs",
    "pause",
    "pr_comment",
    "release",
    "resume",
    "seed",
    "stacks",
    "sweep",
    "targets",
    "validate",
)
"""Modules of pocdeploy.cli.commands, in the order of the help."""
app = typer.Typer(cls=_Group, help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.callback()
def main(
    context: typer.Context,
    root: Annotated[Path, typer.Option(help="Project directory.", hidden=True)] = Path(__file__).parents[2],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only what Pulumi and errors say.")] = False,  # noqa: FBT002
    verbose: Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, help="Show Pulumi's commands; -vv: every command and its time."),
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="Write the result to stdout as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Put a web application on Kubernetes, with PostgreSQL, a gateway and monitoring."""
    if verbose > 1:
        logging.basicConfig(format="%(message)s")  # on stderr
        logging.getLogger("pocdeploy").setLevel(logging.DEBUG)
    context.obj = CliContext(root=root.absolute(), quiet=quiet, verbose=verbose > 0, json=json)


def _all_or_none(checks: Sequence[Callable[[], object]]) -> None:
    """Run every check; raise one PreflightError with the findings of all that fail."""
    findings: list[Finding] = []
    for check in checks:
        try:
            check()
        except PreflightError as error:
            findings += error.findings
    if findings:
        raise PreflightError(findings)


def _make_ready(session: CliContext, *further: Callable[[], object], yes: bool) -> None:
    """Make sure of everything that ``up``, ``preview`` and ``down`` need, and of what ``further`` checks."""
    _all_or_none(
        [
            lambda: engine.check_docker(assume_yes=yes, machine=engine.Machine(log=session.log)),
            lambda: install.ensure(session.root, log=session.log),
            session.environment,
            *further,
        ]
    )


def _on_stack(context: typer.Context, verb: str, stack: str, *arguments: str, yes: bool) -> None:
    """Make ready, create the stack if need be, run ``verb`` on it, and end with Pulumi's exit code."""
    session: CliContext = context.obj
    template = os.environ.get("TEMPLATE") or create.TEMPLATE
    create.create_stack_file(session.root, stack, template=template, log=session.log)
    # Not for `down`: what is wrong with the configuration or the network must not keep anything from being removed.
    _make_ready(session, lambda: preflight_checks.check(session.root, stack, preview=verb == "preview"), yes=yes)
    if verb == "up":
        before_up.check_machine(session, stack)
    with stack_salt.without_salt(session.stack_file(stack)):
        session.recover(stack)
        code = session.run_quietly("stack", "select", "--create", "--stack", stack)
        if code == 0:
            before_up.forget_deleted_clusters(session, stack, preview=verb == "preview")
            if verb == "up":
                before_up.restart_stopped(session, stack)
            code = session.run_operation(verb, stack, *arguments, *context.args)
    raise typer.Exit(code)


@app.command(context_settings=_PASS_ON)
def up(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Create or update everything; `preview` shows beforehand what that would be."""
    _on_stack(context, "up", stack, "--yes", "--skip-preview", yes=yes)


@app.command(context_settings=_PASS_ON)
def preview(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Show what `up` would do."""
    _on_stack(context, "preview", stack, yes=yes)


@app.command(context_settings=_PASS_ON)
def down(context: typer.Context, stack: Stack = "dev", yes: Yes = False) -> None:  # noqa: FBT002
    """Destroy everything, and remove the stack and its state; Pulumi.<stack>.yaml stays."""
    session: CliContext = context.obj
    _make_ready(session, yes=yes)
    with stack_salt.without_salt(session.stack_file(stack)):
        session.recover(stack)
        code = session.run_quietly("stack", "select", "--stack", stack)
        if code == ExitCode.NO_STACK:
            session.log(f"There is no stack {stack}: nothing to do.")
            if session.json:
                typer.echo("{}")
            raise typer.Exit(ExitCode.OK)
        code = code or session.run_operation("destroy", stack, "--yes", *context.args)
        remove = ("stack", "rm", "--yes", "--preserve-config", "--remove-backups", "--stack", stack)
        code = code or session.run_quietly(*remove)
    raise typer.Exit(code)


@app.command(context_settings=_PASS_ON)
def outputs(context: typer.Context, stack: Stack = "dev") -> None:
    """Print the outputs of the stack; secrets with --show-secrets."""
    session: CliContext = context.obj
    install.ensure(session.root, wanted=("pulumi",), log=session.log)
    form = ["--json"] if session.json else []
    raise typer.Exit(session.pulumi("stack", "output", "--stack", stack, *context.args, *form))


@app.command("tools")
def tools_command(context: typer.Context) -> None:
    """Install the tools that are missing, and print where they are."""
    session: CliContext = context.obj
    install.ensure(session.root, log=session.log)
    found = {name: str(install.find(name, session.root)) for name in install.TOOLS}
    if session.json:
        typer.echo(jsons.dumps(found, indent=2))
        return
    for name, path in found.items():
        typer.echo(f"{name}\t{path}")


@app.command()
def env(context: typer.Context) -> None:
    """Print what a shell needs to run `pulumi` itself: eval "$(python -m pocdeploy env)"."""
    session: CliContext = context.obj
    found = changes(session.environment(), os.environ)
    if session.json:
        typer.echo(jsons.dumps(found, indent=2))
        return
    for name, value in found.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def dev(
    context: typer.Context,
    name: Annotated[str | None, typer.Option("--app", help="Application: app/<name> with patches/<name>.")] = None,
    source: Annotated[Path | None, typer.Option(help="Another application directory; its name is the default.")] = None,
    patches: Annotated[Path | None, typer.Option(help="Another directory of patches.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8000,
) -> None:
    """Run the patched application without Docker, on a PostgreSQL that pip brings."""
    # Imported here: no other command needs it.
    from pocdeploy.devserver import app_settings  # noqa: PLC0415
    from pocdeploy.devserver import server as development  # noqa: PLC0415

    root = context.obj.root
    name = name or (source.resolve().name if source else defaults.APP)
    development.run(
        source or root / "app" / name,
        patches or root / "patches" / name,
        root / ".pocdeploy" / "dev" / name,
        app=app_settings.find(root, name),
        port=port,
    )


for _command in COMMANDS:
    importlib.import_module(f"pocdeploy.cli.commands.{_command}").register(app)
