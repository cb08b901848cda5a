"""The scripts of a Kind cluster, run with a `kind` and a `docker` that record their calls."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

SCRIPTS = ROOT / "components" / "cluster" / "kind" / "scripts"
KIND = """#!/bin/sh
echo "kind $*" >>"$LOG"
case "$1 $2" in
  "get clusters") echo "$CLUSTERS" ;;
  "get kubeconfig") echo "kubeconfig of $4" ;;
  "create cluster")
    cat >"$LOG.stdin"
    echo "$NO_PROXY $no_proxy" >"$LOG.proxy"
    [ -z "${FAIL:-}" ] || exit 1
    umask 022
    echo "kubeconfig of $4" >"$8" ;;
esac
"""
DOCKER = """#!/bin/sh
echo "docker $*" >>"$LOG"
case "$1 $2" in
  "container inspect") [ "$3" != --format ] || echo container-id; [ -z "${NO_CONTROL_PLANE:-}" ] ;;
  "ps --all") [ -z "${LABEL:-}" ] || echo "made by: $LABEL" ;;
  "run --detach") [ -z "${FAIL:-}" ] || exit 125; echo container-id ;;
esac
"""


class Machine:
    """A machine with a fake `kind` and `docker`, and the folder of a cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.cluster = folder / "clusters" / "test"
        self.owner, self.kubeconfig = self.cluster / "owner", self.cluster / "kubeconfig"
        for name, text in (("kind", KIND), ("docker", DOCKER)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        environment = {
            "CLUSTER": "test",
            "STACK": "dev",
            "FOLDER": str(self.cluster),
            "CONFIG_HASH": "hash",
            "REGISTRY": "test-registry",
            "REGISTRY_HOST": "localhost:5001",
            "IMAGE": "registry:3",
            "PORT": "5001",
            "CLUSTERS": "",
            "LOG": str(self.log),
            "PATH": f"{self.folder}:{os.environ['PATH']}",
        }
        return subprocess.run(
            ["sh", str(SCRIPTS / f"{script}.sh")],
            env={**environment, **variables},
            input="kind: Cluster\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def calls(self, start: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(start)]

    def mark(self, text: str) -> None:
        self.cluster.mkdir(parents=True)
        self.owner.write_text(f"{text}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_cluster_is_created_with_a_private_kubeconfig(machine: Machine) -> None:
    done = machine.run("create", NO_PROXY="example.com")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "kubeconfig of test\n"
    assert (machine.folder / "log.stdin").read_text() == "kind: Cluster"
    # The nodes must not use the proxy for the registry.
    assert (machine.folder / "log.proxy").read_text() == "example.com,test-registry test-registry\n"
    assert machine.owner.read_text() == "dev ready hash\n"
    assert machine.cluster.stat().st_mode & 0o777 == 0o700
    assert machine.calls("kind delete") == []


def test_kubeconfig_is_written_again_for_its_owner_only(machine: Machine) -> None:
    done = machine.run("update")

    assert done.returncode == 0, done.stderr
    assert done.stdout == machine.kubeconfig.read_text() == "kubeconfig of test\n"
    assert machine.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert machine.cluster.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("owner", [None, "other ready hash", "other creating 1", "dev ready other-hash"])
def test_cluster_of_someone_else_is_not_deleted(machine: Machine, owner: str | None) -> None:
    if owner:
        machine.mark(owner)
    done = machine.run("create", CLUSTERS="test")

    assert done.returncode == 1
    assert "The Kind cluster 'test' exists, but was not created by this stack (dev)." in done.stderr
    assert "pulumi config set --path 'pocdeploy:cluster.name' test-2" in done.stderr
    assert done.stdout == ""
    assert machine.calls("kind delete") == machine.calls("kind create") == []


def test_complete_cluster_of_an_interrupted_run_is_adopted(machine: Machine) -> None:
    machine.mark("dev ready hash")
    done = machine.run("create", CLUSTERS="test")

    assert (done.returncode, done.stdout) == (0, "kubeconfig of test\n"), done.stderr
    assert machine.calls("kind delete") == machine.calls("kind create") == []


@pytest.mark.parametrize(
    ("owner", "variables"),
    [("dev creating 999999999", {}), ("dev ready hash", {"NO_CONTROL_PLANE": "1"})],
    ids=["incomplete", "without control plane"],
)
def test_unusable_cluster_of_an_interrupted_run_is_replaced(
    machine: Machine, owner: str, variables: dict[str, str]
) -> None:
    machine.mark(owner)
    done = machine.run("create", CLUSTERS="test", **variables)

    assert (done.returncode, done.stdout) == (0, "kubeconfig of test\n"), done.stderr
    assert len(machine.calls("kind delete cluster --name test ")) == len(machine.calls("kind create")) == 1


def test_failed_creation_leaves_no_cluster(machine: Machine) -> None:
    done = machine.run("create", FAIL="1")

    assert (done.returncode, done.stdout) == (1, "")
    assert len(machine.calls("kind delete cluster --name test ")) == 1
    assert machine.owner.read_text().startswith("dev creating ")


def test_cluster_and_kubeconfig_can_be_deleted_twice(machine: Machine) -> None:
    machine.run("create")
    for _ in range(2):
        assert machine.run("delete").returncode == 0
        assert len(machine.calls("kind delete cluster --name test ")) == 1
        assert not machine.cluster.exists()


def test_registry_listens_on_this_machine_only(machine: Machine) -> None:
    done = machine.run("registry-create")
    (run,) = machine.calls("docker run")

    assert (done.returncode, done.stdout) == (0, "container-id\n"), done.stderr
    assert "--publish 127.0.0.1:5001:5000" in run
    assert "--label dev.pocdeploy.registry=dev registry:3 5001" in run
    assert run.count("--publish") == 1


def test_registry_of_an_interrupted_run_is_adopted(machine: Machine) -> None:
    done = machine.run("registry-create", LABEL="dev registry:3 5001")

    assert (done.returncode, done.stdout) == (0, "container-id\n"), done.stderr
    assert machine.calls("docker start test-registry")
    assert machine.calls("docker run") == machine.calls("docker rm") == []


def test_changed_registry_is_replaced(machine: Machine) -> None:
    done = machine.run("registry-create", LABEL="dev registry:2 5001")

    assert done.returncode == 0, done.stderr
    assert machine.calls("docker rm") == ["docker rm --force --volumes test-registry"]
    assert len(machine.calls("docker run")) == 1


@pytest.mark.parametrize("label", ["other registry:3 5001", "<no value>"])
def test_container_of_someone_else_is_not_deleted(machine: Machine, label: str) -> None:
    done = machine.run("registry-create", LABEL=label)

    assert done.returncode == 1
    assert "The container 'test-registry' exists, but was not created by this stack (dev)." in done.stderr
    assert machine.calls("docker rm") == machine.calls("docker run") == []


def test_registry_that_cannot_start_is_deleted(machine: Machine) -> None:
    done = machine.run("registry-create", FAIL="1")

    assert done.returncode == 1
    assert machine.calls("docker rm") == ["docker rm --force --volumes test-registry"]
