"""Settings of a Kind cluster."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import load
from tests.paths import ROOT
from tests.unit.configuration import Bad, assert_refused, cluster, findings

BAD: list[Bad] = [
    (cluster(name="My_Cluster"), "cluster.name", "lower-case letters"),
    (cluster(name="-test"), "cluster.name", "lower-case letters"),
    (cluster(name="a" * 46), "cluster.name", "at most 45 characters"),
    (cluster(nodeImage="Kindest Node"), "cluster.nodeImage", "an image reference"),
    (cluster(registryImage="registry@sha256:123"), "cluster.registryImage", "an image reference"),
    (cluster(registryMirror="mirror:5000"), "cluster.registryMirror", "http:// or https://"),
    (cluster(workers=-1), "cluster.workers", "greater than or equal to 0"),
    (cluster(workers=11), "cluster.workers", "less than or equal to 10"),
    (cluster(httpPort=0), "cluster.httpPort", "greater than or equal to 1"),
    (cluster(httpsPort=70000), "cluster.httpsPort", "less than or equal to 65535"),
    (cluster(httpPort=8080, httpsPort=8080), "cluster", "three different ports"),
    (cluster(httpPort=5001), "cluster", "three different ports"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    (found,) = findings(cluster(type="minikube"))

    assert (found.where, found.actual) == ("pocdeploy:cluster.type", "minikube")
    assert found.expected == "'kind', 'existing', 'eks' or 'processes', for example kind"
    assert found.fix == ".venv/bin/python -m pocdeploy set cluster.type kind --stack dev"


def test_the_default_type_of_a_cluster_is_kind() -> None:
    assert load({"pocdeploy:cluster": '{"workers": 1}'}, root=ROOT).cluster.type == "kind"
    assert load({}, root=ROOT).cluster.type == "kind"
