"""Check the workflows of GitHub Actions with actionlint and zizmor."""

from __future__ import annotations

import shutil
from pathlib import Path

import typer

from pocdeploy import process
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.toolchain import go_build


def lint_workflows(context: typer.Context) -> None:
    """Check the workflows of GitHub Actions (part of make check).

    actionlint checks syntax, expressions and scripts; zizmor checks for vulnerabilities.
    """
    cli: CliContext = context.obj
    folder = cli.root / ".github" / "workflows"
    if not folder.is_dir():
        typer.echo("There are no workflows.")
        return
    files = [str(file) for file in sorted(folder.glob("*.yml"))]
    # Without shellcheck and pyflakes, which differ between machines; every step is one `make` anyway.
    first = [str(actionlint(cli.root)), "-shellcheck=", "-pyflakes=", *files]
    second = [str(cli.root / ".venv" / "bin" / "zizmor"), "--offline", "--quiet", "--persona=regular", str(folder)]
    codes = [process.run(command, cwd=cli.root, show=True).code for command in (first, second)]
    raise typer.Exit(int(any(codes)))


def actionlint(root: Path) -> Path:
    """Return actionlint of PATH, or the project's own, built with Go; raises PreflightError if that fails."""
    own = root / ".pocdeploy" / "bin" / "actionlint"
    found = shutil.which("actionlint") or (own if own.is_file() else None)
    if found:
        return Path(found)
    own.parent.mkdir(parents=True, exist_ok=True)
    trouble = go_build.build_actionlint(root, own.parent)
    if trouble:
        finding = Finding(
            where="actionlint",
            what="not found, and could not be built",
            actual=trouble,
            fix="make lint-workflows   (after installing Go, https://go.dev/doc/install, or actionlint)",
        )
        raise PreflightError([finding])
    return own
