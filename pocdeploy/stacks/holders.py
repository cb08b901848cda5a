"""Which resources hold data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pocdeploy.stacks.deployed import Resource

STATEFUL = re.compile(
    r"^kubernetes:postgresql\.cnpg\.io/v1:(Cluster|Database)$|^kubernetes:core/v1:(Namespace|PersistentVolumeClaim)$"
    r"|^aws:s3/bucket|^aws:ebs/volume:|^aws:rds/|^aws:efs/|^aws:eks/cluster:|^eks:index:Cluster$|^aws:ecr/repository:"
)
"""Types whose resources hold data, or contain resources that do."""
CLUSTER = re.compile(r"(^|\$)pocdeploy:cluster:(?!LocalRegistry|LocalStore)\w+\$command:local:Command$")
"""A cluster that scripts create and delete; everything in it is deleted with it."""


def holds_data(type_chain: str, inputs: Mapping[str, Any]) -> bool:
    """Return whether a resource holds data.

    Args:
        type_chain: types of its parents and its own type, separated by ``$``.
        inputs: its inputs; only those of a command decide.
    """
    is_cluster = CLUSTER.search(type_chain) is not None and bool(inputs.get("delete"))
    return is_cluster or STATEFUL.search(type_chain.rpartition("$")[2]) is not None


def size(resource: Resource) -> str | None:
    """Return the size of a database's volumes, for example ``3 x 1Gi``; None if it has none of its own."""
    storage = (resource.spec.get("storage") or {}).get("size")
    return f"{resource.spec.get('instances', 1)} x {storage}" if storage else None
