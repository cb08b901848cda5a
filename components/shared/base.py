"""The base class of all components, and the recommended labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as k8s

PART_OF = "pocdeploy"


class Component(pulumi.ComponentResource):
    """A component of this program. Its type token is ``pocdeploy:<module>:<Class>``."""

    def __init__(self, module: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(f"{PART_OF}:{module}:{type(self).__name__}", name, None, opts)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return the options of a child. The component's own options are not merged in: children inherit them."""
        return pulumi.ResourceOptions(parent=self, **options)

    def create_namespace(
        self, name: str, *, pod_security: Literal["restricted", "privileged"] = "restricted", **options: Any
    ) -> k8s.core.v1.Namespace:
        """Create a namespace that enforces a Pod Security standard. ``options`` are resource options."""
        enforced = {f"pod-security.kubernetes.io/{mode}": pod_security for mode in ("enforce", "warn", "audit")}
        return k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata={"name": name, "labels": {**labels(name, "namespace"), **enforced}},
            opts=self.child(**options),
        )

    def create_network_policies(
        self, app: str, namespace: pulumi.Input[str], specs: Mapping[str, Any]
    ) -> list[k8s.networking.v1.NetworkPolicy]:
        """Create the NetworkPolicies of an application. ``specs`` maps their names to their specs."""
        return [
            k8s.networking.v1.NetworkPolicy(
                f"{app}-{name}",
                metadata={"name": name, "namespace": namespace, "labels": labels(app, "network")},
                spec=spec,
                opts=self.child(),
            )
            for name, spec in specs.items()
        ]

    def create_secret(
        self,
        name: str,
        *,
        metadata: Any,
        string_data: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        fields: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> k8s.core.v1.Secret:
        """Create a Secret whose contents are encrypted in the state. ``fields`` are further fields of the object."""
        return k8s.core.v1.Secret(
            name,
            metadata=metadata,
            string_data=string_data,
            opts=self.child(additional_secret_outputs=["data", "stringData"], **options),
            **(fields or {}),
        )

    def create_custom_object(
        self, name: str, manifest: Mapping[str, Any], **options: Any
    ) -> k8s.apiextensions.CustomResource:
        """Create an object of a custom kind from its manifest. ``options`` are resource options."""
        return k8s.apiextensions.CustomResource(
            name,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            opts=self.child(**options),
        )


def labels(name: str, component: str) -> dict[str, str]:
    """Return the recommended ``app.kubernetes.io`` labels.

    Args:
        name: the application, or the part of the platform.
        component: its role: web, migrate, database, …
    """
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/instance": pulumi.get_stack(),
        "app.kubernetes.io/managed-by": "pulumi",
        "app.kubernetes.io/part-of": PART_OF,
    }
