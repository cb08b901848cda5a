"""Validate: nodes, pods, Jobs, disruption budgets and autoscalers."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.diagnostics.validate.workloads import fresh_job
from pocdeploy.stacks.readiness import NODES
from tests.unit.fakes import FakeApi, FakeDocker
from tests.unit.goodstack import JOBS, WEB, api, bad, change, context, waiting

NODE = f"{NODES}/shop-control-plane"
MIGRATE = f"{JOBS}/migrate"
BUDGET = "/apis/policy/v1/namespaces/polls/poddisruptionbudgets/polls"
SCALER = "/apis/autoscaling/v2/namespaces/polls/horizontalpodautoscalers/polls"


def condition(kind: str, status: str, message: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "message": message}]}


def terminated(*, restarts: int) -> dict[str, Any]:
    """Return the status of a pod whose container has failed and is not yet restarted."""
    container = {"state": {"terminated": {"exitCode": 1, "reason": "Error"}}, "restartCount": restarts}
    return {"phase": "Running", "containerStatuses": [container]}


@pytest.mark.parametrize(
    ("made", "check", "severity", "what"),
    [
        (change(NODE, status={}), "nodes", "fail", "not ready: shop-control-plane"),
        (change(NODE, spec={"unschedulable": True}), "nodes", "warn", "cordoned: shop-control-plane"),
        (change(WEB, status=waiting("CrashLoopBackOff")), "pods", "fail", "polls/web: CrashLoopBackOff"),
        (change(WEB, status=terminated(restarts=2)), "pods", "fail", "polls/web: CrashLoopBackOff"),
        (change(WEB, status=terminated(restarts=0)), "pods", "warn", "polls/web is not ready: Running"),
        (change(WEB, status=waiting("ImagePullBackOff")), "pods", "fail", "polls/web: ImagePullBackOff"),
        (
            change(WEB, status=condition("PodScheduled", "False", "no memory")),
            "pods",
            "fail",
            "polls/web has no node: no memory",
        ),
        (change(WEB, status={"phase": "Running"}), "pods", "warn", "polls/web is not ready: Running"),
        (
            change(MIGRATE, status=condition("Failed", "True", "limit")),
            "jobs",
            "fail",
            "polls/migrate has failed: limit",
        ),
        (
            change(BUDGET, status={"expectedPods": 1, "disruptionsAllowed": 0}),
            "budgets",
            "warn",
            "polls: polls allows no disruption now",
        ),
        (
            change(SCALER, status=condition("ScalingActive", "False", "no metrics")),
            "autoscaler",
            "warn",
            "polls/polls: no metrics",
        ),
        (
            change(SCALER, status={"currentReplicas": 5}),
            "autoscaler",
            "warn",
            "polls/polls has its maximum of 5 pods",
        ),
    ],
)
def test_problems(made: FakeApi, check: str, severity: str, what: str) -> None:
    assert [(it.check, it.severity, it.what) for it in bad(context(api=made), check)] == [(check, severity, what)]


@pytest.mark.parametrize(
    ("made", "check", "repairable"),
    [
        (change(WEB, status=waiting("CrashLoopBackOff")), "pods", True),
        # It would not be recreated.
        (change(WEB, status=waiting("CrashLoopBackOff"), metadata={"name": "web"}), "pods", False),
        (change(WEB, status=waiting("ImagePullBackOff")), "pods", False),
        (change(WEB, status={"phase": "Running"}), "pods", False),
        (change(MIGRATE, status=condition("Failed", "True", "limit")), "jobs", True),
        (
            change(
                MIGRATE,
                metadata={"name": "initdb", "namespace": "polls", "ownerReferences": [{"kind": "Cluster"}]},
                status=condition("Failed", "True", "limit"),
            ),
            "jobs",
            False,
        ),
        (change(NODE, status={}), "nodes", False),
        (change(BUDGET, status={"expectedPods": 1}), "budgets", False),
        (change(SCALER, status={"currentReplicas": 5}), "autoscaler", False),
    ],
)
def test_which_problems_are_repairable(made: FakeApi, check: str, *, repairable: bool) -> None:
    (found,) = bad(context(api=made), check)
    assert (found.repair is not None) is repairable


def test_stopped_and_removed_nodes(docker: FakeDocker) -> None:
    docker.containers["shop-control-plane"]["State"] = "exited"
    (stopped,) = bad(context(resume=lambda: ["started a", "started b"]), "nodes")
    assert (stopped.what, stopped.fix) == ("stopped: shop-control-plane", "make resume STACK=dev")
    assert stopped.repair is not None
    assert stopped.repair() == "started a; started b"
    docker.containers.clear()
    (removed,) = bad(context(), "nodes")
    assert removed.what == "0 of 1 nodes exist"


def test_pods_of_jobs_and_deleted_pods_do_not_count() -> None:
    made = api()
    status = waiting("CrashLoopBackOff")
    pods = WEB.rpartition("/")[0]
    made.add(pods, "of-a-job", metadata={"ownerReferences": [{"kind": "Job"}]}, status=status)
    made.add(pods, "deleted", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}, status=status)
    assert bad(context(api=made), "pods") == []


def test_a_job_without_the_fields_of_the_cluster() -> None:
    uid = {"batch.kubernetes.io/controller-uid": "1", "controller-uid": "1", "job-name": "migrate"}
    labels = {"a": "b", **uid}
    spec = {
        "backoffLimit": 3,
        "selector": {"matchLabels": uid},
        "template": {"metadata": {"labels": labels}, "spec": {"x": 1}},
    }
    metadata = {"name": "migrate", "namespace": "polls", "labels": labels, "annotations": {"c": "d"}}
    fresh = fresh_job({"metadata": {**metadata, "uid": "1", "resourceVersion": "9"}, "spec": spec, "status": {}})
    assert fresh["metadata"] == {**metadata, "labels": {"a": "b"}}
    assert fresh["spec"]["template"]["metadata"]["labels"] == {"a": "b"}
    assert fresh["spec"]["backoffLimit"] == 3
    assert "selector" not in fresh["spec"]
    assert "status" not in fresh
    assert fresh_job(fresh) == fresh
