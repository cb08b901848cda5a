"""The volumes of applications that are deployed: what the settings delete of them, and what they cannot change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pocdeploy import fixes
from pocdeploy.config import KindSettings, Settings
from pocdeploy.config.storage import Volume
from pocdeploy.config.types import quantity
from pocdeploy.errors import Finding
from pocdeploy.stacks.deployed import CLAIM, Deployed, Resource
from pocdeploy.stacks.facts import Facts

_VOLUME, _QUEUE = "-volume.", "-cache-volume"
"""Parts of the names of claims, after that of the application."""


@dataclass(frozen=True, kw_only=True)
class DeployedVolume:
    """A claim in the state of the stack."""

    app: str
    """Its application."""
    volume: str | None
    """Key of the volume; None for that of a queue."""
    resource: Resource

    @property
    def size(self) -> str:
        """Requested size."""
        return str(((self.resource.spec.get("resources") or {}).get("requests") or {}).get("storage"))

    @property
    def key(self) -> str:
        """Key of its settings."""
        return f"pocdeploy:apps.{self.app}." + (f"volumes.{self.volume}" if self.volume else "cache")

    def unwanted(self, settings: Settings) -> str | None:
        """Return why the settings delete it; None if they keep it."""
        app = settings.apps.get(self.app)
        if app is None:
            return f"pocdeploy:apps.{self.app} is not in the settings"
        if self.volume is None:
            return None if app.cache and app.cache.queue else f"{self.key}.queue is not true"
        volume = app.volumes.get(self.volume)
        return f"{self.key} is not in the settings" if volume is None else None

    def fixed(self, volume: Volume) -> Iterator[tuple[str, str | bool, str | bool]]:
        """Yield each key whose value differs and that Kubernetes cannot change: key, deployed and wanted value."""
        before, wanted = self.resource.spec.get("storageClassName"), volume.storage_class
        if before and wanted and before != wanted:
            yield f"{self.key}.storageClass", str(before), wanted
        was_shared = "ReadWriteMany" in (self.resource.spec.get("accessModes") or [])
        if was_shared != volume.shared:
            yield f"{self.key}.shared", was_shared, volume.shared

    def wanted_size(self, settings: Settings) -> str | None:
        """Return the size in the settings; None if they do not have it."""
        app = settings.apps.get(self.app)
        if app is None:
            return None
        if self.volume is None:
            return app.cache.storage if app.cache and app.cache.queue else None
        return app.volumes[self.volume].size if self.volume in app.volumes else None


def deployed_volumes(deployed: Deployed) -> Iterator[DeployedVolume]:
    """Yield the volumes of applications in the state."""
    for resource in deployed.of_type(CLAIM):
        app, _, volume = resource.name.partition(_VOLUME)
        if volume:
            yield DeployedVolume(app=app, volume=volume, resource=resource)
        elif app.endswith(_QUEUE):
            yield DeployedVolume(app=app.removesuffix(_QUEUE), volume=None, resource=resource)


def refusals(settings: Settings, deployed: Deployed, _: Facts) -> Iterator[Finding]:
    """Yield a finding for each property of a volume that cannot become that of the settings."""
    yield from _sizes(settings, deployed)
    for volume in deployed_volumes(deployed):
        app = settings.apps.get(volume.app)
        wanted = app.volumes.get(volume.volume) if app and volume.volume else None
        for key, before, after in volume.fixed(wanted) if wanted else ():
            yield Finding(
                where=key,
                what="Kubernetes cannot change this of a volume that exists",
                actual=f"{fixes.as_text(after)}, deployed is {fixes.as_text(before)}",
                expected=f"{fixes.as_text(before)}, as deployed; or another volume beside it, for a copy of the files",
                fix=fixes.set_value(key, before),
            )


def _sizes(settings: Settings, deployed: Deployed) -> Iterator[Finding]:
    for volume in deployed_volumes(deployed):
        wanted = volume.wanted_size(settings)
        if wanted is None or volume.unwanted(settings) or quantity(wanted) == quantity(volume.size):
            continue
        is_smaller = quantity(wanted) < quantity(volume.size)
        if is_smaller or isinstance(settings.cluster, KindSettings):
            key = f"{volume.key}.{'size' if volume.volume else 'storage'}"
            yield Finding(
                where=key,
                what="a volume cannot shrink" if is_smaller else "a volume of Kind, a directory of a node, cannot grow",
                actual=f"{wanted}, deployed is {volume.size}",
                expected=volume.size,
                fix=fixes.set_value(key, volume.size),
            )
