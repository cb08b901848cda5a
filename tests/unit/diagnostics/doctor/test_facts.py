"""Doctor: facts about machine, Docker and stacks."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pocdeploy import process
from pocdeploy.config import Settings
from pocdeploy.config.local_cluster import LocalCluster
from pocdeploy.diagnostics.doctor import facts as module
from pocdeploy.diagnostics.doctor.facts import State, gather
from tests.unit.diagnostics.doctor.objects import DOCKER
from tests.unit.fakes import FakeDocker


def test_facts_from_docker_files_and_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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

    monkeypatch.setattr(process, "run", docker.run)
    monkeypatch.setenv("A", "b")

    found = gather(tmp_path, "dev", Settings())

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
    assert found.environment["A"] == "b"
    # The limits of this machine's kernel are not those of a Docker of another name.
    assert (found.inotify, found.free_disk, found.free_memory) == ({}, None, None)


@pytest.mark.parametrize("docker", [FakeDocker(answers=False), FakeDocker(info={"ServerVersion": ""})])
def test_facts_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker: FakeDocker) -> None:
    monkeypatch.setattr(process, "run", docker.run)
    found = gather(tmp_path, "dev", None)
    assert (found.docker, list(found.containers), found.local) == ({}, [], None)


def test_limits_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = datetime.now(UTC) + timedelta(hours=1)
    info = {
        **DOCKER,
        "Name": "here",
        "DockerRootDir": str(tmp_path / "none" / "docker"),
        "SystemTime": clock.isoformat(),
    }
    monkeypatch.setattr(process, "run", FakeDocker(info=info).run)
    monkeypatch.setattr(platform, "node", lambda: "here")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(module, "PROC", tmp_path)
    (tmp_path / "sys/fs/inotify").mkdir(parents=True)
    (tmp_path / "sys/fs/inotify/max_user_instances").write_text("128\n")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 2 kB\n")

    found = gather(tmp_path, "dev", None)

    assert (found.inotify, found.free_memory) == ({"max_user_instances": 128}, 2048)
    assert found.free_disk is not None
    assert 3590 < found.clock_skew < 3610


def test_without_docker_memory_and_cgroup_are_this_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 4194304 kB\nMemAvailable: 1024 kB\n")
    monkeypatch.setattr(module, "PROC", tmp_path)
    monkeypatch.setattr(module, "CGROUP", tmp_path)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    found = gather(tmp_path, "dev", Settings(), asks_docker=False)
    assert (found.total_memory, found.free_memory, found.cgroup) == (4 * 2**30, 2**20, "1")
    (tmp_path / "cgroup.controllers").touch()
    assert gather(tmp_path, "dev", Settings(), asks_docker=False).cgroup == "2"
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    found = gather(tmp_path, "dev", Settings(), asks_docker=False)
    assert (found.total_memory, found.cgroup) == (None, "")
