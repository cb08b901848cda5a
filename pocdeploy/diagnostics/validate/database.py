"""Can the database be read and written, and do its replicas follow?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.kube.client import CLUSTERS, ApiError
from pocdeploy.stacks.resume import HEALTHY

LAG = 10.0
"""Seconds that a replica may be behind."""
WRITE = "SET statement_timeout = '5s'; SELECT pg_logical_emit_message(true, 'pocdeploy', 'validate')"
"""Writes to the log that the replicas follow, and commits, so that a synchronous replica has to answer; in no table."""
STATUS = """
SELECT json_build_object(
  'version', current_setting('server_version'),
  'recovery', pg_is_in_recovery(),
  'replicas', (SELECT coalesce(json_agg(json_build_object(
     'name', application_name, 'state', state, 'sync', sync_state,
     'lag', coalesce(extract(epoch FROM replay_lag), 0))), '[]') FROM pg_stat_replication))
"""


def databases(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look at every application's database: what its operator says, a write, a read, and the replicas."""
    for name in subject.awake:
        if subject.settings.apps[name].cluster is None:
            continue
        clusters = subject.api.items(CLUSTERS.format(name))
        if not clusters:
            yield fail("database", f"{name} has none", fix=f"make up STACK={subject.stack}")
        for cluster in clusters:
            yield from _cluster(subject, name, cluster)


def _cluster(subject: ValidationContext, app: str, cluster: Mapping[str, Any]) -> Iterator[CheckResult]:
    name, status = cluster["metadata"]["name"], cluster.get("status", {})
    look = f"{subject.kubectl} --namespace {app} describe cluster {name}"
    phase, primary = status.get("phase", "unknown"), status.get("currentPrimary")
    ready, wanted = status.get("readyInstances", 0), cluster["spec"]["instances"]
    if phase != HEALTHY or ready < wanted:
        severity = warn if primary and ready else fail
        yield severity("database", f"{app}/{name}: {ready} of {wanted} instances are ready; {phase}", fix=look)
    if primary:
        yield from _asked(subject, app, primary, wanted - 1, look)
    else:
        yield fail("database", f"{app}/{name} has no primary", fix=look)


def _asked(subject: ValidationContext, app: str, primary: str, replicas: int, look: str) -> Iterator[CheckResult]:
    try:
        _query(subject, app, primary, WRITE)
        answer = json.loads(_query(subject, app, primary, STATUS).strip().splitlines()[-1])
    except (ApiError, ValueError, IndexError) as error:
        what = error.findings[0].what if isinstance(error, ApiError) else "psql gave no answer"
        yield fail("database", f"{app}: {primary} cannot be read and written: {what}", fix=look)
        return
    if answer["recovery"]:
        yield fail("database", f"{app}: {primary} is a replica, though its operator calls it the primary", fix=look)
        return
    yield ok("database", f"{app}: {primary} was written and read (PostgreSQL {answer['version'].split()[0]})")
    streaming = [replica for replica in answer["replicas"] if replica["state"] == "streaming"]
    behind = max((float(replica["lag"]) for replica in streaming), default=0.0)
    if len(streaming) < replicas:
        why = "a failover would lose more than it has to"
        yield warn("replicas", f"{app}: {len(streaming)} of {replicas} replicas follow", why=why, fix=look)
    elif behind > LAG:
        yield warn(
            "replicas", f"{app}: a replica is {behind:.0f} s behind", why="a failover takes that longer", fix=look
        )
    elif replicas:
        synchronous = sum(replica["sync"] != "async" for replica in streaming)
        yield ok("replicas", f"{app}: {len(streaming)} follow, {synchronous} may acknowledge; {behind:.1f} s behind")


def _query(subject: ValidationContext, app: str, pod: str, query: str) -> str:
    command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set", "ON_ERROR_STOP=1"]
    return subject.api.exec(app, pod, "postgres", [*command, "--dbname", app, "--command", query])
