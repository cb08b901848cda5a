"""The inventory of an existing cluster, read over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import cluster_inventory
from pocdeploy.preflight.cluster_inventory import DATABASES, Inventory
from tests import fakecluster


def config(folder: Path, server: str) -> dict[str, Any]:
    fakecluster.write_kubeconfig(folder / "config", server, "theirs")
    return kubeconfig.read(folder / "config", "theirs")


def refused(config: dict[str, Any]) -> Finding:
    with pytest.raises(ClusterError) as caught:
        cluster_inventory.read(config)
    assert fakecluster.USER_MARK not in str(caught.value)
    (finding,) = caught.value.findings
    assert finding.where == "pocdeploy:cluster.context"
    return finding


def test_inventory(tmp_path: Path) -> None:
    objects = [
        fakecluster.namespace("polls", team="a"),
        fakecluster.node("linux/arm64"),
        fakecluster.storage_class("fast", default=True),
        fakecluster.storage_class("slow", default=False),
        fakecluster.ingress_class("nginx", "edge/nginx"),
        fakecluster.ingress_class("other"),
        fakecluster.operator("cloudnative-pg", "databases"),
        fakecluster.definition(DATABASES, "databases/pg"),
        fakecluster.metrics_api(team="b"),
    ]
    with fakecluster.serve(objects, minor="33+") as server:
        found = cluster_inventory.read(config(tmp_path, server))

    assert found == Inventory(
        version=(1, 33),
        namespaces={"polls": {"team": "a"}},
        uids={"polls": "uid-polls"},
        operators={"cloudnative-pg": ("databases",)},
        databases="databases/pg",
        ingress_classes={"nginx": "edge/nginx", "other": ""},
        storage_classes={"fast": True, "slow": False},
        platforms=frozenset({"linux/arm64"}),
        metrics="",
        metrics_labels={"team": "b"},
    )


def test_an_empty_cluster(tmp_path: Path) -> None:
    with fakecluster.serve([]) as server:
        assert cluster_inventory.read(config(tmp_path, server)) == Inventory()


def test_an_unreachable_cluster(tmp_path: Path) -> None:
    finding = refused(config(tmp_path, "http://127.0.0.1:1"))

    assert finding.what == "the cluster cannot be reached"
    assert str(finding.actual).startswith("http://127.0.0.1:1: ")
    assert "refused" in str(finding.actual)
    assert finding.fix == "kubectl --context theirs version"


@pytest.mark.parametrize(
    ("status", "what", "actual", "fix"),
    [
        (401, "no valid credentials", "the login has expired", "version"),
        (403, "not allowed to read", "GET /version/ failed: HTTP status 403", "auth can-i --list"),
    ],
)
def test_a_user_without_rights(tmp_path: Path, status: int, what: str, actual: str, fix: str) -> None:
    with fakecluster.serve([], status=status) as server:
        finding = refused(config(tmp_path, server))

    assert what in finding.what
    assert actual in str(finding.actual)
    assert finding.fix == f"kubectl --context theirs {fix}"


def test_credentials_that_cannot_be_loaded(tmp_path: Path) -> None:
    broken = config(tmp_path, "https://127.0.0.1:1")
    broken["users"][0]["user"] = {"client-certificate-data": "x", "client-key-data": "x"}

    finding = refused(broken)
    assert finding.what == "no valid credentials for this context"
    assert str(finding.actual).startswith("https://127.0.0.1:1: ")
