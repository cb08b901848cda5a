"""Tools for releases, in a virtualenv of their own."""

from __future__ import annotations

from pocdeploy import process
from pocdeploy.cli.context import CliContext
from pocdeploy.toolchain import virtualenv


def run_tool(cli: CliContext, name: str, *arguments: str, folder: str = "") -> int:
    """Run a tool of requirements-release.txt in ``folder`` of the project, on this terminal; return its exit code."""
    virtualenv.ensure(cli.root, ".pocdeploy/release", "requirements-release.txt", log=cli.log)
    program = cli.root / ".pocdeploy" / "release" / "bin" / name
    return process.run([str(program), *arguments], cwd=cli.root / folder, show=True).code
