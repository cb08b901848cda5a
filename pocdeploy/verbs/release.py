"""`release`: the next version, its section in CHANGELOG.md, a commit and a tag."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pocdeploy import changelog, commands
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("release")(release)


def release(
    context: typer.Context,
    bump: Annotated[
        changelog.Part, typer.Option(envvar="BUMP", help="major: breaks something; minor: adds; patch.")
    ] = ("minor"),
) -> None:
    """Make a release of what is checked out: version, CHANGELOG.md, commit and tag; nothing is pushed."""
    session: Session = context.obj
    root = session.root

    def git(*arguments: str) -> str:
        return _run(session, "git", *arguments)

    if changed := git("status", "--porcelain"):
        finding = Finding(
            where="git", what="there are changes that are in no commit", got=changed[:200], fix="git stash"
        )
        raise PreflightError([finding])
    project = root / "pyproject.toml"
    text = project.read_text("utf-8")
    new = changelog.bumped(changelog.version(text), bump)
    if git("tag", "--list", f"v{new}"):
        raise PreflightError([Finding(where="git", what=f"there is a tag v{new} already", fix=f"git tag -d v{new}")])
    if not changelog.gather(root):
        raise PreflightError(
            [Finding(where=str(changelog.FRAGMENTS), what="nothing was changed since the last release")]
        )
    # The fragments have to be known to git: towncrier removes them by it.
    git("add", str(changelog.FRAGMENTS), "CHANGELOG.md")
    _run(session, sys.executable, "-m", "towncrier", "build", "--yes", "--version", new)
    project.write_text(changelog.with_version(text, new), "utf-8")
    git("add", "CHANGELOG.md", "pyproject.toml", str(changelog.FRAGMENTS))
    git("commit", "--quiet", "--message", f"Release {new}")
    git("tag", "--annotate", f"v{new}", "--message", f"Release {new}")
    typer.echo(f"v{new} is tagged; when it is right: git push --follow-tags")


def _run(session: Session, *command: str) -> str:
    done = commands.run(list(command), cwd=session.root)
    if done.code:
        got = (done.stderr or done.stdout).strip()[-600:]
        raise PreflightError(
            [Finding(where=command[0], what=f"{' '.join(command[:4])} ended with {done.code}", got=got)]
        )
    return done.stdout.strip()
