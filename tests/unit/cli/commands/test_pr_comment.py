"""`pocdeploy pr-comment`, run as CI runs it."""

from __future__ import annotations

import json

import pytest

from pocdeploy.errors import Finding, SettingsError
from pocdeploy.pull_requests import preview_comment
from tests.unit.cli.commands.ci_project import Checkout
from tests.unit.pull_requests.recorded import PREVIEWS, error, recorded, stream


def test_a_preview_is_one_comment_that_is_edited_in_place(checkout: Checkout) -> None:
    request = checkout.server.requests[5]
    request.comments = [{"id": number, "body": "hello"} for number in range(1, 131)]  # more than a page
    runs = []
    for name in ("first-deploy", "image-only", "image-only"):
        file = checkout.preview_file((PREVIEWS / f"{name}.jsonl").read_text("utf-8"))
        runs.append(checkout.run("pr-comment", file, "--to", "github", PR="5", COMMIT="c" * 40))

    assert [run.exit_code for run in runs] == [0, 0, 0], runs[0].stderr
    assert [run.stderr.split(": ")[-1].strip() for run in runs] == ["created", "updated", "unchanged"]
    assert len(request.comments) == 131
    assert request.bodies()[-1].startswith("<!-- pocdeploy:preview:dev -->\n## Preview of `dev` at `cccccccccccc`")
    assert [line.split()[0] for line in checkout.server.log if "GET" not in line] == ["POST", "PATCH"]


def test_the_make_target_fails_if_the_preview_failed(checkout: Checkout) -> None:
    checkout.preview_file(stream(error("pocdeploy:cluster.workers: 99")))
    run = checkout.make("pr-comment", "ARGS=--to github --strict", PR="5")

    assert run.returncode != 0
    assert "The preview failed" in checkout.server.requests[5].bodies()[0]


def test_a_comment_about_refused_settings_says_why(checkout: Checkout) -> None:
    finding = Finding(where="pocdeploy:cluster.workers", what="invalid value", actual="99", fix="edit it")
    refused = SettingsError([finding, finding]).plain()
    file = checkout.preview_file(json.dumps(refused, indent=2))
    run = checkout.run("pr-comment", file, "--to", "github", "--strict", PR="5")
    (body,) = checkout.server.requests[5].bodies()

    assert run.exit_code == 1
    assert "The preview failed" in body
    assert body.count("pocdeploy:cluster.workers: invalid value\n    actual:   99\n") == 2
    assert "The configuration of this stack is not usable" in body


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PR": "5", "GITHUB_TOKEN": "expired-canary"}, "401"),
        ({"PR": "77"}, "404"),
        ({"PR": ""}, "invalid pull request number"),
        ({"PR": "5", "GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY"),
    ],
)
def test_an_error_says_why_a_comment_was_not_written(
    checkout: Checkout, variables: dict[str, str], message: str
) -> None:
    run = checkout.run("pr-comment", str(PREVIEWS / "image-only.jsonl"), "--to", "github", **variables)

    assert run.exit_code == 2
    assert message in run.stderr
    assert "canary" not in run.stdout + run.stderr


def test_the_markdown_goes_to_stdout_or_a_file(checkout: Checkout) -> None:
    good, bad = str(PREVIEWS / "image-only.jsonl"), checkout.preview_file(stream(error("boom")))
    target = checkout.folder / "comment.md"

    shown = checkout.run("pr-comment", good, "--stack", "dev", "--commit", "0123456789abcdef")
    written = checkout.run("pr-comment", bad, "--output", str(target), "--strict")
    expected = preview_comment.comment(recorded("image-only"), stack="dev", commit="0123456789abcdef")

    assert (shown.exit_code, shown.stdout) == (0, expected)
    assert (written.exit_code, written.stdout) == (1, "")
    assert "The preview failed" in target.read_text("utf-8")
