"""Estimate the costs of a configuration from the price table, before anything is created."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pocdeploy.config import EksSettings
from pocdeploy.preflight.aws import prices

HOURS = 730
"""Hours of a month, as AWS counts them."""
ROOT_DISK = 40 + 4
"""GB of a node's disks: those of the node class, and the system disk of Bottlerocket."""
NODES = 3
"""Number of nodes in the estimate: one in each zone, as the instances of a database are spread over the zones."""
NOT_INCLUDED = (
    "data through NAT gateway, load balancer and internet; logs; images; Route 53; nodes beyond one in each zone; tax"
)


def sentence(settings: EksSettings, *, volumes: Sequence[Decimal]) -> str:
    """Return the estimate in one sentence.

    Args:
        settings: region, nodes, NAT gateways, key.
        volumes: bytes of each volume of the applications.
    """
    lines = hourly(settings, volumes=volumes)
    if lines is None:
        wanted = f"{settings.region} with {settings.all_instance_types[0]}"
        return f"no estimate: {wanted} is not in the price table of {prices.DATE} (pocdeploy/preflight/aws/prices.py)"
    hour = sum(lines.values())
    parts = ", ".join(f"{name} {price:.3f}" for name, price in lines.items())
    return (
        f"about {hour:.2f} USD an hour, {hour * HOURS:.0f} USD a month in {settings.region} "
        f"(on demand, list prices of {prices.DATE}; an hour: {parts}). Not included: {NOT_INCLUDED}."
    )


def hourly(settings: EksSettings, *, volumes: Sequence[Decimal]) -> dict[str, float] | None:
    """Return item → USD an hour; None if the region or the first instance type is not in the price table."""
    region = prices.REGIONS.get(settings.region)
    instance = region.instances.get(settings.all_instance_types[0]) if region else None
    if region is None or instance is None:
        return None
    gateways = len(settings.all_zones) if settings.nat_gateways == "perZone" else 1
    gigabytes = float(sum(volumes) / 1024**3) + NODES * ROOT_DISK
    lines = {
        "control plane": prices.CONTROL_PLANE,
        f"{NODES} nodes": NODES * instance * (1 + prices.AUTO_MODE),
        f"{gateways} NAT": gateways * (region.nat + prices.PUBLIC_ADDRESS),
        # With an address in each zone.
        "load balancer": region.load_balancer + len(settings.all_zones) * prices.PUBLIC_ADDRESS,
        "disks": gigabytes * region.gp3 / HOURS,
    }
    return {**lines, "key": prices.KEY / HOURS} if settings.encrypt_secrets else lines
