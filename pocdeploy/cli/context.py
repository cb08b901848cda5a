"""What holds for one run of the command line: the project, how much it says, and how it calls Pulumi."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pocdeploy import process
from pocdeploy.config import Settings, load, stack_config
from pocdeploy.console import Progress
from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError
from pocdeploy.kube import client
from pocdeploy.stacks import lock_recovery
from pocdeploy.toolchain.pulumi_env import pulumi_environment

PROJECT = "pocdeploy"
Stack = Annotated[str, typer.Option("--stack", "-s", envvar="STACK", help="Stack, as in Pulumi.<stack>.yaml.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Install and start Docker without asking (also: YES=1).")]


class NoStackError(PocdeployError):
    """There is no such stack, or nothing is in it."""

    exit_code = ExitCode.NO_STACK


@dataclass(frozen=True, kw_only=True)
class CliContext:
    """What holds for one run of the command line."""

    root: Path
    """The project."""
    quiet: bool
    verbose: bool
    json: bool = False
    """Whether the result goes to stdout as JSON; progress then goes to stderr alone."""

    def log(self, line: str) -> None:
        """Show a line of progress on stderr, unless ``quiet``."""
        if not self.quiet:
            Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)

    @property
    def progress(self) -> Progress:
        """Where steps are shown."""
        return Progress(quiet=self.quiet)

    def environment(self) -> dict[str, str]:
        """Give the environment for Pulumi; raises PreflightError."""
        return pulumi_environment(self.root, os.environ)

    def pulumi(self, *arguments: str) -> int:
        """Run Pulumi in the project on this terminal; give its exit code."""
        if self.verbose:
            self.log(f"$ {shlex.join(['pulumi', *arguments])}")
        program, env = self._program()
        return process.foreground([program, *arguments], cwd=self.root, env=env)

    def capture_pulumi(self, *arguments: str) -> process.Result:
        """Run Pulumi in the project without showing what it writes."""
        if self.verbose:
            self.log(f"$ {shlex.join(['pulumi', *arguments])}")
        program, env = self._program()
        return process.run([program, *arguments], cwd=self.root, env=env)

    def run_quietly(self, *arguments: str) -> int:
        """Run Pulumi on the way to something else; with ``json`` what it writes does not get into the result."""
        if not self.json:
            return self.pulumi(*arguments)
        result = self.capture_pulumi(*arguments)
        if result.code:
            self.log(result.stderr.strip())
        return result.code

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return the outputs of ``stack``, without its secrets; raises NoStackError if there are none."""
        result = self.capture_pulumi("stack", "output", "--json", "--stack", stack)
        outputs = json.loads(result.stdout) if result.code == 0 else {}
        if not outputs:
            finding = Finding(
                where=f"stack {stack}",
                what="nothing has been deployed under this name, or not to its end",
                actual=result.stderr.strip()[-300:] or None,
                fix=f"make up STACK={stack}",
            )
            raise NoStackError([finding])
        return dict(outputs)

    def settings(self, stack: str) -> Settings:
        """Return the settings of ``stack``; raises SettingsError."""
        name = stack.rpartition("/")[2]
        return load(stack_config.read(self.root, name), root=self.root, stack=name)

    def cluster(self, stack: str) -> client.Api:
        """Return the API of the cluster that ``stack`` runs on; raises NoStackError or ApiError."""
        return self.cluster_of(self.outputs(stack))

    def cluster_of(self, outputs: dict[str, Any]) -> client.Api:
        """Return the API of the cluster that the stack with these outputs runs on; raises ApiError."""
        return client.from_kubeconfig(self.root / str(outputs["kubeconfigPath"]))

    def _program(self) -> tuple[str, dict[str, str]]:
        env = self.environment()
        program = shutil.which("pulumi", path=env["PATH"])
        if program is None:
            raise PreflightError([Finding(where="pulumi", what="is not installed", fix="python -m pocdeploy tools")])
        return program, env

    def recover(self, stack: str) -> None:
        """Put away what a killed run has left in a local state, and say so."""
        state = lock_recovery.state_folder(self.environment().get("PULUMI_BACKEND_URL", ""), self.root)
        if state is None:
            return
        for line in lock_recovery.recover(state, PROJECT, stack, self.capture_pulumi):
            self.log(line)

    def run_operation(self, verb: str, stack: str, *arguments: str) -> int:
        """Run an operation of Pulumi on ``stack`` that shows progress."""
        options = ["--suppress-progress"] if self.quiet else []
        options += ["--json"] if self.json else []
        return self.pulumi(verb, "--stack", stack, *options, *arguments)

    def stack_file(self, stack: str) -> Path:
        """Give the configuration file of ``stack``, which may be named with its organisation."""
        return self.root / f"Pulumi.{stack.rpartition('/')[2]}.yaml"
