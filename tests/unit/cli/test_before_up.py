"""Before Pulumi, `up` checks the machine, forgets deleted clusters, and starts what is stopped or paused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.cli import before_up
from pocdeploy.cli.context import CliContext
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import fail, warn
from pocdeploy.docker import containers
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.stacks import resume
from pocdeploy.stacks.hibernate import DEPLOYMENTS, MARK
from tests.unit.cli.fakepulumi import Project
from tests.unit.fakes import FakeApi, FakeDocker
from tests.unit.stacks.test_state_repair import STATE, names


@pytest.fixture
def cli(project: Project) -> CliContext:
    config = {"pocdeploy:cluster": {"type": "kind", "name": "shop", "workers": 0}}
    (project.root / "app/polls").mkdir(parents=True)
    (project.root / "app/polls/Dockerfile").write_text("FROM x\n")
    (project.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    project.export(*STATE["deployment"]["resources"])
    return CliContext(folder=project.root, quiet=False, verbose=False)


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    fake = FakeDocker()
    real = containers.listed

    def listed() -> list[containers.Container] | None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(process, "run", fake.run)
            return real()

    monkeypatch.setattr(containers, "listed", listed)
    return fake


def test_up_forgets_a_deleted_cluster_and_reports_it(
    cli: CliContext, project: Project, docker: FakeDocker, capsys: pytest.CaptureFixture[str]
) -> None:
    docker.registry("shop", "dev")
    kept = before_up.forget_deleted_clusters(cli, "dev", STATE, preview=False)
    imported = project.imported()
    assert imported == kept
    assert names(imported) == ["shop-registry", "image", "password", "provider"]
    shown = capsys.readouterr().err
    assert "shop was deleted" in shown
    assert "empty databases" in shown


def test_a_preview_reports_it_and_changes_nothing(
    cli: CliContext, project: Project, docker: FakeDocker, capsys: pytest.CaptureFixture[str]
) -> None:
    docker.registry("shop", "dev")
    assert before_up.forget_deleted_clusters(cli, "dev", STATE, preview=True) == STATE
    assert "when `up` is run" in capsys.readouterr().err
    assert project.imported() is None


def test_a_stopped_cluster_is_not_a_deleted_one(
    cli: CliContext, project: Project, docker: FakeDocker, capsys: pytest.CaptureFixture[str]
) -> None:
    docker.node("shop", "control-plane", state="exited")
    docker.registry("shop", "dev", state="exited")
    assert before_up.forget_deleted_clusters(cli, "dev", STATE, preview=False) == STATE
    assert (project.imported(), capsys.readouterr().err) == (None, "")


def test_without_docker_nothing_counts_as_deleted(cli: CliContext, project: Project, docker: FakeDocker) -> None:
    docker.answers = False
    assert before_up.forget_deleted_clusters(cli, "dev", STATE, preview=False) == STATE
    assert project.calls() == []


def test_a_state_that_cannot_be_imported_stops_up(cli: CliContext, project: Project, docker: FakeDocker) -> None:
    project.answer("stack import", code=1, stderr="error: snapshot integrity")
    with pytest.raises(PreflightError, match="snapshot integrity"):
        before_up.forget_deleted_clusters(cli, "dev", STATE, preview=False)


def cluster(monkeypatch: pytest.MonkeyPatch, replicas: int, **annotations: str) -> FakeApi:
    api = FakeApi()
    spec = {"replicas": replicas}
    api.add(DEPLOYMENTS.format("polls"), "polls", metadata={"annotations": annotations}, spec=spec)
    monkeypatch.setattr(before_up, "from_kubeconfig", lambda *_, **__: api)
    return api


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(resume, "resume", lambda settings, *_: calls.append(settings.cluster.name))
    return calls


def test_up_ends_a_pause_first(
    cli: CliContext,
    docker: FakeDocker,
    monkeypatch: pytest.MonkeyPatch,
    resumed: list[Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    docker.node("shop", "control-plane")
    api = cluster(monkeypatch, 0, **{MARK: "4"})
    monkeypatch.setattr(resume, "stopped", lambda _: [])
    before_up.restart_stopped(cli, "dev")
    assert api.objects[f"{DEPLOYMENTS.format('polls')}/polls"]["spec"]["replicas"] == 4
    assert resumed == ["shop"]
    assert "The stack was paused: scaled polls/polls to 4" in capsys.readouterr().err


def test_up_starts_stopped_containers_first(
    cli: CliContext,
    docker: FakeDocker,
    monkeypatch: pytest.MonkeyPatch,
    resumed: list[Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    docker.node("shop", "control-plane", state="exited")
    cluster(monkeypatch, 2)
    monkeypatch.setattr(resume, "stopped", lambda _: ["shop-control-plane"])
    before_up.restart_stopped(cli, "dev")
    assert resumed == ["shop"]
    assert "Stopped: shop-control-plane" in capsys.readouterr().err


def test_a_cluster_that_does_not_exist_yet_is_not_asked(
    cli: CliContext, docker: FakeDocker, resumed: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    before_up.restart_stopped(cli, "dev")
    assert (resumed, capsys.readouterr().err) == ([], "")


def test_up_shows_warnings_and_stops_at_failures(
    cli: CliContext, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = warn("cluster", "stopped: a", fix="make resume STACK=dev")
    results = [warn("memory", "little", fix="buy some"), stopped]
    monkeypatch.setattr(doctor, "before_up", lambda *_: results)
    before_up.check_machine(cli, "dev")
    shown = capsys.readouterr().err
    assert "warn  memory: little   (buy some)" in shown
    assert "stopped" not in shown
    results.append(fail("disk", "full", why="w", fix="tidy"))
    with pytest.raises(PreflightError) as raised:
        before_up.check_machine(cli, "dev")
    assert raised.value.findings == (Finding(where="disk", what="full: w", fix="tidy"),)
