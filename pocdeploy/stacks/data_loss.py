"""Name the steps of the coming plan that delete data: what, how large, why (docs/adr/0013)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pocdeploy import fixes
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.errors import ExitCode, Finding, PocdeployError
from pocdeploy.stacks import cluster_identity, eks_cluster, holders, kind_cluster, volumes
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, RELEASE, REPOSITORY, SHARED_DATABASE, Deployed, Resource

ALLOWED = "POCDEPLOY_ALLOW_DATA_LOSS"
"""Environment variable with the URNs whose data may be deleted, separated by spaces."""
IN_PREVIEW = "preview"
"""Value of ALLOWED that allows a preview, and nothing else, to show all of its steps."""


class DataLossError(PocdeployError):
    """Changes would delete data, and this was not confirmed."""

    headline = "These changes delete data; nothing was changed"
    exit_code = ExitCode.NOT_READY


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Data that is deleted if the settings are deployed."""

    urn: str
    """Resource that is deleted or replaced."""
    what: str
    """The data, for example ``the database shop-db``."""
    reason: str
    """The change that deletes it."""
    size: str | None = None
    """Size of the volumes, for example ``3 x 1Gi``."""
    last_backup: str | None = None
    """Time of the last backup; None if no backup is known."""
    protect: bool = False
    """Whether the state protects it, or something in it."""

    def __str__(self) -> str:
        size = f" ({self.size})" if self.size else ""
        backup = f"the last backup is of {self.last_backup}" if self.last_backup else "no backup is known"
        return f"{self.what}{size}; {backup}"


def losses(settings: Settings, deployed: Deployed) -> list[Loss]:
    """Return what the deployment of ``settings`` deletes. A cluster is one loss, with everything in it."""
    lost = _lost_cluster(settings, deployed)
    if lost is not None:
        return [lost]
    return [
        *_databases(settings, deployed),
        *_volumes(settings, deployed),
        *_repositories(settings, deployed),
        *_metrics(settings, deployed),
    ]


def with_backups(found: Sequence[Loss], backups: Mapping[str, str]) -> list[Loss]:
    """Return the losses with the times of their last backups, by application; of a cluster the oldest one."""
    oldest = min(backups.values(), default=None)
    apps = {loss.urn: loss.urn.rpartition("::")[2].removesuffix("-db") for loss in found}
    return [
        replace(loss, last_backup=oldest if loss.what.startswith("the cluster") else backups.get(apps[loss.urn]))
        for loss in found
    ]


def check(
    found: Sequence[Loss], *, stack: str, allowed: Collection[str], is_preview: bool, protect: bool = False
) -> None:
    """Raise DataLossError unless all losses are allowed, or this ``is_preview`` and it shall show all steps.

    With ``protect``, no loss is allowed: protection is switched off in a deployment of its own, before.
    """
    if is_preview and IN_PREVIEW in allowed:
        return
    protected = [replace(loss, protect=loss.protect or protect) for loss in found]
    if refused := [loss for loss in protected if loss.protect or loss.urn not in allowed]:
        raise DataLossError(findings(refused, stack))


def findings(found: Sequence[Loss], stack: str) -> list[Finding]:
    """Return a finding for each loss. The last one has the command that allows all of them."""
    options = " ".join(f"--allow-data-loss {loss.urn}" for loss in found)
    allow = f"make up STACK={stack} ARGS='{options}'"
    with fixes.for_stack(stack):
        unprotect = fixes.set_value("cluster.protect", value=False)
    is_protected = any(loss.protect for loss in found)
    return [
        Finding(
            where=loss.urn,
            what=f"deletes {loss}",
            actual=loss.reason,
            expected=(
                "the settings as deployed, or protect: false in an `up` of its own before this change"
                if loss.protect
                else f"the settings as deployed, or --allow-data-loss '{loss.urn}'"
            ),
            fix=None if loss is not found[-1] else unprotect if is_protected else allow,
        )
        for loss in found
    ]


def _lost_cluster(settings: Settings, deployed: Deployed) -> Loss | None:
    """Return the loss of a cluster that this stack created, which takes everything in it along."""
    reasons, cluster = kind_cluster.replaced(settings, deployed), deployed.kind_cluster
    if cluster is None:
        reasons, cluster = eks_cluster.replaced(settings, deployed), deployed.eks_cluster
    if cluster is None or not reasons:
        return None
    inside = [*deployed.of_type(DATABASE_CLUSTER)]
    sizes = [f"{it.name}: {holders.size(it)}" for it in inside]
    sizes += [f"{it.resource.name}: {it.size}" for it in volumes.deployed_volumes(deployed)]
    return Loss(
        urn=cluster.urn,
        what=f"the cluster {cluster_name(cluster)} and everything in it",
        size=", ".join(sizes) or None,
        reason="; ".join(reasons),
        protect=cluster.protect or any(it.protect for it in inside),
    )


