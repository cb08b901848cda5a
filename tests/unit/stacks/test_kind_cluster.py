"""A Kind cluster that is deployed against the settings: what stays, and what would recreate it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pocdeploy import versions
from pocdeploy.config import KindSettings, Settings
from pocdeploy.stacks import kind_cluster
from pocdeploy.stacks.deployed import Deployed, from_outputs

URN = "urn:pulumi:dev::pocdeploy::pocdeploy:cluster:KindCluster$command:local:Command::test-kind"
OLD_IMAGE = "kindest/node:v1.35.0"


def deployed(*, image: str = OLD_IMAGE, workers: int = 3, http_port: int = 80) -> Deployed:
    """Return a stack with a cluster, whose configuration an earlier version has written in another form."""
    ports = [{"hostPort": port, "containerPort": inner} for port, inner in ((http_port, 30080), (443, 30443))]
    nodes: list[dict[str, Any]] = [{"role": "control-plane", "image": image, "extraPortMappings": ports}]
    nodes += [{"role": "worker", "image": image}] * workers
    config = "# another form\n" + yaml.safe_dump({"kind": "Cluster", "nodes": nodes})
    outputs = {"environment": {"CLUSTER": "test", "CONFIG_HASH": "ab"}, "stdin": config}
    return from_outputs({URN: {"outputs": outputs}})


def settings(**cluster: Any) -> Settings:
    return Settings.model_validate({"cluster": cluster})


@pytest.mark.parametrize(
    ("cluster", "expected"), [({}, OLD_IMAGE), ({"nodeImage": versions.NODE_IMAGE}, versions.NODE_IMAGE)]
)
def test_only_a_set_node_image_changes_the_cluster(cluster: dict[str, str], expected: str) -> None:
    found = kind_cluster.keep_node_image(settings(**cluster), deployed()).cluster
    assert isinstance(found, KindSettings)
    assert found.node_image == expected


def test_a_new_stack_gets_the_default_node_image() -> None:
    assert kind_cluster.keep_node_image(settings(), Deployed()) == settings()


def test_the_deployed_configuration_is_used_as_it_is() -> None:
    cluster = KindSettings(node_image=OLD_IMAGE)
    assert str(kind_cluster.kept_config(cluster, deployed())).startswith("# another form\n")
    assert kind_cluster.kept_config(KindSettings(), deployed()) is None
    assert kind_cluster.kept_config(cluster, Deployed()) is None


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ({}, []),
        ({"workers": 2}, ["workers: 3 -> 2"]),
        ({"name": "other"}, ["name: test -> other"]),
        ({"httpPort": 8080, "httpsPort": 8443}, ["httpPort: 80 -> 8080", "httpsPort: 443 -> 8443"]),
        ({"registryPort": 5002, "metricsServer": False, "registryMirror": "http://mirror:5000"}, []),
        ({"nodeImage": "kindest/node:v2"}, [f"nodeImage: {OLD_IMAGE} -> kindest/node:v2"]),
    ],
)
def test_settings_that_recreate_the_cluster(cluster: dict[str, Any], expected: list[str]) -> None:
    asked = kind_cluster.keep_node_image(settings(**cluster), deployed()).cluster
    assert isinstance(asked, KindSettings)
    assert kind_cluster.differences(asked, deployed()) == expected


def test_an_unreadable_configuration_differs() -> None:
    lost = from_outputs({URN: {"outputs": {"environment": {"CLUSTER": "test", "CONFIG_HASH": "ab"}}}})
    assert kind_cluster.differences(KindSettings(), lost)
