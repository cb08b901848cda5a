"""Processes and scheduled commands of an application, beside the one that serves."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pocdeploy.config.commands import Command
from pocdeploy.config.cron import Schedule, TimeZone
from pocdeploy.config.resources import Resources
from pocdeploy.config.types import Model, invalid, matches

WEB, RELEASE = "web", "release"
"""Lines of a Procfile that are no processes of their own: what serves, and what runs before each release."""
SINGLETONS = frozenset({"beat", "clock", "scheduler", "cron"})
"""Names of processes that must never run twice, not even for a moment of an update."""
TAKEN = frozenset(
    {
        *("admin", "cache", "check-migrations", "credentials", "database", "database-mask", "db", "migrate", "network"),
        *("pull", "seed", "smoke"),
    }
)
"""Components that an application has already: a process of that name would be one with it."""
CRON = "cron-"
"""Beginning of the component of a scheduled command."""

PartName = Annotated[
    str,
    # The name of its pods (<application>-<name>-<revision>-<random>) must be a DNS label.
    matches(
        r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?",
        "lower-case letters, digits and '-', beginning with a letter, at most 20 characters, for example worker",
    ),
]


class Process(Model):
    """A process beside the one that serves: same image, environment and database, without a port."""

    command: Command | None = None
    """A list of words, or a line for the image's shell; default: the line of this name in the Procfile."""
    replicas: Annotated[int, Field(ge=0, le=100, strict=True)] = 1
    """Number of pods; 0 stops it."""
    resources: Resources | None = None
    """Requests and limits of each pod; default: those of the application."""
    stop_seconds: Annotated[int, Field(ge=1, le=3600, strict=True)] = 30
    """How long it may go on after SIGTERM."""


def _process(value: Any) -> Any:
    """Return the settings of a process from its shorter forms: a command; false, as null, which Pulumi cannot set."""
    if value is False:
        return None
    if value is not None and not isinstance(value, str | list | tuple | dict | Process):
        raise invalid("a command, a map such as {command: [python, worker.py], replicas: 2}, or null")
    return {"command": value} if isinstance(value, str | list | tuple) else value


ProcessSettings = Annotated[Process | None, BeforeValidator(_process)]


def process_fault(name: str, process: Process | None) -> str | None:
    """Return what is accepted instead of a process of this name; None if it is."""
    if name in TAKEN or name.startswith(CRON):
        return f"another name than those of other parts: {', '.join(sorted(TAKEN))}, {CRON}…"
    if name in (WEB, RELEASE) and process and process.model_fields_set - {"command"}:
        return f"a command alone for {name}: what serves has the application's own replicas and resources"
    if name in SINGLETONS and process and process.replicas > 1:
        return f"at most 1 replica of {name}, which must not run twice"
    return None


class CronJob(Model):
    """A command that runs at certain times, in the application's image."""

    name: PartName
    """Name of the CronJob, after that of the application."""
    schedule: Schedule
    """Minute, hour, day of the month, month, day of the week (0 is Sunday); or @hourly, @daily and so on."""
    command: Command
    """A list of words, or a line for the image's shell."""
    time_zone: TimeZone | None = None
    """Time zone of the schedule; default: that of the cluster, which is UTC nearly everywhere."""
