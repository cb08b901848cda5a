"""Build an application's image once, for every stack: labelled, pushed, and from then on named by its digest.

Images that `make up` builds have no labels: a date in them would make another image of the same source. Here the
source is a commit, so version, commit and date of the commit are the same in each build.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pocdeploy import process
from pocdeploy.config import AppSettings
from pocdeploy.config.frameworks import own_files
from pocdeploy.docker import buildx
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.source import build_context

LABEL_PREFIX = "org.opencontainers.image"
"""https://github.com/opencontainers/image-spec/blob/main/annotations.md"""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The commit that is built."""

    revision: str
    """Full hash."""
    date: str
    """When it was committed, in UTC, as RFC 3339."""
    version: str
    """Its tag without ``v``, or the output of ``git describe``."""
    source: str | None = None
    """Address of the repository, without credentials."""


def commit(root: Path) -> Commit:
    """Return the commit that is checked out in ``root``.

    Raises PreflightError if there are uncommitted changes: the image would not have the contents of its commit.
    """

    def git(*arguments: str) -> str:
        done = process.run(["git", *arguments], cwd=root, env={"TZ": "UTC"})
        if done.code:
            finding = Finding(where="git", what=f"git {arguments[0]} failed", actual=done.stderr.strip()[-200:] or None)
            raise PreflightError([finding])
        return done.stdout.strip()

    if changed := git("status", "--porcelain"):
        shown = ", ".join(line[3:] for line in changed.splitlines()[:5])
        raise PreflightError(
            [Finding(where="git", what="there are uncommitted changes", actual=shown, fix="git stash")]
        )
    remote = process.run(["git", "remote", "get-url", "origin"], cwd=root)
    return Commit(
        revision=git("rev-parse", "HEAD"),
        date=git("log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd"),
        version=git("describe", "--tags", "--always", "--match", "v[0-9]*").removeprefix("v"),
        source=_public(remote.stdout.strip()) if remote.code == 0 else None,
    )


def labels(title: str, commit: Commit) -> dict[str, str]:
    """Return the image's OCI labels."""
    found = {
        "title": title,
        "version": commit.version,
        "revision": commit.revision,
        "created": commit.date,
        **({"source": commit.source} if commit.source else {}),
    }
    return {f"{LABEL_PREFIX}.{key}": value for key, value in found.items()}


def build(
    name: str,
    app: AppSettings,
    root: Path,
    *,
    repository: str,
    commit: Commit,
    platform: str = "linux/amd64",
    push: bool = True,
) -> str | None:
    """Build and push the image of the application ``name``; return ``repository@sha256:…``, or None if not pushed.

    ``root`` is the project. BuildKit attaches provenance and a list of packages (SBOM). Raises PreflightError if the
    build fails; Docker's output goes to the terminal.
    """
    context = root / ".pocdeploy" / "image" / name
    build_context.prepare(
        root / str(app.path),
        context,
        patches=root / app.patches if app.patches else None,
        requirements=root / app.requirements if app.requirements else None,
        own_files=own_files(app.framework, root / str(app.path) / (app.context or "")),
        context=app.context,
    )
    metadata = context.with_suffix(".json")
    metadata.unlink(missing_ok=True)
    # Always from the newest base image of that name: its fixes are the reason for a build each day.
    command = ["docker", "buildx", "build", "--pull", "--platform", platform]
    if push:
        command += [*buildx.attesting_builder(), "--push", "--provenance=mode=max", "--sbom=true"]
    else:
        command += ["--output=type=cacheonly"]
    command += ["--tag", f"{repository}:{_tag(commit)}", "--metadata-file", str(metadata)]
    command += _options(name, app, commit)
    command += ["--file", str(root / app.dockerfile if app.dockerfile else context / "Dockerfile"), str(context)]
    done = process.run(command, cwd=root, show=True)
    if done.code:
        raise PreflightError([Finding(where=name, what=f"docker buildx build ended with {done.code}, see above")])
    return f"{repository}@{_digest(metadata, name)}" if push else None


def _tag(commit: Commit) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", commit.version)[:128]


def _options(name: str, app: AppSettings, commit: Commit) -> list[str]:
    """Return the options for labels and build arguments."""
    # BuildKit sets the creation time of the image to SOURCE_DATE_EPOCH.
    epoch = int(datetime.fromisoformat(commit.date).timestamp())
    arguments = {**app.build_args, "SOURCE_DATE_EPOCH": epoch}
    options = [part for key, value in labels(name, commit).items() for part in ("--label", f"{key}={value}")]
    return [*options, *(part for key, value in arguments.items() for part in ("--build-arg", f"{key}={value}"))]


def _digest(metadata: Path, name: str) -> str:
    digest = str(json.loads(metadata.read_text("utf-8")).get("containerimage.digest", ""))
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        what = "BuildKit reported no digest of the pushed image"
        raise PreflightError([Finding(where=name, what=what, actual=digest, expected="sha256: and 64 digits")])
    return digest


def _public(address: str) -> str | None:
    """Return a remote's address without credentials; None for a directory of this machine."""
    if not re.match(r"(?!file:)[a-z+]+://|[\w.-]+@[\w.-]+:", address):
        return None
    return re.sub(r"(://)[^/@]*@", r"\1", address)
