"""Before Pulumi, `up` checks the machine, forgets deleted clusters, and starts what is stopped or paused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.cli import before_up, needs
from pocdeploy.cli.context import CliContext
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.result import CheckResult, fail, from_finding, warn
from pocdeploy.docker import containers, engine
from pocdeploy.errors import Finding, PreflightError, SettingsError
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


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> list[CheckResult]:
    """Results of doctor."""
    found: list[CheckResult] = []
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: [*found])
    return found


def check(cli: CliContext) -> None:
    before_up.check_machine(cli, "dev", needs.NEEDS["up"])


def test_up_shows_warnings_but_not_what_it_does_itself(
    cli: CliContext, results: list[CheckResult], capsys: pytest.CaptureFixture[str]
) -> None:
    stopped, kind = warn("cluster", "stopped: a", fix="make resume STACK=dev"), warn("kind", "not installed")
    results += [warn("memory", "little", fix="buy some"), stopped, kind]
    check(cli)
    assert capsys.readouterr().err == "warn  memory: little   (buy some)\n"


def test_all_problems_are_one_message_in_their_order(cli: CliContext, results: list[CheckResult]) -> None:
    port = Finding(where="pocdeploy:cluster.httpPort", what="port 80 is in use", actual="80", fix="set")
    results += [fail("disk", "full", why="w", fix="tidy"), from_finding("port", port)]
    with pytest.raises(before_up.NotReadyError) as raised:
        check(cli)
    assert raised.value.findings == (Finding(where="disk", what="full: w", fix="tidy"), port)
    assert str(raised.value).splitlines()[-1] == "Check again, in seconds: make doctor STACK=dev"


def test_a_machine_without_anything_fits_on_one_screen(cli: CliContext, results: list[CheckResult]) -> None:
    results += [fail("docker", "is not installed", fix="install it"), fail("memory", "2 GiB", why="w", fix="buy")]
    for number in range(15):
        url = f"https://host{number % 3}.example/{number}"
        download = Finding(where=f"image {number}", what="not reachable", actual=f"{url}: no answer", fix="load it")
        results.append(from_finding("download", download))
    with pytest.raises(before_up.NotReadyError) as raised:
        check(cli)
    lines = str(raised.value).splitlines()
    assert len(lines) < 24
    assert "docker: is not installed" in lines[1]
    assert "15 files or images are neither here nor reachable" in str(raised.value)
    assert "host0.example, host1.example, host2.example" in str(raised.value)
    assert lines[-1].endswith("make dev STACK=dev")


def test_only_a_wrong_configuration_is_called_so(cli: CliContext, results: list[CheckResult]) -> None:
    wrong = Finding(where="pocdeploy:cluster.workers", what="-1", fix="set")
    results.append(from_finding("configuration", wrong))
    with pytest.raises(SettingsError) as raised:
        check(cli)
    assert raised.value.findings == (wrong,)


def test_a_stopped_docker_is_started_if_nothing_else_is_wrong(
    cli: CliContext, results: list[CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []

    def start(*, assume_yes: bool, log: object) -> str:
        started.append(assume_yes)
        results.clear()
        return "28.1.0"

    monkeypatch.setattr(engine, "check_docker", start)
    results += [fail("docker", "is installed, but does not respond"), fail("disk", "full")]
    with pytest.raises(before_up.NotReadyError):
        check(cli)
    assert started == []
    results.pop()
    before_up.check_machine(cli, "dev", needs.NEEDS["up"], yes=True)
    assert started == [True]


def test_what_is_checked_depends_on_the_needs(cli: CliContext, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def examine(root: Path, stack: str, **options: Any) -> list[CheckResult]:
        asked.append({"root": root, "stack": stack, **options})
        return []

    monkeypatch.setattr(doctor, "examine", examine)
    before_up.check_machine(cli, "org/dev", frozenset({needs.PULUMI}), preview=True)
    assert asked == [
        {
            "root": cli.root,
            "stack": "org/dev",
            "tools": ("pulumi",),
            "docker": False,
            "preview": True,
            "except_stack": "dev",
        }
    ]
