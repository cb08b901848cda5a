"""Conflicts of a stack with what an existing cluster already has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.shared.base import PART_OF
from pocdeploy.config import Settings, load
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube.release_owner import STACK_LABEL
from pocdeploy.preflight import cluster_conflicts
from pocdeploy.preflight.cluster_inventory import DATABASES
from tests import fakecluster
from tests.fakecluster import Object, definition, ingress_class, metrics_api, namespace, node, operator, storage_class
from tests.paths import ROOT

CLUSTER = {"type": "existing", "context": "theirs", "registry": {"push": "localhost:5055/team"}}
OURS = {"app.kubernetes.io/part-of": "pocdeploy", "app.kubernetes.io/instance": "try"}
EMPTY = [namespace("kube-system"), namespace("default"), node(), storage_class("fast", default=True)]
USED = {"install": False, "namespace": "databases"}


def settings(more: dict[str, Any] | None = None, **cluster: Any) -> Settings:
    values = {"cluster": {**CLUSTER, **cluster}, **(more or {})}
    return load({f"pocdeploy:{key}": json.dumps(value) for key, value in values.items()}, root=ROOT)


def written(folder: Path, server: str = "http://127.0.0.1:1") -> Path:
    fakecluster.write_kubeconfig(folder / "config", server, "theirs")
    return folder / "config"


def look(folder: Path, objects: list[Object], *, more: Any = None, minor: str = "34", **cluster: Any) -> list[Finding]:
    """Return the conflicts of the stack `try` with a cluster of these objects, read over HTTP."""
    with fakecluster.serve(objects, minor=minor) as server:
        file = written(folder, server)
        try:
            cluster_conflicts.check_file(settings(more, kubeconfig=str(file), **cluster), "try", folder)
        except ClusterError as error:
            return list(error.findings)
    return []


def test_an_empty_cluster_has_no_conflicts(tmp_path: Path) -> None:
    assert look(tmp_path, EMPTY) == []


OPERATOR, PROMETHEUS = operator("cloudnative-pg", "databases"), operator("prometheus-operator", "metrics")


@pytest.mark.parametrize(
    ("objects", "where", "fix"),
    [
        (
            [namespace("databases"), OPERATOR],
            "pocdeploy:cluster.databaseOperator.install",
            "databaseOperator.namespace databases",
        ),
        ([namespace("metrics"), PROMETHEUS], "pocdeploy:cluster.monitoring.install", "monitoring.namespace metrics"),
        (
            [ingress_class("traefik", "kube-system/traefik")],
            "pocdeploy:cluster.gateway.install",
            "ingressClass traefik",
        ),
        (
            [definition(DATABASES, "databases/pg")],
            "pocdeploy:cluster.databaseOperator.install",
            "crd",
        ),
        ([definition(DATABASES)], "pocdeploy:cluster.databaseOperator.install", "kubectl delete"),
        ([namespace("polls", owner="somebody")], "namespace polls", "kubectl delete namespace polls"),
        ([namespace("gateway")], "namespace gateway", "kubectl delete namespace gateway"),
        (
            [namespace("monitoring", **{**OURS, "app.kubernetes.io/instance": "other"})],
            "namespace monitoring",
            "kubectl delete namespace monitoring",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith(("pocdeploy", "namespace")) else "",
)
def test_conflicts(tmp_path: Path, objects: list[Object], where: str, fix: str) -> None:
    (finding,) = look(tmp_path, [*EMPTY, *objects])

    assert finding.where == where
    assert fix in str(finding.fix)


def test_the_stack_does_not_conflict_with_itself(tmp_path: Path) -> None:
    own = [namespace(name, **OURS) for name in ("polls", "cnpg-system", "gateway", "monitoring")]
    parts = [
        operator("cloudnative-pg", "cnpg-system"),
        operator("prometheus-operator", "monitoring"),
        ingress_class("traefik", "gateway/traefik"),
        definition(DATABASES, "cnpg-system/cnpg"),
        metrics_api("kube-system/metrics-server"),
    ]

    assert look(tmp_path, [*EMPTY, *own, *parts], metricsServer=True) == []
    assert OURS["app.kubernetes.io/part-of"] == PART_OF


@pytest.mark.parametrize(
    ("labels", "conflicts"), [({STACK_LABEL: "try"}, 0), ({STACK_LABEL: "other"}, 1), ({}, 0)], ids=str
)
def test_metrics_server_of_another_stack(tmp_path: Path, labels: dict[str, str], conflicts: int) -> None:
    """Without a name it can be this stack's own, of an earlier version: `test_foreign_releases.py`."""
    there = [*EMPTY, metrics_api("kube-system/metrics-server", **labels)]
    found = look(tmp_path, there, metricsServer=True)

    assert [finding.where for finding in found] == ["pocdeploy:cluster.metricsServer"] * conflicts


def test_definitions_of_the_own_release_are_no_conflict(tmp_path: Path) -> None:
    assert look(tmp_path, [*EMPTY, definition(DATABASES, "cnpg-system/cnpg")]) == []


def test_an_existing_operator_in_its_namespace(tmp_path: Path) -> None:
    there = [*EMPTY, namespace("databases"), OPERATOR, definition(DATABASES, "databases/pg")]

    assert look(tmp_path, there, databaseOperator=USED) == []
    (elsewhere,) = look(tmp_path, there, databaseOperator={"install": False, "namespace": "postgres"})
    (nowhere,) = look(tmp_path, EMPTY, databaseOperator=USED)
    assert (elsewhere.where, elsewhere.expected) == ("pocdeploy:cluster.databaseOperator.namespace", "databases")
    assert "does not run in this cluster" in str(nowhere.expected)


def test_an_existing_gateway_has_a_class_and_a_namespace(tmp_path: Path) -> None:
    used = {"install": False, "namespace": "edge", "ingressClass": "nginx"}
    there = [*EMPTY, namespace("edge"), ingress_class("nginx")]

    assert look(tmp_path, there, gateway=used) == []
    found = look(tmp_path, [*EMPTY, ingress_class("other")], gateway=used)
    assert [finding.where for finding in found] == [
        "pocdeploy:cluster.gateway.ingressClass",
        "pocdeploy:cluster.gateway.namespace",
    ]
    assert found[0].expected == "one of other"


def test_components_that_are_off_are_not_checked(tmp_path: Path) -> None:
    objects = [*EMPTY, namespace("metrics"), PROMETHEUS]

    assert look(tmp_path, objects, more={"monitoring": {"profile": "off"}}) == []


def test_all_conflicts_are_reported_at_once(tmp_path: Path) -> None:
    objects = [namespace("polls"), namespace("databases"), OPERATOR, node("linux/arm64"), metrics_api()]
    found = look(tmp_path, [*objects, storage_class("slow", default=False)], minor="29+", metricsServer=True)

    assert [finding.where for finding in found] == [
        "pocdeploy:cluster.context",
        "pocdeploy:cluster.platform",
        "pocdeploy:cluster.storageClass",
        "pocdeploy:cluster.databaseOperator.install",
        "pocdeploy:cluster.metricsServer",
        "namespace polls",
    ]
    assert (found[0].actual, found[1].expected, found[2].expected) == ("1.29", "linux/arm64", "one of slow")


def test_an_unknown_storage_class(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, EMPTY, storageClass="slow")

    assert (finding.where, finding.actual, finding.expected) == (
        "pocdeploy:cluster.storageClass",
        "slow",
        "one of fast",
    )
