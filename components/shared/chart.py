"""Helm charts: install one as a release. An interrupted run does not block the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.shared import failures, helm_records
from components.shared.base import Component
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart
from pocdeploy.errors import Finding
from pocdeploy.kube.release_owner import STACK_LABEL

NAME_IN_USE = "cannot re-use a name that is still in use"


def install_chart(
    parent: Component,
    name: str,
    *,
    chart: Chart,
    chart_name: str,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
    client: ClusterClient,
    timeout: int = 300,
    skip_crds: bool = False,
    **options: Any,
) -> k8s.helm.v3.Release:
    """Install a Helm chart and wait until its objects are ready (docs/adr/0003).

    Args:
        parent: the component that the release belongs to.
        name: name of the release.
        chart: source of the chart, and its version.
        chart_name: name of the chart in its repository.
        namespace: an existing namespace.
        values: the chart's values.
        client: the cluster, to remove the records of an interrupted installation.
        timeout: seconds after which the installation fails and is rolled back.
        skip_crds: do not install the custom resource definitions of the chart.
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
        opts=parent.child(hooks=_hooks(name, client, timeout), **options),
        **_source(chart, chart_name),
    )


def _source(chart: Chart, chart_name: str) -> dict[str, Any]:
    if chart.source.startswith("oci://"):
        return {"chart": f"{chart.source.rstrip('/')}/{chart_name}"}
    if chart.is_archive:
        return {"chart": chart.source if Path(chart.source).is_absolute() else f"./{chart.source}"}
    return {"chart": chart_name, "repository_opts": {"repo": chart.source}}


def _foreign(namespace: str, name: str, stack: str) -> Finding:
    return Finding(
        where=f"Helm release {namespace}/{name}",
        what="a release of this name exists and does not belong to this stack; it was not changed",
        expected=f"no such release, or one with the label {STACK_LABEL}={stack} in its commonLabels",
        fix=f"helm --namespace {namespace} status {name}",
    )


def _hooks(name: str, client: ClusterClient, timeout: int) -> pulumi.ResourceHookBinding:
    """Return an error hook that retries an installation blocked by an interrupted one, and explains any other failure.

    When Pulumi is killed, its plugin continues for a while and can create a release that is not in the state. Helm then
    refuses the name. The hook deletes Helm's records and retries: Helm adopts objects that carry the release's labels.
    A release of others is left alone.
    """

    async def retry(args: pulumi.ErrorHookArgs) -> bool:
        is_first_error = len(args.errors) == 1
        if args.failed_operation != "create" or not is_first_error or NAME_IN_USE not in args.errors[0]:
            return False
        namespace, stack = str((args.new_inputs or {})["namespace"]), pulumi.get_stack()
        if not await asyncio.to_thread(helm_records.belongs_to, client, namespace, name, stack):
            pulumi.log.error(str(_foreign(namespace, name, stack)))
            return False
        await asyncio.to_thread(helm_records.delete_records, client, namespace, name, timeout)
        return True

    summary = f"The chart {name} was not ready in time and was rolled back."
    hook = failures.error_hook(f"{name}-chart-failed", summary, client, deleted_pods_prefix=name, retry=retry)
    return pulumi.ResourceHookBinding(on_error=[hook])
