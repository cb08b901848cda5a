"""Tools for releases and for the documentation, each set in a virtualenv of its own."""

from __future__ import annotations

from pocdeploy import process
from pocdeploy.cli.context import CliContext
from pocdeploy.toolchain import virtualenv


def run_tool(cli: CliContext, name: str, *arguments: str, folder: str = "", tools: str = "release") -> int:
    """Run a tool of requirements-<tools>.txt in ``folder`` of the project, on this terminal; return its exit code."""
    virtualenv.ensure(cli.root, f".pocdeploy/{tools}", f"requirements-{tools}.txt", log=cli.log)
    program = cli.root / ".pocdeploy" / tools / "bin" / name
    return process.run([str(program), *arguments], cwd=cli.root / folder, show=True).code
