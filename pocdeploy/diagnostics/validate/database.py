"""Check that each database can be written and read, and that its replicas follow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pocdeploy import fixes, versions
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.kube.client import CLUSTERS, ApiError
from pocdeploy.stacks.readiness import HEALTHY

GUIDE = "docs/database.md#locale"
MAX_LAG = 10.0
"""Seconds by which a replica may be behind."""
WRITE = "SET statement_timeout = '5s'; SELECT pg_logical_emit_message(true, 'pocdeploy', 'validate')"
"""Write to the write-ahead log and commit: a synchronous replica has to acknowledge it. No table is changed."""
STATUS = r"""
SELECT json_build_object(
  'version', current_setting('server_version'),
  'recovery', pg_is_in_recovery(),
  'has_case', upper(U&'\00E4') = U&'\00C4',
  'replicas', (SELECT coalesce(json_agg(json_build_object(
     'name', application_name, 'state', state, 'sync', sync_state,
     'lag', coalesce(extract(epoch FROM replay_lag), 0))), '[]') FROM pg_stat_replication))
"""


def databases(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the database of each application: the operator's status, a write, a read, and the replicas."""
    for name in context.awake:
        if context.settings.apps[name].own_database is None:
            continue
        clusters = context.api.items(CLUSTERS.format(name))
        if not clusters:
            yield fail("database", f"{name} has no database cluster", fix=f"make up STACK={context.stack}")
        for cluster in clusters:
            yield from _cluster(context, name, cluster)


def _cluster(context: ValidationContext, app: str, cluster: Mapping[str, Any]) -> Iterator[CheckResult]:
    name, status = cluster["metadata"]["name"], cluster.get("status", {})
    look = f"{context.kubectl} --namespace {app} describe cluster {name}"
    phase, primary = status.get("phase", "unknown"), status.get("currentPrimary")
    ready, wanted = status.get("readyInstances", 0), cluster["spec"]["instances"]
    if phase != HEALTHY or ready < wanted:
        severity = warn if primary and ready else fail
        yield severity("database", f"{app}/{name}: {ready} of {wanted} instances are ready; {phase}", fix=look)
    if primary:
        yield from _primary(context, app, primary, wanted - 1, look)
    else:
        yield fail("database", f"{app}/{name} has no primary", fix=look)


def _primary(context: ValidationContext, app: str, primary: str, replicas: int, look: str) -> Iterator[CheckResult]:
    try:
        _query(context, app, primary, WRITE)
        status = json.loads(_query(context, app, primary, STATUS).strip().splitlines()[-1])
    except (ApiError, ValueError, IndexError) as error:
        what = error.findings[0].what if isinstance(error, ApiError) else "psql wrote no result"
        yield fail("database", f"{app}: {primary} cannot be written and read: {what}", fix=look)
        return
    if status["recovery"]:
        yield fail("database", f"{app}: {primary} is a replica, but its operator reports it as primary", fix=look)
        return
    yield ok("database", f"{app}: {primary} was written and read (PostgreSQL {status['version'].split()[0]})")
    yield from _settings(context, app, status)
    if replicas:
        yield _replicas(app, status["replicas"], replicas, look)


def _settings(context: ValidationContext, app: str, status: Mapping[str, Any]) -> Iterator[CheckResult]:
    """Yield a warning for each default that a new database would have, and this one keeps as it is."""
    database = context.settings.apps[app].own_database
    if database is None:
        return
    if not status["has_case"] and database.locale != "C":
        what = f"{app}: the database has the locale C, so upper('ä') is 'ä'"
        why = f"search without case misses such letters; {GUIDE} changes it, the command accepts it"
        yield warn("locale", what, why=why, fix=_set(app, "locale", "C"))
    major = int(status["version"].split(".")[0])
    if not {"version", "image"} & database.model_fields_set and major < versions.POSTGRESQL_MAJOR:
        what = f"{app}: PostgreSQL {major} stays; new databases have {versions.POSTGRESQL_MAJOR}"
        why = "an upgrade stops the database for some minutes, so it starts only when you ask for it"
        yield warn("version", what, why=why, fix=_set(app, "version", versions.POSTGRESQL_MAJOR))


def _set(app: str, key: str, value: object) -> str:
    return fixes.set_value(f"apps.{app}.database.{key}", value)


def _replicas(app: str, found: list[Mapping[str, Any]], wanted: int, look: str) -> CheckResult:
    streaming = [replica for replica in found if replica["state"] == "streaming"]
    lag = max((float(replica["lag"]) for replica in streaming), default=0.0)
    if len(streaming) < wanted:
        why = "a failover would lose more than necessary"
        return warn("replicas", f"{app}: {len(streaming)} of {wanted} replicas follow", why=why, fix=look)
    if lag > MAX_LAG:
        why = "a failover takes longer by this time"
        return warn("replicas", f"{app}: a replica is {lag:.0f} s behind", why=why, fix=look)
    synchronous = sum(replica["sync"] != "async" for replica in streaming)
    return ok("replicas", f"{app}: {len(streaming)} follow, {synchronous} of them synchronous; {lag:.1f} s behind")


def _query(context: ValidationContext, app: str, pod: str, query: str) -> str:
    command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set", "ON_ERROR_STOP=1"]
    return context.api.exec(app, pod, "postgres", [*command, "--dbname", app, "--command", query])
