"""A cluster in memory with one database that archives, and what commands in its pods answer."""

from __future__ import annotations

from typing import Any

from pocdeploy.kube.client import CLUSTERS, OBJECT_STORES
from pocdeploy.stacks.backup_servers import PLUGIN
from tests.unit.fakes import FakeApi

SERVER = "polls-db-20260101-000000"
POLICY = {
    "ingress": [
        {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]},
        {"from": [{"namespaceSelector": {"matchLabels": {"name": "cnpg-system"}}}], "ports": [{"port": 8000}]},
    ],
    "egress": [
        {"to": [{"podSelector": {"matchLabels": {"cnpg.io/cluster": "polls-db"}}}]},
        {"ports": [{"port": 443}]},
        {"ports": [{"port": 7070}]},
    ],
}


def cluster(*answers: str | Exception, first: str | None = "2026-01-01T03:00:00Z", archives: bool = True) -> FakeApi:
    """Return the cluster. ``first`` is the first moment that can be restored; ``answers`` are those of its pods."""
    api = FakeApi(answers=list(answers))
    plugin = {
        "name": PLUGIN,
        "isWALArchiver": True,
        "parameters": {"barmanObjectName": "polls-db", "serverName": SERVER},
    }
    spec: dict[str, Any] = {
        "instances": 3,
        "imageName": "postgresql:18",
        "storage": {"size": "1Gi"},
        "postgresql": {"parameters": {"max_connections": "200"}, "synchronous": {"method": "any"}},
        **({"plugins": [plugin]} if archives else {}),
    }
    api.add(CLUSTERS.format("polls"), "polls-db", spec=spec, status={"currentPrimary": "polls-db-2"})
    window = {"firstRecoverabilityPoint": first, "lastSuccessfulBackupTime": first} if first else {}
    api.add(
        OBJECT_STORES.format("polls"),
        "polls-db",
        spec={"configuration": {"destinationPath": "s3://backups/"}},
        status={"serverRecoveryWindow": {SERVER: window}},
    )
    api.add("/apis/networking.k8s.io/v1/namespaces/polls/networkpolicies", "database", spec=POLICY)
    return api
