"""Say what the destruction of a stack deletes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pocdeploy import fixes
from pocdeploy.errors import ExitCode, Finding, PocdeployError
from pocdeploy.stacks import holders
from pocdeploy.stacks.data_loss import cluster_name
from pocdeploy.stacks.deployed import COMMAND, DATABASE_CLUSTER, REPOSITORY, SHARED_DATABASE, Deployed


class DestructionError(PocdeployError):
    """A stack must not be destroyed."""

    headline = "The stack was not destroyed; nothing was changed"
    exit_code = ExitCode.NOT_READY


def listing(deployed: Deployed, backups: Mapping[str, str] | None = None) -> list[str]:
    """Return what is destroyed and holds data, a line each; empty if there is nothing of that.

    ``backups`` are the times of the last backups, by application, as far as they are known.
    """
    known = backups or {}
    found = [
        f"the cluster {cluster_name(cluster)}, with all volumes in it"
        for cluster in (deployed.kind_cluster, deployed.eks_cluster)
        if cluster
    ]
    for resource in deployed.resources.values():
        if resource.type in (DATABASE_CLUSTER, SHARED_DATABASE):
            size = holders.size(resource)
            last = known.get(resource.name.removesuffix("-db"))
            backup = f"the last backup is of {last}" if last else "no backup is known"
            found.append(f"the database {resource.name}{f' ({size})' if size else ''}; {backup}")
        elif resource.type == REPOSITORY and resource.outputs.get("forceDelete"):
            found.append(f"the repository {resource.outputs.get('name')}, with all images in it")
        elif resource.type == COMMAND and {"REGISTRY", "IMAGE"} <= resource.environment.keys():
            found.append(f"the registry {resource.environment.get('REGISTRY')}, with all images in it")
    return found


def protected(deployed: Deployed) -> list[str]:
    """Return the names of the resources that Pulumi refuses to delete."""
    return [resource.name for resource in deployed.resources.values() if resource.protect]


def refusal(names: Collection[str], stack: str) -> Finding:
    """Return the finding for a protected stack."""
    with fixes.for_stack(stack):
        unprotect = fixes.set_value("cluster.protect", value=False)
    return Finding(
        where=f"stack {stack}",
        what="the stack is protected",
        actual=", ".join(names),
        expected="protect: false, deployed by `make up` before the stack is destroyed",
        fix=f"{unprotect} && make up STACK={stack}",
    )


def unconfirmed(destroyed: Sequence[str], stack: str, *, otherwise: str = "") -> Finding:
    """Return the finding for a destruction that was not confirmed; ``otherwise`` is what can be done instead."""
    return Finding(
        where=f"stack {stack}",
        what="its destruction was not confirmed",
        actual="; ".join(destroyed),
        expected=f"the name of the stack, typed on a terminal, or --yes-destroy{otherwise and f'; {otherwise}'}",
        fix=f"make down STACK={stack} YES_DESTROY=1",
    )
