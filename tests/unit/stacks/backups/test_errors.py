"""The error about a database without backups."""

from __future__ import annotations

from pocdeploy.stacks.backups import errors


def test_the_error_says_how_to_get_backups() -> None:
    (finding,) = errors.no_backups("polls", "dev").findings
    assert finding.where == "pocdeploy:apps.polls.database"
    assert str(finding.fix).endswith("set backups.store local --stack dev && make up STACK=dev")
