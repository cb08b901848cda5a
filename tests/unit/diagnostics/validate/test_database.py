"""Validate: databases are written and read, and their replicas follow."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pocdeploy.config import Settings
from pocdeploy.diagnostics.validate.database import STATUS, WRITE
from pocdeploy.kube.client import CLUSTERS, ApiError
from tests.unit.fakes import FakeApi
from tests.unit.goodstack import DATABASE, api, bad, change, context, look

CLUSTER = f"{CLUSTERS.format('polls')}/polls-db"


def database(**change: Any) -> FakeApi:
    made = api()
    made.answers = ["", json.dumps({**DATABASE, **change})]
    return made


def test_a_good_database_is_written_and_read() -> None:
    made = database()
    assert [result.what for result in look(context(api=made), "database")] == [
        "polls: polls-db-1 was written and read (PostgreSQL 18.1)",
        "polls: 2 follow, 2 of them synchronous; 0.1 s behind",
    ]
    assert made.log == ["execute polls/polls-db-1"] * 2
    assert [command[-4:] for command in made.commands] == [
        ["--dbname", "polls", "--command", WRITE],
        ["--dbname", "polls", "--command", STATUS],
    ]
    assert all({"ON_ERROR_STOP=1", "--no-psqlrc"} <= set(command) for command in made.commands)


@pytest.mark.parametrize(
    ("made", "check", "severity", "what"),
    [
        (database(recovery=True), "database", "fail", "is a replica"),
        (database(replicas=DATABASE["replicas"][:1]), "replicas", "warn", "1 of 2 replicas follow"),
        (database(replicas=[{**it, "state": "startup"} for it in DATABASE["replicas"]]), "replicas", "warn", "0 of 2"),
        (database(replicas=[{**it, "lag": 99} for it in DATABASE["replicas"]]), "replicas", "warn", "99 s behind"),
        (change(CLUSTER, status={"phase": "x"}), "database", "fail", "no primary"),
    ],
)
def test_a_broken_database(made: FakeApi, check: str, severity: str, what: str) -> None:
    found = [result for result in bad(context(api=made), "database") if what in result.what]
    assert [(result.check, result.severity) for result in found] == [(check, severity)]


@pytest.mark.parametrize(("ready", "severity"), [(2, "warn"), (0, "fail")])
def test_instances_that_are_not_ready(ready: int, severity: str) -> None:
    status = {"phase": "Failing over", "readyInstances": ready, "currentPrimary": "polls-db-1"}
    (found,) = bad(context(api=change(CLUSTER, status=status)), "database")
    assert (found.severity, found.what) == (severity, f"polls/polls-db: {ready} of 3 instances are ready; Failing over")


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([ApiError("cannot execute in a read-only transaction")], "cannot execute in a read-only transaction"),
        (["", "no JSON"], "psql wrote no result"),
        (["", ""], "psql wrote no result"),
    ],
)
def test_a_refused_query_of_a_healthy_database(answers: list[Any], what: str) -> None:
    made = api()
    made.answers = answers
    (found,) = bad(context(api=made), "database")
    assert (found.severity, found.what) == ("fail", f"polls: polls-db-1 cannot be written and read: {what}")


def test_an_application_without_its_database_cluster() -> None:
    made = api()
    del made.objects[CLUSTER]
    (found,) = bad(context(api=made), "database")
    assert (found.what, found.fix) == ("polls has no database cluster", "make up STACK=dev")


@pytest.mark.parametrize(
    ("answer", "check", "what", "fix"),
    [
        ({"has_case": False}, "locale", "polls: the database has the locale C", "database.locale C --stack dev"),
        ({"version": "17.2"}, "version", "polls: PostgreSQL 17 stays; new databases have 18", "version 18 --stack dev"),
    ],
)
def test_defaults_that_a_database_does_not_get(answer: dict[str, Any], check: str, what: str, fix: str) -> None:
    (found,) = bad(context(api=database(**answer)), "database")

    assert (found.check, found.severity) == (check, "warn")
    assert found.what.startswith(what)
    assert str(found.fix).endswith(fix)


def test_settings_of_the_user_are_no_warning() -> None:
    chosen = Settings.model_validate({"apps": {"polls": {"database": {"locale": "C", "version": 17}}}})
    made = context(api=database(has_case=False, version="17.2"))

    assert bad(replace(made, settings=chosen), "database") == []
