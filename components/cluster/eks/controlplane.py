"""ControlPlane: the EKS cluster itself, its key and logs, and the access to its API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, eks, kms

from components.cluster.eks import manifests, policies
from components.cluster.eks.iam import Role, RoleArgs
from components.cluster.eks.network import Network
from components.shared import base
from pocdeploy.config import EksSettings
from pocdeploy.config.eks import SERVICE_NETWORK


@dataclass(frozen=True, kw_only=True)
class ControlPlaneArgs:
    """Inputs of the control plane."""

    settings: EksSettings
    """Name, version, logs, encryption and access."""
    network: Network
    """Network of the cluster."""
    public_cidrs: Sequence[str]
    """CIDRs that reach the API from the internet."""
    tags: dict[str, str]
    """Tags of resources that EKS creates. Resources that Pulumi creates have the tags of its provider."""
    protect: bool
    """Whether Pulumi and AWS refuse to delete the cluster."""


class ControlPlane(base.Component):
    """EKS with Auto Mode, without its built-in node pools, because these cannot have tags (docs/adr/0010)."""

    cluster: eks.Cluster
    kubeconfig: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    node_role_name: pulumi.Output[str]
    node_access: pulumi.Resource
    """The access entry with which nodes join the cluster."""

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        settings = args.settings
        key = self._key(name) if settings.encrypt_secrets else None
        own: dict[str, pulumi.Input[str]] = {"tagging": policies.tagging()}
        if key is not None:
            own["secrets"] = key.arn.apply(policies.use_of_key)
        role = Role(
            f"{settings.name}-cluster",
            RoleArgs(
                trust=policies.trust("eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
                managed=policies.CLUSTER_POLICIES,
                own=own,
            ),
            self.child(),
        )
        self.cluster = self._cluster(args, role, key)
        self._tag_security_group(name, args.tags)
        self.node_role_name, self.node_access = self._nodes(settings)
        for number, entry in enumerate(settings.access):
            policy = policies.access_policy(entry.policy)
            self._access(f"{name}-{number}", entry.principal, policy, namespaces=entry.namespaces)
        known = pulumi.Output.all(self.cluster.name, self.cluster.endpoint, self.cluster.certificate_authority.data)
        self.kubeconfig = known.apply(lambda it: manifests.kubeconfig(it[0], settings.region, it[1], it[2]))
        self.register_outputs({"name": self.cluster.name, "endpoint": self.cluster.endpoint})

    def _key(self, name: str) -> kms.Key:
        return kms.Key(
            f"{name}-secrets",
            description=f"Kubernetes Secrets of {name}",
            enable_key_rotation=True,
            deletion_window_in_days=7,
            opts=self.child(),
        )

    def _cluster(self, args: ControlPlaneArgs, role: Role, key: kms.Key | None) -> eks.Cluster:
        settings = args.settings
        encryption = None
        if key is not None:
            provider = eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn)
            encryption = eks.ClusterEncryptionConfigArgs(provider=provider, resources=["secrets"])
        return eks.Cluster(
            settings.name,
            name=settings.name,
            version=settings.version,
            role_arn=role.arn,
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": True},
            # Auto Mode needs these three settings, and no add-ons of EKS.
            compute_config={"enabled": True, "node_pools": []},
            storage_config={"block_storage": {"enabled": True}},
            kubernetes_network_config={
                "elastic_load_balancing": {"enabled": True},
                "service_ipv4_cidr": SERVICE_NETWORK,
            },
            bootstrap_self_managed_addons=False,
            vpc_config={
                "subnet_ids": args.network.private_subnet_ids,
                "endpoint_private_access": True,
                "endpoint_public_access": True,
                "public_access_cidrs": list(args.public_cidrs),
            },
            # Extended support would cost six times as much after the end of standard support.
            upgrade_policy={"support_type": "STANDARD"},
            enabled_cluster_log_types=list(settings.control_plane_logs),
            encryption_config=encryption,
            deletion_protection=args.protect,
            opts=self.child(
                depends_on=[*role.policies, args.network, self._logs(settings)],
                protect=args.protect,
                custom_timeouts=pulumi.CustomTimeouts(create="30m", update="60m", delete="30m"),
            ),
        )

    def _logs(self, settings: EksSettings) -> pulumi.Resource:
        """Create the log group. Otherwise EKS creates it, keeps its contents forever, and never deletes it.

        It is there without logs, too: those that were written stay readable when no more are written.
        """
        logs: pulumi.Resource = cloudwatch.LogGroup(
            f"{settings.name}-logs",
            name=f"/aws/eks/{settings.name}/cluster",
            retention_in_days=settings.log_retention_days,
            opts=self.child(),
        )
        return logs

    def _tag_security_group(self, name: str, tags: dict[str, str]) -> None:
        """Tag the group that EKS creates for nodes and control plane. EKS does not copy the cluster's tags to it."""
        self.security_group_id = self.cluster.vpc_config.cluster_security_group_id
        for key, value in tags.items():
            ec2.Tag(f"{name}-{key}", resource_id=self.security_group_id, key=key, value=value, opts=self.child())

    def _nodes(self, settings: EksSettings) -> tuple[pulumi.Output[str], pulumi.Resource]:
        role = Role(
            f"{settings.name}-node",
            RoleArgs(trust=policies.trust("ec2.amazonaws.com", "sts:AssumeRole"), managed=policies.NODE_POLICIES),
            self.child(),
        )
        access = self._access(f"{settings.name}-node", role.arn, policies.AUTO_NODE_ACCESS, kind="EC2")
        return role.role_name, access

    def _access(
        self,
        name: str,
        principal: pulumi.Input[str],
        policy: str,
        *,
        kind: str = "STANDARD",
        namespaces: Sequence[str] = (),
    ) -> pulumi.Resource:
        scope = eks.AccessPolicyAssociationAccessScopeArgs(
            type="namespace" if namespaces else "cluster", namespaces=list(namespaces) or None
        )
        entry = eks.AccessEntry(
            name, cluster_name=self.cluster.name, principal_arn=principal, type=kind, opts=self.child()
        )
        allowed: pulumi.Resource = eks.AccessPolicyAssociation(
            name,
            cluster_name=self.cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=policy,
            access_scope=scope,
            opts=self.child(),
        )
        return allowed
