"""Rules for several settings of one application: each raises an error with the key to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pocdeploy.config.connections import url_variable
from pocdeploy.config.storage import overlaps
from pocdeploy.config.types import invalid
from pocdeploy.config.variables import CACHE_VARIABLES, DATABASE_URL, DATABASE_VARIABLES, RESERVED_VARIABLES, SECRET_KEY
from pocdeploy.config.workloads import RELEASE, TAKEN, WEB, process_fault

if TYPE_CHECKING:
    from pocdeploy.config.apps import AppSettings

LEAST_PORT = 1024


def with_one_replica(values: Any) -> Any:
    """Return unchecked settings with one replica, if they have a volume that is not shared and no replicas."""
    volumes = values.get("volumes") if isinstance(values, dict) else None
    if not isinstance(volumes, dict) or values.get("replicas") is not None:
        return values
    single = any(isinstance(volume, dict) and volume.get("shared") is not True for volume in volumes.values())
    return {**values, "replicas": {"min": 1, "max": 1}} if single else values


def _variables_differ(app: AppSettings) -> None:
    renamed = {*app.database_env.values()} if app.database else set()
    names = app.database_variables | renamed
    if taken := names & (app.env.keys() | RESERVED_VARIABLES - {*DATABASE_VARIABLES}):
        raise invalid(
            f"other names in databaseEnv than in env and those that pocdeploy sets ({', '.join(sorted(taken))})",
            key="databaseEnv",
            tries=[
                {f"databaseEnv.{key}": None for key, name in app.database_env.items() if name in taken},
                {f"env.{name}": None for name in taken},
            ],
        )


def _secret_key_is_free(app: AppSettings) -> None:
    name = app.secret_key_env
    others = {*app.env, *app.database_variables, *(RESERVED_VARIABLES - {SECRET_KEY}), *CACHE_VARIABLES, DATABASE_URL}
    if name in others:
        raise invalid(
            f"the name of a variable that is not set otherwise ({name} is)",
            key="secretKeyEnv",
            tries=[{"secretKeyEnv": None}],
        )


def _made_variables_are_free(app: AppSettings) -> None:
    made = {url_variable(other): f"connections.apps: {other}" for other in app.connections.apps}
    if app.cache:
        made |= dict.fromkeys(CACHE_VARIABLES, "cache")
    for name in made.keys() & app.env.keys():
        raise invalid(
            f"no variable {name} of your own: {made[name]} sets it",
            key=f"env.{name}",
            tries=[{f"env.{name}": None}],
        )


def _ports_fit(app: AppSettings) -> None:
    for key, port in {"port": app.port, "metricsPort": app.metrics_port}.items():
        if port is not None and port < LEAST_PORT:
            accepted = f"ports of at least {LEAST_PORT}: the container may not bind lower ones, for example 8000"
            raise invalid(accepted, key=key, tries=[{key: port} for port in (8000, 8001, 8002)])


def _hosts_differ(app: AppSettings) -> None:
    for host in app.hosts:
        if app.all_hosts.count(host) > 1:
            others = [each for each in dict.fromkeys(app.hosts) if each != app.host]
            raise invalid(f"each host once ({host} is there twice)", key="hosts", tries=[{"hosts": others}])


def _one_web(app: AppSettings) -> None:
    given = [key for key, value in {"command": app.command, "args": app.args}.items() if value]
    if app.processes.get(WEB) is not None and given:
        raise invalid(
            f"one command that serves: processes.{WEB} or {' and '.join(given)}",
            key=f"processes.{WEB}",
            tries=[{f"processes.{WEB}": None}],
        )


def _one_migration(app: AppSettings) -> None:
    if app.processes.get(RELEASE) is not None and "migrate" in app.commands.model_fields_set:
        raise invalid(
            f"one command before each release: processes.{RELEASE} or commands.migrate",
            key=f"processes.{RELEASE}",
            tries=[{f"processes.{RELEASE}": None}],
        )


def _processes_fit(app: AppSettings) -> None:
    for name, process in app.processes.items():
        if accepted := process_fault(name, process):
            raise invalid(accepted, key=f"processes.{name}")


def _cron_differs(app: AppSettings) -> None:
    names = [entry.name for entry in app.cron]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"a different name for each entry ({', '.join(twice)} is there twice)", key="cron")
    if taken := sorted(TAKEN & {*names}):
        raise invalid(f"other names than those of other parts ({', '.join(taken)})", key="cron")


def _directories_differ(app: AppSettings) -> None:
    mounted = [*app.writable, *(volume.path for volume in app.volumes.values())]
    if found := next(overlaps(mounted), None):
        raise invalid(
            f"a different directory for each of writable and volumes ({found})",
            key="volumes" if app.volumes else "writable",
        )


def _volume_has_one_pod(app: AppSettings) -> None:
    for name, volume in app.volumes.items():
        if not volume.shared and app.replicas.max > 1:
            raise invalid(
                f"1 as replicas.max (it is {app.replicas.max}): no two pods can share the volume {name}; "
                "or shared: true with a StorageClass that several nodes can mount",
                key="replicas.max",
                tries=[{"replicas.max": 1}, {"replicas.max": 1, "replicas.min": 1}],
            )


Rule = Callable[["AppSettings"], None]
RULES: tuple[Rule, ...] = (
    _variables_differ,
    _secret_key_is_free,
    _made_variables_are_free,
    _ports_fit,
    _hosts_differ,
    _one_web,
    _one_migration,
    _processes_fit,
    _cron_differs,
    _directories_differ,
    _volume_has_one_pod,
)
