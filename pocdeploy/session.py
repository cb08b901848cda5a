"""What holds for one run of the command line: the project, how much it says, and how it calls Pulumi."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pocdeploy import commands, locks
from pocdeploy.environment import pulumi_environment
from pocdeploy.errors import Finding, PreflightError

PROJECT = "pocdeploy"
Stack = Annotated[str, typer.Option("--stack", "-s", envvar="STACK", help="Stack, as in Pulumi.<stack>.yaml.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Install and start Docker without asking (also: YES=1).")]


@dataclass(frozen=True, kw_only=True)
class Session:
    """What holds for one run of the command line."""

    root: Path
    """The project."""
    quiet: bool
    verbose: bool

    def log(self, line: str) -> None:
        """Show a line of progress on stderr, unless ``quiet``."""
        if not self.quiet:
            Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)

    def environment(self) -> dict[str, str]:
        """Give the environment for Pulumi; raises PreflightError."""
        return pulumi_environment(self.root, os.environ)

    def pulumi(self, *arguments: str) -> int:
        """Run Pulumi in the project on this terminal; give its exit code."""
        env = self.environment()
        command = ["pulumi", *arguments]
        if self.verbose:
            self.log(f"$ {shlex.join(command)}")
        program = shutil.which("pulumi", path=env["PATH"])
        if program is None:
            raise PreflightError([Finding(where="pulumi", what="is not installed", fix="python -m pocdeploy tools")])
        return commands.foreground([program, *command[1:]], cwd=self.root, env=env)

    def recover(self, stack: str) -> None:
        """Put away what a killed run has left in a local state, and say so."""
        env = self.environment()
        state = locks.state_folder(env.get("PULUMI_BACKEND_URL", ""), self.root)
        program = shutil.which("pulumi", path=env["PATH"])
        if state is None or program is None:
            return

        def pulumi(*arguments: str) -> commands.Result:
            return commands.run([program, *arguments], cwd=self.root, env=env)

        for line in locks.recover(state, PROJECT, stack, pulumi):
            self.log(line)

    def operate(self, verb: str, stack: str, *arguments: str) -> int:
        """Run an operation of Pulumi on ``stack`` that shows progress."""
        options = ["--suppress-progress"] if self.quiet else []
        return self.pulumi(verb, "--stack", stack, *options, *arguments)

    def stack_file(self, stack: str) -> Path:
        """Give the configuration file of ``stack``, which may be named with its organisation."""
        return self.root / f"Pulumi.{stack.rpartition('/')[2]}.yaml"
