"""What is known of the live cluster, beside settings and state."""

from __future__ import annotations

from dataclasses import dataclass

from pocdeploy.preflight.cluster_inventory import Inventory


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts that are read before anything is changed; None where they are not known."""

    inventory: Inventory | None = None
    """Contents of an existing cluster."""
