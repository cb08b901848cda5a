"""ExistingCluster: a cluster that something else has made. Nothing in it is touched that the stack did not make."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.cluster.existing import manifests
from components.cluster.interface import Exposure, PreinstalledAddons, Registry
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import cluster_conflicts


@dataclass(frozen=True, kw_only=True)
class ExistingClusterArgs:
    """What is known of the cluster."""

    settings: ExistingSettings
    """How it is reached, and what it has."""
    stack_settings: Settings
    """All settings: what will be installed decides what must not be there."""
    registry_password: pulumi.Output[str] | None
    """Password of the registry, where one was set."""


class ExistingCluster(base.Component):
    """Looks into the cluster before anything is created in it. Implements ``components.cluster.Cluster``."""

    provider: k8s.Provider
    access: ClusterClient
    registry: Registry
    exposure: Exposure
    storage_class: str | None
    platform: str
    topology_key: str
    topology_domains: int | None
    durable: bool
    protect: bool
    cost: str | None
    provided: PreinstalledAddons
    delete_with: pulumi.Resource | None
    kubeconfig: pulumi.Output[str] | None
    kubeconfig_path: str | None
    kubectl_here: str
    kubectl: str

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = args.settings
        registry = _registry(settings, args.registry_password)
        # Before anything is registered, where that can be: the file is here, the other stack's output is not yet.
        file, content = (None, None) if settings.stack_reference else _from_file(args.stack_settings)
        super().__init__("cluster", name, opts)
        self.kubeconfig_path = str(file) if file else None
        self.kubectl = f"kubectl --kubeconfig {shlex.quote(str(file))}" if file else "kubectl"
        self.kubectl += f" --context {shlex.quote(settings.context)}" if settings.context else ""
        self.kubectl_here = self.kubectl
        text = pulumi.Output.secret(content) if content else self._of_other_stack(args.stack_settings, settings)
        self.access = ClusterClient(text)
        self.provider = k8s.Provider(
            f"{name}-provider",
            # The file itself, not its content: credentials that are renewed in it are used, and none are in the state.
            kubeconfig=kubeconfig.in_state(settings.kubeconfig, Path.cwd()) if file else text,
            context=settings.context,
            # Without it a renewed certificate or another port would replace every object.
            cluster_identifier=settings.stack_reference.stack if settings.stack_reference else settings.context,
            # What a killed run has created but not noted is taken over. It can only be the stack's own: a namespace
            # of anybody else has been refused.
            upsert_existing_objects=True,
            opts=self.child(),
        )
        self.registry = registry
        self.exposure = manifests.exposure(settings)
        self.storage_class = settings.storage_class
        self.platform = settings.platform
        self.topology_key = settings.topology_key
        self.topology_domains = None
        self.durable = True
        self.protect = base.is_production()
        self.cost = None
        self.provided = manifests.provided(settings)
        self.delete_with = None
        # Credentials of a person, or of another stack, who can give it themselves.
        self.kubeconfig = None
        if settings.metrics_server:
            self._metrics_server(args.stack_settings)
        self.register_outputs({"provider": self.provider, "registry": self.registry.push})

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Do nothing: where hosts lead to is for whoever runs the cluster to say."""

    def _of_other_stack(self, stack_settings: Settings, settings: ExistingSettings) -> pulumi.Output[str]:
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

    def _metrics_server(self, stack_settings: Settings) -> None:
        install_chart(
            self,
            "metrics-server",
            chart=stack_settings.charts.metrics_server,
            access=self.access,
            chart_name="metrics-server",
            namespace="kube-system",
            values={"resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}},
            provider=self.provider,
        )


def _from_file(settings: Settings) -> tuple[Path, str]:
    """Return the kubeconfig's file, and its content with one context; raises pulumi.RunError with all that is wrong."""
    root = Path.cwd()
    try:
        content = cluster_conflicts.check_file(settings, pulumi.get_stack(), root)
    except ClusterError as error:
        raise _run_error(error) from None
    assert isinstance(settings.cluster, ExistingSettings)
    return kubeconfig.locate(settings.cluster.kubeconfig, root), yaml.safe_dump(content)


def _registry(settings: ExistingSettings, password: pulumi.Output[str] | None) -> Registry:
    asked = settings.registry
    pull, username = asked.pull or asked.push, asked.username
    if (username is None) != (password is None):
        raise _run_error(ClusterError([_half_a_login(username)]))
    if username is None or password is None:
        return Registry(push=asked.push, pull=pull)
    return Registry(
        push=asked.push,
        pull=pull,
        credentials={"username": username, "password": password},
        pull_secret=pulumi.Output.secret(password.apply(lambda it: manifests.pull_config(pull, username, it))),
    )


def _half_a_login(username: str | None) -> Finding:
    if username is None:
        return Finding(
            where="pocdeploy:cluster.registry.username",
            what="there is a password for the registry, and no user",
            fix="pulumi config set --path 'pocdeploy:cluster.registry.username' <user>",
        )
    return Finding(
        where="pocdeploy:registryPassword",
        what="there is a user for the registry, and no password",
        actual=username,
        fix="pulumi config set --secret pocdeploy:registryPassword",
    )


def _no_output(where: str, stack: str, output: str) -> Finding:
    return Finding(
        where=where,
        what=f"the stack {stack} has no such output",
        actual=output,
        expected="an output with a kubeconfig",
        fix=f"pulumi stack output --stack {stack}",
    )


def _run_error(error: ClusterError) -> pulumi.RunError:
    return pulumi.RunError(str(error))
