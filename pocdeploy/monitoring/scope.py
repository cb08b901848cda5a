"""What there is to watch, as far as it is known before anything runs.

An alert about something that is missing cannot be made from metrics alone, as what is missing has none. So what is
expected becomes series of its own, by the recording rules in ``recording``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pocdeploy.config import BusinessMetric


@dataclass(frozen=True, kw_only=True)
class Target:
    """Pods that Prometheus has to find."""

    job: str
    """Label ``job`` of their series: ``<namespace>/<name>``."""
    namespace: str
    role: str
    """Label ``role`` of their series: application, database, operator or gateway."""


@dataclass(frozen=True, kw_only=True)
class WatchedApp:
    """One application; its namespace, Deployment and Service are called like it."""

    name: str
    replicas: int
    """Fewest pods that there have to be."""
    instances: int
    """PostgreSQL instances; 0 for an application without a database."""
    business: Sequence[BusinessMetric] = ()
    """What it counts beside requests."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Everything that is watched in one stack."""

    apps: Sequence[WatchedApp]
    targets: Sequence[Target]

    @property
    def databases(self) -> list[WatchedApp]:
        """The applications that have a database."""
        return [app for app in self.apps if app.instances]
