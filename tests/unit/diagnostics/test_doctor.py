"""Doctor's checks: facts in, outcomes out; and what `up` does with them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import LocalCluster
from pocdeploy.diagnostics import doctor
from pocdeploy.diagnostics.doctor import leftovers
from pocdeploy.diagnostics.doctor import machine as machine_checks
from pocdeploy.diagnostics.doctor.facts import Facts, State, gather
from pocdeploy.diagnostics.result import CheckResult, Severity, fail, warn
from pocdeploy.docker.containers import Container
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.process import Result
from tests.unit.fakes import FakeDocker

GIB = machine_checks.GIB
LOCAL = LocalCluster(name="shop", node_image="kindest/node:v1.36.4@sha256:0", nodes=4, registry_port=5001)
DOCKER: dict[str, Any] = {
    "ServerVersion": "28.1.0",
    "Driver": "overlay2",
    "Architecture": "x86_64",
    "MemTotal": 16 * GIB,
    "CgroupVersion": "2",
}


def facts(docker: dict[str, Any] | None = None, **more: Any) -> Facts:
    return Facts(**{"stack": "dev", "local": LOCAL, "docker": {**DOCKER, **(docker or {})}, **more})


def node(cluster: str, role: str = "control-plane", *, running: bool = True, name: str = "") -> Container:
    return Container(name=f"{cluster}-{name or role}", running=running, status="", cluster=cluster, role=role)


def nodes(cluster: str = "shop", **more: Any) -> list[Container]:
    return [node(cluster, **more), *(node(cluster, "worker", name=f"worker{n}", **more) for n in ("", 2, 3))]


def registry(cluster: str, stack: str, *, running: bool = True) -> Container:
    return Container(name=f"{cluster}-registry", running=running, status="", registry_of=stack)


def seen(outcomes: Any) -> list[tuple[str, str]]:
    return [(outcome.check, str(outcome.severity)) for outcome in outcomes]


def test_a_good_machine_has_nothing_to_complain_about() -> None:
    found = list(machine_checks.machine(facts(free_disk=50 * GIB, free_memory=9 * GIB)))
    assert {severity for _, severity in seen(found)} == {"ok"}
    assert len(found) == 9


def test_a_docker_that_does_not_answer_is_not_asked_further() -> None:
    assert list(machine_checks.machine(Facts(stack="dev", local=LOCAL, docker={}))) == []


@pytest.mark.parametrize(
    ("check", "given", "severity", "fix"),
    [
        ("docker_version", facts({"ServerVersion": "19.03.8"}), "fail", "docs.docker.com"),
        ("docker_version", facts({"ServerVersion": "20.10.24+dfsg1"}), "ok", None),
        ("storage_driver", facts({"Driver": "vfs"}), "warn", "overlay2"),
        ("storage_driver", facts({"Driver": "zfs"}), "warn", "known-issues"),
        ("architecture", facts({"Architecture": "riscv64"}), "fail", None),
        ("architecture", facts({"Architecture": "aarch64"}), "warn", "PYTHON="),
        ("architecture", facts({"Architecture": "aarch64"}, machine="arm64"), "ok", None),
        ("memory", facts({"MemTotal": 2 * GIB}), "fail", "monitoring.profile"),
        ("memory", facts({"MemTotal": 6 * GIB}), "warn", "monitoring.profile"),
        ("memory", facts({"MemTotal": 2 * GIB}, local=None), "ok", None),
        ("memory", facts(free_memory=GIB), "warn", "other programs"),
        ("memory", facts(free_memory=GIB, containers=nodes()), "ok", None),
        ("disk", facts(free_disk=5 * GIB), "fail", "prune"),
        ("disk", facts(free_disk=15 * GIB), "warn", "prune"),
        ("disk", facts(free_disk=5 * GIB, containers=nodes()), "ok", None),
        ("disk", facts(free_disk=GIB // 2, containers=nodes()), "fail", "prune"),
        ("inotify", facts(inotify={"max_user_instances": 128, "max_user_watches": 524288}), "warn", "instances=512"),
        ("inotify", facts(inotify={"max_user_instances": 512, "max_user_watches": 524288}), "ok", None),
        ("cgroup", facts({"CgroupVersion": "1"}), "fail", "cluster.nodeImage"),
        ("cgroup", facts({"CgroupVersion": "1"}, containers=nodes()), "warn", None),
        (
            "proxies",
            facts(environment={"https_proxy": "http://p:3128", "NO_PROXY": "x"}),
            "warn",
            "localhost,127.0.0.1",
        ),
        (
            "proxies",
            facts(environment={"HTTPS_PROXY": "http://p", "no_proxy": "localhost, 127.0.0.1"}),
            "warn",
            "docs.docker.com",
        ),
        (
            "proxies",
            facts(
                {"HttpsProxy": "http://p"}, environment={"HTTPS_PROXY": "http://p", "NO_PROXY": "localhost,127.0.0.1"}
            ),
            "ok",
            None,
        ),
        ("clock", facts(clock_skew=-3600.0), "warn", "timesyncd"),
        ("clock", facts(clock_skew=3.0), "ok", None),
    ],
)
def test_each_check_of_the_machine(check: str, given: Facts, severity: str, fix: str | None) -> None:
    outcome: CheckResult = getattr(machine_checks, check)(given)
    assert outcome.severity == severity, outcome
    assert (fix or "") in (outcome.fix or "")
    assert severity == "ok" or outcome.why


@pytest.mark.parametrize(("image", "severity"), [("v1.34.2", "ok"), ("v1.35.0", "fail"), ("v2.0.0", "fail")])
def test_cgroup_version_1_is_refused_from_kubernetes_1_35_on(image: str, severity: str) -> None:
    local = LocalCluster(name="shop", node_image=f"kindest/node:{image}", nodes=1, registry_port=5001)
    assert machine_checks.cgroup(facts({"CgroupVersion": "1"}, local=local)).severity == severity


OWN = {"owners": {"shop": "dev"}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), []),
        (facts(containers=nodes(), **OWN), [("cluster", "ok")]),
        (facts(containers=nodes()), [("cluster", "fail")]),
        (facts(containers=nodes(), owners={"shop": "other"}), [("cluster", "fail")]),
        (facts(containers=nodes(running=False), **OWN), [("cluster", "warn")]),
        (facts(containers=[*nodes(), registry("shop", "dev", running=False)], **OWN), [("cluster", "warn")]),
        (facts(containers=nodes()[:2], **OWN), [("cluster", "warn")]),
        (facts(local=None, containers=nodes()), []),
    ],
    ids=["none", "well", "foreign", "another stack's", "stopped", "registry stopped", "nodes missing", "elsewhere"],
)
def test_the_stacks_own_cluster(given: Facts, expected: list[tuple[str, str]]) -> None:
    assert seen(leftovers.own_cluster(given)) == expected


def test_what_other_stacks_have_left_is_found_and_named() -> None:
    given = facts(
        containers=[
            *nodes(),
            node("old"),
            node("mine-of-kind"),
            node("kept"),
            registry("kept", "third"),
            registry("ghost", "second"),
        ],
        owners={"shop": "dev", "old": "second"},
        states=[
            State(stack="dev", resources=9, clusters=("shop",)),
            State(stack="third", resources=5, clusters=("kept",), held_by=77),
            State(stack="fourth", resources=5, clusters=("lost",)),
        ],
    )
    found = {outcome.what: outcome for outcome in leftovers.leftovers(given) if outcome.severity is Severity.WARN}
    assert {what.split()[0]: outcome.check for what, outcome in found.items()} == {
        "the": "state",
        "old": "stale cluster",
        "ghost-registry": "stale registry",
    }
    fixes = sorted(str(outcome.fix) for outcome in found.values())
    assert fixes[0] == "docker rm --force --volumes ghost-registry"
    assert fixes[1] == "kind delete cluster --name old"
    assert "make up STACK=fourth" in fixes[2]
    assert ("other cluster", "ok") in seen(leftovers.leftovers(given))
    assert ("other run", "ok") in seen(leftovers.leftovers(given))


def test_a_run_that_is_going_on_is_in_the_way_of_its_own_stack_only() -> None:
    states = [State(stack="dev", resources=1, clusters=(), held_by=12)]
    (lock,) = leftovers.runs(facts(states=states))
    assert lock.severity is Severity.FAIL
    assert "12" in str(lock.fix)
    assert seen(leftovers.runs(facts(stack="x", states=states))) == [("other run", "ok")]


def test_that_its_own_cluster_is_gone_is_left_to_up_itself() -> None:
    states = [State(stack="dev", resources=9, clusters=("shop",))]
    assert ("state", "warn") in seen(leftovers.leftovers(facts(states=states)))
    assert ("state", "warn") not in seen(leftovers.leftovers(facts(states=states), but_for="dev"))


def test_facts_are_gathered_from_docker_files_and_states(tmp_path: Path) -> None:
    docker = FakeDocker(info={**DOCKER, "SystemTime": datetime.now(UTC).isoformat()})
    docker.node("shop", "control-plane")
    docker.node("shop", "worker", state="exited")
    docker.registry("shop", "dev")
    stacks = tmp_path / ".pocdeploy/state/.pulumi/stacks/pocdeploy"
    stacks.mkdir(parents=True)
    resource = {"inputs": {"environment": {"CLUSTER": "shop", "CONFIG_HASH": "0"}}}
    state = {"checkpoint": {"latest": {"resources": [{"type": "pulumi:pulumi:Stack"}, resource]}}}
    (stacks / "dev.json").write_text(json.dumps(state))
    (stacks / "broken.json").write_text("{")
    locks = tmp_path / ".pocdeploy/state/.pulumi/locks/organization/pocdeploy/dev"
    locks.mkdir(parents=True)
    (locks / "1.json").write_text(json.dumps({"pid": os.getpid(), "hostname": "here"}))
    (tmp_path / ".pocdeploy/clusters/shop").mkdir(parents=True)
    (tmp_path / ".pocdeploy/clusters/shop/owner").write_text("dev ready 0a\n")

    found = gather(tmp_path, "dev", Settings(), run=docker.run, environment={"A": "b"})

    assert [(it.name, it.running, it.role, it.registry_of) for it in found.containers] == [
        ("shop-control-plane", True, "control-plane", None),
        ("shop-worker", False, "worker", None),
        ("shop-registry", True, "", "dev"),
    ]
    assert found.states == [
        State(stack="broken", resources=0, clusters=()),
        State(stack="dev", resources=2, clusters=("shop",), held_by=os.getpid()),
    ]
    assert found.owners == {"shop": "dev"}
    assert found.local == LocalCluster(
        name="test", node_image=Settings().cluster.node_image, nodes=4, registry_port=5001
    )
    assert abs(found.clock_skew) < 5
    assert found.environment == {"A": "b"}
    # What this machine's kernel says is nothing about a Docker of another name.
    assert (found.inotify, found.free_disk, found.free_memory) == ({}, None, None)


@pytest.mark.parametrize("docker", [FakeDocker(answers=False), FakeDocker(info={"ServerVersion": ""})])
def test_without_docker_the_facts_are_few_and_nothing_raises(tmp_path: Path, docker: FakeDocker) -> None:
    found = gather(tmp_path, "dev", None, run=docker.run, environment={})
    assert (found.docker, list(found.containers), found.local) == ({}, [], None)


def project(folder: Path) -> Path:
    (folder / "app/polls").mkdir(parents=True)
    (folder / "app/polls/Dockerfile").write_text("FROM x\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {}}))
    return folder


def test_doctor_needs_no_docker_to_say_what_is_wrong(tmp_path: Path) -> None:
    def run(command: Any, **_: Any) -> Result:
        return Result(code=1, stderr="permission denied while trying to connect")

    def check(*_: object) -> None:
        raise PreflightError(
            [Finding(where="pocdeploy:cluster.httpPort", what="port 80 of 127.0.0.1 is in use", actual="80", fix="set")]
        )

    found = doctor.examine(project(tmp_path), "org/dev", run=run, check=check, environment={})
    assert seen(found) == [("pulumi", "warn"), ("kind", "warn"), ("docker", "fail"), ("port", "fail")]
    assert "usermod" in str(found[2].fix)
    assert found[3].fix == "set"


def test_the_command_ends_with_1_if_something_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [warn("memory", "little", fix="buy some")]
    monkeypatch.setattr(doctor, "examine", lambda *_: outcomes)
    result = CliRunner().invoke(app.app, ["--root", str(tmp_path), "doctor", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["result"] == "warn"
    assert json.loads(result.stdout)["checks"][0]["fix"] == "buy some"
    outcomes.append(fail("disk", "full", why="w", fix="tidy [up]"))
    result = CliRunner().invoke(app.app, ["--root", str(tmp_path), "doctor"])
    assert result.exit_code == 1
    assert "fail  disk: full\n       why: w\n       fix: tidy [up]" in result.stdout
    assert "0 ok, 1 warn, 1 fail" in result.stdout


def test_before_up_asks_docker_twice_and_leaves_ports_and_tools_to_preflight(tmp_path: Path) -> None:
    docker = FakeDocker(info=DOCKER)
    asked = []

    def run(command: Any, **options: Any) -> Result:
        asked.append(command[1])
        return docker.run(command, **options)

    found = doctor.before_up(project(tmp_path), "org/dev", run=run)
    assert sorted(asked) == ["info", "ps"]
    assert not {"pulumi", "kind", "port", "needs"} & {outcome.check for outcome in found}
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {'pocdeploy:cluster': {type: moon}}")
    assert doctor.before_up(tmp_path, "dev", run=run) == []  # preflight says what is wrong with it
