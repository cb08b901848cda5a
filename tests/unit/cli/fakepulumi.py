"""A project whose ``pulumi`` records how it is called and answers what a test says."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from pocdeploy.cli import app

VARIABLES = (
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    *("APP", "COMMIT", "IMAGE", "PORT", "PR", "REPOSITORY", "STACK", "TEMPLATE", "TTL", "YES", "YES_DESTROY"),
)
"""Variables that the commands read; none of them comes from the person who runs the tests."""

# Writes a salt into the stack's file, as the real one does.
SCRIPT = """#!{python}
import json, os, sys
folder = {folder!r}
with open(folder + "/calls.jsonl", "a") as calls:
    calls.write(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]) + "\\n")
with open(folder + "/Pulumi.dev.yaml", "a+") as stack:
    stack.seek(0)
    if "encryptionsalt" not in stack.read():
        stack.write("encryptionsalt: v1:x\\n")
if sys.argv[1:3] == ["stack", "import"]:
    with open(sys.argv[-1]) as source, open(folder + "/imported.json", "w") as copy:
        copy.write(source.read())
answers = json.load(open(folder + "/answers.json"))
code, stdout, stderr = answers.get(" ".join(sys.argv[1:3]), [0, "", ""])
sys.stdout.write(stdout)
sys.stderr.write(stderr)
sys.exit(code)
"""


@dataclass
class Project:
    """A project with a fake ``pulumi``."""

    root: Path
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """First two words of a command line -> exit code, stdout and stderr."""

    def install(self) -> None:
        """Write the program."""
        program = self.root / ".pocdeploy" / "bin" / "pulumi"
        program.parent.mkdir(parents=True)
        program.write_text(SCRIPT.format(python=sys.executable, folder=str(self.root)))
        program.chmod(0o755)
        (self.root / "Pulumi.dev.yaml").write_text("config: {}\n")
        self.save()

    def save(self) -> None:
        (self.root / "answers.json").write_text(json.dumps(self.answers))

    def answer(self, command: str, *, code: int = 0, stdout: str = "", stderr: str = "") -> None:
        """Let ``pulumi`` answer a command, given by its first two words."""
        self.answers[command] = (code, stdout, stderr)
        self.save()

    def export(self, *resources: dict[str, Any]) -> None:
        """Let the stack have these resources."""
        self.answer("stack export", stdout=json.dumps({"version": 3, "deployment": {"resources": resources}}))

    def run(self, *arguments: str, env: dict[str, str] | None = None, text: str | None = None) -> Result:
        """Run a command of pocdeploy, with ``text`` as its input."""
        return CliRunner().invoke(app.app, ["--root", str(self.root), *arguments], env=env, input=text)

    def calls(self) -> list[list[str]]:
        """Return the arguments of each call, except those that only read the state."""
        return [arguments for arguments, _, _ in self.records() if arguments[:2] != ["stack", "export"]]

    def records(self) -> list[tuple[list[str], str, dict[str, str]]]:
        """Return arguments, folder and environment of each call."""
        file = self.root / "calls.jsonl"
        return [tuple(json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []

    def imported(self) -> dict[str, Any] | None:
        """Return the state that was imported last."""
        file = self.root / "imported.json"
        return json.loads(file.read_text()) if file.exists() else None
