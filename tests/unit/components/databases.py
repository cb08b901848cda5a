"""The objects of databases and of their backups, for the goldens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.backend import manifests as backend
from components.backend import recovery
from components.backend.backups import access, check, drill
from components.backend.backups import manifests as backups
from components.backend.backups.archive import Archive
from components.backend.shared_database import manifests as shared_manifests
from components.shared.backup_store import BackupStore
from pocdeploy.config import Database
from pocdeploy.config.database import Recovery

LABELS = {"app.kubernetes.io/name": "polls", "app.kubernetes.io/part-of": "pocdeploy"}


def api(version: str, kind: str, manifest: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, **manifest}


def policy(name: str, spec: Any) -> dict[str, Any]:
    return api(
        "networking.k8s.io/v1", "NetworkPolicy", {"metadata": {"name": name, "namespace": "polls"}, "spec": spec}
    )


COPY = Database(instances=1, recovery=Recovery(backup="polls-db-nightly", mask="mask.sql"))
SNAPSHOT = Database(instances=1, recovery=Recovery(volume_snapshot="polls-db-1", mask="mask.sql"))


TUNED = Database(instances=1, version=17, parameters={"max_connections": "200", "shared_buffers": "128MB"})
LOCAL_STORE = BackupStore(
    bucket="backups", endpoint="http://test-backups:7070", credentials={"accessKeyId": "", "secretAccessKey": ""}
)
BUCKET = BackupStore(bucket="acme", prefix="prod", region="eu-central-1")
FROM_STORE = Database(
    recovery=Recovery.model_validate({"from": "polls-db-20260131-140000", "targetTime": "2026-02-01T10:00:00Z"})
)


def mask_job() -> dict[str, Any]:
    job = recovery.mask_job(
        "polls",
        namespace="polls",
        labels=LABELS,
        database=COPY,
        sql="UPDATE auth_user SET email = '';",
        identity="0f6e",
    )
    return api("batch/v1", "Job", job)


def database_cluster(
    database: Database,
    *,
    is_monitored: bool = False,
    pull_secret: str | None = None,
    backup: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return backend.cluster(
        "polls",
        namespace="polls",
        labels=LABELS,
        database=database,
        storage_class="standard",
        topology_key="kubernetes.io/hostname",
        is_monitored=is_monitored,
        bootstrap=recovery.bootstrap("polls", database),
        pull_secret=pull_secret,
        backup=backup,
    )


def drill_objects() -> list[dict[str, Any]]:
    archive = Archive(store=LOCAL_STORE, server="polls-db-20260131-140000")
    manifest = database_cluster(Database(), backup=archive.fields("polls", Database()))
    copy = drill.copy("polls", manifest, labels=LABELS)
    job = drill.cron_job("polls", namespace="polls", labels=LABELS, schedule="0 4 * * 0", copy="{}")
    job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"][2] = "# drill.py"
    egress = backups.egress(LOCAL_STORE, backend.API_SERVER_PORTS)
    policies = drill.policies("polls", LABELS, operator_namespace="cnpg-system", further_egress=egress)
    role = {"metadata": {"name": drill.name("polls"), "namespace": "polls"}, "rules": drill.rules("polls")}
    return [
        copy,
        api("batch/v1", "CronJob", job),
        api("rbac.authorization.k8s.io/v1", "Role", role),
        *(policy(name, spec) for name, spec in policies.items()),
    ]


def check_objects() -> list[dict[str, Any]]:
    given = BackupStore(bucket="acme", prefix="prod", credentials=LOCAL_STORE.credentials, owner="acme/shop/prod of 1")
    objects = []
    for store in (given, replace(BUCKET, owner=given.owner)):
        job = check.job("polls", namespace="polls", labels=LABELS, store=store, stack="prod", checksum="1a2b")
        job["spec"]["template"]["spec"]["containers"][0]["command"][2] = "# check.py"
        rules = check.policies(LABELS, store).items()
        objects += [api("batch/v1", "Job", job), *(policy(name, spec) for name, spec in rules)]
    return objects


OBJECTS: dict[str, Any] = {
    "database-cluster": database_cluster(Database()),
    "database-cluster-tuned": database_cluster(TUNED),
    "database-cluster-private": database_cluster(
        Database(version=16, image="registry.example.com/pg:16.1", wal_storage="2Gi"), pull_secret="polls-pull-1a2b"
    ),
    "database-cluster-watched": database_cluster(Database(parameters={"work_mem": "8MB"}), is_monitored=True),
    "database-queries": api("v1", "ConfigMap", backend.queries("polls", namespace="polls", labels=LABELS)),
    "database-cluster-copy": database_cluster(COPY),
    "database-cluster-snapshot": database_cluster(SNAPSHOT),
    "database-cluster-archived": database_cluster(
        Database(), backup=Archive(store=LOCAL_STORE, server="polls-db-20260131-140000").fields("polls", Database())
    ),
    "database-cluster-recovered": database_cluster(
        FROM_STORE, backup=Archive(store=LOCAL_STORE, server="polls-db-20260201-140000").fields("polls", FROM_STORE)
    ),
    "database-backups": [
        backups.object_store(
            "polls-db", app="polls", namespace="polls", labels=LABELS, store=store, path=store.path(), retention="7d"
        )
        for store in (LOCAL_STORE, BUCKET)
    ]
    + [backups.scheduled_backup("polls", namespace="polls", labels=LABELS, schedule="0 3 * * *")],
    "database-backup-egress": [
        policy("store", {"podSelector": {}, "egress": backups.egress(store, backend.API_SERVER_PORTS)})
        for store in (LOCAL_STORE, BUCKET)
    ],
    "database-drill": drill_objects(),
    "database-backup-check": check_objects(),
    "backup-plugin-access": [
        api("rbac.authorization.k8s.io/v1", "ClusterRole", access.role("x", access.cluster_rules(), labels=LABELS)),
        *(
            api(
                "rbac.authorization.k8s.io/v1",
                "Role",
                access.role("x", access.rules("polls", has_credentials=given), labels=LABELS, namespace="polls"),
            )
            for given in (True, False)
        ),
    ],
    "backup-plugin-values": backups.plugin_values("0123456789abcdef"),
    "backup-plugin-policies": [policy(name, spec) for name, spec in backups.plugin_policies().items()],
    "database-mask-job": mask_job(),
    "database-policies": [
        policy(name, spec)
        for name, spec in backend.network_policies(
            "polls",
            clients={"app.kubernetes.io/name": "polls"},
            operator_namespace="cnpg-system",
            monitoring_namespace="monitoring",
        ).items()
    ],
    "database-shared": [
        shared_manifests.role_secret("shop", "polls", LABELS, "generated") | {"apiVersion": "v1", "kind": "Secret"},
        shared_manifests.role("shop", "polls", LABELS, keep=False),
        shared_manifests.database("shop", "polls", LABELS, Database(), keep=False),
        shared_manifests.client_secret("shop", "polls", LABELS, "generated", uri="generated", namespace="shop")
        | {"apiVersion": "v1", "kind": "Secret"},
        *(policy(name, spec) for name, spec in shared_manifests.network_policies("shop", "polls").items()),
    ],
}

VARIANTS = {
    "database-cluster-copy": "database-cluster",
    "database-cluster-private": "database-cluster",
    "database-cluster-snapshot": "database-cluster",
    "database-cluster-tuned": "database-cluster",
    "database-cluster-watched": "database-cluster",
}
"""Object with other settings -> object whose golden has all other lines."""
