"""Write comments on pull requests: one for each marker, edited in place."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy import http
from pocdeploy.errors import Finding, PreflightError

PER_PAGE = 100
TIMEOUT = 30.0  # seconds
RESPONSE_LIMIT = 32 * 1024 * 1024  # bytes; more than a page of comments can have
Call = Callable[[str, str, Mapping[str, Any] | None], Any]
"""(method, path, body) -> decoded response."""


@dataclass(frozen=True, kw_only=True)
class Forge:
    """API of the site that hosts the repository, with the paths of a pull request's comments."""

    api: str
    """Base URL of the API."""
    repository: str
    """Path of the repository."""
    comments: str
    """Path of the pull request's comments."""
    edit: str
    """Path of one comment, with the placeholder ``{id}``."""
    update_method: str
    headers: Mapping[str, str]
    """Headers with the token; never shown."""


def github(environ: Mapping[str, str], number: int | None) -> Forge:
    """Return GitHub's API for the comments of pull request ``number``; None if only the repository is used.

    Uses the variables that Actions sets, and GITHUB_TOKEN. Raises PreflightError if one is missing.
    """
    _require(environ, "GITHUB_REPOSITORY", "GITHUB_TOKEN", number=number)
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
    """Return GitLab's API for the notes of merge request ``number``.

    Uses the variables that GitLab CI sets, and GITLAB_TOKEN. Raises PreflightError if one is missing.
    """
    _require(environ, "CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN", number=number)
    notes = f"/projects/{environ['CI_PROJECT_ID']}/merge_requests/{number}/notes"
    return Forge(
        api=environ["CI_API_V4_URL"],
        repository=f"/projects/{environ['CI_PROJECT_ID']}",
        comments=notes,
        edit=f"{notes}/{{id}}",
        update_method="PUT",
        headers={"PRIVATE-TOKEN": environ["GITLAB_TOKEN"]},
    )


def upsert(forge: Forge, text: str) -> str:
    """Replace the comment that begins with the same marker as ``text``, or create one.

    Returns ``created``, ``updated`` or ``unchanged``. Raises PreflightError if a request fails.
    """
    call = caller(forge)
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
    """Return all objects of a list, from all its pages; ``path`` may have a query."""
    found: list[Any] = []
    for page in itertools.count(1):
        objects = call("GET", f"{path}{'&' if '?' in path else '?'}per_page={PER_PAGE}&page={page}", None)
        found += objects
        if len(objects) < PER_PAGE:
            break
    return found


def caller(forge: Forge) -> Call:
    """Return a function that sends requests to the API; it raises PreflightError if one fails."""

    def call(method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        address = forge.api.rstrip("/") + path
        if not address.startswith(("https://", "http://127.0.0.1:")):
            what = "tokens are only sent to https addresses"
            raise PreflightError([Finding(where="API", what=what, actual=address, expected="https://...")])
        try:
            with http.request(
                method, address, timeout=TIMEOUT, headers=forge.headers, json=body, check_status=True
            ) as response:
                text = http.read(response, limit=RESPONSE_LIMIT)
                return json.loads(text) if text else None
        except http.HttpError as error:
            finding = Finding(
                where=f"{method} {path}",
                what="API request failed",
                actual=str(error),
                expected="a token that may write to pull requests",
                fix="permissions: pull-requests: write",
            )
            raise PreflightError([finding]) from None

    return call


def _require(environ: Mapping[str, str], *names: str, number: int | None) -> None:
    findings = [
        Finding(where=name, what="this variable is not set", expected="the value that CI sets")
        for name in names
        if not environ.get(name)
    ]
    if number is not None and number < 1:
        finding = Finding(where="PR", what="invalid pull request number", actual=str(number), fix="PR=<number>")
        findings.append(finding)
    if findings:
        raise PreflightError(findings)
