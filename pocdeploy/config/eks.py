"""Settings of a cluster on AWS: Amazon EKS with Auto Mode."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pocdeploy.config.types import ClusterName, Flag, HostName, Model, invalid, matches

REGION = r"[a-z]{2}(-[a-z]+)+-\d"
LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]


def _network(text: str) -> str:
    network = _parsed(text)
    if network is None:
        raise invalid("a network in CIDR notation without host bits, for example 203.0.113.7/32")
    if network.prefixlen == 0:
        raise invalid("a CIDR other than 0.0.0.0/0, for example 203.0.113.7/32")
    return text


def _vpc_network(text: str) -> str:
    network = _parsed(text)
    if not isinstance(network, IPv4Network) or not network.is_private or not 16 <= network.prefixlen <= 20:
        raise invalid("a private IPv4 network between /16 and /20, for example 10.42.0.0/16")
    if network.overlaps(IPv4Network(SERVICE_NETWORK)):
        raise invalid(f"a network that does not overlap that of the cluster's services, {SERVICE_NETWORK}")
    return text


def _parsed(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text) if "/" in text else None
    except ValueError:
        return None


SERVICE_NETWORK = "172.20.0.0/16"
"""Addresses of Services: the default of EKS, set explicitly so that no VPC overlaps it."""
Region = Annotated[str, matches(REGION, "a region of AWS, for example eu-central-1")]
Cidr = Annotated[str, AfterValidator(_network)]
VpcCidr = Annotated[str, AfterValidator(_vpc_network)]
ZoneName = Annotated[str, matches(rf"{REGION}[a-z]", "a zone's name, for example eu-central-1a")]
TagValue = Annotated[
    str, matches(r"[A-Za-z0-9 .:/=+@_-]{1,128}", "letters, digits, space and . : / = + - @ _, at most 128 characters")
]
PrincipalArn = Annotated[
    str,
    matches(
        r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+",
        "the ARN of an IAM role or user, for example arn:aws:iam::111122223333:role/developers",
    ),
]
InstanceType = Annotated[str, matches(r"[a-z][a-z0-9-]*\.[a-z0-9]+", "an EC2 instance type, for example m6i.large")]


class AccessEntry(Model):
    """IAM principal that may use the API of the cluster."""

    principal: PrincipalArn
    """ARN of the IAM role or user."""
    policy: Literal["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]
    """Access policy of EKS: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html."""
    namespaces: tuple[str, ...] = ()
    """Namespaces of the policy; empty for the whole cluster."""


class EksSettings(Model):
    """A cluster on AWS. Credentials come from the AWS SDK, not from settings."""

    type: Literal["eks"]
    """`eks`: Amazon EKS, docs/eks.md."""
    name: ClusterName = "pocdeploy"
    """Name of the cluster; names of network, roles and repositories contain it."""
    region: Region
    """Region of all resources, for example eu-central-1."""
    owner: TagValue = "pocdeploy"
    """Person or team that is responsible for the costs; a tag on all resources. Volumes keep the first one."""
    version: Literal["1.35", "1.36"] = "1.36"
    """Kubernetes version: 1.35 or 1.36, supported by EKS and by CloudNativePG."""
    zones: tuple[ZoneName, ...] = ()
    """Three availability zones; default: a, b and c of the region."""
    vpc_cidr: VpcCidr = "10.42.0.0/16"
    """Addresses of the network, private, /16 to /20."""
    nat_gateways: Literal["single", "perZone"] = "single"
    """One NAT gateway, about 38 USD a month plus data; or `perZone`: three, so that no zone depends on another."""
    public_access_cidrs: tuple[Cidr, ...] = ()
    """Addresses that can reach the cluster's API from the internet; default: the address of the machine that
    deploys."""
    access: tuple[AccessEntry, ...] = ()
    """IAM principals that may use the cluster, in addition to its creator."""
    control_plane_logs: tuple[LogType, ...] = ("audit", "authenticator")
    """Logs in CloudWatch: api, audit, authenticator, controllerManager, scheduler."""
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365] = 14
    """Retention time of these logs, in days."""
    encrypt_secrets: Flag = False
    """Encrypt Secrets with a KMS key of the stack, 1 USD a month; without it, EKS uses a key of AWS."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """Architecture of nodes and images; `arm64` is cheaper, and is built by emulation on a machine of another one."""
    instance_types: Annotated[tuple[InstanceType, ...], Field(max_length=20)] = ()
    """EC2 instance types of the nodes; default: `m6i.large`, or `m6g.large` for arm64."""
    max_cpus: Annotated[int, Field(ge=2, le=1000, strict=True)] = 16
    """Maximum number of CPUs of all nodes together; limits the costs."""
    domain: HostName | None = None
    """Domain of the first application, with a public hosted zone in Route 53; the domains of the others are below it.
    Required for https."""
    hosted_zone: HostName | None = None
    """Name of its hosted zone; default: the domain."""
    insecure_http: Flag = False
    """Serve plain http without a domain; each application then needs a `host` whose DNS record you point at the output
    `gatewayAddress`."""
    registry_force_delete: Flag = False
    """Delete repositories that contain images; otherwise `make down` fails on them."""
    protect: Flag | None = None
    """Let Pulumi and AWS refuse to delete cluster and databases; default: `true` in stacks whose name begins with
    `prod`."""

    @property
    def platform(self) -> str:
        """Platform of the nodes."""
        return f"linux/{self.architecture}"

    @property
    def all_zones(self) -> tuple[str, ...]:
        """Zones, also if they are not set."""
        return self.zones or tuple(f"{self.region}{letter}" for letter in "abc")

    @property
    def all_instance_types(self) -> tuple[str, ...]:
        """Instance types, also if they are not set."""
        return self.instance_types or ({"amd64": "m6i.large", "arm64": "m6g.large"}[self.architecture],)

    @property
    def zone_name(self) -> str | None:
        """Name of the hosted zone, if there is a domain."""
        return self.hosted_zone or self.domain

    @model_validator(mode="after")
    def _zones_fit(self) -> EksSettings:
        if self.zones and len(set(self.zones)) != 3:
            accepted = f"three different zones (here {', '.join(self.zones)})"
            raise invalid(accepted, at=["zones"], tries=[{"zones": [f"{self.region}{letter}" for letter in "abc"]}])
        if foreign := [zone for zone in self.zones if not zone.startswith(self.region)]:
            accepted = f"zones of the region {self.region} (not {', '.join(foreign)})"
            raise invalid(accepted, at=["zones"], tries=[{"zones": [f"{self.region}{letter}" for letter in "abc"]}])
        return self

    @model_validator(mode="after")
    def _instances_fit(self) -> EksSettings:
        # In the names of AWS's own processors a g follows the generation: m7g, c8gd, t4g.
        for name in self.instance_types:
            arm = re.match(r"[a-z]+\d+g", name) is not None
            if arm != (self.architecture == "arm64"):
                accepted = f"instance types of the architecture {self.architecture} (not {name})"
                other = "arm64" if arm else "amd64"
                raise invalid(accepted, at=["instanceTypes"], tries=[{"architecture": other}, {"instanceTypes": None}])
        return self

    @model_validator(mode="after")
    def _served_safely(self) -> EksSettings:
        if self.domain is None and not self.insecure_http:
            raise invalid(
                "a domain with a hosted zone in Route 53, for https, for example shop.example.com; "
                "or insecureHttp: true, for http to the whole internet",
                at=["domain"],
                tries=[{"domain": "shop.example.com"}],
            )
        if self.domain is not None and self.insecure_http:
            accepted = "either a domain or insecureHttp: true: with a domain, http redirects to https"
            raise invalid(accepted, at=["insecureHttp"], tries=[{"insecureHttp": None}])
        zone = self.hosted_zone
        if zone is not None and (self.domain is None or not is_under(self.domain, zone)):
            accepted = f"a domain in the hosted zone {zone} (here {self.domain or 'none'})"
            raise invalid(accepted, at=["hostedZone"], tries=[{"hostedZone": None}])
        return self


def is_under(host: str, domain: str) -> bool:
    """Return whether a host is a domain or is in it."""
    return host == domain or host.endswith(f".{domain}")
