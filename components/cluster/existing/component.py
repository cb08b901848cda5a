"""ExistingCluster: a cluster that something else created. The stack changes only the objects that it created itself."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.cluster import metrics_server
from components.cluster.existing import manifests
from components.cluster.interface import Cluster, Registry
from components.shared import base
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import cluster_conflicts

_SET_PASSWORD = "pulumi config set --secret pocdeploy:registryPassword"  # noqa: S105 -- a command


@dataclass(frozen=True, kw_only=True)
class ExistingClusterArgs:
    """Inputs of an existing cluster."""

    settings: ExistingSettings
    """How to connect to it, and which parts of the platform it has."""
    stack_settings: Settings
    """All settings, to check that the cluster does not have what the stack installs."""
    registry_password: pulumi.Output[str] | None
    """Password of the registry, if one was set."""


class ExistingCluster(base.Component, Cluster):
    """Checks the cluster for conflicts before anything is created in it."""

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = args.settings
        registry = _registry(settings, args.registry_password)
        # Before anything is registered, if possible: a file can be read now, another stack's output only later.
        file, content = (None, None) if settings.stack_reference else _from_file(args.stack_settings)
        super().__init__("cluster", name, opts)
        self.kubeconfig_path = str(file) if file else None
        self.kubectl = f"kubectl --kubeconfig {shlex.quote(str(file))}" if file else "kubectl"
        self.kubectl += f" --context {shlex.quote(settings.context)}" if settings.context else ""
        self.kubectl_here = self.kubectl
        text = pulumi.Output.secret(content) if content else self._of_other_stack(args.stack_settings, settings)
        self.client = ClusterClient(text)
        self.provider = k8s.Provider(
            f"{name}-provider",
            # The file and not its contents: the state contains no credentials, and renewed credentials are used.
            kubeconfig=kubeconfig.in_state(settings.kubeconfig, Path.cwd()) if file else text,
            context=settings.context,
            # Without it, a renewed certificate or another port would replace every object.
            cluster_identifier=settings.stack_reference.stack if settings.stack_reference else settings.context,
            # Objects that a killed run has created but not recorded are adopted. They belong to this stack, because
            # the check refuses namespaces of others.
            upsert_existing_objects=True,
            opts=self.child(),
        )
        self.registry = registry
        self.exposure = manifests.exposure(settings)
        self.storage_class = settings.storage_class
        self.platform = settings.platform
        self.topology_key = settings.topology_key
        self.durable = True
        self.protect = base.is_production()
        self.preinstalled = manifests.preinstalled(settings)
        if settings.metrics_server:
            chart = args.stack_settings.charts.metrics_server
            metrics_server.install(self, chart, self.client, provider=self.provider)
        self.register_outputs({"provider": self.provider, "registry": self.registry.push})

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Do nothing: the owner of the cluster creates the DNS records."""

    def _of_other_stack(self, stack_settings: Settings, settings: ExistingSettings) -> pulumi.Output[str]:
        """Return the kubeconfig that another stack exports, after the checks."""
        reference = settings.stack_reference
        assert reference is not None
        stack = pulumi.get_stack()

        def checked(output: Any) -> str:
            where = "pocdeploy:cluster.stackReference.output"
            if not output:
                raise _run_error(ClusterError([_no_output(where, reference.stack, reference.output)]))
            try:
                config = kubeconfig.parse(manifests.kubeconfig_text(output), where=where, actual=reference.output)
                config = kubeconfig.choose(config, settings.context)
                cluster_conflicts.check(stack_settings, stack, config)
            except ClusterError as error:
                raise _run_error(error) from None
            return yaml.safe_dump(config)

        other = pulumi.StackReference(f"{self._name}-kubeconfig", reference.stack, self.child())
        return pulumi.Output.secret(other.get_output(reference.output).apply(checked))


def _from_file(settings: Settings) -> tuple[Path, str]:
    """Return the kubeconfig's file, and its contents with one context.

    Raises:
        pulumi.RunError: with all problems of the kubeconfig and of the cluster.
    """
    root = Path.cwd()
    try:
        content = cluster_conflicts.check_file(settings, pulumi.get_stack(), root)
    except ClusterError as error:
        raise _run_error(error) from None
    assert isinstance(settings.cluster, ExistingSettings)
    return kubeconfig.locate(settings.cluster.kubeconfig, root), yaml.safe_dump(content)


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
        login_command=_SET_PASSWORD,
        pull_secret=pulumi.Output.secret(password.apply(lambda it: manifests.pull_config(pull, username, it))),
    )


def _incomplete_login(username: str | None) -> Finding:
    if username is None:
        return Finding(
            where="pocdeploy:cluster.registry.username",
            what="a password for the registry is set, but no user name",
            fix="pulumi config set --path 'pocdeploy:cluster.registry.username' <user>",
        )
    return Finding(
        where="pocdeploy:registryPassword",
        what="a user name for the registry is set, but no password",
        actual=username,
        fix=_SET_PASSWORD,
    )


def _no_output(where: str, stack: str, output: str) -> Finding:
    return Finding(
        where=where,
        what=f"the stack {stack} does not have this output",
        actual=output,
        expected="an output that contains a kubeconfig",
        fix=f"pulumi stack output --stack {stack}",
    )


def _run_error(error: ClusterError) -> pulumi.RunError:
    return pulumi.RunError(str(error))
