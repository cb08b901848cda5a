"""Putting comments onto pull requests, by way of a server that behaves as the forges do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.errors import PreflightError
from pocdeploy.pull_requests import comments, environment_comment
from tests.paths import UNIT
from tests.processes import answering

TEXT = "<!-- pocdeploy:preview:dev -->\n## Preview\n"
RECORDED = UNIT / "previews" / "image-only.jsonl"


class Forge(ThreadingHTTPServer):
    """Keeps comments; answers pages of ten, whatever is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments: list[dict[str, Any]] = []
        self.seen: list[tuple[str, str, Mapping[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Forge

    def handle_any(self) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path, _, query = self.path.partition("?")
        if "Bearer good" not in self.headers.get("Authorization", "Bearer good"):
            self.answer(403, {"message": "Forbidden"})
        elif self.command == "GET":
            page = int(dict(part.split("=") for part in query.split("&"))["page"])
            self.answer(200, self.server.comments[(page - 1) * 100 : page * 100])
        elif self.command == "POST":
            self.server.comments.append({"id": len(self.server.comments) + 1, **body})
            self.answer(201, self.server.comments[-1])
        else:
            number = int(path.rsplit("/", 1)[-1])
            next(each for each in self.server.comments if each["id"] == number).update(body)
            self.answer(200, {})

    do_GET = do_POST = do_PATCH = do_PUT = handle_any  # noqa: N815 -- names of the base class

    def answer(self, status: int, content: Any) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def forge() -> Iterator[Forge]:
    with answering(Forge()) as server:
        yield server


def github(forge: Forge, token: str = "good") -> comments.Forge:  # noqa: S107 -- no secret
    return comments.github({"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": token, "GITHUB_API_URL": forge.url}, 7)


def gitlab(forge: Forge) -> comments.Forge:
    return comments.gitlab({"CI_API_V4_URL": forge.url, "CI_PROJECT_ID": "3", "GITLAB_TOKEN": "t"}, 7)


@pytest.mark.parametrize(("make", "method"), [(github, "PATCH"), (gitlab, "PUT")])
def test_one_comment_is_edited_in_place(forge: Forge, make: Any, method: str) -> None:
    # The comment is on the second page, behind those of people.
    forge.comments += [{"id": number, "body": f"{TEXT} quoted" if number == 5 else "hello"} for number in range(1, 120)]
    forge.comments[4]["body"] = f"> {TEXT}"
    done = [comments.upsert(make(forge), text) for text in (TEXT, TEXT, f"{TEXT}changed\n")]

    assert done == ["created", "unchanged", "updated"]
    assert [each["body"] for each in forge.comments[119:]] == [f"{TEXT}changed\n"]
    assert forge.comments[4]["body"] == f"> {TEXT}"
    assert [seen[0] for seen in forge.seen if seen[0] != "GET"] == ["POST", method]


def test_another_stack_has_a_comment_of_its_own(forge: Forge) -> None:
    comments.upsert(github(forge), TEXT)
    comments.upsert(github(forge), TEXT.replace("dev", "dev2"))

    assert len(forge.comments) == 2


def test_a_refusal_says_what_the_token_needs_and_not_the_token(forge: Forge) -> None:
    with pytest.raises(PreflightError) as raised:
        comments.upsert(github(forge, "bad-token-canary"), TEXT)

    assert "403" in str(raised.value)
    assert "pull-requests: write" in str(raised.value)
    assert "canary" not in str(raised.value)


def test_a_token_is_not_sent_without_tls() -> None:
    other = comments.github(
        {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://api.example"}, 1
    )
    with pytest.raises(PreflightError, match="only sent by https"):
        comments.upsert(other, TEXT)


@pytest.mark.parametrize("make", [comments.github, comments.gitlab])
def test_missing_variables_are_all_named(make: Any) -> None:
    with pytest.raises(PreflightError) as raised:
        make({}, 1)

    assert len(raised.value.findings) >= 2


def test_a_text_without_a_marker_is_not_posted(forge: Forge) -> None:
    with pytest.raises(ValueError, match="marker"):
        comments.upsert(github(forge), "hello")


def test_the_command_posts(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"REPOSITORY": "o/r", "TOKEN": "good", "API_URL": forge.url}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    result = CliRunner().invoke(app.app, ["pr-comment", str(RECORDED), "--to", "github", "--number", "7"])

    assert result.exit_code == 0, result.output
    assert forge.comments[0]["body"].startswith("<!-- pocdeploy:preview:dev -->")
    assert "/repos/o/r/issues/7/comments" in forge.seen[0][1]


OUTPUTS = {"url": "http://pr-7.example", "adminUrl": "http://pr-7.example/admin/", "imageRef": "r/polls@sha256:ab"}
CHECKS = {
    "result": "fail",
    "checks": [
        {"check": "url", "severity": "ok", "what": "200 in 12 ms"},
        {"check": "database", "severity": "fail", "what": "2 of 3 | password=hunter2"},
    ],
}


def test_the_comment_of_an_environment_has_address_and_checks() -> None:
    text = environment_comment.comment("pr-7", outputs=OUTPUTS, checks=CHECKS, commit="0123456789abcdef")

    assert text.startswith("<!-- pocdeploy:environment:pr-7 -->\n## Environment `pr-7` at `0123456789ab`")
    assert "| Address | http://pr-7.example |" in text
    assert "| 🔴 fail | database | <code>2 of 3 &#124; password=[secret]</code> |" in text


def test_the_comment_of_an_environment_that_could_not_be_checked_says_why() -> None:
    checks = {"result": "fail", "error": "Not ready", "findings": [{"where": "stack pr-7", "what": "token=abc | gone"}]}
    text = environment_comment.comment("pr-7", outputs=OUTPUTS, checks=checks)

    assert "It could not be checked: <code>Not ready; stack pr-7: token=[secret] &#124; gone</code>" in text
    assert not environment_comment.is_well(checks)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://localhost:23020/", "for as long as the run"),
        ("http://pr-7.localhost/", "for as long as the run"),
        ("http://127.0.0.1/", "for as long as the run"),
        ("http://localhost.example.com/", "`keep` keeps it"),
    ],
)
def test_an_address_of_the_machine_that_made_it_is_nobody_elses(url: str, said: str) -> None:
    assert said in environment_comment.comment("pr-7", outputs={"url": url}, checks=CHECKS)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"removed": True}, "Removed, with its data."), ({}, "It is not up"), ({"outputs": {}}, "not up")],
)
def test_the_comment_of_an_environment_that_is_not_there(options: dict[str, Any], said: str) -> None:
    text = environment_comment.comment("pr-7", **{"outputs": {}, "checks": {}, **options})

    assert said in text
    assert "Address" not in text
