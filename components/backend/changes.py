"""What has to be right before a deployed database is changed in place."""

from __future__ import annotations

import asyncio

import pulumi

from components.backend import gate
from components.backend.manifests import cluster_name
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Database
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.kube.client import CLUSTERS, KubeClient
from pocdeploy.stacks.database_refusals import cannot_grow
from pocdeploy.stacks.databases import DeployedDatabase, growing, major_upgrade

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


class ChangeRefusedError(PocdeployError):
    """The deployed database cannot be changed like this."""

    headline = "The database cannot be changed like this; it was not changed"


def hooks(
    app: str, database: Database, there: DeployedDatabase | None, client: ClusterClient
) -> list[pulumi.ResourceHook]:
    """Return the hooks that run before the Cluster is updated: none for most changes.

    This is the place for all that comes before an upgrade to another major version, for example a backup.
    """
    grown, upgrade = growing(database, there), major_upgrade(database, there)
    if not grown and not upgrade:
        return []

    async def check(_: pulumi.ResourceHookArgs) -> None:
        found = await asyncio.to_thread(findings, client.api(), app, grown, upgrade)
        if found:
            raise ChangeRefusedError(found)

    return [pulumi.ResourceHook(f"{app}-db-before-change", check)]


def findings(
    api: KubeClient, app: str, grown: dict[str, tuple[str, str]], upgrade: tuple[int, int] | None
) -> list[Finding]:
    """Return what is against a change, by the live cluster.

    Args:
        api: the cluster.
        app: the application.
        grown: ``storage`` or ``walStorage`` -> size before and after.
        upgrade: major version before and after; None without an upgrade.
    """
    found = [cannot_grow(app, kind, *sizes) for kind, sizes in grown.items() if not _can_grow(api, app)]
    return [*found, *(_unhealthy(api, app, upgrade) if upgrade else [])]


def _can_grow(api: KubeClient, app: str) -> bool:
    """Return whether all volumes of a database can grow. A volume without class cannot."""
    selector = f"cnpg.io/cluster={cluster_name(app)}"
    claims = api.items(f"/api/v1/namespaces/{app}/persistentvolumeclaims", labelSelector=selector)
    names = {claim["spec"].get("storageClassName") or "" for claim in claims}
    classes = [api.get_or_none(f"{CLASSES}/{name}") if name else None for name in names]
    return all(it and it.get("allowVolumeExpansion") for it in classes)


def _unhealthy(api: KubeClient, app: str, upgrade: tuple[int, int]) -> list[Finding]:
    """Return a finding if the database is not healthy: an upgrade stops all instances, and begins with the primary."""
    name = cluster_name(app)
    phase = api.get(f"{CLUSTERS.format(app)}/{name}").get("status", {}).get("phase")
    if phase == gate.HEALTHY:
        return []
    return [
        Finding(
            where=f"pocdeploy:apps.{app}.database.version",
            what=f"a database that is not healthy is not upgraded from PostgreSQL {upgrade[0]} to {upgrade[1]}",
            actual=str(phase),
            expected=gate.HEALTHY,
            fix=f"kubectl --namespace {app} describe cluster {name}",
        )
    ]
