"""The objects of an application's cache: pure functions from plain values to dicts. Outputs pass through unchanged."""

from __future__ import annotations

from typing import Any

from pocdeploy.config.addons import Cache
from pocdeploy.config.types import quantity

PORT = 6379
USER_ID = 999
"""User of Valkey's image."""
CONFIG = "valkey.conf"
_FOLDER = "/etc/valkey"
_OVERHEAD = 2**25  # bytes of the program itself


def object_name(app: str) -> str:
    """Return the name of the objects of an application's cache."""
    return f"{app}-cache"


def selector(app: str) -> dict[str, str]:
    """Return the labels of its pod."""
    return {"app.kubernetes.io/name": object_name(app), "app.kubernetes.io/component": "cache"}


def config(settings: Cache, password: str) -> str:
    """Return the text of valkey.conf."""
    lines = {
        "requirepass": password,
        "port": str(PORT),
        "dir": "/data",
        "maxmemory": str(int(quantity(settings.memory))),
        "maxmemory-policy": "noeviction" if settings.queue else "allkeys-lru",
        "appendonly": "yes" if settings.queue else "no",
        "save": '""',
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items())


def url(app: str, password: str) -> str:
    """Return the URL for clients in the namespace of the application."""
    return f"redis://:{password}@{object_name(app)}.{app}.svc:{PORT}/0"


def deployment(app: str, settings: Cache, *, namespace: Any, labels: dict[str, str], secret: Any) -> dict[str, Any]:
    """Return the Deployment of one pod, which ends before its successor starts: both would use its data."""
    memory = int(quantity(settings.memory))
    data = {"persistentVolumeClaim": {"claimName": object_name(app)}} if settings.queue else {"emptyDir": {}}
    return {
        "metadata": {"name": object_name(app), "namespace": namespace, "labels": labels},
        "spec": {
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector(app)},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": USER_ID,
                        "runAsGroup": USER_ID,
                        "fsGroup": USER_ID,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [_container(settings, memory)],
                    "volumes": [
                        {"name": "config", "secret": {"secretName": secret}},
                        {"name": "data", **data},
                    ],
                },
            },
        },
    }


def _container(settings: Cache, memory: int) -> dict[str, Any]:
    connects = {"tcpSocket": {"port": "redis"}}
    # While a queue rewrites its file, a copy of the changed memory exists.
    most = memory * 2 + _OVERHEAD
    return {
        "name": "valkey",
        "image": settings.image,
        "command": ["valkey-server", f"{_FOLDER}/{CONFIG}"],
        "ports": [{"name": "redis", "containerPort": PORT}],
        "resources": {
            "requests": {"cpu": "20m", "memory": f"{(memory + _OVERHEAD) // 2**20}Mi"},
            "limits": {"memory": f"{most // 2**20}Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "startupProbe": {**connects, "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {**connects, "periodSeconds": 5},
        "livenessProbe": {**connects, "periodSeconds": 10, "timeoutSeconds": 3},
        "volumeMounts": [
            {"name": "config", "mountPath": _FOLDER, "readOnly": True},
            {"name": "data", "mountPath": "/data"},
        ],
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def service(app: str, *, namespace: Any, labels: dict[str, str]) -> dict[str, Any]:
    """Return the Service."""
    ports = [{"name": "redis", "port": PORT, "targetPort": "redis"}]
    return {
        "metadata": {"name": object_name(app), "namespace": namespace, "labels": labels},
        "spec": {"selector": selector(app), "ports": ports},
    }


def network_policies(app: str) -> dict[str, dict[str, Any]]:
    """Return the policies that let the application's pods reach its cache, and nothing else reach it."""
    pods, clients = {"matchLabels": selector(app)}, {"matchLabels": {"app.kubernetes.io/name": app}}
    ports = [{"port": PORT, "protocol": "TCP"}]
    return {
        "cache": {
            "podSelector": pods,
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": clients}], "ports": ports}],
        },
        "cache-clients": {
            "podSelector": clients,
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"podSelector": pods}], "ports": ports}],
        },
    }
