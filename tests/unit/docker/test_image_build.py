"""An image is built from a commit, labelled, pushed, and named by its digest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.config import AppSettings
from pocdeploy.docker import image_build
from pocdeploy.errors import PreflightError
from tests.unit.gitrepo import commit_all, git

COMMIT = image_build.Commit(revision="a" * 40, date="2025-03-04T03:06:07Z", version="1.2.3-4-gabc+x")
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "Dockerfile").write_text("FROM scratch\n")
    commit_all(tmp_path, monkeypatch)
    return tmp_path


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("git@git.example:owner/site.git", "git@git.example:owner/site.git"),
        ("ssh://git@git.example/owner/site.git", "ssh://git.example/owner/site.git"),
        ("/home/someone/site", None),
        ("../site", None),
        ("file:///home/someone/site", None),
    ],
)
def test_the_source_is_never_a_directory_of_this_machine(project: Path, remote: str, source: str | None) -> None:
    git(project, "remote", "add", "origin", remote)

    assert image_build.commit(project).source == source


def test_labels_are_the_same_in_each_build_of_a_commit(project: Path) -> None:
    git(project, "remote", "add", "origin", "https://someone:hunter2@git.example/owner/site.git")
    git(project, "tag", "v1.2.3")
    found = image_build.commit(project)

    assert found == image_build.commit(project)
    assert image_build.labels("polls", found) == {
        "org.opencontainers.image.title": "polls",
        "org.opencontainers.image.version": "1.2.3",
        "org.opencontainers.image.revision": git(project, "rev-parse", "HEAD"),
        "org.opencontainers.image.created": "2025-03-04T03:06:07Z",
        "org.opencontainers.image.source": "https://git.example/owner/site.git",
    }


def test_uncommitted_changes_are_refused(project: Path) -> None:
    (project / "new").write_text("x")

    with pytest.raises(PreflightError) as error:
        image_build.commit(project)
    (finding,) = error.value.findings
    assert (finding.what, finding.actual, finding.fix) == ("there are uncommitted changes", "new", "git stash")


def test_a_folder_without_git_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match="git: git status failed"):
        image_build.commit(tmp_path)


def build(
    project: Path, monkeypatch: pytest.MonkeyPatch, *, digest: str = DIGEST, code: int = 0, push: bool = True
) -> tuple[str | None, Sequence[str]]:
    """Build with a fake Docker; return the result, and the command of the build."""
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str], **_: Any) -> process.Result:
        if command[:3] != ["docker", "buildx", "build"]:
            return process.Result(code=0, stdout="Name: default\nDriver: docker-container\n")
        commands.append(command)
        Path(command[command.index("--metadata-file") + 1]).write_text(f'{{"containerimage.digest": "{digest}"}}')
        return process.Result(code=code)

    monkeypatch.setattr(process, "run", run)
    app = AppSettings(path="site", build_args={"A": "1"})
    reference = image_build.build("site", app, project, repository="ghcr.io/owner/site", commit=COMMIT, push=push)
    (command,) = commands
    return reference, command


def test_an_image_is_pushed_and_named_by_its_digest(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, command = build(project, monkeypatch)

    assert reference == f"ghcr.io/owner/site@{DIGEST}"
    assert {"--push", "--provenance=mode=max", "--sbom=true", "A=1", "SOURCE_DATE_EPOCH=1741057567"} <= set(command)
    assert "ghcr.io/owner/site:1.2.3-4-gabc-x" in command
    assert f"org.opencontainers.image.revision={'a' * 40}" in command


def test_without_push_nothing_leaves_the_machine(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, command = build(project, monkeypatch, push=False)

    assert reference is None
    assert "--output=type=cacheonly" in command
    assert not {"--push", "--provenance=mode=max", "--sbom=true"} & set(command)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"digest": "sha256:short"}, "no digest"),
        ({"digest": ""}, "no digest"),
        ({"code": 1}, "docker buildx build ended with 1"),
    ],
)
def test_a_failed_build_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], message: str
) -> None:
    with pytest.raises(PreflightError, match=message):
        build(project, monkeypatch, **how)
