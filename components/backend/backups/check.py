"""The check of a store before a database uses it: a Job, and its way to the store. Pure functions to dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.backend.backups import manifests, scripts
from components.backend.clients import POSTGRES_USER_ID
from components.shared.backup_store import BackupStore
from components.shared.manifests import REPLACE_FAILED_JOB
from pocdeploy.stacks import backup_servers

COMPONENT = "backup-check"
DEADLINE = 300  # seconds


def job(
    app: str, *, namespace: Any, labels: Mapping[str, str], store: BackupStore, stack: str, checksum: Any
) -> dict[str, Any]:
    """Return the Job that checks the store and claims the stack's folder in it.

    It has no name, and runs again for each change of its pod: see components/frontend/jobs.py.

    Args:
        app: application of the database.
        namespace: its namespace.
        labels: labels of the Job and its pods.
        store: the store.
        stack: name of the stack, for the commands in its messages.
        checksum: changes with the credentials.
    """
    return {
        "metadata": {"namespace": namespace, "labels": dict(labels), "annotations": REPLACE_FAILED_JOB},
        "spec": {
            # The role of a pod and a new policy need some seconds to be in force.
            "backoffLimit": 2,
            "activeDeadlineSeconds": DEADLINE,
            "template": {
                "metadata": {"labels": dict(labels), "annotations": {"pocdeploy.dev/credentials": checksum}},
                "spec": _pod(app, store, stack),
            },
        },
    }


def _pod(app: str, store: BackupStore, stack: str) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **({} if store.credentials else {"serviceAccountName": backup_servers.check_account(app)}),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": POSTGRES_USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(app, store, stack)],
    }


def _container(app: str, store: BackupStore, stack: str) -> dict[str, Any]:
    plain = {
        "STACK": stack,
        "OWNER": store.owner,
        "BUCKET": store.bucket,
        "PREFIX": store.prefix,
        "ENDPOINT": store.endpoint or "",
        "AWS_DEFAULT_REGION": store.region or "us-east-1",
    }
    secret, sdk = backup_servers.credentials(app), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    names = dict(zip(sdk, manifests.KEYS, strict=True)) if store.credentials else {}
    return {
        "name": "check",
        "image": manifests.SIDECAR_IMAGE,
        "command": ["python3", "-c", scripts.CHECK],
        "env": [
            *({"name": name, "value": value} for name, value in plain.items()),
            *(
                {"name": it, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
                for it, key in names.items()
                if store.credentials
            ),
        ],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def policies(labels: Mapping[str, str], store: BackupStore) -> dict[str, dict[str, Any]]:
    """Return the policy that lets the Job reach the store."""
    return {
        COMPONENT: {
            "podSelector": {"matchLabels": dict(labels)},
            "policyTypes": ["Egress"],
            "egress": manifests.egress(store, ()),
        }
    }
