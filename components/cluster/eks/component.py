"""EksCluster: network, control plane, nodes, repositories and domain, wired; and the facts that come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
from pulumi_command import local

from components.cluster.eks import manifests
from components.cluster.eks.controlplane import ControlPlane, ControlPlaneArgs
from components.cluster.eks.domain import Domain, DomainArgs
from components.cluster.eks.network import Network, NetworkArgs
from components.cluster.eks.nodes import Nodes, NodesArgs
from components.cluster.eks.registry import Repositories, RepositoriesArgs
from components.cluster.eks.scripts import run
from components.cluster.interface import Exposure, PreinstalledAddons, Registry
from components.shared import base
from components.shared.chart import install_chart
from components.shared.cluster_client import ClusterClient
from pocdeploy.config import Chart, EksSettings

AWS_TIMEOUT = 900
"""Seconds that `destroy` waits for load balancers and volumes to be gone."""


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """What a cluster on AWS is made from."""

    settings: EksSettings
    apps: Sequence[str]
    """Applications: each gets a repository."""
    hosts: Sequence[str]
    """Hosts of the applications: the certificate is for them."""
    public_cidrs: Sequence[str]
    """Who reaches the cluster's API from the internet."""
    cost: str
    """What all this costs, in a sentence."""
    metrics_server_chart: Chart
    """The autoscaler needs metrics-server, and Auto Mode brings none."""


class EksCluster(base.Component):
    """A cluster on AWS. Implements ``components.cluster.Cluster``.

    Nothing in it is deleted with the cluster: `destroy` goes back the way that `up` came. What the applications made is
    gone first, then the load balancer and the volumes (that is waited for), the nodes, the cluster and the network.
    """

    provider: k8s.Provider
    access: ClusterClient
    registry: Registry
    exposure: Exposure
    storage_class: str | None
    platform: str
    durable: bool
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

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        settings = args.settings
        tags = manifests.tags(pulumi.get_stack(), settings)
        account = aws.Provider(f"{name}-aws", region=settings.region, default_tags={"tags": tags}, opts=self.child())
        on_aws = self.child(providers=[account])
        self.protect = base.is_production() if settings.protect is None else settings.protect
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
        self.access = ClusterClient(control_plane.kubeconfig)
        self.provider = self._ready(name, args, control_plane, network, tags)
        self._metrics_server(args.metrics_server_chart)
        self.registry = Repositories(
            f"{name}-images",
            RepositoriesArgs(cluster=settings.name, apps=args.apps, force_delete=settings.registry_force_delete),
            on_aws,
        ).registry
        zone = settings.zone_name
        domain_args = DomainArgs(zone=zone, hosts=args.hosts, region=settings.region) if zone else None
        self._domain = Domain(f"{name}-domain", domain_args, on_aws) if domain_args else None
        self.exposure = self._exposure(tags)
        self.storage_class = manifests.STORAGE_CLASS
        self.durable = True
        self.platform = f"linux/{settings.architecture}"
        self.topology_key = "topology.kubernetes.io/zone"
        self.topology_domains = len(settings.all_zones)
        self.cost = args.cost
        self.provided = PreinstalledAddons()
        self.delete_with = None
        # It says how this machine gets a token, which another one may not be able to do.
        self.kubeconfig = None
        self.kubeconfig_path = str(Path.cwd() / folder / "kubeconfig")
        self.kubectl_here = f"kubectl --kubeconfig {self.kubeconfig_path}"
        self.kubectl = self.kubectl_here
        self.register_outputs(
            {"provider": self.provider, "kubeconfigPath": self.kubeconfig_path, "kubeconfigFile": file.id}
        )

    def publish(
        self, hosts: Sequence[str], address: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> None:
        """Make the hosts of the domain lead to the load balancer. Without a domain that is for its owner to do."""
        if self._domain is not None and address is not None:
            self._domain.publish(hosts, address, after)

    def _exposure(self, tags: dict[str, str]) -> Exposure:
        domain = self._domain
        return Exposure(
            service_type="LoadBalancer",
            load_balancer_class=manifests.LOAD_BALANCER_CLASS,
            annotations=manifests.load_balancer(tags, domain.certificate_arn if domain else None),
            # Without a certificate nothing that a browser would trust is at the other port.
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
        """Return the provider of everything in the cluster; it is ready when there are nodes to be had and volumes.

        Nodes and storage have a provider of their own, so that they are made before all else in the cluster, and
        deleted after it.
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
            # A cluster that is made anew under its old name is another one, in which nothing is there yet.
            cluster_identifier=pulumi.Output.concat(cluster.arn, "@", cluster.created_at),
            # What cannot be reached is not gone: its load balancers and volumes would be left, and paid for.
            delete_unreachable=False,
            # What a killed run has created but not noted is taken over: in this cluster everything is the stack's own.
            upsert_existing_objects=True,
            opts=self.child(depends_on=depends_on),
        )

    def _metrics_server(self, chart: Chart) -> None:
        install_chart(
            self,
            "metrics-server",
            chart=chart,
            access=self.access,
            chart_name="metrics-server",
            namespace="kube-system",
            values={"resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}},
            provider=self.provider,
        )
