"""Command line: one module in ``pocdeploy.cli.commands`` for each command, with a function of the same name."""

from __future__ import annotations

import importlib
import json as jsons
import logging
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

from pocdeploy import __version__, fixes
from pocdeploy.cli import known_stacks, operations, processes
from pocdeploy.cli.common_options import take_common_options
from pocdeploy.cli.context import CliContext
from pocdeploy.config import stack_file
from pocdeploy.errors import ExitCode, PocdeployError

COMMANDS = {
    "Deploy": ("up", "preview", "down", "image", "use_image", "deploy"),
    "Look": (
        "status",
        "open",
        "share",
        "config",
        "outputs",
        "stacks",
        "logs",
        "explain",
        "validate",
        "targets",
        "doctor",
    ),
    "Day two": ("set", "unset", "resume", "pause", "wake", "seed", "drift"),
    "Backups": ("backup", "backups", "restore", "restore_drill"),
    "Develop": (
        "init",
        "dev",
        "env",
        "tools",
        "policies",
        "lint_workflows",
        "audit",
        "sbom",
        "lock",
        "docs",
        "release",
    ),
    "CI": (
        "preview_json",
        "pr_comment",
        "preview_comment",
        "env_up",
        "env_comment",
        "env_down",
        "sweep",
        "kubeconfig",
        "registry_login",
    ),
}
"""Group in the help -> modules of its commands."""


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


class _Command(TyperCommand):
    """Refuses a command on a stack that does not exist, and one that needs a cluster on a stack of processes.

    All commands in messages name this stack, and problems of its settings their file and line.
    """

    def invoke(self, ctx: Any) -> Any:
        name, stack = self.name or "", ctx.params.get("stack")
        if not stack:
            return super().invoke(ctx)
        with fixes.for_stack(stack):
            if not ctx.params.get("kubeconfig"):  # explain: of a cluster that has no stack here
                known_stacks.check(ctx.obj, name, stack)
            if name in processes.CLUSTER_ONLY and operations.as_processes(ctx.obj, stack) is not None:
                processes.refuse(name, stack)
            try:
                return super().invoke(ctx)
            except PocdeployError as error:
                raise error.placed(stack_file.place(ctx.obj.root, stack)) from error


app = typer.Typer(cls=_Group, no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 -- typer calls it like this
    if wanted:
        typer.echo(f"pocdeploy {__version__}")
        raise typer.Exit


def main(
    context: typer.Context,
    root: Annotated[
        Path | None, typer.Option(help="Folder of the project. By default found from the current folder upwards.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only the output of Pulumi, and errors.")] = False,  # noqa: FBT002
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Show Pulumi's command lines and whole output; -vv: every command line.",
        ),
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="Write the result to stdout as JSON.")] = False,  # noqa: FBT002
    version: Annotated[  # noqa: ARG001, FBT002 -- its callback ends the run
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Deploy a web application to Kubernetes, with PostgreSQL, a gateway and monitoring.

    Exit codes: 0 done; 1 the command ran and failed; 2 nothing was changed, and the machine, the configuration or the
    command line have to be fixed first; 6 no such stack. Other codes are those of Pulumi.
    """
    if verbose > 1:
        logging.basicConfig(format="%(message)s")  # on stderr
        logging.getLogger("pocdeploy").setLevel(logging.DEBUG)
    context.obj = CliContext(folder=root, quiet=quiet, verbose=verbose > 0, json=json)


def _register() -> None:
    app.callback(help=_without_breaks(str(main.__doc__)))(main)
    for group, names in COMMANDS.items():
        for name in names:
            module = importlib.import_module(f"pocdeploy.cli.commands.{name}")
            app.command(
                name.replace("_", "-"),
                cls=_Command,
                help=_without_breaks(getattr(module, name).__doc__),
                rich_help_panel=group,
                context_settings=getattr(module, "CONTEXT_SETTINGS", None),
            )(getattr(module, name))


def _without_breaks(text: str) -> str:
    """Return ``text`` with each paragraph on one line, which the terminal then wraps."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


_register()


def run() -> None:
    """Run the command line: the entry point of the installed command.

    Arguments in the environment variable POCDEPLOY_ARGS are added, split as a shell does: the Makefile passes ARGS on
    like this, so that no shell executes anything in them.
    """
    further = os.environ.pop("POCDEPLOY_ARGS", "")
    try:
        arguments = shlex.split(further)
    except ValueError as error:
        typer.echo(f"ARGS: {error}: {further}", err=True)
        sys.exit(ExitCode.NOT_READY)
    app(args=[*sys.argv[1:], *arguments], prog_name="pocdeploy")
