"""Which environments of pull requests are removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pocdeploy.pull_requests import cleanup
from pocdeploy.pull_requests.cleanup import Environment, PullRequest

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
LIMIT = timedelta(hours=72)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("updated", "request_", "removed", "why"),
    [
        (ago(1), None, True, "not open"),
        (ago(1), PullRequest(number=7, labels=frozenset(), pushed=ago(1)), True, "no label env"),
        (ago(1), PullRequest(number=7, labels=frozenset({"keep"}), pushed=ago(1)), True, "no label env"),
        (ago(80), PullRequest(number=7, labels=frozenset({"env"}), pushed=ago(80)), True, "80 h ago"),
        (ago(80), PullRequest(number=7, labels=frozenset({"env", "keep"}), pushed=ago(80)), False, "label keep"),
        (ago(80), PullRequest(number=7, labels=frozenset({"env"}), pushed=ago(71)), False, "71 h ago"),
        (ago(71), PullRequest(number=7, labels=frozenset({"env"}), pushed=ago(900)), False, "71 h ago"),
        (ago(72), PullRequest(number=7, labels=frozenset({"env"}), pushed=None), False, "72 h ago"),
        (None, PullRequest(number=7, labels=frozenset({"env"}), pushed=None), False, "unknown"),
    ],
)
def test_decision(updated: datetime | None, request_: PullRequest | None, removed: bool, why: str) -> None:
    other = PullRequest(number=70, labels=frozenset({"env", "keep"}))
    environment = Environment(stack="pr-7", updated=updated)
    requests = [other, *([request_] if request_ else [])]
    (decision,) = cleanup.decide([environment], requests, now=NOW, time_to_live=LIMIT)

    assert (decision.stack, decision.remove) == ("pr-7", removed)
    assert why in decision.why


def test_only_stacks_of_pull_requests_are_environments() -> None:
    names = ["dev", "prod", "pr-7", "org/pocdeploy/pr-8", "pr-", "pr-07", "pr-7-old", "my-pr-7", "PR-9"]
    found = cleanup.environments([{"name": name, "lastUpdate": "2026-01-10T11:00:00.000Z"} for name in names])

    assert [each.stack for each in found] == ["pr-7", "pr-8"]
    assert [each.number for each in found] == [7, 8]
    assert {each.updated for each in found} == {ago(1)}


def test_invalid_dates_and_dates_without_a_zone_are_ignored() -> None:
    found = cleanup.environments(
        [{"name": "pr-1", "lastUpdate": date} for date in (None, "n/a", "2026-01-10T11:00:00")]
    )

    assert [each.updated for each in found] == [None, None, None]
