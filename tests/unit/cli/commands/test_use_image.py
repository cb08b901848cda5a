"""`use-image` sets the image of a stack by its digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.stacks import images
from tests.unit.cli.fakepulumi import Project

DIGEST = "ghcr.io/owner/polls@sha256:" + "ab" * 32


def used(project: Project, *options: str) -> tuple[int, list[str]]:
    """Run ``use-image``; return its exit code and the images that the stack was told to run."""
    code = project.run("use-image", *options).exit_code
    return code, [call[-1] for call in project.calls() if call[:2] == ["config", "set"]]


def test_the_given_image_is_set_by_its_digest(project: Project) -> None:
    assert used(project, "--image", DIGEST) == (0, [DIGEST])
    assert project.calls()[-1][:-1] == ["config", "set", "--stack", "dev", "--path", "pocdeploy:apps.polls.image"]


def test_without_an_image_it_is_the_last_built_one(project: Project) -> None:
    (project.root / ".pocdeploy" / "image-polls.txt").write_text(f"{DIGEST}\n")
    assert used(project) == (0, [DIGEST])


def test_an_unknown_stack_is_not_created(project: Project) -> None:
    assert used(project, "--image", DIGEST, "--stack", "ci") == (6, [])
    assert not Path(project.root / "Pulumi.ci.yaml").exists()


def test_a_reference_without_a_digest_is_refused(project: Project) -> None:
    assert used(project, "--image", "ghcr.io/owner/polls:latest") == (2, [])


@pytest.mark.parametrize(("deployed", "expected"), [(DIGEST, [DIGEST]), (None, [])])
def test_the_deployed_image_is_kept_if_it_was_given(
    project: Project, monkeypatch: pytest.MonkeyPatch, deployed: str | None, expected: list[str]
) -> None:
    monkeypatch.setattr(images, "deployed", lambda _, stack, app: deployed if (stack, app) == ("dev", "polls") else "")
    assert used(project, "--current") == (0, expected)
