"""List prices of AWS, on demand, in USD and without tax.

Written by hand at ``DATE`` from the pages in ``SOURCES``, where they can be checked. The table gives an order of
magnitude before `pulumi up`, not a bill. Without an entry for a region or an instance type there is no estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DATE = "2026-11"
SOURCES = (
    "https://aws.amazon.com/eks/pricing/",
    "https://aws.amazon.com/ec2/pricing/on-demand/",
    "https://aws.amazon.com/vpc/pricing/",
    "https://aws.amazon.com/elasticloadbalancing/pricing/",
    "https://aws.amazon.com/ebs/pricing/",
    "https://aws.amazon.com/kms/pricing/",
)
CONTROL_PLANE = 0.10
"""An hour of EKS with standard support, in all regions of this table."""
AUTO_MODE = 0.12
"""Surcharge of Auto Mode on the price of an instance, as a fraction."""
PUBLIC_ADDRESS = 0.005
"""An hour of a public IPv4 address."""
KEY = 1.00
"""A month of a KMS key."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """Prices that differ by region."""

    instances: Mapping[str, float]
    """Instance type → price of an hour, with Linux."""
    nat: float
    """An hour of a NAT gateway."""
    load_balancer: float
    """An hour of a Network Load Balancer."""
    gp3: float
    """A month of a GB of gp3."""


REGIONS: Mapping[str, Region] = {
    "us-east-1": Region(
        instances={
            "t3.large": 0.0832,
            "m5.large": 0.096,
            "m6i.large": 0.096,
            "m6i.xlarge": 0.192,
            "m6g.large": 0.077,
            "m7g.large": 0.0816,
        },
        nat=0.045,
        load_balancer=0.0225,
        gp3=0.08,
    ),
    "eu-west-1": Region(
        instances={
            "t3.large": 0.0912,
            "m5.large": 0.107,
            "m6i.large": 0.107,
            "m6i.xlarge": 0.214,
            "m6g.large": 0.086,
        },
        nat=0.048,
        load_balancer=0.0252,
        gp3=0.088,
    ),
    "eu-central-1": Region(
        instances={
            "t3.large": 0.096,
            "m5.large": 0.115,
            "m6i.large": 0.115,
            "m6i.xlarge": 0.23,
            "m6g.large": 0.092,
        },
        nat=0.052,
        load_balancer=0.027,
        gp3=0.0952,
    ),
}
