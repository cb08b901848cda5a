"""A checkout as in CI: make targets run as processes, with a server that behaves like GitHub and a fake Pulumi."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner, Result

from pocdeploy import versions
from pocdeploy.cli import app
from tests.fakegithub import GitHub, PullRequest, github
from tests.paths import ROOT

PULUMI = """#!{python}
import json, os, sys
folder = os.path.dirname(__file__)
arguments = [one for one in sys.argv[1:] if one != "--non-interactive"]
with open(folder + "/log", "a") as log:
    log.write(" ".join(arguments) + "\\n")
if arguments == ["version"]:
    print("{version}")
elif arguments[:2] == ["stack", "ls"]:
    print(open(folder + "/stacks.json").read())
elif arguments[:2] == ["stack", "output"]:
    print(open(folder + "/outputs.json").read())
sys.exit(1 if "destroy" in arguments and "pr-4" in arguments else 0)
"""
OUTPUTS = {"url": "http://pr-5.polls.example.com", "adminUrl": "http://pr-5.polls.example.com/admin/"}
OLD = datetime.now(UTC) - timedelta(days=30)


class Checkout:
    """A checkout with a fake Pulumi and the server's variables."""

    def __init__(self, folder: Path, server: GitHub) -> None:
        self.folder, self.server = folder, server
        self.bin = folder / ".pocdeploy" / "bin"
        self.bin.mkdir(parents=True)
        for name in ("Makefile", "Pulumi.yaml", "requirements.txt"):
            shutil.copy(ROOT / name, folder)
        for name in ("pocdeploy", "components", "app"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv" / "bin").mkdir(parents=True)
        python = folder / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
            (self.bin / name).write_text(PULUMI.format(python=sys.executable, version=versions.PULUMI))
        for file in (python, *self.bin.iterdir()):
            file.chmod(0o755)
        (self.bin / "outputs.json").write_text(json.dumps(OUTPUTS))

    def stacks(self, **updated: datetime) -> None:
        names = {name.replace("_", "-"): f"{date:%Y-%m-%dT%H:%M:%SZ}" for name, date in updated.items()}
        listed = [{"name": name, "lastUpdate": date} for name, date in names.items()]
        (self.bin / "stacks.json").write_text(json.dumps(listed))

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a target; the virtualenv counts as installed."""
        inherited = {key: value for key, value in os.environ.items() if key not in _foreign()}
        return subprocess.run(
            ["make", "--no-print-directory", "--old-file=.venv/.installed-serve", *arguments],
            cwd=self.folder,
            env={**inherited, **self.server.variables, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, **variables: str) -> Result:
        """Run a command in this process."""
        environment = {**dict.fromkeys(_foreign()), **self.server.variables, **variables}
        return CliRunner().invoke(app.app, ["--root", str(self.folder), *arguments], env=environment)

    def preview_file(self, text: str) -> str:
        """Write the preview of the stack `dev`, and return its path."""
        file = self.folder / ".pocdeploy" / "preview-dev.jsonl"
        file.write_text(text, "utf-8")
        return str(file)

    def operations(self) -> list[str]:
        """Return the commands that change or remove stacks."""
        lines = (self.bin / "log").read_text().splitlines()
        return [line for line in lines if line.startswith("destroy") or " rm " in line]


def _foreign() -> set[str]:
    """Return the variables of this machine that the commands would read."""
    names = {"STACK", "PR", "COMMIT", "TTL", "ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "FORGE"}
    return {key for key in os.environ if key in names or key.startswith(("PULUMI_", "GITHUB_", "CI"))}


@contextmanager
def ci_project(folder: Path) -> Iterator[Checkout]:
    """Lay out a checkout, and serve a repository with the open pull requests 5 and 6."""
    with github({5: PullRequest(labels=("env",)), 6: PullRequest(labels=("env", "keep"), pushed=OLD)}) as server:
        yield Checkout(folder, server)
