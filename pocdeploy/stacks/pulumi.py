"""Run the Pulumi CLI in the project, on this terminal or with its output captured."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pocdeploy import process
from pocdeploy.errors import ExitCode, Finding, PocdeployError, PreflightError
from pocdeploy.stacks import lock_recovery, project, reported_run
from pocdeploy.toolchain.pulumi_env import pulumi_environment


class NoStackError(PocdeployError):
    """The stack does not exist, or has no outputs."""

    headline = "The stack cannot be used"
    exit_code = ExitCode.NO_STACK


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The Pulumi CLI of a project."""

    root: Path
    """The project."""
    log: Callable[[str], None]
    """Shows a line of progress."""
    quiet: bool = False
    """Whether operations show no progress."""
    verbose: bool = False
    """Whether to show each command line."""
    json: bool = False
    """Whether operations write JSON to stdout."""

    def environment(self) -> dict[str, str]:
        """Return the environment for Pulumi; raises PreflightError."""
        return pulumi_environment(self.root, os.environ)

    def run(self, *arguments: str, stdout: IO[str] | None = None, **variables: str) -> int:
        """Run Pulumi on this terminal, with further environment ``variables``; return its exit code.

        With ``stdout`` its output goes into that file.
        """
        program, env = self._program(arguments)
        return process.foreground([program, *arguments], cwd=self.root, env={**env, **variables}, stdout=stdout)

    def capture(self, *arguments: str, stdin: str = "") -> process.Result:
        """Run Pulumi with this input, and capture its output."""
        program, env = self._program(arguments)
        return process.run([program, *arguments], cwd=self.root, env=env, stdin=stdin)

    def run_quietly(self, *arguments: str) -> int:
        """Run Pulumi for a step before or after the operation; with ``json``, keep its output out of the result."""
        if not self.json:
            return self.run(*arguments)
        result = self.capture(*arguments)
        if result.code:
            self.log(result.stderr.strip())
        return result.code

    def run_operation(
        self, verb: str, stack: str, *arguments: str, stdout: IO[str] | None = None, **variables: str
    ) -> int:
        """Run an operation that shows progress (preview, up, destroy) on ``stack``; otherwise like ``run``.

        On a terminal Pulumi shows a live view; elsewhere a change of resources is a short report. With ``verbose`` it
        is Pulumi's own output in both cases.
        """
        changes = verb in {"up", "destroy"} and stdout is None
        if changes and not self.json and not self.verbose and reported_run.is_wanted(arguments):
            return self._report(verb, stack, *arguments, **variables)
        options = ["--suppress-progress"] if self.quiet else []
        options += ["--json"] if self.json else []
        return self.run(verb, "--stack", stack, *options, *arguments, stdout=stdout, **variables)

    def _report(self, verb: str, stack: str, *arguments: str, **variables: str) -> int:
        # Without it, `destroy --json` writes the preview as one document first.
        skip = [] if "--skip-preview" in arguments else ["--skip-preview"]
        words = (verb, "--stack", stack, "--json", *skip, *arguments)
        program, env = self._program(words)
        name = f"{verb}-{stack.rpartition('/')[2]}"
        env |= variables
        return reported_run.run([program, *words], root=self.root, env=env, name=name, quiet=self.quiet)

    def remove(self, stack: str) -> int:
        """Remove a destroyed stack and its state; Pulumi.<stack>.yaml stays."""
        return self.run_quietly("stack", "rm", "--yes", "--preserve-config", "--remove-backups", "--stack", stack)

    def recover(self, stack: str) -> None:
        """Unlock a local state that an interrupted run has left locked, and log each step."""
        state = lock_recovery.state_folder(self.environment().get("PULUMI_BACKEND_URL", ""), self.root)
        if state is None:
            return
        for line in lock_recovery.recover(state, project.NAME, stack, self.capture):
            self.log(line)

    def export(self, stack: str) -> dict[str, Any]:
        """Return the state of ``stack``; empty if it cannot be read, which Pulumi itself is about to report."""
        result = self.capture("stack", "export", "--stack", stack)
        return dict(json.loads(result.stdout or "{}")) if result.code == 0 else {}

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return the outputs of ``stack`` without its secrets; raises NoStackError if there are none."""
        result = self.capture("stack", "output", "--json", "--stack", stack)
        outputs = json.loads(result.stdout) if result.code == 0 else {}
        if not outputs:
            finding = Finding(
                where=f"stack {stack}",
                what="stack has no outputs: it does not exist, or its first deployment did not finish",
                actual=result.stderr.strip()[-300:] or None,
                fix=f"make up STACK={stack}",
            )
            raise NoStackError([finding])
        return dict(outputs)

    def _program(self, arguments: tuple[str, ...]) -> tuple[str, dict[str, str]]:
        if self.verbose:
            self.log(f"$ {shlex.join(['pulumi', *arguments])}")
        env = self.environment()
        program = shutil.which("pulumi", path=env["PATH"])
        if program is None:
            fix = ".venv/bin/python -m pocdeploy tools"
            raise PreflightError([Finding(where="pulumi", what="Pulumi CLI not found", fix=fix)])
        return program, env
