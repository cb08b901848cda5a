"""Release a new version of pocdeploy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pocdeploy import process
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError

FRAGMENTS = Path("docs", "changes")
VERSION = Path("pocdeploy", "__init__.py")
_VERSION = re.compile(r'^__version__ = "(\d+)\.(\d+)\.(\d+)"$', re.M)
_Part = Literal["major", "minor", "patch"]


def release(
    context: typer.Context,
    bump: Annotated[_Part, typer.Option(envvar="BUMP", help="major: breaking; minor: feature; patch: fix.")] = "minor",
) -> None:
    """Release: new version, CHANGELOG.md, commit, tag; no push."""
    cli: CliContext = context.obj
    if changed := _run(cli, "git", "status", "--porcelain"):
        raise _refusal("git", "there are uncommitted changes", actual=changed[:200], fix="git stash")
    file = cli.root / VERSION
    text = file.read_text("utf-8")
    new = _bumped(text, bump)
    if _run(cli, "git", "tag", "--list", f"v{new}"):
        raise _refusal("git", f"tag v{new} exists already", fix=f"git tag -d v{new}")
    if not any((cli.root / FRAGMENTS).glob("*.md")):
        raise _refusal(str(FRAGMENTS), "nothing was changed since the last release: there is no fragment")
    _run(cli, str(cli.root / ".venv" / "bin" / "towncrier"), "build", "--yes", "--version", new)
    file.write_text(_VERSION.sub(f'__version__ = "{new}"', text, count=1), "utf-8")
    _run(cli, "git", "add", str(VERSION))  # towncrier adds the rest
    _run(cli, "git", "commit", "--quiet", "--message", f"Release {new}")
    _run(cli, "git", "tag", "--annotate", f"v{new}", "--message", f"Release {new}")
    typer.echo(f"v{new} is tagged; when it is right: git push --follow-tags")


def _bumped(text: str, part: _Part) -> str:
    """Return the version after that in ``text``; raise PreflightError unless it has three numbers."""
    match = _VERSION.search(text)
    if match is None:
        raise _refusal(str(VERSION), "version not found", expected='__version__ = "1.2.3"')
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


def _refusal(where: str, what: str, **details: Any) -> PreflightError:
    return PreflightError([Finding(where=where, what=what, **details)])
