"""EksCluster: network, control plane, nodes, repositories and domain, and the facts about the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
from pulumi_command import local

from components.cluster import metrics_server
from components.cluster.eks import manifests
from components.cluster.eks.backups import BackupBucket, BackupBucketArgs
from components.cluster.eks.controlplane import ControlPlane, ControlPlaneArgs
from components.cluster.eks.domain import Domain, DomainArgs
from components.cluster.eks.network import Network, NetworkArgs
from components.cluster.eks.nodes import Nodes, NodesArgs
from components.cluster.eks.registry import Repositories, RepositoriesArgs
from components.cluster.eks.scripts import run
from components.cluster.interface import Cluster, Exposure, architecture_selector
from components.shared import base
from components.shared.backup_store import BackupStore
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart, Database, EksSettings
from pocdeploy.config.backups import Backups
from pocdeploy.config.cluster import is_protected

AWS_TIMEOUT = 900
"""Seconds that `destroy` waits until load balancers and volumes are deleted."""


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """Inputs of a cluster on AWS."""

    settings: EksSettings
    """Name, region, zones, nodes."""
    apps: Sequence[str]
    """Names of the applications, each of which has a repository."""
    hosts: Sequence[str]
    """Hosts of the applications, for the certificate."""
    public_cidrs: Sequence[str]
    """CIDRs that reach the cluster's API from the internet."""
    cost: str
    """The costs in one sentence."""
    metrics_server_chart: Chart
    """Chart of metrics-server. The autoscaler needs it, and Auto Mode does not include it."""
    backups: Backups | None = None
    """Where the databases are backed up with a role of their pods; None if they need none."""
    databases: Mapping[str, Database] = field(default_factory=dict)
    """Application -> its own database cluster."""


