"""Processes and scheduled commands of one application: pure functions from plain values to dicts."""

from __future__ import annotations

from typing import Any

from components.frontend.context import WebAppContext
from components.frontend.manifests import FORCE_APPLY, identity, strategy
from components.frontend.pods import beside_web, claim_name, container, environment, pod
from components.shared.manifests import persistent_volume_claim, spread_constraints
from pocdeploy.config.workloads import CRON, SINGLETONS, CronJob, Process
from pocdeploy.release.limits import PROCESS_STABLE, process_step
from pocdeploy.release.revisions import RELEASE

CRON_KEPT = 3
"""Finished runs of a scheduled command that are kept, with their logs."""


def object_name(app: str, part: str) -> str:
    """Return the name of the Deployment of a process, or of a CronJob."""
    return f"{app}-{part}"


def process(context: WebAppContext, name: str, settings: Process, *, topology_key: str, release: Any) -> dict[str, Any]:
    """Return the Deployment of a process: the image, environment and database of what serves, without a port.

    Its pods count as ready when they have run for a minute. All new ones start at once, except of a process that must
    not run twice. It has no ``replicas`` where one is the default, so that a paused stack has no drift.
    """
    alone = name in SINGLETONS or context.app.is_single
    resources = (settings.resources or context.app.resources).model_dump()
    env = [*environment(context), *identity(context)]
    running = container(context, name, command=list(settings.command or ()), env=env, resources=resources)
    return {
        "metadata": context.metadata(name, name=object_name(context.name, name), annotations=FORCE_APPLY),
        "spec": {
            **({"replicas": settings.replicas} if settings.replicas != 1 else {}),
            "revisionHistoryLimit": 5,
            "minReadySeconds": PROCESS_STABLE,
            "progressDeadlineSeconds": process_step(context.app, settings.stop_seconds),
            "strategy": strategy(one_at_a_time=alone, surge="100%"),
            "selector": {"matchLabels": context.selector(name)},
            "template": {
                "metadata": {"labels": context.labels_of(name), "annotations": {RELEASE: release}},
                "spec": pod(
                    context,
                    [running],
                    **beside_web(context),
                    topologySpreadConstraints=spread_constraints(context.selector(name), topology_key),
                    terminationGracePeriodSeconds=settings.stop_seconds,
                ),
            },
        },
    }


def cron_job(context: WebAppContext, entry: CronJob) -> dict[str, Any]:
    """Return the CronJob of a scheduled command. A run that would begin while the last one goes on is left out."""
    component = f"{CRON}{entry.name}"
    labels = context.labels_of(component)
    template = pod(
        context,
        [container(context, entry.name, command=list(entry.command))],
        **beside_web(context),
        restartPolicy="Never",
    )
    return {
        "metadata": context.metadata(component, name=object_name(context.name, entry.name), annotations=FORCE_APPLY),
        "spec": {
            "schedule": entry.schedule,
            **({"timeZone": entry.time_zone} if entry.time_zone else {}),
            "concurrencyPolicy": "Forbid",
            # Kubernetes gives up a CronJob that has missed a hundred runs, unless it looks back for a limited time.
            "startingDeadlineSeconds": 300,
            "successfulJobsHistoryLimit": CRON_KEPT,
            "failedJobsHistoryLimit": CRON_KEPT,
            "jobTemplate": {
                "metadata": {"labels": labels},
                # A failed command is not repeated before its next time: it may have done a part of its work.
                "spec": {"backoffLimit": 0, "template": {"metadata": {"labels": labels}, "spec": template}},
            },
        },
    }


def claim(context: WebAppContext, name: str, *, storage_class: str | None) -> dict[str, Any]:
    """Return the claim of a volume of the settings. ``storage_class`` is that of the cluster; None for its default."""
    volume = context.app.volumes[name]
    return persistent_volume_claim(
        claim_name(context.name, name),
        namespace=context.namespace,
        labels=context.labels_of("volume"),
        size=volume.size,
        storage_class=volume.storage_class or storage_class,
        shared=volume.shared,
    )


def record(context: WebAppContext, release: Any) -> dict[str, Any]:
    """Return the record of the release, which is written when all Deployments have it."""
    return {"metadata": context.metadata("release", name=f"{context.name}-release"), "data": {"release": release}}
