"""The Kind cluster: its configuration, and when it is replaced."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.program.recorder import Recorded, deploy


def test_cluster_has_the_ports_and_nodes_of_the_settings(two: Recorded) -> None:
    command = two.one("Command", "two-kind")
    config = yaml.safe_load(command.inputs["stdin"])
    ports = {(p["hostPort"], p["containerPort"], p["listenAddress"]) for p in config["nodes"][0]["extraPortMappings"]}

    assert [node["role"] for node in config["nodes"]] == ["control-plane", *["worker"] * 3]
    assert ports == {(8080, 30080, "127.0.0.1"), (8443, 30443, "127.0.0.1")}
    assert command.inputs["environment"]["FOLDER"] == ".pocdeploy/clusters/two"


def test_another_configuration_is_another_cluster(tmp_path: Path) -> None:
    triggers = []
    for number, workers in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        stack = deploy({"cluster": {"workers": workers}}, folder)
        triggers.append(stack.one("Command", "test-kind").inputs["triggers"])

    assert triggers[0] == triggers[1]
    assert triggers[1] != triggers[2]


def test_old_cluster_is_deleted_before_its_replacement(dev: Recorded) -> None:
    """Both have the same name and the same ports."""
    assert {r.name for r in dev.resources if r.delete_before_replace} == {
        *("test-kind", "test-registry", "test-backups", "barman-cloud-client-tls", "barman-cloud-server-tls"),
    }
    assert dev.one("Command", "test-kind").timeouts == {"create": "15m", "delete": "5m"}


def test_provider_waits_until_nodes_can_pull_images(dev: Recorded) -> None:
    connect, cluster = dev.one("Command", "test-connect"), dev.one("Command", "test-kind")

    assert connect.urn in dev.one("kubernetes").depends_on
    assert {cluster.urn, dev.one("Command", "test-registry").urn} <= set(connect.depends_on)
    assert connect.deleted_with == cluster.urn


def test_charts_and_images_can_come_from_elsewhere(tmp_path: Path) -> None:
    archive = tmp_path / "charts" / "traefik-41.3.0.tgz"
    archive.parent.mkdir()
    archive.touch()
    stack = deploy(
        {
            "cluster": {"registryMirror": "http://mirror:5000", "nodeImage": "kindest/node:v1.34.2"},
            "charts": {"traefik": {"source": "charts/traefik-41.3.0.tgz", "version": "41.3.0"}},
        },
        tmp_path,
    )
    release = stack.one("Release", "traefik").inputs
    connect = stack.one("Command", "test-connect").inputs["environment"]

    assert release["chart"] == "./charts/traefik-41.3.0.tgz"
    assert "repositoryOpts" not in release
    assert connect["MIRROR_HOSTS_TOML"].startswith('[host."http://mirror:5000"]')
    nodes = yaml.safe_load(stack.one("Command", "test-kind").inputs["stdin"])["nodes"]
    assert {node["image"] for node in nodes} == {"kindest/node:v1.34.2"}
