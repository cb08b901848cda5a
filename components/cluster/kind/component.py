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

from components.cluster import metrics_server
from components.cluster.interface import Cluster, Registry
from components.cluster.kind import manifests
from components.cluster.kind.registry import LocalRegistry, LocalRegistryArgs
from components.cluster.kind.scripts import run
from components.cluster.kind.store import LocalStore, LocalStoreArgs
from components.shared import base
from components.shared.backup_store import BackupStore
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart, KindSettings
from pocdeploy.config.cluster import is_protected


@dataclass(frozen=True, kw_only=True)
class KindClusterArgs:
    """Inputs of a Kind cluster."""

    settings: KindSettings
    """Name, nodes and ports."""
    config: str
    """Kind's configuration."""
    metrics_server_chart: Chart
    """Chart of metrics-server, which is installed if the settings say so."""
    store_image: str | None = None
    """Image of the store of backups beside the cluster; None for no such store."""


class KindCluster(base.Component, Cluster):
    """A Kind cluster with its registry."""

    def __init__(self, name: str, args: KindClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        settings = args.settings
        folder = Path(".pocdeploy", "clusters", settings.name)
        local_registry = LocalRegistry(
            f"{name}-registry",
            LocalRegistryArgs(cluster=settings.name, image=settings.registry_image, port=settings.registry_port),
            self.child(),
        )
        self.protect = is_protected(settings, pulumi.get_stack())
        config_hash = hashlib.sha256(args.config.encode()).hexdigest()
        cluster = self._cluster(name, args, folder, local_registry, config_hash)
        connected = self._connected(name, settings, cluster, local_registry, config_hash)
        self.provider = self._kubernetes_provider(name, settings, cluster, config_hash, connected)
        self.client = ClusterClient(cluster.stdout)
        self.registry = Registry(
            push=local_registry.host,
            pull=local_registry.host,
            resource=local_registry.container,
            identity=local_registry.identity,
        )
        self.exposure = manifests.exposure(settings)
        self.storage_class, self.durable = "standard", False
        self.platform = _docker_platform()
        self.topology_key = "kubernetes.io/hostname"
        self.delete_with = cluster
        self.kubeconfig = pulumi.Output.secret(cluster.stdout)
        self.kubeconfig_path = str(Path.cwd() / folder / "kubeconfig")
        self.kubectl_here = f"kubectl --kubeconfig {self.kubeconfig_path}"
        self.kubectl = f"docker exec -it {settings.name}-control-plane kubectl --kubeconfig /etc/kubernetes/admin.conf"
        self.backup_store = self._store(name, args, cluster)
        self._create_objects(settings, args.metrics_server_chart)
        self.register_outputs(
            {
                "provider": self.provider,
                "registry": local_registry.host,
                "kubeconfigPath": self.kubeconfig_path,
                "protect": self.protect,
            }
        )

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Do nothing: ``localhost`` and all names below it are this machine (RFC 6761)."""

    def _cluster(
        self, name: str, args: KindClusterArgs, folder: Path, registry: LocalRegistry, config_hash: str
    ) -> local.Command:
        settings = args.settings
        return local.Command(
            f"{name}-kind",
            create=run("create"),
            update=run("update"),
            delete=run("delete"),
            stdin=args.config,
            environment={
                "CLUSTER": settings.name,
                "STACK": pulumi.get_stack(),
                "FOLDER": str(folder),
                "REGISTRY": registry.container_name,
                "CONFIG_HASH": config_hash,
            },
            # Kind cannot change the nodes and ports of a cluster: another configuration is another cluster.
            triggers=[settings.name, config_hash],
            # The output is a kubeconfig with the administrator's key.
            logging=local.Logging.NONE,
            add_previous_output_in_env=False,
            opts=self.child(
                delete_before_replace=True,
                protect=self.protect,
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

    def _kubernetes_provider(
        self, name: str, settings: KindSettings, cluster: local.Command, config_hash: str, connected: local.Command
    ) -> k8s.Provider:
        return k8s.Provider(
            f"{name}-provider",
            kubeconfig=cluster.stdout,
            # Another configuration is another cluster, in which every object is recreated. A new API port or
            # certificate changes nothing. The identifier must be known in a preview: with an output of the cluster
            # in it, Pulumi would delete the objects one by one.
            cluster_identifier=f"{settings.name}-{config_hash[:16]}",
            delete_unreachable=True,
            # Objects that a killed run has created but not recorded are adopted: all objects in this cluster belong
            # to the stack.
            upsert_existing_objects=True,
            opts=self.child(depends_on=[connected]),
        )

    def _store(self, name: str, args: KindClusterArgs, cluster: local.Command) -> BackupStore | None:
        if args.store_image is None:
            return None
        store = LocalStoreArgs(cluster=args.settings.name, image=args.store_image, network=cluster)
        return LocalStore(f"{name}-backups", store, self.child()).facts

    def _create_objects(self, settings: KindSettings, metrics_server_chart: Chart) -> None:
        """Create the objects in the cluster that every stack on Kind needs."""
        options: dict[str, Any] = {"provider": self.provider, "deleted_with": self.delete_with}
        k8s.core.v1.ConfigMap(
            "local-registry-hosting",
            **manifests.registry_hosting(settings.registry_port),
            opts=self.child(**options),
        )
        if settings.metrics_server:
            # The certificates of Kind's kubelets are not signed by the cluster's authority.
            arguments = ["--kubelet-insecure-tls"]
            metrics_server.install(self, metrics_server_chart, self.client, arguments=arguments, **options)


def _docker_platform() -> str:
    """Return the platform of containers on this machine. Docker Desktop runs Linux of the same architecture."""
    machine = platform.machine().lower()
    return f"linux/{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"