def loses_cluster(settings: Settings, deployed: Deployed) -> bool:
    """Return whether nothing stays where it is: the cluster is recreated, or the stack moves to another one."""
    return bool(_lost_cluster(settings, deployed) or _moved(settings, deployed))


def cluster_name(cluster: Resource) -> str:
    """Return the name of a cluster that a stack created."""
    return str(cluster.environment.get("CLUSTER") or cluster.outputs.get("name") or cluster.name)


def _moved(settings: Settings, deployed: Deployed) -> str | None:
    """Return why everything in an existing cluster is deleted; None if the stack stays there."""
    if not cluster_identity.is_deployed(deployed) or isinstance(settings.cluster, ExistingSettings):
        return None
    return f"cluster.type: existing -> {settings.cluster.type}"


def _databases(settings: Settings, deployed: Deployed) -> Iterator[Loss]:
    for resource in deployed.resources.values():
        if resource.type not in (DATABASE_CLUSTER, SHARED_DATABASE):
            continue
        reason = _moved(settings, deployed) or _unwanted(settings, resource)
        if reason:
            yield Loss(
                urn=resource.urn,
                what=f"the database {resource.name}",
                size=holders.size(resource),
                reason=reason,
                protect=resource.protect,
            )


def _volumes(settings: Settings, deployed: Deployed) -> Iterator[Loss]:
    for volume in volumes.deployed_volumes(deployed):
        if reason := _moved(settings, deployed) or volume.unwanted(settings):
            name = f"the volume {volume.volume}" if volume.volume else "the queue"
            yield Loss(
                urn=volume.resource.urn,
                what=f"{name} of {volume.app}",
                size=volume.size,
                reason=reason,
                protect=volume.resource.protect,
            )


def _unwanted(settings: Settings, resource: Resource) -> str | None:
    """Return why the settings do not have a deployed database any more; None if they have it."""
    app = resource.name.removesuffix("-db")
    where = f"pocdeploy:apps.{app}"
    if app not in settings.apps:
        return f"{where} is not in the settings (if it has another name now, set renamedFrom: {app} there)"
    database = settings.apps[app].database
    if database is None:
        return f"{where}.database: false"
    shared = resource.type == SHARED_DATABASE
    owner = re.sub(r"-db$", "", str((resource.spec.get("cluster") or {}).get("name"))) if shared else None
    if database.shared == owner:
        return None
    return f"{where}.database.shared: {owner or 'none'} -> {database.shared or 'none'}"


def _repositories(settings: Settings, deployed: Deployed) -> Iterator[Loss]:
    """Yield the image repositories of removed applications. AWS keeps those with images, unless ``forceDelete``."""
    for resource in deployed.of_type(REPOSITORY):
        name = str(resource.outputs.get("name"))
        if resource.outputs.get("forceDelete") and name.partition("/")[2] not in settings.apps:
            reason = f"pocdeploy:apps.{name.partition('/')[2]} is not in the settings"
            yield Loss(urn=resource.urn, what=f"the images in {name}", reason=reason, protect=resource.protect)


def _metrics(settings: Settings, deployed: Deployed) -> Iterator[Loss]:
    """Yield the samples of Prometheus, if they are on a volume and its namespace is deleted."""
    release, cluster, moved = deployed.find(RELEASE, "monitoring"), settings.cluster, _moved(settings, deployed)
    is_installed = not isinstance(cluster, ExistingSettings) or cluster.monitoring.install
    if release is None or (settings.monitoring.namespace and is_installed and not moved):
        return
    prometheus = ((release.outputs.get("values") or {}).get("prometheus") or {}).get("prometheusSpec") or {}
    if "volumeClaimTemplate" in (prometheus.get("storageSpec") or {}):
        yield Loss(
            urn=release.urn,
            what=f"the samples of Prometheus of the last {prometheus.get('retention')}",
            reason=moved
            or ("pocdeploy:monitoring.profile: off" if is_installed else "cluster.monitoring.install: false"),
        )
