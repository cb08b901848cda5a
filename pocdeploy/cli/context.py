"""Options and output of one run of the command line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pocdeploy import __version__, textfile
from pocdeploy.config import Settings, load_stack, stack_file
from pocdeploy.console import Progress
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import KubeClient, from_kubeconfig
from pocdeploy.stacks import project
from pocdeploy.stacks.pulumi import Pulumi


def stack_names() -> list[str]:
    """Return the names of the project's stack files, for the completion of a shell."""
    try:
        return stack_file.names(project.find(Path.cwd()))
    except PreflightError:
        return []


Stack = Annotated[
    str,
    typer.Option("--stack", "-s", envvar="STACK", autocompletion=stack_names, help="Stack, as in Pulumi.<stack>.yaml."),
]
App = Annotated[str, typer.Option("--app", envvar="APP", help="Application, as in pocdeploy:apps.")]
Number = Annotated[int, typer.Option("--number", envvar="PR", help="Number of the pull request.")]
Commit = Annotated[str, typer.Option("--commit", envvar="COMMIT", help="Commit that is previewed or deployed.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Start Docker without asking if it is stopped (also: YES=1).")]

AllowDataLoss = Annotated[
    list[str] | None,
    typer.Option("--allow-data-loss", metavar="URN", help="Delete the data of this resource; can be repeated."),
]
YesDestroy = Annotated[
    bool, typer.Option("--yes-destroy", envvar="YES_DESTROY", help="Destroy without asking (also: YES_DESTROY=1).")
]


def input_text(file: Path) -> str:
    """Return the text of a file, or of stdin for ``-``, in any encoding: PowerShell's ``>`` writes UTF-16.

    Raises PreflightError if the file cannot be read.
    """
    try:
        return textfile.decode_any(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        what = f"this file cannot be read: {error.strerror}"
        raise PreflightError([Finding(where=str(file), what=what, fix=f"ls -l {file}")]) from None


def needed_variables(*names: str) -> list[str]:
    """Return the values of environment variables; raise PreflightError with all that are not set."""
    findings = [
        Finding(where=name, what="environment variable is not set", fix=f"export {name}=...")
        for name in names
        if not os.environ.get(name)
    ]
    if findings:
        raise PreflightError(findings)
    return [os.environ[name] for name in names]


@dataclass(frozen=True, kw_only=True)
class CliContext:
    """Options that all commands share, and what they decide."""

    folder: Path | None = None
    """Folder of the project; by default it is found from the current folder upwards."""
    quiet: bool
    verbose: bool
    json: bool = False
    """Whether the result goes to stdout as JSON; progress then goes to stderr alone."""

    @cached_property
    def root(self) -> Path:
        """Folder of the project; raises PreflightError if there is none."""
        root = self.folder.absolute() if self.folder else project.find(Path.cwd())
        if (version := project.version(root)) not in {None, __version__}:
            self.log(f"warn  pocdeploy {__version__} works on a project of version {version}: uv tool install {root}")
        return root

    @cached_property
    def pulumi(self) -> Pulumi:
        """Pulumi CLI of the project."""
        return Pulumi(root=self.root, log=self.log, quiet=self.quiet, verbose=self.verbose, json=self.json)

    @property
    def progress(self) -> Progress:
        """Where steps are shown."""
        return Progress(quiet=self.quiet)

    def log(self, line: str) -> None:
        """Show a line of progress on stderr, unless ``quiet``."""
        if not self.quiet:
            Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)

    def show_done(self, stack: str, done: list[str], *, otherwise: str) -> None:
        """Print what was done, a sentence each; ``otherwise`` if it was nothing."""
        if self.json:
            typer.echo(json.dumps({"result": "ok", "stack": stack, "done": done}, indent=2))
            return
        for line in done or [otherwise]:
            typer.echo(line)

    def settings(self, stack: str) -> Settings:
        """Return the settings of ``stack``; raises SettingsError."""
        return load_stack(self.root, stack)

    def cluster(self, stack: str, outputs: Mapping[str, Any] | None = None) -> KubeClient:
        """Return a client of the cluster of ``stack``; raises NoStackError or KubeconfigError.

        Pulumi is not asked for the stack's ``outputs`` if they are given.
        """
        kubeconfig = (outputs or self.pulumi.outputs(stack))["kubeconfigPath"]
        return from_kubeconfig(self.root / str(kubeconfig), stack=stack)

    def stack_file(self, stack: str) -> Path:
        """Return the configuration file of ``stack``, whose name may begin with its organisation."""
        return stack_file.path(self.root, stack)
