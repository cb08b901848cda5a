"""ExistingCluster: a cluster that something else created. The stack changes only the objects that it created itself."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import metrics_server
from components.cluster.existing import manifests
from components.cluster.existing.access import Access
from components.cluster.interface import Cluster, Registry, architecture_selector
from components.shared import base
from components.shared.cluster_client import ClusterClient
from pocdeploy import fixes
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.config.cluster import is_protected
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig


@dataclass(frozen=True, kw_only=True)
class ExistingClusterArgs:
    """Inputs of an existing cluster."""

    settings: ExistingSettings
    """How to connect to it, and which parts of the platform it has."""
    stack_settings: Settings
    """All settings."""
    access: Access
    """The connection, which was made before anything was registered."""
    identifier: str
    """Identifier of the cluster for its provider; another one recreates every object."""
    registry_password: pulumi.Output[str] | None
    """Password of the registry, if one was set."""


class ExistingCluster(base.Component, Cluster):
    """An existing cluster, which `access.connect` has checked for conflicts."""

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings, file = args.settings, args.access.file
        registry = _registry(settings, args.registry_password)
        super().__init__("cluster", name, opts)
        self.kubeconfig_path = str(file) if file else None
        self.kubectl = f"kubectl --kubeconfig {shlex.quote(str(file))}" if file else "kubectl"
        self.kubectl += f" --context {shlex.quote(settings.context)}" if settings.context else ""
        self.kubectl_here = self.kubectl
        if settings.stack_reference:  # records the dependency on the other stack
            pulumi.StackReference(f"{name}-kubeconfig", settings.stack_reference.stack, self.child())
        text = pulumi.Output.secret(args.access.kubeconfig)
        self.client = ClusterClient(text)
        self.provider = k8s.Provider(
            f"{name}-provider",
            # The file and not its contents: the state contains no credentials, and renewed credentials are used.
            kubeconfig=kubeconfig.in_state(settings.kubeconfig, Path.cwd()) if file else text,
            context=settings.context,
            # Without it, a renewed certificate, another port or the name of a context would replace every object.
            cluster_identifier=args.identifier,
            # Objects that a killed run has created but not recorded are adopted. They belong to this stack, because
            # the check refuses namespaces of others. Another cluster is refused, so that no provider adopts what the
            # previous one then deletes.
            upsert_existing_objects=True,
            opts=self.child(),
        )
        self.registry = registry
        self.exposure = manifests.exposure(settings)
        self.storage_class, self.platform = settings.storage_class, settings.platform
        self.node_selector = architecture_selector(settings.platform)
        self.topology_key = settings.topology_key
        self.durable = True
        self.protect = is_protected(settings, pulumi.get_stack())
        self.preinstalled = manifests.preinstalled(settings)
        if settings.metrics_server:
            chart = args.stack_settings.charts.metrics_server
            metrics_server.install(self, chart, self.client, provider=self.provider)
        self.register_outputs({"provider": self.provider, "registry": self.registry.push, "protect": self.protect})

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Do nothing: the owner of the cluster creates the DNS records."""


def _registry(settings: ExistingSettings, password: pulumi.Output[str] | None) -> Registry:
    registry = settings.registry
    pull, username = registry.pull or registry.push, registry.username
    if (username is None) != (password is None):
        raise _run_error(ClusterError([_incomplete_login(username)]))
    if username is None or password is None:
        login = f"docker login {registry.push.partition('/')[0]}"
        return Registry(push=registry.push, pull=pull, login_command=login)
    return Registry(
        push=registry.push,
        pull=pull,
        credentials={"username": username, "password": password},
        login_command=fixes.set_secret("registryPassword"),
        pull_secret=pulumi.Output.secret(password.apply(lambda it: manifests.pull_config(pull, username, it))),
    )


def _incomplete_login(username: str | None) -> Finding:
    if username is None:
        return Finding(
            where="pocdeploy:cluster.registry.username",
            what="a password for the registry is set, but no user name",
            fix=fixes.set_value("cluster.registry.username", "robot"),
        )
    return Finding(
        where="pocdeploy:registryPassword",
        what="a user name for the registry is set, but no password",
        actual=username,
        fix=fixes.set_secret("registryPassword"),
    )


def _run_error(error: ClusterError) -> pulumi.RunError:
    return pulumi.RunError(str(error))
