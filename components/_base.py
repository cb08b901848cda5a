"""What every component shares: type tokens, options of children, labels, namespaces and charts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as k8s

from pocdeploy.settings import Chart

PART_OF = "pocdeploy"


class Component(pulumi.ComponentResource):
    """A component of this program; its type token is ``pocdeploy:<module>:<Class>``."""

    def __init__(self, module: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(f"{PART_OF}:{module}:{type(self).__name__}", name, None, opts)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for a child. The component's own options are never merged in: children inherit by parent."""
        return pulumi.ResourceOptions(parent=self, **options)


def labels(name: str, component: str) -> dict[str, str]:
    """Return the recommended ``app.kubernetes.io`` labels.

    Args:
        name: the application, or the part of the platform.
        component: its role: web, migrate, database, …
    """
    return {
        **selector(name, component),
        "app.kubernetes.io/instance": pulumi.get_stack(),
        "app.kubernetes.io/managed-by": "pulumi",
        "app.kubernetes.io/part-of": PART_OF,
    }


def selector(name: str, component: str) -> dict[str, str]:
    """Return the labels that pick out the pods of one component; they never change, as selectors must not."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/component": component}


def namespace(
    parent: Component, name: str, *, pod_security: Literal["restricted", "privileged"] = "restricted"
) -> k8s.core.v1.Namespace:
    """Create a namespace that enforces a Pod Security standard and warns about the strictest."""
    enforced = {f"pod-security.kubernetes.io/{mode}": pod_security for mode in ("enforce", "warn", "audit")}
    return k8s.core.v1.Namespace(
        f"{name}-namespace",
        metadata={"name": name, "labels": {**labels(name, "namespace"), **enforced}},
        opts=parent.child(),
    )


def network_policies(
    parent: Component, app: str, namespace: pulumi.Input[str], specs: Mapping[str, Any]
) -> list[k8s.networking.v1.NetworkPolicy]:
    """Create an application's NetworkPolicies, from their names to their specs."""
    return [
        k8s.networking.v1.NetworkPolicy(
            f"{app}-{name}",
            metadata={"name": name, "namespace": namespace, "labels": labels(app, "network")},
            spec=spec,
            opts=parent.child(),
        )
        for name, spec in specs.items()
    ]


def install_chart(
    parent: Component,
    name: str,
    *,
    chart: Chart,
    chart_name: str,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
    timeout: int = 300,
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
        timeout: seconds until the release has failed and is taken back.
        **options: further resource options.
    """
    source: dict[str, Any] = {"chart": chart_name, "repository_opts": {"repo": chart.source}}
    if chart.source.startswith("oci://"):
        source = {"chart": f"{chart.source.rstrip('/')}/{chart_name}"}
    elif chart.is_archive:
        source = {"chart": f"./{chart.source}" if not Path(chart.source).is_absolute() else chart.source}
    return k8s.helm.v3.Release(
        name,
        name=name,
        namespace=namespace,
        version=chart.version,
        values=values,
        atomic=True,
        timeout=timeout,
        max_history=3,
        opts=parent.child(**options),
        **source,
    )
