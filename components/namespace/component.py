"""AppNamespace: an application's own namespace, closed until a NetworkPolicy opens it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.namespace import manifests
from components.shared import base


@dataclass(frozen=True, kw_only=True)
class AppNamespaceArgs:
    """Inputs of an application's namespace."""

    pull_config: pulumi.Input[str] | None = None
    """Docker configuration (``.dockerconfigjson``) that its pods need to pull images; None if they need none."""
    protect: bool = False
    """Whether Pulumi refuses to delete it: a database in it would be deleted, too."""


class AppNamespace(base.Component):
    """A namespace under Pod Security ``restricted``. Its pods reach only DNS unless a NetworkPolicy allows more."""

    namespace: pulumi.Output[str]
    pull_secret: pulumi.Output[str] | None
    """Name of the Secret that images are pulled with, if one is needed."""

    def __init__(self, name: str, args: AppNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("namespace", name, opts)
        self.namespace = self.create_namespace(name, protect=args.protect).metadata.name
        self.create_network_policies(name, self.namespace, manifests.network_policies())
        self.pull_secret = None
        if args.pull_config is not None:
            secret = self.create_secret(
                f"{name}-pull",
                metadata={"namespace": self.namespace, "labels": base.labels(name, "pull")},
                string_data={".dockerconfigjson": args.pull_config},
                fields={"type": "kubernetes.io/dockerconfigjson"},
            )
            self.pull_secret = secret.metadata.name
        self.register_outputs({"namespace": self.namespace})
