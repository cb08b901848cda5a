"""Network: a VPC over three zones. Nodes are in private subnets; load balancers and NAT gateways in public ones."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.cluster.eks import manifests
from components.shared import base
from pocdeploy.config import EksSettings

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Inputs of the network."""

    settings: EksSettings
    """Region, zones, addresses, NAT gateways."""


class Network(base.Component):
    """VPC, subnets and routes. The cluster depends on all of them, so that every node can reach the internet."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: list[pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cluster", name, opts)
        self._name_of = name
        settings = args.settings
        vpc = ec2.Vpc(
            name,
            cidr_block=settings.vpc_cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=self.child(),
        )
        # Every VPC has a default group that allows traffic between its members. This removes its rules.
        ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": f"{name}-default"}, opts=self.child()
        )
        gateway = ec2.InternetGateway(name, vpc_id=vpc.id, tags={"Name": name}, opts=self.child())
        out = self._routes("public", vpc, gateway_id=gateway.id)
        self.private_subnet_ids = []
        tables = []
        nat: ec2.NatGateway | None = None
        for zone, private_cidr, public_cidr in manifests.subnets(settings):
            public = self._subnet(f"public-{zone}", vpc, zone, public_cidr, role="elb", table=out)
            if nat is None or settings.nat_gateways == "perZone":
                nat = self._nat(zone, public, gateway)
            table = self._routes(f"private-{zone}", vpc, nat_gateway_id=nat.id)
            tables.append(table.id)
            private = self._subnet(f"private-{zone}", vpc, zone, private_cidr, role="internal-elb", table=table)
            self.private_subnet_ids.append(private.id)
        self._s3_endpoint(f"{name}-s3", vpc, settings.region, tables)
        self.vpc_id = vpc.id
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids})

    def _s3_endpoint(self, name: str, vpc: ec2.Vpc, region: str, tables: list[pulumi.Output[str]]) -> None:
        """Create a free way to S3 for layers of images; traffic through a NAT gateway costs money."""
        ec2.VpcEndpoint(
            name,
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=tables,
            tags={"Name": name},
            opts=self.child(),
        )

    def _subnet(self, name: str, vpc: ec2.Vpc, zone: str, cidr: str, *, role: str, table: ec2.RouteTable) -> ec2.Subnet:
        full = f"{self._name_of}-{name}"
        subnet = ec2.Subnet(
            full,
            vpc_id=vpc.id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            # EKS finds the subnets for load balancers by this tag.
            tags={"Name": full, f"kubernetes.io/role/{role}": "1"},
            opts=self.child(),
        )
        ec2.RouteTableAssociation(full, subnet_id=subnet.id, route_table_id=table.id, opts=self.child())
        return subnet

    def _nat(self, zone: str, subnet: ec2.Subnet, gateway: ec2.InternetGateway) -> ec2.NatGateway:
        full = f"{self._name_of}-{zone}"
        tags = {"Name": full}
        address = ec2.Eip(full, domain="vpc", tags=tags, opts=self.child(depends_on=[gateway]))
        return ec2.NatGateway(
            full, allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=self.child(depends_on=[gateway])
        )

    def _routes(self, name: str, vpc: ec2.Vpc, **target: pulumi.Input[str]) -> ec2.RouteTable:
        full = f"{self._name_of}-{name}"
        table = ec2.RouteTable(full, vpc_id=vpc.id, tags={"Name": full}, opts=self.child())
        ec2.Route(full, route_table_id=table.id, destination_cidr_block=ANYWHERE, opts=self.child(), **target)
        return table
