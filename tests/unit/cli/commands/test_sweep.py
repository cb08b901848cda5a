"""`pocdeploy sweep`, run as CI runs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fakegithub import PullRequest
from tests.unit.cli.commands.ci_project import OLD, Checkout


def test_only_unused_environments_are_removed(checkout: Checkout) -> None:
    now = datetime.now(UTC)
    checkout.server.requests |= {
        7: PullRequest(labels=("env",), pushed=OLD),
        8: PullRequest(labels=("bug",)),
        9: PullRequest(labels=("env",), state="closed"),
    }
    checkout.stacks(dev=OLD, prod=OLD, pr_5=OLD, pr_6=OLD, pr_7=OLD, pr_8=now, pr_9=now, pr_x=OLD)
    listed = checkout.run("sweep")
    before = checkout.operations()
    run = checkout.make("sweep", "ARGS=--remove")

    assert (listed.exit_code, run.returncode) == (0, 0), listed.stderr + run.stderr
    assert before == []
    assert [line.split(" (")[0] for line in listed.stdout.splitlines()] == [
        "pr-5: keep",
        "pr-6: keep",
        "pr-7: remove",
        "pr-8: remove",
        "pr-9: remove",
    ]
    assert [line.split()[2] for line in checkout.operations() if line.startswith("destroy")] == ["pr-7", "pr-8", "pr-9"]
    for number in (7, 8, 9):
        assert "Removed, with its data." in checkout.server.requests[number].bodies()[0]
    assert checkout.server.requests[5].comments == checkout.server.requests[6].comments == []


@pytest.mark.parametrize(("hours", "decision"), [("2", "remove"), ("4", "keep")])
def test_the_time_to_live_counts_from_the_last_push(checkout: Checkout, hours: str, decision: str) -> None:
    checkout.server.requests[5].pushed = datetime.now(UTC) - timedelta(hours=3)
    checkout.stacks(pr_5=OLD)

    assert checkout.run("sweep", TTL=hours).stdout.startswith(f"pr-5: {decision} (last push 3 h ago, limit {hours} h)")


def test_an_environment_that_cannot_be_removed_is_an_error(checkout: Checkout) -> None:
    checkout.stacks(pr_3=OLD, pr_4=OLD, pr_12=OLD)
    run = checkout.run("sweep", "--remove")

    assert run.exit_code == 1
    assert [line.split()[-1] for line in checkout.operations() if " rm " in line] == ["pr-3", "pr-12"]
    assert [line.split("?")[0].strip() for line in run.stderr.splitlines() if "GET /" in line] == [
        f"GET /repos/owner/name/issues/{number}/comments" for number in (3, 12)
    ]


def test_without_github_nothing_is_removed(checkout: Checkout) -> None:
    checkout.stacks(pr_3=OLD)
    run = checkout.run("sweep", "--remove", GITHUB_TOKEN="")

    assert run.exit_code == 2
    assert checkout.operations() == []


def test_pull_requests_on_all_pages_count(checkout: Checkout) -> None:
    newer = {number: PullRequest(labels=("env",), pushed=OLD) for number in range(101, 1, -1)}
    checkout.server.requests = {**newer, 1: PullRequest(labels=("env", "keep"), pushed=OLD)}
    checkout.stacks(pr_1=OLD)

    assert checkout.run("sweep").stdout == "pr-1: keep (pull request #1 has the label keep)\n"


def test_without_environments_github_is_not_asked(checkout: Checkout) -> None:
    checkout.stacks(dev=OLD)

    assert checkout.run("sweep", GITHUB_TOKEN="").stdout == "There are no environments of pull requests.\n"
