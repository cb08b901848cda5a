"""Helm charts: one release, which an interrupted run cannot leave in the way of the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.shared import explained
from components.shared.base import Component
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart

NAME_IN_USE = "cannot re-use a name that is still in use"
POLL_INTERVAL = 2.0  # seconds


def install_chart(
    parent: Component,
    name: str,
    *,
    chart: Chart,
    chart_name: str,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
    access: ClusterClient,
    timeout: int = 300,
    skip_crds: bool = False,
    **options: Any,
) -> k8s.helm.v3.Release:
    """Install a Helm chart and wait until what it makes is ready.

    ``helm.v3.Release``, since it runs hooks, is atomic and stays one line in a preview (docs/adr/0003).

    Args:
        parent: the component that the release belongs to.
        name: name of the release.
        chart: where the chart comes from, and its version.
        chart_name: name of the chart in its repository.
        namespace: an existing namespace.
        values: the chart's values.
        access: to look at a release that is in the way.
        timeout: seconds until the release has failed and is taken back.
        skip_crds: leave out the custom resources that the chart brings.
        **options: further resource options.
    """
    return k8s.helm.v3.Release(
        name,
        name=name,
        namespace=namespace,
        version=chart.version,
        values=values,
        atomic=True,
        timeout=timeout,
        max_history=3,
        skip_crds=skip_crds,
        opts=parent.child(
            hooks=pulumi.ResourceHookBinding(on_error=[_on_failure(name, access, timeout)]),
            **options,
        ),
        **_source(chart, chart_name),
    )


def spread_constraints(match_labels: Mapping[str, str], topology_key: str) -> list[dict[str, Any]]:
    """Return the ``topologySpreadConstraints`` that keep a chart's two pods apart, if there are two nodes.

    Of what everything else hangs on there are two: a node that dies takes one of them, and nobody waits the five
    minutes until Kubernetes gives up the pods of a node that does not answer.

    Args:
        match_labels: labels of the pods.
        topology_key: node label over which they are spread.
    """
    return [
        {
            "maxSkew": 1,
            "topologyKey": topology_key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(match_labels)},
        }
    ]


def _source(chart: Chart, chart_name: str) -> dict[str, Any]:
    if chart.source.startswith("oci://"):
        return {"chart": f"{chart.source.rstrip('/')}/{chart_name}"}
    if chart.is_archive:
        return {"chart": chart.source if Path(chart.source).is_absolute() else f"./{chart.source}"}
    return {"chart": chart_name, "repository_opts": {"repo": chart.source}}


def _on_failure(name: str, access: ClusterClient, timeout: int) -> pulumi.ErrorHook:
    """Return a hook that installs again over what a killed run has left, and explains any other failure.

    When Pulumi is killed its plugin goes on for a while, so a release may exist that no state knows of, and Helm takes
    no name twice. Its record is removed and the chart installed again: Helm takes over objects that say that they are
    of this release. While the other process may still be installing, it is waited for.
    """

    async def again(args: pulumi.ErrorHookArgs) -> bool:
        first_time = len(args.errors) == 1
        if args.failed_operation != "create" or not first_time or NAME_IN_USE not in args.errors[0]:
            return False
        namespace = str((args.new_inputs or {})["namespace"])
        await asyncio.to_thread(forget_release, access, namespace, name, timeout)
        return True

    about = f"The chart {name} did not come up, and was taken back."
    return explained.on_failure(f"{name}-chart-failed", about, access, gone=name, again=again)


def forget_release(access: ClusterClient, namespace: str, name: str, timeout: int) -> None:
    """Remove Helm's record of a release, as soon as nobody can be working on it any more.

    Args:
        access: the cluster.
        namespace: namespace of the release.
        name: name of the release.
        timeout: seconds after which an installation that was begun has ended, one way or the other.
    """
    api, path = access.api(), f"/api/v1/namespaces/{namespace}/secrets"
    while True:
        records = [it["metadata"] for it in api.get(path, labelSelector=f"owner=helm,name={name}")["items"]]
        if not any(in_progress(record.get("labels", {}), timeout) for record in records):
            break
        time.sleep(POLL_INTERVAL)
    for record in records:
        api.delete(f"{path}/{record['name']}")


def in_progress(labels: Mapping[str, str], timeout: int, now: float | None = None) -> bool:
    """Return whether somebody may still be working on a release, by the labels that Helm gives its record."""
    begun = float(labels.get("modifiedAt") or labels.get("createdAt") or 0)
    return labels.get("status", "").startswith("pending-") and (now or time.time()) - begun < timeout
