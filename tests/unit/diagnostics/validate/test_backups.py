"""Validate: archives and the age of backups."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.diagnostics.result import CheckResult, Severity
from pocdeploy.diagnostics.validate.backups import backups
from pocdeploy.stacks.backups.archive import shown
from tests.unit.fakes import FakeApi
from tests.unit.goodstack import context
from tests.unit.stacks.backups.databases import cluster

LOCAL = {"backups": {"store": "local"}}


def check(settings: dict[str, Any], api: FakeApi) -> list[CheckResult]:
    return list(backups(replace(context(), settings=Settings.model_validate(settings), api=api)))


@pytest.mark.parametrize(
    ("hours", "archives", "severity", "words"),
    [
        (1, True, Severity.OK, "polls: last backup"),
        (27, True, Severity.WARN, "polls: last backup"),
        (None, True, Severity.FAIL, "no base backup yet"),
        (1, False, Severity.FAIL, "does not archive"),
    ],
)
def test_archives_are_checked(hours: int | None, archives: bool, severity: Severity, words: str) -> None:
    first = shown(datetime.now(UTC) - timedelta(hours=hours)) if hours else None
    (result,) = check(LOCAL, cluster(first=first, archives=archives))
    assert (result.severity, words in result.what) == (severity, True)


def test_a_stack_without_store_is_told_so() -> None:
    (result,) = check({"backups": {"store": "none"}}, cluster())
    assert (result.severity, result.what) == (Severity.WARN, "no backups of polls")
    assert str(result.fix).endswith("set backups.store local --stack dev")


def test_a_database_without_backups_is_named() -> None:
    (result,) = check({**LOCAL, "apps": {"polls": {"database": {"backup": False}}}}, cluster())
    assert (result.severity, result.what) == (Severity.WARN, "no backups of polls")


def test_a_stack_without_databases_needs_none() -> None:
    assert check({"apps": {"polls": {"database": False}}}, cluster()) == []


@pytest.mark.parametrize(
    ("created", "good", "severity"),
    [(1, None, Severity.OK), (9, None, Severity.WARN), (30, 7, Severity.OK), (30, 9, Severity.WARN)],
)
def test_drills_are_checked(created: int, good: int | None, severity: Severity) -> None:
    api = cluster(first=shown(datetime.now(UTC)))

    def add(path: str, days: int) -> None:
        made = {"name": "polls-db-drill", "creationTimestamp": shown(datetime.now(UTC) - timedelta(days=days))}
        api.objects[f"{path}/polls-db-drill"] = {"metadata": made}

    add("/apis/batch/v1/namespaces/polls/cronjobs", created)
    if good is not None:
        add("/api/v1/namespaces/polls/configmaps", good)
    _, result = check(LOCAL, api)
    assert (result.severity, "last good drill" in result.what) == (severity, True)
    assert (result.fix is None) == (severity is Severity.OK)
