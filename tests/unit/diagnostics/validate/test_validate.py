"""Validate: what each check says of a good and of a broken cluster, database and program."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from pocdeploy.diagnostics import validate
from pocdeploy.diagnostics.result import Severity
from pocdeploy.diagnostics.validate.http import Page
from pocdeploy.kube.client import CLUSTERS, ApiError
from pocdeploy.process import Result
from pocdeploy.stacks.resume import NODES
from tests.unit.fakes import FakeApi
from tests.unit.goodstack import (
    DATABASE,
    JOBS,
    NOW,
    URL,
    WEB,
    Site,
    api,
    bad,
    certificate,
    change,
    look,
    subject,
    waiting,
)

CLUSTER = f"{CLUSTERS.format('polls')}/polls-db"
SCALER = "/apis/autoscaling/v2/namespaces/polls/horizontalpodautoscalers/polls"
SECRETS = "/api/v1/namespaces/polls/secrets"


def condition(kind: str, status: str, message: str) -> dict[str, str]:
    return {"type": kind, "status": status, "message": message}


def test_a_good_stack_is_good_in_every_check() -> None:
    found = look(subject())
    assert [outcome for outcome in found if outcome.severity is not Severity.OK] == []
    # Without TLS there is nothing to say of certificates that are served.
    assert {outcome.check for outcome in found} == {*validate.CHECKS, "ready", "replicas"} - {"tls"}


@pytest.mark.parametrize(
    ("made", "check", "severity", "what", "repairable"),
    [
        (change(f"{NODES}/shop-control-plane", status={}), "nodes", "fail", "not ready", False),
        (
            change(f"{NODES}/shop-control-plane", spec={"unschedulable": True}),
            "nodes",
            "warn",
            "cordoned: shop-control-plane",
            False,
        ),
        (change(WEB, status=waiting("CrashLoopBackOff")), "pods", "fail", "CrashLoopBackOff", True),
        (
            change(WEB, status=waiting("CrashLoopBackOff"), metadata={"name": "web"}),
            "pods",
            "fail",
            "CrashLoopBackOff",
            False,
        ),
        (change(WEB, status=waiting("ImagePullBackOff")), "pods", "fail", "ImagePullBackOff", False),
        (
            change(WEB, status={"conditions": [{"type": "PodScheduled", "status": "False", "message": "no memory"}]}),
            "pods",
            "fail",
            "has no node: no memory",
            False,
        ),
        (change(WEB, status={"phase": "Running"}), "pods", "warn", "not ready: Running", False),
        (
            change(f"{JOBS}/migrate", status={"conditions": [condition("Failed", "True", "limit")]}),
            "jobs",
            "fail",
            "migrate has failed: limit",
            True,
        ),
        (
            change(
                "/apis/policy/v1/namespaces/polls/poddisruptionbudgets/polls",
                status={"expectedPods": 1, "disruptionsAllowed": 0},
            ),
            "budgets",
            "warn",
            "polls allows no disruption",
            False,
        ),
        (
            change(SCALER, status={"conditions": [condition("ScalingActive", "False", "no metrics")]}),
            "autoscaler",
            "warn",
            "no metrics",
            False,
        ),
        (change(SCALER, status={"currentReplicas": 5}), "autoscaler", "warn", "all 5 pods", False),
        (change(CLUSTER, status={"phase": "x"}), "database", "fail", "no primary", False),
        (
            change(f"{SECRETS}/polls-env", metadata={"name": "e", "creationTimestamp": "2024-01-01T00:00:00Z"}),
            "secrets",
            "warn",
            "older than a year: e",
            False,
        ),
        (
            change(f"{SECRETS}/polls-db-server", data={"tls.crt": certificate(NOW + timedelta(days=2))}),
            "certificates",
            "warn",
            "polls/polls-db-server ends in 2 days",
            False,
        ),
        (
            change(f"{SECRETS}/polls-db-server", data={"tls.crt": certificate(NOW - timedelta(days=2))}),
            "certificates",
            "fail",
            "ended 2 days ago",
            False,
        ),
    ],
)  # fmt: skip
def test_what_the_cluster_shows(made: FakeApi, check: str, severity: str, what: str, *, repairable: bool) -> None:
    found = [outcome for outcome in bad(subject(api=made), check) if what in outcome.what]
    assert len(found) == 1, look(subject(api=made), check)
    assert (found[0].severity, found[0].repair is not None) == (severity, repairable)


def database(**change: Any) -> FakeApi:
    made = api()
    made.answers = ["", json.dumps({**DATABASE, **change})]
    return made


@pytest.mark.parametrize(
    ("made", "check", "severity", "what"),
    [
        (database(recovery=True), "database", "fail", "is a replica"),
        (database(replicas=DATABASE["replicas"][:1]), "replicas", "warn", "1 of 2 replicas follow"),
        (database(replicas=[{**it, "lag": 99} for it in DATABASE["replicas"]]), "replicas", "warn", "99 s behind"),
    ],
)
def test_a_database_is_written_read_and_its_replicas_asked(made: FakeApi, check: str, severity: str, what: str) -> None:
    (found,) = bad(subject(api=made), "database")
    assert (found.check, found.severity) == (check, severity)
    assert what in found.what
    assert made.log == ["execute polls/polls-db-1"] * 2


def test_a_database_that_refuses_the_write_fails_though_its_operator_calls_it_healthy() -> None:
    made = api()
    made.answers = [ApiError("a command ended with 1: cannot execute in a read-only transaction")]
    (found,) = bad(subject(api=made), "database")
    assert "cannot be read and written" in found.what
    assert "read-only" in found.what


def test_a_cluster_that_does_not_answer_fails_in_every_check_that_needs_it() -> None:
    found = bad(subject(api=FakeApi(down=True)))
    assert {outcome.check for outcome in found} == {
        "database", "jobs", "targets", "alerts", "nodes", "pods", "budgets", "autoscaler", "certificates", "secrets"
    }  # fmt: skip
    assert all(outcome.fix == "make resume" for outcome in found)


def test_a_paused_application_is_a_warning_and_not_asked_for_its_page() -> None:
    found = bad(subject(paused=frozenset({"polls"}), fetch=Site(**{URL: Page(status=503)})))
    assert [(outcome.check, outcome.severity) for outcome in found] == [("paused", "warn")]


@pytest.mark.parametrize(
    ("code", "output", "what"),
    [
        (255, {"changeSummary": {"same": 3, "update": 2}}, "`up` would do: update 2"),
        (255, {}, "could not be looked at: error: no passphrase"),
    ],
)
def test_drift_is_what_pulumi_says(code: int, output: dict[str, Any], what: str) -> None:
    asked = []

    def pulumi(*arguments: str) -> Result:
        asked.append(arguments)
        return Result(
            code=code, stdout=f"warning: x\n{json.dumps(output)}" if output else "", stderr="error: no passphrase"
        )

    (found,) = bad(subject(pulumi=pulumi), "drift")
    assert what in found.what
    assert {"--refresh", "--expect-no-changes"} <= set(asked[0])


def test_no_secret_is_ever_shown() -> None:
    made = change(
        "/api/v1/namespaces/polls/secrets/polls-env", data={"SECRET_KEY": base64.b64encode(b"canary").decode()}
    )
    shown = json.dumps([outcome.plain() for outcome in look(subject(api=made))])
    assert "canary" not in shown
    assert base64.b64encode(b"canary").decode() not in shown
