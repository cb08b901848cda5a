"""`lint-workflows`: actionlint and zizmor over the workflows of GitHub Actions."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import typer

from pocdeploy import process
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.toolchain import go_build


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint-workflows")(lint_workflows)


def lint_workflows(context: typer.Context) -> None:
    """Check the workflows: syntax, expressions and scripts (actionlint), what could be abused (zizmor)."""
    session: CliContext = context.obj
    folder = session.root / ".github" / "workflows"
    if not folder.is_dir():
        typer.echo("There are no workflows.")
        return
    files = [str(file) for file in sorted(folder.glob("*.yml"))]
    # shellcheck and pyflakes are looked for on the machine and would differ from one to the next; every step is one
    # `make` anyway.
    first = [str(actionlint(session.root)), "-shellcheck=", "-pyflakes=", *files]
    second = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--quiet", "--persona=regular", str(folder)]
    codes = [process.run(command, cwd=session.root, show=True).code for command in (first, second)]
    raise typer.Exit(int(any(codes)))


def actionlint(root: Path, run: process.Run = process.run) -> Path:
    """Return actionlint: that of PATH, or the project's own, built with Go; raises PreflightError if it cannot be."""
    own = root / ".pocdeploy" / "bin" / "actionlint"
    found = shutil.which("actionlint") or (own if own.is_file() else None)
    if found:
        return Path(found)
    own.parent.mkdir(parents=True, exist_ok=True)
    trouble = go_build.build_actionlint(root, own.parent, run)
    if trouble:
        finding = Finding(
            where="actionlint",
            what="is missing, and could not be built",
            actual=trouble,
            fix="install Go (https://go.dev/doc/install) or actionlint, then run this again",
        )
        raise PreflightError([finding])
    return own
