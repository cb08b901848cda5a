"""Comments on pull requests, on a server that behaves like GitHub and GitLab."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pocdeploy.errors import PreflightError
from pocdeploy.pull_requests import comments
from tests.processes import answering

TEXT = "<!-- pocdeploy:preview:dev -->\n## Preview\n"


class Forge(ThreadingHTTPServer):
    """Keeps comments; a page has a hundred."""

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


def test_a_refused_token_is_not_shown(forge: Forge) -> None:
    with pytest.raises(PreflightError) as raised:
        comments.upsert(github(forge, "bad-token-canary"), TEXT)

    assert "403" in str(raised.value)
    assert "pull-requests: write" in str(raised.value)
    assert "canary" not in str(raised.value)


def test_a_token_is_not_sent_without_tls() -> None:
    other = comments.github(
        {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://api.example"}, 1
    )
    with pytest.raises(PreflightError, match="only sent to https"):
        comments.upsert(other, TEXT)


@pytest.mark.parametrize("make", [comments.github, comments.gitlab])
def test_missing_variables_are_all_named(make: Any) -> None:
    with pytest.raises(PreflightError) as raised:
        make({}, 1)

    assert len(raised.value.findings) >= 2


def test_a_text_without_a_marker_is_not_posted(forge: Forge) -> None:
    with pytest.raises(ValueError, match="marker"):
        comments.upsert(github(forge), "hello")
