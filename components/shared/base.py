"""What every component shares: type tokens, options of children, labels and namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as k8s

PART_OF = "pocdeploy"


class Component(pulumi.ComponentResource):
    """A component of this program; its type token is ``pocdeploy:<module>:<Class>``."""

    def __init__(self, module: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(f"{PART_OF}:{module}:{type(self).__name__}", name, None, opts)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for a child. The component's own options are never merged in: children inherit by parent."""
        return pulumi.ResourceOptions(parent=self, **options)


def is_production() -> bool:
    """Tell whether the stack is a production stack, by its name; what holds its data is then protected."""
    return pulumi.get_stack().startswith("prod")


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
