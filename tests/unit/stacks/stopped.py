"""A stack whose containers can be stopped, and its cluster, for tests of resume."""

from __future__ import annotations

from pocdeploy.config import Settings
from pocdeploy.kube.client import CLUSTERS
from pocdeploy.stacks.readiness import DEPLOYMENTS, HEALTHY, LEASES, NODES
from tests.unit.fakes import FakeApi, FakeDocker

SETTINGS = Settings.model_validate({"cluster": {"type": "kind", "name": "shop", "workers": 1}})
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
    """Return a cluster in which everything serves."""
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


def broken(what: str) -> FakeApi:
    """Return a cluster in which one part does not serve."""
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
