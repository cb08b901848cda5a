"""Effective settings: a default that differs from what is deployed applies only where the change is safe."""

from __future__ import annotations

from collections.abc import Callable

from pocdeploy.config import Settings
from pocdeploy.stacks import databases, eks_cluster, kind_cluster
from pocdeploy.stacks.deployed import Deployed

Rule = Callable[[Settings, Deployed], Settings]
RULES: tuple[Rule, ...] = (kind_cluster.keep_node_image, eks_cluster.keep_zones, databases.keep)
"""Each returns the settings with what has to stay as deployed. Only keys that the configuration does not set change."""


def effective(settings: Settings, deployed: Deployed) -> Settings:
    """Return the settings with which the program runs: unset keys keep what is deployed, where a rule says so."""
    for rule in RULES:
        settings = rule(settings, deployed)
    return settings
