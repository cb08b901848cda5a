"""`pocdeploy env-comment`, run as CI runs it."""

from __future__ import annotations

import json

from tests.unit.cli.commands.ci_project import Checkout
from tests.unit.pull_requests.recorded import PREVIEWS


def test_one_comment_from_deployed_to_removed(checkout: Checkout) -> None:
    checks = {"result": "warn", "checks": [{"check": "url", "severity": "ok", "what": "200"}]}
    (checkout.folder / "checks.json").write_text(json.dumps(checks))
    preview = str(PREVIEWS / "image-only.jsonl")
    assert checkout.run("pr-comment", preview, "--stack", "pr-5", "--to", "github", PR="5").exit_code == 0
    runs = []
    for options in ([str(checkout.folder / "checks.json"), "--strict"], ["--failed"], ["--removed"], ["--strict"]):
        done = checkout.run("env-comment", "--stack", "pr-5", "--to-github", *options, PR="5", COMMIT="d" * 40)
        runs.append((done.exit_code, checkout.server.requests[5].bodies()[1]))

    assert [code for code, _ in runs] == [0, 0, 0, 1]  # the last one without checks
    assert "| Address | http://pr-5.polls.example.com |" in runs[0][1]
    assert "| 🟢 ok | url |" in runs[0][1]
    assert "The update failed" in runs[1][1]
    assert "Removed, with its data." in runs[2][1]
    assert len(checkout.server.requests[5].comments) == 2
