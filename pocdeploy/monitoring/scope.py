"""What a stack contains, as the program knows it before anything runs.

Something that is missing has no metrics, so alerts about it compare with expected values. The recording rules make
series of these (``recording_rules``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pocdeploy.config import BusinessMetric


@dataclass(frozen=True, kw_only=True)
class Target:
    """Pods from which Prometheus gets metrics."""

    job: str
    """Label ``job`` of their series: ``<namespace>/<name>``."""
    namespace: str
    role: str
    """Label ``role`` of their series: application, database, operator or gateway."""


@dataclass(frozen=True, kw_only=True)
class WatchedApp:
    """One application; its namespace, Deployment and Service have its name."""

    name: str
    replicas: int
    """Minimum of pods."""
    instances: int
    """PostgreSQL instances; 0 for an application without a database."""
    business: Sequence[BusinessMetric] = ()
    """Its own metrics."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Everything in one stack that has metrics or alerts."""

    apps: Sequence[WatchedApp]
    targets: Sequence[Target]

    @property
    def databases(self) -> list[WatchedApp]:
        """The applications that have a database."""
        return [app for app in self.apps if app.instances]
