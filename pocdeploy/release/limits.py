"""Time limits of a release, in seconds: all computed here, from the settings of its application.

A limit must never fail a release that works, so each one is the sum of what may legitimately take time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pocdeploy.config import AppSettings

PULL = 60
"""Until a pod is scheduled and its image is pulled."""
PRE_STOP = 8
"""A terminating pod still serves, because endpoints and gateway are updated later than the pod. Without this pause 5 of
356 requests were refused during a good rollout."""
GRACE = 40
"""A terminating pod is killed: longer than the pause plus the time in which gunicorn finishes running requests (20)."""
COMMAND = 60
"""A short command (administrator, smoke check) ends, once its container runs like a pod that serves."""
PROCESS_STABLE = 60
"""A process has no probe: it is good if it has not ended in its first minute."""
MARGIN = 30
"""Pulumi waits longer than Kubernetes, so that Kubernetes decides what has failed, and reports the reason."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Time limits of one application, in seconds."""

    start: int
    """A container answers its startup probe."""
    step: int
    """A rollout replaces one pod; its new pod may have to wait for the place of the old one."""
    rollout: int
    """A rollout replaces all pods, one after the other."""
    command: int
    """The Job of a short command ends."""
    migration: int
    """The Job of the migration ends."""

    @property
    def attempts(self) -> int:
        """How often Pulumi waits for a step, as long as Kubernetes reports that the rollout advances."""
        return math.ceil(self.rollout / (self.step + MARGIN))


def limits(app: AppSettings) -> Limits:
    """Return the time limits of an application."""
    start = app.start_seconds
    return Limits(
        start=start,
        step=PULL + start + GRACE,
        rollout=PULL + app.replicas.max * (start + GRACE),
        command=PULL + start + COMMAND,
        migration=PULL + start + app.commands.migrate_seconds,
    )


def process_step(app: AppSettings, stop_seconds: int) -> int:
    """Return the seconds in which all pods of a process are replaced: they start at once, then the old ones stop."""
    return PULL + app.start_seconds + PROCESS_STABLE + stop_seconds


def patience(seconds: int) -> str:
    """Return the time limit for Pulumi of an operation that Kubernetes ends after ``seconds``."""
    return f"{seconds + MARGIN}s"
