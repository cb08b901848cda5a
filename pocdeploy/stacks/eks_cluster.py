"""Compare the settings of a cluster on AWS with the one that is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from pocdeploy import fixes
from pocdeploy.config import EksSettings, Settings
from pocdeploy.errors import Finding
from pocdeploy.stacks.deployed import EKS_CLUSTER, Deployed
from pocdeploy.stacks.facts import Facts

KEY = "pocdeploy:cluster"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"


def replaced(settings: Settings, deployed: Deployed) -> list[str]:
    """Return the settings that recreate the deployed cluster on AWS, each as ``key: deployed -> wanted``."""
    cluster, wanted = deployed.eks_cluster, settings.cluster
    if cluster is None:
        return []
    if not isinstance(wanted, EksSettings):
        return [f"cluster.type: eks -> {wanted.type}"]
    before = {
        "name": cluster.outputs.get("name"),
        "region": (str(cluster.outputs.get("arn") or "").split(":") + [""] * 4)[3] or wanted.region,
        # AWS can encrypt an existing cluster with a key, but not stop it.
        "encryptSecrets": bool(cluster.outputs.get("encryptionConfig")) or wanted.encrypt_secrets,
    }
    after = {"name": wanted.name, "region": wanted.region, "encryptSecrets": wanted.encrypt_secrets}
    return [f"cluster.{key}: {before[key]} -> {value}" for key, value in after.items() if before[key] != value]


def keep_zones(settings: Settings, deployed: Deployed) -> Settings:
    """Keep the order of the deployed zones if they are the same ones: each has a network by its place in the list."""
    cluster = settings.cluster
    if not isinstance(cluster, EksSettings):
        return settings
    subnets = [(it.outputs.get("cidrBlock"), it.outputs.get("availabilityZone")) for it in deployed.of_type(SUBNET)]
    by_network = sorted((it for it in subnets if all(it)), key=lambda it: ip_network(str(it[0])))
    zones = tuple(dict.fromkeys(str(zone) for _, zone in by_network))
    if zones == cluster.all_zones or {*zones} != {*cluster.all_zones}:
        return settings
    return settings.model_copy(update={"cluster": cluster.model_copy(update={"zones": zones})})


def fixed_network(settings: Settings, deployed: Deployed, facts: Facts) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for another network or other zones: AWS keeps those with which a cluster was created."""
    wanted = settings.cluster
    if not isinstance(wanted, EksSettings) or deployed.eks_cluster is None or replaced(settings, deployed):
        return
    networks = {str(it.outputs.get("cidrBlock")) for it in deployed.of_type(VPC)}
    zones = {str(it.outputs.get("availabilityZone")) for it in deployed.of_type(SUBNET)}
    if networks and networks != {wanted.vpc_cidr}:
        yield _fixed("vpcCidr", wanted.vpc_cidr, min(networks))
    if zones and zones != set(wanted.all_zones):
        yield _fixed("zones", f"[{', '.join(wanted.all_zones)}]", sorted(zones))


def older_version(settings: Settings, deployed: Deployed, facts: Facts) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for an older version of Kubernetes: EKS only upgrades a cluster."""
    wanted = settings.cluster
    cluster = deployed.find(EKS_CLUSTER, wanted.name) if isinstance(wanted, EksSettings) else None
    before = str(cluster.outputs.get("version") or "") if cluster else ""
    if not isinstance(wanted, EksSettings) or not before or _number(wanted.version) >= _number(before):
        return
    yield Finding(
        where=f"{KEY}.version",
        what="EKS cannot go back to an older version of Kubernetes",
        actual=f"{wanted.version}, deployed is {before}",
        expected=f"{before} or newer",
        fix=fixes.set_value(f"{KEY}.version", before),
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _fixed(key: str, actual: str, deployed: str | list[str]) -> Finding:
    return Finding(
        where=f"{KEY}.{key}",
        what="AWS cannot change the network of a cluster, and volumes stay in their zone",
        actual=actual,
        expected=f"{fixes.as_text(deployed)}, as deployed; for another network, a new stack",
        fix=fixes.set_value(f"{KEY}.{key}", deployed),
    )
