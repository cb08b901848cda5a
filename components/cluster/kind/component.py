"""KindCluster: control plane and workers in Docker, a registry beside them, and a provider that waits for both."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi_command import local

from components.cluster.interface import Exposure, PreinstalledAddons, Registry
from components.cluster.kind import manifests
from components.cluster.kind.registry import LocalRegistry, LocalRegistryArgs
from components.cluster.kind.scripts import run
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart, KindSettings


@dataclass(frozen=True, kw_only=True)
class KindClusterArgs:
    """What a Kind cluster is made from."""

    settings: KindSettings
    """Name, nodes and ports."""
    metrics_server_chart: Chart
    """Chart of metrics-server, installed if the settings want it."""


class KindCluster(base.Component):
    """A Kind cluster with its registry. Implements ``components.cluster.Cluster``."""

    provider: k8s.Provider
    access: ClusterClient
    registry: Registry
    exposure: Exposure
    storage_class: str | None
    durable: bool
    platform: str
    topology_key: str
    topology_domains: int | None
    protect: bool
    cost: str | None
    provided: PreinstalledAddons
    delete_with: pulumi.Resource | None
    kubeconfig: pulumi.Output[str] | None
    kubeconfig_path: str | None
    kubectl_here: str
    kubectl: str

    def __init__(self, name: str, args: KindClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        settings = args.settings
        folder = Path(".pocdeploy", "clusters", settings.name)
        local_registry = LocalRegistry(
            f"{name}-registry",
            LocalRegistryArgs(cluster=settings.name, image=settings.registry_image, port=settings.registry_port),
            self.child(),
        )
        config = manifests.cluster_config(settings)
        config_hash = hashlib.sha256(config.encode()).hexdigest()
        cluster = self._cluster(name, settings, folder, local_registry.container_name, config)
        connected = self._connected(name, settings, cluster, local_registry, config_hash)

        self.provider = k8s.Provider(
            f"{name}-provider",
            kubeconfig=cluster.stdout,
            # Another configuration is another cluster: every object is made anew in it. A new API port or certificate
            # changes nothing. Known beforehand on purpose: objects would be deleted one by one if the cluster's own
            # outputs were in here.
            cluster_identifier=f"{settings.name}-{config_hash[:16]}",
            delete_unreachable=True,
            # What a killed run has created but not noted is taken over: in this cluster everything is the stack's own.
            upsert_existing_objects=True,
            opts=self.child(depends_on=[connected]),
        )
        self.access = ClusterClient(cluster.stdout)
        self.registry = Registry(
            push=local_registry.host,
            pull=local_registry.host,
            resource=local_registry.container,
            identity=local_registry.identity,
        )
        self.exposure = Exposure(
            service_type="NodePort",
            node_ports=manifests.NODE_PORTS,
            port=settings.http_port,
            status_host="localhost",
            local=True,
        )
        self.storage_class = "standard"
        self.durable = False
        self.platform = _docker_platform()
        self.topology_key = "kubernetes.io/hostname"
        self.topology_domains = None
        self.protect = base.is_production()
        self.cost = None
        self.provided = PreinstalledAddons()
        self.delete_with = cluster
        self.kubeconfig = pulumi.Output.secret(cluster.stdout)
        self.kubeconfig_path = str(Path.cwd() / folder / "kubeconfig")
        self.kubectl_here = f"kubectl --kubeconfig {self.kubeconfig_path}"
        node = f"{settings.name}-control-plane"
        self.kubectl = f"docker exec -it {node} kubectl --kubeconfig /etc/kubernetes/admin.conf"
        self._inside(settings, args.metrics_server_chart)
        self.register_outputs(
            {"provider": self.provider, "registry": local_registry.host, "kubeconfigPath": self.kubeconfig_path}
        )

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Do nothing: ``localhost`` and all names in it are this machine (RFC 6761)."""

    def _cluster(self, name: str, settings: KindSettings, folder: Path, registry: str, config: str) -> local.Command:
        config_hash = hashlib.sha256(config.encode()).hexdigest()
        return local.Command(
            f"{name}-kind",
            create=run("create"),
            update=run("update"),
            delete=run("delete"),
            stdin=config,
            environment={
                "CLUSTER": settings.name,
                "STACK": pulumi.get_stack(),
                "FOLDER": str(folder),
                "REGISTRY": registry,
                "CONFIG_HASH": config_hash,
            },
            # A cluster's nodes and ports cannot be changed: another configuration is another cluster.
            triggers=[settings.name, config_hash],
            # The output is a kubeconfig with the administrator's key.
            logging=local.Logging.NONE,
            add_previous_output_in_env=False,
            opts=self.child(
                delete_before_replace=True,
                additional_secret_outputs=["stdout"],
                custom_timeouts=pulumi.CustomTimeouts(create="15m", delete="5m"),
            ),
        )

    def _connected(
        self, name: str, settings: KindSettings, cluster: local.Command, registry: LocalRegistry, config_hash: str
    ) -> local.Command:
        mirror = settings.registry_mirror
        return local.Command(
            f"{name}-connect",
            create=run("connect"),
            environment={
                "CLUSTER": settings.name,
                "REGISTRY": registry.container_name,
                "REGISTRY_HOST": registry.host,
                "REGISTRY_HOSTS_TOML": manifests.registry_hosts(f"http://{registry.container_name}:5000"),
                "MIRROR_HOSTS_TOML": manifests.registry_hosts(mirror) if mirror else "",
            },
            triggers=[config_hash, registry.container.stdout],
            logging=local.Logging.STDERR,
            opts=self.child(depends_on=[cluster, registry], deleted_with=cluster),
        )

    def _inside(self, settings: KindSettings, metrics_server_chart: Chart) -> None:
        inside: dict[str, Any] = {"provider": self.provider, "deleted_with": self.delete_with}
        k8s.core.v1.ConfigMap(
            "local-registry-hosting",
            **manifests.registry_hosting(settings.registry_port),
            opts=self.child(**inside),
        )
        if settings.metrics_server:
            install_chart(
                self,
                "metrics-server",
                chart=metrics_server_chart,
                access=self.access,
                chart_name="metrics-server",
                namespace="kube-system",
                # Kind's kubelets serve with certificates that the cluster's authority did not sign.
                values={
                    "args": ["--kubelet-insecure-tls"],
                    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                },
                **inside,
            )


def _docker_platform() -> str:
    """Return the platform of containers on this machine; Docker Desktop runs Linux of the same architecture."""
    machine = platform.machine().lower()
    return f"linux/{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"
