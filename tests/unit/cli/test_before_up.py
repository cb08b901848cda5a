"""What `up` does before Pulumi: notice what is gone, bring back what is stopped, wake what is paused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy.cli import before_up
from pocdeploy.cli.context import CliContext
from pocdeploy.docker import containers
from pocdeploy.errors import PreflightError
from pocdeploy.kube import client
from pocdeploy.process import Result
from pocdeploy.stacks import resume
from pocdeploy.stacks.hibernate import DEPLOYMENTS, MARK
from pocdeploy.stacks.state_repair import find_missing, prune_state
from tests.unit.fakes import FakeApi, FakeDocker

KIND = "urn:x::command:local:Command::shop-kind"
REGISTRY = "urn:x::command:local:Command::shop-registry"


def made(urn: str, **environment: str) -> dict[str, Any]:
    return {"urn": urn, "type": "command:local:Command", "inputs": {"environment": environment}}


def inside(name: str, kind: str = "kubernetes:core/v1:Service", on: str = KIND, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:x::{kind}::{name}", "type": kind, "deletedWith": on, **more}


STATE: dict[str, Any] = {
    "version": 3,
    "deployment": {
        "resources": [
            made(REGISTRY, REGISTRY="shop-registry", IMAGE="registry:3"),
            made(KIND, CLUSTER="shop", CONFIG_HASH="0"),
            inside("connect", "command:local:Command"),
            inside("image", "docker:index/image:Image", on=REGISTRY),
            inside("service"),
            inside("below", on="urn:x::kubernetes:core/v1:Service::service"),
            inside("password", "random:index/randomPassword:RandomPassword", dependencies=[KIND]),
            {
                "urn": "urn:x::provider",
                "type": "pulumi:providers:kubernetes",
                "dependencies": [KIND, REGISTRY],
                "propertyDependencies": {"kubeconfig": [KIND], "other": None},
            },
        ]
    },
}


def names(state: dict[str, Any]) -> list[str]:
    return [resource["urn"].rsplit("::", 1)[-1] for resource in state["deployment"]["resources"]]


def test_a_lost_cluster_is_forgotten_with_what_died_with_it_and_nothing_else() -> None:
    gone = find_missing(STATE["deployment"], {"shop-registry"}.__contains__)
    assert [one.container for one in gone] == ["shop-control-plane"]
    left = prune_state(STATE, gone)
    assert names(left) == ["shop-registry", "image", "password", "provider"]
    provider, password = left["deployment"]["resources"][-1], left["deployment"]["resources"][-2]
    assert provider["dependencies"] == [REGISTRY]
    assert provider["propertyDependencies"] == {"kubeconfig": [], "other": []}
    assert (password["dependencies"], "deletedWith" in password) == ([], False)
    assert len(STATE["deployment"]["resources"]) == 8


def test_a_lost_registry_takes_its_images_only() -> None:
    gone = find_missing(STATE["deployment"], {"shop-control-plane"}.__contains__)
    assert names(prune_state(STATE, gone)) == ["shop-kind", "connect", "service", "below", "password", "provider"]


def test_nothing_is_lost_where_all_containers_are_or_there_is_no_state() -> None:
    assert find_missing(STATE["deployment"], lambda _: True) == []
    assert find_missing({}, lambda _: False) == []
    deleting = {**made(KIND, CLUSTER="shop", CONFIG_HASH="0"), "delete": True}
    assert find_missing({"resources": [deleting]}, lambda _: False) == []


class Recorded(CliContext):
    """A session whose Pulumi exports STATE; it records what it was asked, and what was imported."""

    def capture_pulumi(self, *arguments: str) -> Result:
        ASKED.append(arguments[:2])
        if arguments[1] == "import":
            IMPORTED.append(json.loads(Path(arguments[-1]).read_text()))
        return Result(code=0, stdout=json.dumps(STATE))

    def log(self, line: str) -> None:
        SAID.append(line)


ASKED: list[Any] = []
IMPORTED: list[Any] = []
SAID: list[str] = []


@pytest.fixture
def session(tmp_path: Path) -> CliContext:
    for one in (ASKED, IMPORTED, SAID):
        one.clear()
    (tmp_path / "app/polls").mkdir(parents=True)
    (tmp_path / "app/polls/Dockerfile").write_text("FROM x\n")
    config = {"pocdeploy:cluster": {"type": "kind", "name": "shop", "workers": 0}}
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    return Recorded(root=tmp_path, quiet=True, verbose=False)


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    fake = FakeDocker()
    real = containers.listed
    monkeypatch.setattr(containers, "listed", lambda _=None: real(fake.run))
    return fake


def test_up_notices_a_lost_cluster_says_so_and_makes_the_state_forget_it(
    session: CliContext, docker: FakeDocker
) -> None:
    docker.registry("shop", "dev")
    assert before_up.forget_deleted_clusters(session, "dev", preview=False)
    assert names(IMPORTED[0]) == ["shop-registry", "image", "password", "provider"]
    assert "shop is gone" in SAID[0]
    assert "empty databases" in SAID[0]


def test_a_preview_says_so_and_changes_nothing(session: CliContext, docker: FakeDocker) -> None:
    docker.registry("shop", "dev")
    assert before_up.forget_deleted_clusters(session, "dev", preview=True)
    assert "when `up` is run" in SAID[0]
    assert IMPORTED == []


def test_a_stopped_cluster_is_not_a_lost_one(session: CliContext, docker: FakeDocker) -> None:
    docker.node("shop", "control-plane", state="exited")
    docker.registry("shop", "dev", state="exited")
    assert not before_up.forget_deleted_clusters(session, "dev", preview=False)
    assert (IMPORTED, SAID) == ([], [])


def test_without_an_answer_of_docker_nothing_counts_as_lost(session: CliContext, docker: FakeDocker) -> None:
    docker.answers = False
    assert not before_up.forget_deleted_clusters(session, "dev", preview=False)
    assert ASKED == []


def test_a_state_that_cannot_be_told_stops_up(
    session: CliContext, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_: CliContext, *arguments: str) -> Result:
        code = int(arguments[1] == "import")
        return Result(code=code, stdout=json.dumps(STATE), stderr="error: snapshot integrity")

    monkeypatch.setattr(Recorded, "capture_pulumi", ask)
    with pytest.raises(PreflightError, match="snapshot integrity"):
        before_up.forget_deleted_clusters(session, "dev", preview=False)


def cluster(monkeypatch: pytest.MonkeyPatch, replicas: int, **annotations: str) -> FakeApi:
    api = FakeApi()
    spec = {"replicas": replicas}
    api.add(DEPLOYMENTS.format("polls"), "polls", metadata={"annotations": annotations}, spec=spec)
    monkeypatch.setattr(client, "from_kubeconfig", lambda _: api)
    return api


def test_up_wakes_a_paused_stack_first(
    session: CliContext, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.node("shop", "control-plane")
    api = cluster(monkeypatch, 0, **{MARK: "4"})
    waited: list[bool] = []
    monkeypatch.setattr(resume, "stopped", lambda _: [])
    monkeypatch.setattr(resume, "resume", lambda *_: waited.append(True))
    before_up.restart_stopped(session, "dev")
    assert api.objects[f"{DEPLOYMENTS.format('polls')}/polls"]["spec"]["replicas"] == 4
    assert waited == [True]
    assert "The stack was paused: scaled polls/polls to 4" in SAID


def test_up_brings_a_stopped_stack_back_first(
    session: CliContext, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.node("shop", "control-plane", state="exited")
    cluster(monkeypatch, 2)
    waited: list[bool] = []
    monkeypatch.setattr(resume, "stopped", lambda _: ["shop-control-plane"])
    monkeypatch.setattr(resume, "resume", lambda *_: waited.append(True))
    before_up.restart_stopped(session, "dev")
    assert waited == [True]
    assert "Stopped: shop-control-plane" in SAID[0]


def test_up_asks_nothing_of_a_cluster_that_is_still_to_be_made(session: CliContext, docker: FakeDocker) -> None:
    before_up.restart_stopped(session, "dev")
    assert SAID == []