class EksCluster(base.Component, Cluster):
    """A cluster on AWS.

    `destroy` deletes every object by itself, in the reverse order of `up`: first what the applications created, then
    the load balancer and the volumes (and waits until they are deleted), the nodes, the cluster and the network.
    """

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        settings = args.settings
        tags = manifests.tags(pulumi.get_stack(), settings)
        account = aws.Provider(f"{name}-aws", region=settings.region, default_tags={"tags": tags}, opts=self.child())
        on_aws = self.child(providers=[account])
        self.protect = is_protected(settings, pulumi.get_stack())
        network = Network(f"{name}-network", NetworkArgs(settings=settings), on_aws)
        control_plane = ControlPlane(
            f"{name}-cluster",
            ControlPlaneArgs(
                settings=settings, network=network, public_cidrs=args.public_cidrs, tags=tags, protect=self.protect
            ),
            on_aws,
        )
        folder = Path(".pocdeploy", "clusters", settings.name)
        file = self._kubeconfig_file(name, folder, control_plane)
        self.client = ClusterClient(control_plane.kubeconfig)
        self.provider = self._ready(name, args, control_plane, network, tags)
        metrics_server.install(self, args.metrics_server_chart, self.client, provider=self.provider)
        images = RepositoriesArgs(cluster=settings.name, apps=args.apps, force_delete=settings.registry_force_delete)
        self.registry = Repositories(f"{name}-images", images, on_aws).registry
        self._domain = self._create_domain(name, args, on_aws)
        self.backup_store = _bucket(name, args, control_plane, on_aws)
        self.exposure = self._exposure(tags)
        self.storage_class, self.durable = manifests.STORAGE_CLASS, True
        self.platform, self.node_selector = settings.platform, architecture_selector(settings.platform)
        self.topology_key, self.topology_domains = "topology.kubernetes.io/zone", len(settings.all_zones)
        self.cost = args.cost
        # There is no kubeconfig for the outputs: it contains the command by which this machine gets a token.
        self.kubeconfig_path = str(Path.cwd() / folder / "kubeconfig")
        self.kubectl = self.kubectl_here = f"kubectl --kubeconfig {self.kubeconfig_path}"
        self.register_outputs(
            {
                "provider": self.provider,
                "kubeconfigPath": self.kubeconfig_path,
                "kubeconfigFile": file.id,
                "protect": self.protect,
            }
        )

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Create the records of the hosts. Without a domain in the settings, its owner creates them."""
        if self._domain is not None and address is not None:
            self._domain.publish(hosts, address, after)

    def _create_domain(self, name: str, args: EksClusterArgs, on_aws: pulumi.ResourceOptions) -> Domain | None:
        settings = args.settings
        if not settings.zone_name:
            return None
        domain = DomainArgs(zone=settings.zone_name, hosts=args.hosts, region=settings.region)
        return Domain(f"{name}-domain", domain, on_aws)

    def _exposure(self, tags: dict[str, str]) -> Exposure:
        domain = self._domain
        return Exposure(
            service_type="LoadBalancer",
            load_balancer_class=manifests.LOAD_BALANCER_CLASS,
            annotations=manifests.load_balancer(tags, domain.certificate_arn if domain else None),
            # Without a certificate, browsers would not trust the https port.
            entry_points=("web", "websecure") if domain else ("web",),
            redirect_to_https=domain is not None,
            scheme="https" if domain else "http",
            port=443 if domain else 80,
        )

    def _kubeconfig_file(self, name: str, folder: Path, control_plane: ControlPlane) -> local.Command:
        return local.Command(
            f"{name}-kubeconfig",
            create=run("kubeconfig"),
            update=run("kubeconfig"),
            delete=run("kubeconfig-delete"),
            stdin=control_plane.kubeconfig,
            environment={"FOLDER": str(folder)},
            logging=local.Logging.STDERR,
            add_previous_output_in_env=False,
            opts=self.child(),
        )

    def _ready(
        self, name: str, args: EksClusterArgs, control_plane: ControlPlane, network: Network, tags: dict[str, str]
    ) -> k8s.Provider:
        """Return the provider of all objects in the cluster. It is ready when nodes and volumes can be created.

        The objects for nodes and storage have their own provider, so that they are created before all other objects
        and deleted after them.
        """
        first = self._in_cluster(f"{name}-nodes-provider", control_plane, [control_plane.node_access])
        nodes = Nodes(
            f"{name}-nodes",
            NodesArgs(
                settings=args.settings,
                role=control_plane.node_role_name,
                subnet_ids=network.private_subnet_ids,
                security_group_id=control_plane.security_group_id,
                tags=tags,
            ),
            self.child(providers=[first]),
        )
        drained = local.Command(
            f"{name}-drained",
            delete=run("drain"),
            environment={
                "CLUSTER": args.settings.name,
                "REGION": args.settings.region,
                "VPC": network.vpc_id,
                "VOLUMES_OF": manifests.VOLUMES_OF,
                "PATIENCE": str(AWS_TIMEOUT),
            },
            logging=local.Logging.STDERR,
            add_previous_output_in_env=False,
            opts=self.child(depends_on=[nodes], custom_timeouts=pulumi.CustomTimeouts(delete="20m")),
        )
        return self._in_cluster(f"{name}-provider", control_plane, [drained])

    def _in_cluster(
        self, name: str, control_plane: ControlPlane, depends_on: Sequence[pulumi.Resource]
    ) -> k8s.Provider:
        cluster = control_plane.cluster
        return k8s.Provider(
            name,
            kubeconfig=control_plane.kubeconfig,
            # A cluster that is recreated under its old name is another cluster, without any objects.
            cluster_identifier=pulumi.Output.concat(cluster.arn, "@", cluster.created_at),
            # The state keeps objects of an unreachable cluster: their load balancers and volumes still cost money.
            delete_unreachable=False,
            # Objects that a killed run has created but not recorded are adopted: all objects in this cluster belong to
            # the stack.
            upsert_existing_objects=True,
            opts=self.child(depends_on=depends_on),
        )


def _bucket(
    name: str, args: EksClusterArgs, control_plane: ControlPlane, on_aws: pulumi.ResourceOptions
) -> BackupStore | None:
    """Return the store of backups that databases use with a role; None if there is none."""
    backups = args.backups
    if backups is None:
        return None
    sources = [it.recovery.from_ for it in args.databases.values() if it.recovery and it.recovery.from_]
    bucket = BackupBucketArgs(
        cluster=control_plane.cluster.name,
        databases=list(args.databases),
        bucket=backups.bucket,
        prefix=backups.prefix or pulumi.get_stack(),
        readable=sorted({prefix for it in sources if (prefix := it.rpartition("/")[0])}),
        region=backups.region or args.settings.region,
        retention=backups.default_retention,
    )
    return BackupBucket(f"{name}-backups", bucket, on_aws).store
