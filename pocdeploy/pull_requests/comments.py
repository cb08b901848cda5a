"""Put a comment onto a pull request: one for each marker, written anew in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy import http
from pocdeploy.errors import Finding, PreflightError

PER_PAGE = 100
MAX_PAGES = 50
TIMEOUT = 30.0  # seconds
RESPONSE_LIMIT = 32 * 1024 * 1024  # bytes; more than a page of comments can have
Call = Callable[[str, str, Mapping[str, Any] | None], Any]
"""(method, path, body) -> decoded answer."""


@dataclass(frozen=True, kw_only=True)
class Forge:
    """Where pull requests are, and how their comments are reached."""

    api: str
    """Address of its API, without a slash at the end."""
    repository: str
    """Path of the repository."""
    comments: str
    """Path of the request's comments."""
    edit: str
    """Path of one comment, with ``{id}``."""
    update_method: str
    headers: Mapping[str, str]
    """With the token; never shown."""


def github(environ: Mapping[str, str], number: int | None) -> Forge:
    """Return GitHub's comments of pull request ``number``, from the variables that Actions sets, and GITHUB_TOKEN.

    Without a number there are no comments, and only the repository is of use. Raises PreflightError.
    """
    _need(environ, "GITHUB_REPOSITORY", "GITHUB_TOKEN", number=number)
    repository = f"/repos/{environ['GITHUB_REPOSITORY']}"
    return Forge(
        api=environ.get("GITHUB_API_URL", "https://api.github.com"),
        repository=repository,
        comments=f"{repository}/issues/{number}/comments",
        edit=f"{repository}/issues/comments/{{id}}",
        update_method="PATCH",
        headers={
            "Authorization": f"Bearer {environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )


def gitlab(environ: Mapping[str, str], number: int) -> Forge:
    """Return GitLab's notes of merge request ``number``, from the variables that its CI sets, and GITLAB_TOKEN.

    Raises PreflightError when one of them is not there.
    """
    _need(environ, "CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN", number=number)
    notes = f"/projects/{environ['CI_PROJECT_ID']}/merge_requests/{number}/notes"
    return Forge(
        api=environ["CI_API_V4_URL"],
        repository=f"/projects/{environ['CI_PROJECT_ID']}",
        comments=notes,
        edit=f"{notes}/{{id}}",
        update_method="PUT",
        headers={"PRIVATE-TOKEN": environ["GITLAB_TOKEN"]},
    )


def upsert(forge: Forge, text: str, *, call: Call | None = None) -> str:
    """Write ``text``, which begins with its marker, over the comment that has the same one, or as a new comment.

    Returns ``created``, ``updated`` or ``unchanged``. Raises PreflightError when the forge refuses.
    """
    call = call or caller(forge)
    marker = text.partition("\n")[0]
    if not re.fullmatch(r"<!-- pocdeploy:\S+ -->", marker):
        raise ValueError(f"the comment does not begin with a marker: {marker[:40]}")
    comments = pages(call, forge.comments)
    own = next((found for found in comments if str(found.get("body", "")).startswith(marker)), None)
    if own is not None:
        if own["body"].strip() == text.strip():
            return "unchanged"
        call(forge.update_method, forge.edit.format(id=own["id"]), {"body": text})
        return "updated"
    call("POST", forge.comments, {"body": text})
    return "created"


def pages(call: Call, path: str) -> list[Any]:
    """Return all that a list of GitHub's or GitLab's has, page after page; ``path`` may have a query."""
    found: list[Any] = []
    for page in range(1, MAX_PAGES + 1):
        answer = call("GET", f"{path}{'&' if '?' in path else '?'}per_page={PER_PAGE}&page={page}", None)
        found += answer
        if len(answer) < PER_PAGE:
            break
    return found


def caller(forge: Forge) -> Call:
    """Return the function that asks the forge's API; it raises PreflightError when the forge refuses."""

    def call(method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        address = forge.api.rstrip("/") + path
        if not address.startswith(("https://", "http://127.0.0.1:")):
            raise PreflightError([Finding(where="API", what="a token is only sent by https", actual=address)])
        try:
            with http.request(
                method, address, timeout=TIMEOUT, headers=forge.headers, json=body, check_status=True
            ) as response:
                text = http.read(response, limit=RESPONSE_LIMIT)
                return json.loads(text) if text else None
        except http.HttpError as error:
            finding = Finding(
                where=f"{method} {path}",
                what="the comment could not be written",
                actual=str(error),
                expected="a token that may write to pull requests",
                fix="permissions: pull-requests: write",
            )
            raise PreflightError([finding]) from None

    return call


def _need(environ: Mapping[str, str], *names: str, number: int | None) -> None:
    findings = [
        Finding(where=name, what="this variable is not set", expected="what CI sets")
        for name in names
        if not environ.get(name)
    ]
    if number is not None and number < 1:
        finding = Finding(where="PR", what="this is no number of a pull request", actual=str(number), fix="PR=<number>")
        findings.append(finding)
    if findings:
        raise PreflightError(findings)
