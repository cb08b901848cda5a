"""`drift` previews with a refresh, and with the image that is deployed."""

from __future__ import annotations

import pytest

from tests.unit.cli.fakepulumi import Project

PREVIEW = ["preview", "--stack", "dev", "--refresh", "--expect-no-changes", "--diff"]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("code", [0, 255])
def test_it_refreshes_and_expects_no_changes(project: Project, code: int) -> None:
    project.answer("stack export", code=6)
    project.answer("preview --stack", code=code)
    assert project.run("drift", "--diff").exit_code == code
    assert PREVIEW in project.calls()


@pytest.mark.usefixtures("machine")
def test_an_image_that_was_given_stays(project: Project) -> None:
    image = "ghcr.io/owner/polls@sha256:" + "ab" * 32
    outputs = {"apps": {"polls": {"imageRef": image}}}
    project.export({"urn": "urn:pulumi:dev::pocdeploy::pulumi:pulumi:Stack::pocdeploy-dev", "outputs": outputs})
    assert project.run("drift").exit_code == 0
    assert [call[-1] for call in project.calls() if call[:2] == ["config", "set"]] == [image]
