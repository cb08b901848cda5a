"""Decide which environments of pull requests are removed, from plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

PATTERN = re.compile(r"pr-([1-9]\d*)")
"""Stack names of environments; all other stacks are ignored."""
LABEL = "env"
KEEP = "keep"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A stack that belongs to a pull request."""

    stack: str
    """Name without organisation: pr-<number>."""
    updated: datetime | None = None
    """Last update of the stack; every push updates it."""

    @property
    def number(self) -> int:
        """Number of the pull request."""
        match = PATTERN.fullmatch(self.stack)
        if match is None:
            raise ValueError(self.stack)
        return int(match[1])


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """An open pull request."""

    number: int
    labels: frozenset[str]
    pushed: datetime | None = None
    """Date of its last commit."""


@dataclass(frozen=True, kw_only=True)
class CleanupDecision:
    """What to do with an environment, and why."""

    stack: str
    remove: bool
    why: str


def decide(
    environments: Iterable[Environment],
    open_requests: Iterable[PullRequest],
    *,
    now: datetime,
    time_to_live: timedelta,
) -> list[CleanupDecision]:
    """Return a decision for each environment.

    An environment is removed if its pull request is closed or has no label `env`, or if nothing was pushed for
    ``time_to_live`` and it has no label `keep`. The last push is the later one of the request's last commit and the
    stack's last update; without either date the environment is kept.
    """
    requests = {request.number: request for request in open_requests}
    return [_decide(each, requests.get(each.number), now=now, time_to_live=time_to_live) for each in environments]


def _decide(
    environment: Environment, request: PullRequest | None, *, now: datetime, time_to_live: timedelta
) -> CleanupDecision:
    def decision(why: str, *, remove: bool) -> CleanupDecision:
        return CleanupDecision(stack=environment.stack, remove=remove, why=why)

    if request is None:
        return decision(f"pull request #{environment.number} is not open", remove=True)
    if LABEL not in request.labels:
        return decision(f"pull request #{environment.number} has no label {LABEL}", remove=True)
    if KEEP in request.labels:
        return decision(f"pull request #{environment.number} has the label {KEEP}", remove=False)
    dates = [date for date in (request.pushed, environment.updated) if date is not None]
    if not dates:
        return decision("date of the last push is unknown", remove=False)
    age = now - max(dates)
    hours = f"{age.total_seconds() / 3600:.0f} h ago, limit {time_to_live.total_seconds() / 3600:.0f} h"
    return decision(f"last push {hours}", remove=age > time_to_live)


def environments(stacks: Iterable[Mapping[str, Any]]) -> list[Environment]:
    """Return the environments among the stacks that `pulumi stack ls --json` lists."""
    found = []
    for stack in stacks:
        name = str(stack.get("name", "")).rpartition("/")[2]
        if PATTERN.fullmatch(name):
            found.append(Environment(stack=name, updated=_date(stack.get("lastUpdate"))))
    return found


def requests(objects: Iterable[Mapping[str, Any]], pushed: Mapping[str, str]) -> list[PullRequest]:
    """Return pull requests from GitHub's objects; ``pushed`` has the date of each head commit."""
    return [
        PullRequest(
            number=int(request["number"]),
            labels=frozenset(label["name"] for label in request.get("labels", [])),
            pushed=_date(pushed.get(request["head"]["sha"])),
        )
        for request in objects
    ]


def _date(text: Any) -> datetime | None:
    try:
        date = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return date if date.tzinfo else None
