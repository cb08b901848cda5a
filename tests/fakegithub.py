"""Test equipment: GitHub's REST API for one repository, as much of it as the commands use, and as strict as it is.

For a try by hand: `python -m tests.fakegithub 8099 5:env 6:env,keep` serves a repository with two open pull requests,
and writes every comment to the terminal; the token is `good`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.processes import answering

TOKEN = "good"
REPOSITORY = "owner/name"
LONGEST = 65_536
"""Characters that a comment may have."""
Answer = tuple[int, Any]


@dataclass
class PullRequest:
    """A pull request, with the comments on it."""

    labels: tuple[str, ...] = ()
    pushed: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Date of its last commit."""
    state: str = "open"
    comments: list[dict[str, Any]] = field(default_factory=list)

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]


class GitHub(ThreadingHTTPServer):
    """The server; ``requests`` are number -> pull request, and may be changed at any time."""

    def __init__(self, requests: dict[int, PullRequest], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.requests = requests
        self.log: list[str] = []
        """Method and path of what was asked."""
        self.read_only = False
        """Whether the token may only read, as that of a workflow without `pull-requests: write`."""
        self.shown = False
        """Whether comments are written to the terminal."""

    @property
    def variables(self) -> dict[str, str]:
        """What Actions sets for the commands."""
        address = f"http://127.0.0.1:{self.server_port}"
        return {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Return status and content."""
        rest = path.removeprefix(f"/repos/{REPOSITORY}")
        if rest == path:
            return 404, {"message": "Not Found"}
        if method != "GET" and self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        for pattern, route in _ROUTES.items():
            if match := re.fullmatch(pattern, f"{method} {rest}"):
                return route(self, int(match[1], 16 if "commits" in rest else 10) if match.groups() else 0, query, body)
        return 404, {"message": "Not Found"}

    def _pulls(self, _: int, query: dict[str, str], __: Any) -> Answer:
        wanted = query.get("state", "open")
        return 200, _page([_plain(key, it) for key, it in self.requests.items() if it.state == wanted], query)

    def _commit(self, number: int, _: dict[str, str], __: Any) -> Answer:
        if number not in self.requests:
            return 404, {"message": "Not Found"}
        date = f"{self.requests[number].pushed:%Y-%m-%dT%H:%M:%SZ}"
        return 200, {"sha": _sha(number), "commit": {"committer": {"date": date}}}

    def _comments(self, number: int, query: dict[str, str], _: Any) -> Answer:
        request = self.requests.get(number)
        return (200, _page(request.comments, query)) if request else (404, {"message": "Not Found"})

    def _comment(self, number: int, _: dict[str, str], body: Any) -> Answer:
        request = self.requests.get(number)
        if request is None:
            return 404, {"message": "Not Found"}
        return self._refuse(body) or (201, self._add(request, body["body"]))

    def _edit(self, number: int, _: dict[str, str], body: Any) -> Answer:
        all_of_them = [comment for request in self.requests.values() for comment in request.comments]
        comment = next((it for it in all_of_them if it["id"] == number), None)
        if comment is None:
            return 404, {"message": "Not Found"}
        refusal = self._refuse(body)
        if refusal is None:
            comment["body"] = body["body"]
        return refusal or (200, comment)

    def _refuse(self, body: Any) -> Answer | None:
        """Return the refusal of a text that is none, or too long."""
        text = body.get("body") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text or len(text) > LONGEST:
            return 422, {"message": "Validation Failed"}
        if self.shown:
            sys.stdout.write(f"--- comment\n{text}\n")
            sys.stdout.flush()
        return None

    def _add(self, request: PullRequest, text: str) -> dict[str, Any]:
        number = 1 + max((it["id"] for each in self.requests.values() for it in each.comments), default=0)
        request.comments.append({"id": number, "body": text})
        return request.comments[-1]


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def _any(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.log.append(f"{self.command} {parts.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, content = 401, {"message": "Bad credentials"}
        elif not self.headers.get("User-Agent"):
            status, content = 403, {"message": "Request forbidden by administrative rules"}
        else:
            query = dict(parse_qsl(parts.query))
            status, content = self.server.answer(self.command, parts.path, query, json.loads(body) if body else None)
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815 -- names of the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        pass


def _sha(number: int) -> str:
    return f"{number:040x}"


def _plain(number: int, request: PullRequest) -> dict[str, Any]:
    labels = [{"name": label} for label in request.labels]
    return {"number": number, "state": request.state, "labels": labels, "head": {"sha": _sha(number)}}


def _page(found: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    return found[(page - 1) * size : page * size]


_ROUTES: dict[str, Callable[[GitHub, int, dict[str, str], Any], Answer]] = {
    r"GET /pulls": GitHub._pulls,
    r"GET /commits/([0-9a-f]{40})": GitHub._commit,
    r"GET /issues/(\d+)/comments": GitHub._comments,
    r"POST /issues/(\d+)/comments": GitHub._comment,
    r"PATCH /issues/comments/(\d+)": GitHub._edit,
}


@contextmanager
def github(requests: dict[int, PullRequest]) -> Iterator[GitHub]:
    """Serve a repository with these pull requests."""
    with answering(GitHub(requests)) as server:
        yield server


if __name__ == "__main__":
    given = (text.partition(":") for text in sys.argv[2:])
    open_ones = {int(number): PullRequest(labels=tuple(labels.split(","))) for number, _, labels in given}
    with GitHub(open_ones, int(sys.argv[1])) as by_hand:
        by_hand.shown = True
        by_hand.serve_forever()
