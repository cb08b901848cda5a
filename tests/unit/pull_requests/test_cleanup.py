"""Which environments of pull requests are removed, and that no other stack ever is."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.pull_requests import cleanup, comments
from pocdeploy.pull_requests.cleanup import Environment, PullRequest
from pocdeploy.toolchain import install

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
        (None, PullRequest(number=7, labels=frozenset({"env"}), pushed=None), False, "not known"),
    ],
)
def test_verdict(updated: datetime | None, request_: PullRequest | None, removed: bool, why: str) -> None:
    other = PullRequest(number=70, labels=frozenset({"env", "keep"}))
    environment = Environment(stack="pr-7", updated=updated)
    requests = [other, *([request_] if request_ else [])]
    (verdict,) = cleanup.decide([environment], requests, now=NOW, time_to_live=LIMIT)

    assert (verdict.stack, verdict.remove) == ("pr-7", removed)
    assert why in verdict.why


def test_only_stacks_of_pull_requests_are_looked_at() -> None:
    names = ["dev", "prod", "pr-7", "org/pocdeploy/pr-8", "pr-", "pr-07", "pr-7-old", "my-pr-7", "PR-9"]
    found = cleanup.environments([{"name": name, "lastUpdate": "2026-01-10T11:00:00.000Z"} for name in names])

    assert [each.stack for each in found] == ["pr-7", "pr-8"]
    assert [each.number for each in found] == [7, 8]
    assert {each.updated for each in found} == {ago(1)}


def test_dates_without_a_zone_or_sense_are_none() -> None:
    found = cleanup.environments(
        [{"name": "pr-1", "lastUpdate": date} for date in (None, "n/a", "2026-01-10T11:00:00")]
    )

    assert [each.updated for each in found] == [None, None, None]


PULUMI = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["stack", "ls"]:
    names = ("dev", "pr-1", "pr-2", "pr-3")
    print(json.dumps([{{"name": name, "lastUpdate": "2026-01-01T00:00:00Z"}} for name in names]))
sys.exit(3 if "destroy" in sys.argv and "pr-3" in sys.argv else 0)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / ".pocdeploy" / "bin" / "pulumi"
    program.parent.mkdir(parents=True)
    program.write_text(PULUMI.format(python=sys.executable, log=str(tmp_path / "log")))
    program.chmod(0o755)
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "TTL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    request = {"number": 2, "labels": [{"name": "env"}], "head": {"sha": "abc"}}
    answers: dict[str, Any] = {
        "/repos/o/r/pulls": [request],
        "/repos/o/r/issues/1/comments": [],
        "/repos/o/r/commits/abc": {"commit": {"committer": {"date": datetime.now(UTC).isoformat()}}},
    }
    monkeypatch.setattr(comments, "caller", lambda _: lambda method, path, body: answers[path.partition("?")[0]])
    return tmp_path


def run(project: Path, *options: str) -> tuple[int, str, list[str]]:
    result = CliRunner().invoke(app.app, ["--root", str(project), "sweep", *options])
    log = (project / "log").read_text().splitlines()
    return result.exit_code, result.stdout, [line for line in log if "destroy" in line or " rm " in f" {line} "]


def test_the_command_says_what_it_would_do(project: Path) -> None:
    code, text, done = run(project)

    assert (code, done) == (0, [])
    assert [line.split(" (")[0] for line in text.splitlines()] == ["pr-1: remove", "pr-2: keep", "pr-3: remove"]


def test_the_command_removes_what_has_to_go_and_nothing_else(project: Path) -> None:
    code, _, done = run(project, "--remove")

    assert code == 1  # pr-3 could not be destroyed, so its state stays
    assert [line.split(" --yes")[0] for line in done] == ["destroy --stack pr-1", "stack rm", "destroy --stack pr-3"]
    assert json.dumps(done).count("pr-2") == json.dumps(done).count("dev") == 0
