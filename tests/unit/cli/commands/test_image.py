"""`image` builds by the stack's settings, and records the reference for what follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocdeploy.docker import image_build
from tests.unit.cli.fakepulumi import Project

DIGEST = "ghcr.io/owner/polls@sha256:" + "ab" * 32


@pytest.fixture
def built(project: Project, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    (project.root / "app/polls").mkdir(parents=True)
    (project.root / "app/polls/Dockerfile").write_text("FROM x\n")
    calls: list[dict[str, Any]] = []

    def build(name: str, _: object, __: Path, **options: Any) -> str | None:
        calls.append({"name": name, **options})
        return DIGEST if options["push"] else None

    monkeypatch.setattr(image_build, "build", build)
    monkeypatch.setattr(image_build, "commit", lambda _: "commit")
    return calls


def test_the_reference_is_printed_and_recorded(project: Project, built: list[dict[str, Any]]) -> None:
    output = project.root / "github"
    done = project.run("image", env={"REPOSITORY": "ghcr.io/Owner/polls", "GITHUB_OUTPUT": str(output)})

    assert (done.exit_code, done.stdout) == (0, f"{DIGEST}\n"), done.stderr
    assert (project.root / ".pocdeploy" / "image-polls.txt").read_text() == f"{DIGEST}\n"
    name, _, digest = DIGEST.partition("@")
    assert output.read_text() == f"image={DIGEST}\nname={name}\ndigest={digest}\n"
    assert built == [
        {
            "name": "polls",
            "repository": "ghcr.io/owner/polls",
            "commit": "commit",
            "platform": "linux/amd64",
            "push": True,
        }
    ]


def test_without_a_push_no_repository_is_needed(project: Project, built: list[dict[str, Any]]) -> None:
    done = project.run("image", "--no-push")

    assert (done.exit_code, done.stdout) == (0, "")
    assert (built[0]["repository"], built[0]["push"]) == ("localhost/polls", False)
    assert not (project.root / ".pocdeploy" / "image-polls.txt").exists()


@pytest.mark.parametrize(("options", "where"), [((), "REPOSITORY"), (("--app", "moon", "--repository", "x"), "APP")])
def test_what_is_missing_is_named(
    project: Project, built: list[dict[str, Any]], options: tuple[str, ...], where: str
) -> None:
    done = project.run("image", *options)

    assert (done.exit_code, f"{where}: " in done.stderr) == (2, True)
    assert built == []
