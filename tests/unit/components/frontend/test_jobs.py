"""The check of migrations that reads the source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.frontend import jobs
from tests.unit.components.frontend.test_pods import context

WAIT = {
    "name": "wait-for-database",
    "image": "postgresql",
    "command": ["wait"],
    "env": [{"name": "PGHOST", "value": "h"}],
}


@pytest.mark.parametrize("allowed", [False, True])
def test_source_check_asks_the_database_in_its_own_image(allowed: bool) -> None:
    about = replace(context(()), wait=[WAIT])
    manifest = jobs.migrate_job(about, command=["m"], check="source", query="SELECT 1", allow_breaking=allowed)
    waiting, checking = manifest["spec"]["template"]["spec"]["initContainers"]
    variables = {it["name"]: it["value"] for it in checking["env"]}

    assert waiting == WAIT
    assert (checking["name"], checking["image"]) == ("check-migrations", "postgresql")
    assert variables["QUERY"] == "SELECT 1"
    assert variables["PGHOST"] == "h"
    assert ("ALLOW_BREAKING_MIGRATION" in variables) is allowed


def test_source_without_breaking_changes_has_no_check() -> None:
    about = replace(context(()), wait=[WAIT])
    manifest = jobs.migrate_job(about, command=["m"], check="source", query=None)

    assert manifest["spec"]["template"]["spec"]["initContainers"] == [WAIT]
