"""Build an application's image once, for every stack: labelled, pushed, and from then on only named by its digest.

`make up` builds its own images and gives them no labels: a date in them would make another image of the same source.
Here the source is a commit, so version, commit and the commit's date are the same however often it is built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pocdeploy import process
from pocdeploy.config import AppSettings
from pocdeploy.docker import buildx
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.source import build_context

PREFIX = "org.opencontainers.image"
"""https://github.com/opencontainers/image-spec/blob/main/annotations.md"""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The commit that is built."""

    revision: str
    """Full hash."""
    date: str
    """When it was committed, in UTC, as RFC 3339."""
    version: str
    """Its tag without ``v``, or what ``git describe`` makes of it."""
    source: str | None = None
    """Address of the repository, without credentials."""


def commit(root: Path, run: process.Run = process.run) -> Commit:
    """Return the commit that is checked out in ``root``.

    Raises PreflightError when files differ from it: an image that says it is of a commit has to be of that commit.
    """

    def git(*arguments: str) -> str:
        done = run(["git", *arguments], cwd=root, env={"TZ": "UTC"})
        if done.code:
            finding = Finding(where="git", what=f"git {arguments[0]} failed", actual=done.stderr.strip()[-200:] or None)
            raise PreflightError([finding])
        return done.stdout.strip()

    if changed := git("status", "--porcelain"):
        shown = ", ".join(line[3:] for line in changed.splitlines()[:5])
        finding = Finding(
            where="git", what="there are changes that are in no commit", actual=shown, fix="git commit, or git stash"
        )
        raise PreflightError([finding])
    remote = run(["git", "remote", "get-url", "origin"], cwd=root)
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
    return {f"{PREFIX}.{key}": value for key, value in found.items()}


def build(
    name: str,
    app: AppSettings,
    root: Path,
    *,
    repository: str,
    commit: Commit,
    platform: str = "linux/amd64",
    push: bool = True,
    run: process.Run = process.run,
) -> str | None:
    """Build and push the image of the application ``name``; return it as ``repository@sha256:…``, None if not pushed.

    ``root`` is the project. Provenance and a list of packages (SBOM) are attached by BuildKit. Raises PreflightError
    when that fails; what Docker says goes to the terminal.
    """
    work = root / ".pocdeploy" / "image" / name
    build_context.prepare(
        root / str(app.path),
        work,
        patches=root / app.patches if app.patches else None,
        requirements=root / app.requirements if app.requirements else None,
    )
    metadata = work.with_suffix(".json")
    metadata.unlink(missing_ok=True)
    tag = re.sub(r"[^A-Za-z0-9_.-]", "-", commit.version)[:128]
    # Always from the newest base image of that name: its fixes are why it is built again every day.
    command = ["docker", "buildx", "build", "--pull", "--platform", platform]
    attested = ["--push", "--provenance=mode=max", "--sbom=true"]
    command += [*buildx.attesting(run), *attested] if push else ["--output=type=cacheonly"]
    command += ["--tag", f"{repository}:{tag}", "--metadata-file", str(metadata)]
    command += [part for key, value in labels(name, commit).items() for part in ("--label", f"{key}={value}")]
    command += [part for key, value in app.build_args.items() for part in ("--build-arg", f"{key}={value}")]
    # When the image was made, by its own account, is the commit's date, too.
    command += ["--build-arg", f"SOURCE_DATE_EPOCH={_epoch(commit.date)}"]
    command += ["--file", str(root / app.dockerfile if app.dockerfile else work / "Dockerfile"), str(work)]
    done = run(command, cwd=root, show=True)
    if done.code:
        raise PreflightError([Finding(where=name, what=f"docker buildx build ended with {done.code}, see above")])
    if not push:
        return None
    return f"{repository}@{_digest(json.loads(metadata.read_text('utf-8')), name)}"


def _digest(metadata: Mapping[str, object], name: str) -> str:
    digest = str(metadata.get("containerimage.digest", ""))
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise PreflightError(
            [Finding(where=name, what="BuildKit names no digest of what it has pushed", actual=digest)]
        )
    return digest


def _epoch(date: str) -> int:
    return int(datetime.fromisoformat(date).timestamp())


def _public(address: str) -> str | None:
    """Return a remote's address without credentials; None for a directory of this machine."""
    if not re.match(r"(?!file:)[a-z+]+://|[\w.-]+@[\w.-]+:", address):
        return None
    return re.sub(r"(://)[^/@]*@", r"\1", address)
