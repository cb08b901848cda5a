"""What serves and its processes are restored, stopped and marked together."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.kube.client import ApiError
from pocdeploy.release import revisions
from pocdeploy.release.group import Group
from pocdeploy.release.limits import PROCESS_STABLE, limits
from pocdeploy.release.revisions import PASSED_ANNOTATION, RELEASE, STOPPED
from tests.unit.release import fake_cluster

APPS, BATCH = "/apis/apps/v1/namespaces/polls", "/apis/batch/v1/namespaces/polls/cronjobs"
PODS = "/api/v1/namespaces/polls/pods"
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
        self.ending: dict[str, list[dict[str, Any]]] = {}
        self.stable = True
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

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        if path == PODS:
            name = query["labelSelector"].removeprefix("of=")
            # The pods of a stopped Deployment end one look later.
            return self.ending.pop(name, []) if self.replicas(name) == 0 else []
        assert path == BATCH
        return self.cron

    def patch(self, path: str, body: Any) -> None:
        name = path.rpartition("/")[2]
        if path.startswith(BATCH):
            found = next(it for it in self.cron if it["metadata"]["name"] == name)
            found["spec"] |= body["spec"]
            marks = found["metadata"].setdefault("annotations", {}) | body["metadata"]["annotations"]
            found["metadata"]["annotations"] = {key: value for key, value in marks.items() if value is not None}
        elif "/deployments/" in path:
            found = self.deployments[name]
            found["spec"] |= body["spec"]
            found["metadata"]["annotations"] |= body["metadata"]["annotations"]
            count = body["spec"]["replicas"]
            found["status"] |= dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), count)
            found["status"]["availableReplicas"] = count if self.stable else 0
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
    api: Any = lambda: cluster  # noqa: E731 -- typed as a real client
    return Group(name="polls", namespace="polls", api=api, limit=LIMIT, processes=processes, has_cron=has_cron)


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


def test_migration_waits_until_the_others_have_ended() -> None:
    cluster = Cluster(polls=(3,), polls_worker=(3,))
    cluster.ending["polls-worker"] = [{"metadata": {"name": "polls-worker-1"}, "status": {"phase": "Running"}}]
    group(cluster, "polls-worker").stop_others()

    assert cluster.ending == {}


def test_run_that_does_not_end_keeps_the_migration_from_starting() -> None:
    cluster = Cluster(polls=(3,), polls_worker=(3,))
    cluster.cron = [{**cron_job("polls-clean", 3), "status": {"active": [{"name": "polls-clean-17"}]}}]
    others = replace(group(cluster, "polls-worker", has_cron=True), limit=replace(LIMIT, step=0))

    with pytest.raises(TimeoutError, match="job polls-clean-17 did not end in 0 s"):
        others.stop_others()
    assert (cluster.replicas("polls-worker"), cluster.cron[0]["spec"]["suspend"]) == (2, False)


@pytest.mark.parametrize("processes", [(), ("polls-worker",)], ids=["cron alone", "with a process"])
def test_restoration_lets_scheduled_commands_run(processes: tuple[str, ...]) -> None:
    """Also those of an application without processes."""
    cluster = Cluster(polls=(3, 4), polls_worker=(3, 4))
    cluster.cron = [cron_job("polls-clean", 3)]
    all_of_them = group(cluster, *processes, has_cron=True)
    all_of_them.stop_others()
    all_of_them.restore()

    assert cluster.cron[0]["spec"]["suspend"] is False


def test_good_release_lets_scheduled_commands_run_with_its_image() -> None:
    """The others have the old image, which cannot live with the new schema, until they are updated."""
    cluster = Cluster(polls=(4,))
    cluster.cron = [cron_job("polls-clean", 4), cron_job("polls-mail", 3), cron_job("polls-off", 4)]
    cluster.cron[2]["spec"]["suspend"] = True
    all_of_them = group(cluster, has_cron=True)
    all_of_them.stop_others()
    all_of_them.mark_as_good()
    after_release = [it["spec"]["suspend"] for it in cluster.cron]
    cluster.cron[1]["spec"] |= cron_job("polls-mail", 4)["spec"]
    all_of_them.resume_current_cron()

    assert after_release == [False, True, True]
    assert [it["spec"]["suspend"] for it in cluster.cron] == [False, False, True]


def test_process_that_does_not_stay_up_fails_its_release() -> None:
    """A breaking migration has stopped it, so its rollout had no pods that could fail."""
    cluster = Cluster(polls=(4,), polls_worker=(4,))
    all_of_them = replace(group(cluster, "polls-worker"), limit=replace(LIMIT, step=-PROCESS_STABLE))
    all_of_them.stop_others()
    cluster.stable = False

    with pytest.raises(TimeoutError, match="polls/polls-worker did not run without interruption"):
        all_of_them.roll_forward("r4")
