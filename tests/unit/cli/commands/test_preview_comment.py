"""`preview-comment` comments on a pull request, and fails if the preview did."""

from __future__ import annotations

import pytest

from tests.fakegithub import GitHub
from tests.unit.cli.commands.conftest import run_for_pull_request
from tests.unit.cli.fakepulumi import Project
from tests.unit.pull_requests.recorded import PREVIEWS, error, stream


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("text", "code"),
    [((PREVIEWS / "image-only.jsonl").read_text("utf-8"), 0), (stream(error("boom")), 1)],
    ids=["good", "failed"],
)
def test_preview_comment_fails_if_the_preview_did(project: Project, server: GitHub, text: str, code: int) -> None:
    project.answer("stack export", code=6)
    project.answer("preview --stack", stdout=text)
    done = run_for_pull_request(project, server, "preview-comment")
    (body,) = server.requests[5].bodies()
    assert done.exit_code == code, done.output
    assert "## Preview of `pr-5` at `dddddddddddd`" in body
