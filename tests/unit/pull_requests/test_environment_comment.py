"""The comment about a pull request's environment."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.pull_requests import environment_comment

OUTPUTS = {"url": "http://pr-7.example", "adminUrl": "http://pr-7.example/admin/", "imageRef": "r/polls@sha256:ab"}
CHECKS = {
    "result": "fail",
    "checks": [
        {"check": "url", "severity": "ok", "what": "200 in 12 ms"},
        {"check": "database", "severity": "fail", "what": "2 of 3 | password=hunter2"},
    ],
}


def test_the_comment_has_address_and_checks() -> None:
    text = environment_comment.comment("pr-7", outputs=OUTPUTS, checks=CHECKS, commit="0123456789abcdef")

    assert text.startswith("<!-- pocdeploy:environment:pr-7 -->\n## Environment `pr-7` at `0123456789ab`")
    assert "| Address | http://pr-7.example |" in text
    assert "| 🔴 fail | database | <code>2 of 3 &#124; password=[secret]</code> |" in text


def test_checks_that_could_not_run() -> None:
    checks = {"result": "fail", "error": "Not ready", "findings": [{"where": "stack pr-7", "what": "token=abc | gone"}]}
    text = environment_comment.comment("pr-7", outputs=OUTPUTS, checks=checks)

    assert "The checks could not run: <code>Not ready; stack pr-7: token=[secret] &#124; gone</code>" in text
    assert not environment_comment.is_well(checks)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://localhost:23020/", "until the job ends"),
        ("http://pr-7.localhost/", "until the job ends"),
        ("http://127.0.0.1/", "until the job ends"),
        ("http://localhost.example.com/", "the label `keep` keeps it"),
    ],
)
def test_an_address_of_the_ci_machine_is_temporary(url: str, part: str) -> None:
    assert part in environment_comment.comment("pr-7", outputs={"url": url}, checks=CHECKS)


@pytest.mark.parametrize(
    ("options", "part"),
    [({"removed": True}, "Removed, with its data."), ({}, "Not deployed"), ({"outputs": {}}, "Not deployed")],
)
def test_an_environment_that_is_not_deployed(options: dict[str, Any], part: str) -> None:
    text = environment_comment.comment("pr-7", **{"outputs": {}, "checks": {}, **options})

    assert part in text
    assert "Address" not in text
