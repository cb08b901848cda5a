"""The drill by hand is a Job of the CronJob."""

from __future__ import annotations

import pytest

from pocdeploy.stacks.backups import drill
from pocdeploy.stacks.backups.errors import BackupError
from tests.unit.fakes import FakeApi, FakeClock

NAME = "polls-db-drill"
JOB = f"{drill.JOBS.format('polls')}/{NAME}-x1"
PODS = "/api/v1/namespaces/polls/pods"


def run(monkeypatch: pytest.MonkeyPatch, status: dict[str, int], log: str) -> tuple[FakeApi, str]:
    api = FakeApi(texts={f"{PODS}/p/log": log})
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"backoffLimit": 0}}
    api.add("/apis/batch/v1/namespaces/polls/cronjobs", NAME, spec={"jobTemplate": template})
    api.add(PODS, "p", metadata={"labels": {"job-name": f"{NAME}-x1"}})
    monkeypatch.setattr(drill, "time", FakeClock(after=lambda: api.objects[JOB].update(status=status)))
    return api, drill.run(api, "polls")


def test_the_result_is_the_last_line_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    api, said = run(monkeypatch, {"succeeded": 1}, 'warning\n{"tables": "7"}\n')
    assert said == '{"tables": "7"}'
    assert api.objects[JOB]["spec"] == {"backoffLimit": 0}


def test_a_failed_drill_says_what_it_has_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="the drill failed") as raised:
        run(monkeypatch, {"failed": 1}, "DrillError: other contents than at the moment: public.vote\n")
    assert "public.vote" in str(raised.value.findings[0].actual)


def test_a_drill_that_does_not_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="did not end within 7200 s"):
        run(monkeypatch, {}, "")


def test_a_database_without_a_drill_is_an_error() -> None:
    with pytest.raises(BackupError, match="this database has no drill"):
        drill.run(FakeApi(), "polls")
