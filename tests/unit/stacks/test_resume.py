"""Resume starts what is stopped in the right order, and waits for what serves; nothing is called ready that is not."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.console import WaitError
from pocdeploy.errors import PreflightError
from pocdeploy.kube.client import CLUSTERS, ApiError
from pocdeploy.stacks import resume as action
from pocdeploy.stacks.hibernate import HIBERNATION
from pocdeploy.stacks.resume import DEPLOYMENTS, HEALTHY, LEASES, NODES
from tests.unit.fakes import FakeApi, FakeDocker, Time

SETTINGS = Settings.model_validate({"cluster": {"type": "kind", "name": "shop", "workers": 1}})
LOCAL = local_cluster(SETTINGS)
assert LOCAL is not None
PODS = "/api/v1/namespaces/polls/pods"
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
UNREADY = {"conditions": [{"type": "Ready", "status": "Unknown"}]}


def docker(state: str = "exited") -> FakeDocker:
    made = FakeDocker()
    made.node("shop", "worker", state=state)
    made.node("shop", "control-plane", state=state)
    made.registry("shop", "dev", state=state)
    made.node("other", "control-plane", state="exited")
    return made


def running() -> FakeApi:
    """A cluster in which everything serves."""
    api = FakeApi()
    api.texts["/readyz"] = "ok"
    for name in ("shop-control-plane", "shop-worker"):
        api.add(NODES, name, status=READY)
        api.add(LEASES, name, spec={"renewTime": "2026-01-01T00:00:00.000000Z"})
    status = {"currentPrimary": "polls-db-1", "readyInstances": 2, "phase": HEALTHY}
    api.add(CLUSTERS.format("polls"), "polls-db", spec={"instances": 2}, status=status)
    for number in (1, 2):
        labels = {"labels": {"cnpg.io/cluster": "polls-db"}}
        api.add(PODS, f"polls-db-{number}", metadata=labels, spec={"nodeName": "shop-worker"}, status=READY)
    deployment = {"spec": {"replicas": 2}, "status": {"observedGeneration": 3, "availableReplicas": 2}}
    api.add(DEPLOYMENTS.format("polls"), "polls", metadata={"generation": 3}, **deployment)
    return api


def resumed(api: FakeApi, engine: FakeDocker, time: Time | None = None, **options: Any) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "run", engine.run)
        return action.resume(SETTINGS, lambda: api, (time or Time()).progress(), now=lambda: 1.0, **options)


def test_registry_control_plane_and_workers_are_started_in_this_order_and_no_other_stacks() -> None:
    engine = docker()
    assert resumed(running(), engine) == ["started shop-registry, shop-control-plane, shop-worker"]
    assert engine.log == ["start shop-registry", "start shop-control-plane", "start shop-worker"]


def test_what_runs_is_left_alone() -> None:
    engine = docker("running")
    assert resumed(running(), engine) == []
    assert engine.log == []


def test_a_cluster_that_is_gone_cannot_come_back() -> None:
    with pytest.raises(PreflightError, match=r"shop-control-plane.*\n.*make up") as raised:
        resumed(running(), FakeDocker())
    assert "empty databases" in str(raised.value)


def test_a_container_that_does_not_start_is_named_with_all_others() -> None:
    engine = docker()
    engine.broken = {"shop-registry", "shop-worker"}
    with pytest.raises(PreflightError) as raised:
        resumed(running(), engine)
    assert [finding.where for finding in raised.value.findings] == ["shop-registry", "shop-worker"]
    assert "already allocated" in str(raised.value)


def test_without_docker_it_says_so() -> None:
    with pytest.raises(PreflightError, match="docker: does not answer"):
        resumed(running(), FakeDocker(answers=False))


def broken(what: str) -> FakeApi:
    """A cluster in which one thing does not serve."""
    api = running()
    database = api.objects[f"{CLUSTERS.format('polls')}/polls-db"]
    deployment = api.objects[f"{DEPLOYMENTS.format('polls')}/polls"]
    match what:
        case "no answer":
            api.down = True
        case "own checks":
            api.unknown.add("/readyz")
        case "node":
            api.objects[f"{NODES}/shop-worker"]["status"] = UNREADY
        case "node missing":
            del api.objects[f"{NODES}/shop-worker"]
        case "primary":
            api.objects[f"{PODS}/polls-db-1"]["status"] = UNREADY
        case "replica":  # the status still says that all are ready
            api.objects[f"{PODS}/polls-db-2"]["status"] = UNREADY
        case "phase":
            database["status"]["phase"] = "Failing over"
        case "pods":
            deployment["status"]["availableReplicas"] = 1
        case "old status":
            deployment["metadata"]["generation"] = 4
    return api


@pytest.mark.parametrize(
    ("what", "waited_for"),
    [
        ("no answer", "connection refused"),
        ("own checks", "its own checks"),
        ("node", "shop-worker to be ready"),
        ("node missing", "1 more nodes"),
        ("primary", "the primary polls-db-1"),
        ("replica", "1 of 2 instances of polls-db"),
        ("phase", "polls-db: Failing over"),
        ("pods", "1 of 2 pods of polls"),
        ("old status", "polls to be looked at"),
    ],
)
def test_what_does_not_serve_is_waited_for_and_named_when_the_time_is_over(what: str, waited_for: str) -> None:
    time = Time()
    with pytest.raises(WaitError) as raised:
        resumed(broken(what), docker("running"), time)
    assert waited_for in str(raised.value)
    assert raised.value.exit_code == 1
    assert 180 <= time.seconds <= 430


def test_it_goes_on_as_soon_as_all_serves() -> None:
    api = running()
    worker = api.objects[f"{NODES}/shop-worker"]
    worker["status"] = UNREADY
    time = Time()

    class Healing(Time):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            if self.seconds >= 7:
                worker["status"] = READY

    time = Healing()
    resumed(api, docker("running"), time)
    assert time.seconds == 7


def test_a_paused_application_is_not_waited_for_and_said_to_be_paused() -> None:
    api = broken("primary")
    api.objects[f"{CLUSTERS.format('polls')}/polls-db"]["metadata"]["annotations"] = {HIBERNATION: "on"}
    assert resumed(api, docker("running")) == ["polls is paused; make wake ends that"]


OLD = "1969-12-31T00:00:00Z"


@pytest.mark.parametrize("what", ["node", "database", "application"])
def test_what_was_said_before_the_stop_does_not_count(what: str) -> None:
    """For some seconds after the start the API shows nodes and pods as they were when they stopped."""
    api = running()
    stale = {**READY, "containerStatuses": [{"state": {"running": {"startedAt": OLD}}}]}
    web = {"metadata": {"ownerReferences": [{"kind": "ReplicaSet"}], "labels": {}}, "spec": {"nodeName": "shop-worker"}}
    if what == "node":
        api.objects[f"{LEASES}/shop-worker"]["spec"]["renewTime"] = OLD
    elif what == "database":
        api.objects[f"{PODS}/polls-db-1"]["status"] = stale
    else:
        api.add(PODS, "web", **web, status=stale)
    assert resumed(api, docker("running")) == []
    with pytest.raises(WaitError):
        resumed(api, docker())


def test_what_runs_on_nodes_that_never_stopped_counts_as_it_is() -> None:
    api = running()
    stale = {**READY, "containerStatuses": [{"state": {"running": {"startedAt": OLD}}}]}
    api.objects[f"{PODS}/polls-db-1"] |= {"status": stale, "spec": {"nodeName": "shop-control-plane"}}
    engine = docker("running")
    engine.node("shop", "worker", state="exited")
    assert resumed(api, engine) == ["started shop-worker"]


def test_an_api_that_is_still_starting_is_waited_for() -> None:
    api = running()
    answers = [ApiError("storage is (re)initializing", status=429)] * 3
    plain = api.get

    def get(path: str, **query: str) -> dict[str, Any]:
        if "clusters" in path and answers:
            raise answers.pop()
        return plain(path, **query)

    api.get = get  # type: ignore[method-assign]
    time = Time()
    assert resumed(api, docker("running"), time) == []
    assert time.seconds == 3
