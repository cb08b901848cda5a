"""Resume starts stopped containers in the right order, and waits until every part serves."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.console import Progress, WaitError
from pocdeploy.errors import PreflightError
from pocdeploy.kube.client import CLUSTERS, ApiError
from pocdeploy.stacks import resume as action
from pocdeploy.stacks.hibernate import HIBERNATION
from pocdeploy.stacks.readiness import NODES
from tests.unit.fakes import FakeApi, FakeClock, FakeDocker
from tests.unit.stacks.stopped import READY, SETTINGS, UNREADY, broken, docker, running

pytestmark = pytest.mark.usefixtures("clock")


def resumed(api: FakeApi, engine: FakeDocker) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "run", engine.run)
        return action.resume(SETTINGS, lambda: api, Progress(quiet=True))


def test_registry_control_plane_and_workers_start_in_this_order() -> None:
    engine = docker()
    assert resumed(running(), engine) == ["started shop-registry, shop-control-plane, shop-worker"]
    assert engine.log == ["start shop-registry", "start shop-control-plane", "start shop-worker"]


def test_the_store_of_backups_starts_before_the_nodes() -> None:
    engine = docker()
    engine.containers["shop-backups"] = {"State": "exited", "Labels": ""}
    resumed(running(), engine)
    assert engine.log[:3] == ["start shop-registry", "start shop-backups", "start shop-control-plane"]


def test_running_containers_are_not_started() -> None:
    engine = docker("running")
    assert resumed(running(), engine) == []
    assert engine.log == []


def test_a_deleted_cluster_is_reported() -> None:
    with pytest.raises(PreflightError, match=r"shop-control-plane.*\n.*make up") as raised:
        resumed(running(), FakeDocker())
    assert "empty databases" in str(raised.value)


def test_every_container_that_does_not_start_is_reported() -> None:
    engine = docker()
    engine.broken = {"shop-registry", "shop-worker"}
    with pytest.raises(PreflightError) as raised:
        resumed(running(), engine)
    assert [finding.where for finding in raised.value.findings] == ["shop-registry", "shop-worker"]
    assert "already allocated" in str(raised.value)


def test_missing_docker_is_reported() -> None:
    with pytest.raises(PreflightError, match="docker: does not answer"):
        resumed(running(), FakeDocker(answers=False))


@pytest.mark.parametrize(
    ("what", "waited_for", "seconds"),
    [
        ("no answer", "connection refused", 180),
        ("node", "shop-worker to be ready", 180),
        ("primary", "the primary polls-db-1", 420),
        ("pods", "1 of 2 pods of polls", 300),
    ],
)
def test_each_wait_has_a_timeout(clock: FakeClock, what: str, waited_for: str, seconds: float) -> None:
    with pytest.raises(WaitError) as raised:
        resumed(broken(what), docker("running"))
    assert waited_for in str(raised.value)
    assert raised.value.exit_code == 1
    assert clock.seconds == seconds


def test_resume_ends_as_soon_as_everything_serves(clock: FakeClock) -> None:
    api = running()
    worker = api.objects[f"{NODES}/shop-worker"]
    worker["status"] = UNREADY
    clock.after = lambda: worker.update(status=READY) if clock.seconds >= 7 else None
    resumed(api, docker("running"))
    assert clock.seconds == 7


def test_a_paused_application_is_not_waited_for() -> None:
    api = broken("primary")
    api.objects[f"{CLUSTERS.format('polls')}/polls-db"]["metadata"]["annotations"] = {HIBERNATION: "on"}
    assert resumed(api, docker("running")) == ["polls is paused; make wake ends that"]


def test_an_api_that_is_still_starting_is_waited_for(clock: FakeClock) -> None:
    api = running()
    answers = [ApiError("storage is (re)initializing", status=429)] * 3
    plain = api.get

    def get(path: str, **query: str) -> dict[str, Any]:
        if "clusters" in path and answers:
            raise answers.pop()
        return plain(path, **query)

    api.get = get  # type: ignore[method-assign]
    assert resumed(api, docker("running")) == []
    assert clock.seconds == 3
