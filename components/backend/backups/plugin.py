"""BackupPlugin: plugin-barman-cloud, once per cluster, in the namespace of the operator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.backend.backups import access, certificates, manifests
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart

ROLES: tuple[Literal["server", "client"], ...] = ("server", "client")


@dataclass(frozen=True, kw_only=True)
class BackupPluginArgs:
    """Inputs of the plugin."""

    chart: Chart
    """Chart ``plugin-barman-cloud``."""
    client: ClusterClient
    """The cluster, to explain a failed installation."""
    namespace: str
    """Namespace of CloudNativePG, which finds its plugins only there."""


class BackupPlugin(base.Component):
    """The plugin, with the certificates by which operator and plugin know each other."""

    def __init__(self, name: str, args: BackupPluginArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("backend", name, opts)
        # `make up ARGS='--replace URN'` with its URN makes other certificates.
        secret = random.RandomPassword(f"{name}-certificates", length=48, special=False, opts=self.child()).result
        secrets = [
            self.create_secret(
                f"{name}-{role}-tls",
                metadata={
                    "name": f"{certificates.SERVICE}-{role}-tls",
                    "namespace": args.namespace,
                    "labels": base.labels(name, "certificate"),
                },
                string_data=pulumi.Output.secret(secret.apply(partial(certificates.pair, role=role))),
                fields={"type": "kubernetes.io/tls"},
                # It has a name of its own, and there can be only one of that.
                delete_before_replace=True,
            )
            for role in ROLES
        ]
        # The plugin reads its certificates when it starts.
        checksum = pulumi.Output.unsecret(secret.apply(lambda it: hashlib.sha256(it.encode()).hexdigest()[:16]))
        self.create_network_policies(name, args.namespace, manifests.plugin_policies())
        labels = base.labels(name, "access")
        role = access.role(name, access.cluster_rules(), labels=labels)
        binding = access.binding(name, labels=labels, plugin_namespace=args.namespace)
        rights = [
            k8s.rbac.v1.ClusterRole(f"{name}-role", **role, opts=self.child()),
            k8s.rbac.v1.ClusterRoleBinding(f"{name}-binding", **binding, opts=self.child()),
        ]
        install_chart(
            self,
            name,
            chart=args.chart,
            client=args.client,
            chart_name="plugin-barman-cloud",
            namespace=args.namespace,
            values=manifests.plugin_values(checksum),
            depends_on=[*secrets, *rights],
        )
        self.register_outputs({"namespace": args.namespace})
