"""Connect to the existing cluster and check it, before any resource is registered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import yaml

from components.cluster.existing import manifests
from components.shared import engine
from pocdeploy.config import ExistingSettings, Settings
from pocdeploy.config.existing_cluster import OtherStack
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import cluster_conflicts, cluster_inventory
from pocdeploy.preflight.cluster_inventory import Inventory


@dataclass(frozen=True, kw_only=True)
class Access:
    """The way to the cluster, and what is in it."""

    file: Path | None
    """File of the kubeconfig; None if another stack exports it."""
    kubeconfig: str
    """Kubeconfig with one context. It can contain credentials."""
    inventory: Inventory


def connect(settings: Settings) -> Access | None:
    """Return the access to the existing cluster; None for other types of cluster.

    Raises:
        ClusterError: with all problems of the kubeconfig, or all conflicts with the cluster.
    """
    cluster = settings.cluster
    if not isinstance(cluster, ExistingSettings):
        return None
    reference = cluster.stack_reference
    file = None if reference else kubeconfig.locate(cluster.kubeconfig, Path.cwd())
    config = kubeconfig.read(file, str(cluster.context)) if file else _of_other_stack(reference, cluster.context)
    inventory = cluster_inventory.read(config)
    cluster_conflicts.check(settings, pulumi.get_stack(), inventory)
    return Access(file=file, kubeconfig=yaml.safe_dump(config), inventory=inventory)


def _of_other_stack(reference: OtherStack | None, context: str | None) -> dict[str, Any]:
    """Return the kubeconfig that another stack exports, with one context."""
    assert reference is not None, "the settings require a file or another stack"  # for mypy
    where = "pocdeploy:cluster.stackReference"
    try:
        output = engine.stack_outputs(reference.stack).get(reference.output)
    except LookupError as error:
        raise ClusterError([_unknown(f"{where}.stack", reference.stack, str(error))]) from None
    if not output:
        raise ClusterError([_no_output(f"{where}.output", reference)])
    text = manifests.kubeconfig_text(output)
    config = kubeconfig.parse(text, where=f"{where}.output", actual=reference.output)
    return kubeconfig.choose(config, context)


def _unknown(where: str, stack: str, error: str) -> Finding:
    return Finding(
        where=where,
        what=f"the outputs of this stack cannot be read: {error[:200]}",
        actual=stack,
        expected="the full name of a deployed stack",
        fix="pulumi stack ls --all",
    )


def _no_output(where: str, reference: OtherStack) -> Finding:
    return Finding(
        where=where,
        what=f"the stack {reference.stack} does not have this output",
        actual=reference.output,
        expected="an output that contains a kubeconfig",
        fix=f"pulumi stack output --stack {reference.stack}",
    )
