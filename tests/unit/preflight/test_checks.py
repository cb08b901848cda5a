"""All checks of a stack together, before anything is created."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import yaml

from pocdeploy.errors import PreflightError
from pocdeploy.preflight import checks
from tests import fakecluster
from tests.paths import ROOT
from tests.unit.preflight.conftest import CHARTS, NODES, PLUGINS, Machine


def listen(server: socket.socket) -> int:
    """Let a socket listen on a port of 127.0.0.1, and return the port."""
    server.bind(("127.0.0.1", 0))
    server.listen()
    return int(server.getsockname()[1])


def test_each_address_is_probed_once(machine: Machine) -> None:
    assert machine.findings() == []
    assert sorted(machine.probed) == sorted({*CHARTS.values(), *NODES})


def test_without_a_network_one_message_has_all(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", "/nowhere")
    machine.statuses, machine.images = {"https://": None}, set()
    *missing, summary = machine.findings(stack="org/dev")
    assert [finding.where for finding in missing] == [
        *(f"plugin {name}" for name in PLUGINS),
        *(f"pocdeploy:charts.{name}.source" for name in CHARTS),
        "app/polls/Dockerfile",
        "pocdeploy:cluster.nodeImage",
        "pocdeploy:cluster.registryImage",
        *(f"images from {registry}" for registry in ("ghcr.io", "docker.io", "quay.io", "registry.k8s.io")),
    ]
    assert all("docs/airgapped.md" in str(finding.fix) for finding in missing)
    assert all("Name or service not known" in str(finding.actual) for finding in missing)
    assert summary.what == "15 downloads are not possible from this machine"
    assert "make dev" in str(summary.fix)
    assert sum("get.pulumi.com" in url for url in machine.probed) == 1


def test_preview_checks_configuration_and_plugins(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", "/nowhere")
    machine.statuses = {"https://": None}
    machine.set_cluster(workers=-1)
    plugins = [f"plugin {name}" for name in PLUGINS]
    assert machine.wheres(preview=True) == ["pocdeploy:cluster.workers", *plugins, "make up"]
    machine.set_cluster(workers=0)
    assert machine.wheres(preview=True) == [*plugins, "make up"]
    assert machine.ran == []


def test_one_download_is_counted_in_the_singular(machine: Machine) -> None:
    machine.statuses = {CHARTS["traefik"]: 404}
    assert machine.findings()[-1].what == "1 download is not possible from this machine"


def test_an_existing_cluster_needs_no_downloads_and_ports(machine: Machine) -> None:
    machine.containers = {"shop-control-plane"}
    machine.statuses, machine.images = {"https://": None}, set()
    with socket.socket() as server:
        machine.set_cluster(httpPort=listen(server))
        assert machine.findings() == []
    assert machine.probed == []


def test_a_broken_configuration_is_one_of_the_problems(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", "/nowhere")
    machine.statuses = {"https://get": 403, "https://github": None}
    machine.config["pocdeploy:apps"]["polls"] = {"replicas": {"min": 3, "max": 1}}
    machine.config["pocdeploy:secrets"] = {"polls": {"API_KEY": "hunter2", "OTHER": {"secure": "v1:x:hunter3"}}}
    found = machine.findings()
    assert [finding.where for finding in found] == [
        "pocdeploy:apps.polls.replicas.max",
        "pocdeploy:secrets.polls.API_KEY",
        *(f"plugin {name}" for name in PLUGINS),
        "make up",
    ]
    assert "hunter" not in "\n".join(map(str, found))


def test_invalid_yaml_is_a_finding_without_its_text(machine: Machine) -> None:
    machine.config = {}
    (machine.root / "Pulumi.dev.yaml").write_text("config:\n  a: 1\n password: [hunter2\n")
    (found,) = machine.findings()
    assert (found.where, found.line) == ("Pulumi.dev.yaml", 3)


def test_ports_in_use_are_named_with_their_keys(machine: Machine) -> None:
    with socket.socket() as one, socket.socket() as two:
        port, other = listen(one), listen(two)
        machine.set_cluster(httpPort=port, httpsPort=other)
        machine.published = {port: "web\n"}
        first, second = machine.findings()
    assert [finding.where for finding in (first, second)] == [f"pocdeploy:cluster.http{s}Port" for s in ("", "s")]
    assert (first.actual, second.actual) == (f"{port}, used by the container web", str(other))
    assert str(first.fix).startswith(".venv/bin/python -m pocdeploy set cluster.httpPort ")


@pytest.mark.parametrize(
    ("holder", "free"),
    [("shop-registry", True), ("old-control-plane", True), ("old-registry", True), ("test-control-plane", False)],
)
def test_ports_of_the_stacks_own_containers_are_free(machine: Machine, holder: str, *, free: bool) -> None:
    for cluster, stack in (("old", "dev"), ("test", "dev2")):
        (machine.root / ".pocdeploy/clusters" / cluster).mkdir(parents=True)
        (machine.root / ".pocdeploy/clusters" / cluster / "owner").write_text(f"{stack} ready 0a1b\n")
    with socket.socket() as server:
        port = listen(server)
        machine.set_cluster(registryPort=port)
        machine.published = {port: holder}
        assert machine.wheres() == ([] if free else ["pocdeploy:cluster.registryPort"])


@pytest.mark.parametrize("preview", [False, True])
def test_a_cluster_of_others_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, preview: bool) -> None:
    monkeypatch.setenv("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES", "x")
    (tmp_path / "app").symlink_to(ROOT / "app")
    objects = [fakecluster.namespace("polls"), fakecluster.node(), fakecluster.storage_class("fast", default=True)]
    with fakecluster.serve(objects) as server:
        fakecluster.write_kubeconfig(tmp_path / "config", server, "theirs")
        registry = {"push": "localhost:1", "username": "me"}
        cluster = {"type": "existing", "context": "theirs", "kubeconfig": "config", "registry": registry}
        config = {"pocdeploy:cluster": cluster, "pocdeploy:registryPassword": {"secure": "v1:x"}}
        (tmp_path / "Pulumi.try.yaml").write_text(yaml.safe_dump({"config": config}))
        with pytest.raises(PreflightError) as caught:
            checks.check(tmp_path, "org/try", preview=preview)

    assert [finding.where for finding in caught.value.findings] == ["namespace polls"]


def test_a_stopped_docker_does_not_know_what_is_missing(machine: Machine) -> None:
    """The cluster may exist, with all images."""
    (machine.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": machine.config}))
    machine.docker, machine.statuses = "stopped", {"https://": None}
    found = checks.problems(machine.root, "dev", asks_docker=False)
    assert not any(found.values())
    assert machine.ran == []


@pytest.mark.parametrize(("status", "expected"), [(None, ["pocdeploy:cluster.context"]), (401, [])])
def test_without_the_client_a_cluster_only_has_to_answer(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, status: int | None, expected: list[str]
) -> None:
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda _: None)
    fakecluster.write_kubeconfig(machine.root / "config", "https://10.0.0.1:6443", "theirs")
    registry = {"push": "localhost:1"}
    cluster = {"type": "existing", "context": "theirs", "kubeconfig": "config", "registry": registry}
    machine.config["pocdeploy:cluster"] = cluster
    machine.statuses = {"https://10.0.0.1": status}
    assert machine.wheres() == expected
