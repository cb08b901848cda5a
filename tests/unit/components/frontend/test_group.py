"""What serves and its processes are restored, stopped and marked together."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest

from components.frontend import revisions
from components.frontend.group import Group
from components.frontend.limits import limits
from components.frontend.manifests import RELEASE
from components.frontend.revisions import PASSED_ANNOTATION, STOPPED
from pocdeploy.config import AppSettings
from pocdeploy.kube.client import ApiError
from tests.unit.components.frontend import fake_cluster

APPS, BATCH = "/apis/apps/v1/namespaces/polls", "/apis/batch/v1/namespaces/polls/cronjobs"
LIMIT = limits(AppSettings())


class Cluster:
    """The part of a KubeClient that a group uses, with several Deployments. Changed pods are ready at once."""

    def __init__(self, **numbers: tuple[int, ...]) -> None:
        """Take the revisions of each Deployment, the current one last; revision N has the release rN."""
        self.deployments = {name.replace("_", "-"): self._deployment(name, found) for name, found in numbers.items()}
        self.sets = {
            name.replace("_", "-"): [
                fake_cluster.replica_set(number, ready=1, passed=number < max(found), owner=name) for number in found
            ]
            for name, found in numbers.items()
        }
        self.cron: list[dict[str, Any]] = []
        self.secrets = [fake_cluster.environment(number) for number in range(1, 6)]
        self.marked: list[str] = []

    @staticmethod
    def _deployment(name: str, numbers: tuple[int, ...]) -> dict[str, Any]:
        made = fake_cluster.deployment(max(numbers))
        made["metadata"] |= {"name": name.replace("_", "-"), "uid": name}
        made["spec"]["selector"] = {"matchLabels": {"of": name.replace("_", "-")}}
        return made

    def get(self, path: str, **query: str) -> Any:
        if path == f"{APPS}/replicasets":
            return {"items": copy.deepcopy(self.sets[query["labelSelector"].removeprefix("of=")])}
        if path.endswith("/secrets"):
            return {"items": [{"metadata": {"name": name}} for name in self.secrets]}
        found = self.get_or_none(path)
        if found is None:
            raise ApiError("not found", status=404)
        return found

    def get_or_none(self, path: str) -> Any:
        name = path.rpartition("/")[2]
        return self.deployments.get(name) if path.startswith(f"{APPS}/deployments") else None

    def items(self, path: str) -> list[dict[str, Any]]:
        assert path == BATCH
        return self.cron

    def patch(self, path: str, body: Any) -> None:
        name = path.rpartition("/")[2]
        if path.startswith(BATCH):
            next(it for it in self.cron if it["metadata"]["name"] == name)["spec"] |= body["spec"]
        elif "/deployments/" in path:
            found = self.deployments[name]
            found["spec"] |= body["spec"]
            found["metadata"]["annotations"] |= body["metadata"]["annotations"]
            count = body["spec"]["replicas"]
            found["status"] |= dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), count)
        else:
            assert body["metadata"]["annotations"] == {PASSED_ANNOTATION: "true"}
            self.marked.append(name)

    def apply(self, path: str, body: Any, *, manager: str) -> None:
        self.deployments[path.rpartition("/")[2]]["spec"]["template"] = body["spec"]["template"]

    def delete(self, path: str) -> None:
        self.secrets.remove(path.rpartition("/")[2])

    def releases(self) -> dict[str, str]:
        return {
            name: it["spec"]["template"]["metadata"]["annotations"][RELEASE] for name, it in self.deployments.items()
        }

    def replicas(self, name: str) -> int:
        return int(self.deployments[name]["spec"]["replicas"])


def group(cluster: Cluster, *processes: str, has_cron: bool = False) -> Group:
    client: Any = SimpleNamespace(api=lambda: cluster)
    return Group(name="polls", namespace="polls", client=client, limit=LIMIT, processes=processes, has_cron=has_cron)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "POLL_INTERVAL", 0.0)


def test_all_deployments_return_to_the_same_release() -> None:
    cluster = Cluster(polls=(3, 4), polls_worker=(2, 3, 4), polls_beat=(3, 4))
    result = group(cluster, "polls-worker", "polls-beat").restore()

    assert cluster.releases() == {"polls": "r3", "polls-worker": "r3", "polls-beat": "r3"}
    assert "Restored: revision 3" in str(result)
    assert "Restored: polls-worker." in str(result)


def test_failed_process_leaves_what_still_has_the_good_release() -> None:
    """The Deployment that serves was not updated yet."""
    cluster = Cluster(polls=(2, 3), polls_worker=(3, 4))
    cluster.sets["polls"][1]["metadata"]["annotations"][PASSED_ANNOTATION] = "true"
    result = group(cluster, "polls-worker").restore()

    assert cluster.releases() == {"polls": "r3", "polls-worker": "r3"}
    assert "nothing was restored" in str(result)


def test_process_that_the_good_release_did_not_have_is_stopped() -> None:
    cluster = Cluster(polls=(3, 4), polls_mail=(4,))
    result = group(cluster, "polls-mail").restore()

    assert "Stopped: polls-mail" in str(result)
    assert cluster.replicas("polls-mail") == 0
    assert cluster.deployments["polls-mail"]["metadata"]["annotations"][STOPPED] == "2"


def test_process_that_was_never_created_is_left_out() -> None:
    cluster = Cluster(polls=(3, 4))

    assert "Restored: revision 3" in str(group(cluster, "polls-worker").restore())


def test_first_release_has_nothing_to_restore() -> None:
    cluster = Cluster(polls=(1,), polls_worker=(1,))
    cluster.sets["polls"][0]["metadata"]["annotations"].pop(PASSED_ANNOTATION, None)

    assert group(cluster, "polls-worker").restore() is None
    assert cluster.releases() == {"polls": "r1", "polls-worker": "r1"}


def test_release_that_was_taken_back_is_rolled_out_as_a_whole() -> None:
    cluster = Cluster(polls=(3, 4), polls_worker=(3, 4), polls_mail=(4,))
    all_of_them = group(cluster, "polls-worker", "polls-mail")
    all_of_them.restore()
    all_of_them.roll_forward("r4")

    assert set(cluster.releases().values()) == {"r4"}
    assert cluster.replicas("polls-mail") == 2
    assert cluster.deployments["polls-mail"]["metadata"]["annotations"][STOPPED] is None


def cron_job(name: str, number: int) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"jobTemplate": {"spec": {"template": fake_cluster.template(number)}}},
    }


def test_secrets_of_processes_and_cron_are_kept() -> None:
    cluster = Cluster(polls=(4, 5), polls_worker=(3, 5))
    cluster.cron = [cron_job("polls-clean", 2)]
    group(cluster, "polls-worker", has_cron=True).mark_as_good()

    assert cluster.secrets == [fake_cluster.environment(number) for number in (2, 3, 4, 5)]
    assert cluster.marked == ["polls-5", "polls-5"]


def test_migration_stops_the_others_and_its_failure_starts_them() -> None:
    cluster = Cluster(polls=(3,), polls_worker=(3,))
    cluster.cron = [cron_job("polls-clean", 3)]
    others = group(cluster, "polls-worker", has_cron=True)

    others.stop_others()
    stopped = (cluster.replicas("polls"), cluster.replicas("polls-worker"), cluster.cron[0]["spec"]["suspend"])
    others.start_others()

    assert stopped == (2, 0, True)
    assert (cluster.replicas("polls-worker"), cluster.cron[0]["spec"]["suspend"]) == (2, False)
