"""Release a new version of pocdeploy."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pocdeploy import process
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError

FRAGMENTS = Path("docs", "changes")
_VERSION = re.compile(r'^version = "(\d+)\.(\d+)\.(\d+)"$', re.M)
_Part = Literal["major", "minor", "patch"]


def release(
    context: typer.Context,
    bump: Annotated[_Part, typer.Option(envvar="BUMP", help="major: breaking; minor: feature; patch: fix.")] = "minor",
) -> None:
    """Release: new version, CHANGELOG.md, commit, tag; no push."""
    cli: CliContext = context.obj
    if changed := _run(cli, "git", "status", "--porcelain"):
        raise _refusal("git", "there are uncommitted changes", actual=changed[:200], fix="git stash")
    project = cli.root / "pyproject.toml"
    text = project.read_text("utf-8")
    new = _bumped(text, bump)
    if _run(cli, "git", "tag", "--list", f"v{new}"):
        raise _refusal("git", f"tag v{new} exists already", fix=f"git tag -d v{new}")
    if not any((cli.root / FRAGMENTS).glob("*.md")):
        raise _refusal(str(FRAGMENTS), "nothing was changed since the last release: there is no fragment")
    _run(cli, sys.executable, "-m", "towncrier", "build", "--yes", "--version", new)
    project.write_text(_VERSION.sub(f'version = "{new}"', text, count=1), "utf-8")
    _run(cli, "git", "add", "pyproject.toml")  # towncrier adds the rest
    _run(cli, "git", "commit", "--quiet", "--message", f"Release {new}")
    _run(cli, "git", "tag", "--annotate", f"v{new}", "--message", f"Release {new}")
    typer.echo(f"v{new} is tagged; when it is right: git push --follow-tags")


def _bumped(pyproject: str, part: _Part) -> str:
    """Return the version after that in ``pyproject``; raises PreflightError without one of three numbers."""
    match = _VERSION.search(pyproject)
    if match is None:
        raise _refusal("pyproject.toml", "version not found", expected='version = "1.2.3"')
    major, minor, patch = map(int, match.groups())
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }[part]


def _run(cli: CliContext, *command: str) -> str:
    done = process.run(list(command), cwd=cli.root)
    if done.code:
        got = (done.stderr or done.stdout).strip()[-600:]
        raise _refusal(command[0], f"{' '.join(command[:4])} ended with {done.code}", actual=got)
    return done.stdout.strip()


def _refusal(where: str, what: str, **details: str) -> PreflightError:
    return PreflightError([Finding(where=where, what=what, **details)])
