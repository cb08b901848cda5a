"""Backups around the life of a stack: the last one before it is destroyed, and the offer to begin with it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext
from pocdeploy.config.local_cluster import local_cluster
from pocdeploy.docker import containers
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.stacks import backup_servers, destruction
from pocdeploy.stacks.backups import archive, lives, make, sql
from pocdeploy.stacks.deployed import DATABASE_CLUSTER, Deployed


def take(cli: CliContext, stack: str, deployed: Deployed) -> None:
    """Archive what a stack has that is about to be destroyed, and remember where; do nothing without backups.

    Raises:
        DestructionError: this was not possible.
    """
    servers = backup_servers.deployed_servers(deployed)
    if not servers:
        return
    if _is_gone(cli, stack):
        cli.log("The cluster does not exist any more: there is nothing left to back up.")
        return
    remembered = {}
    try:
        needs.provide(cli, "backups", stack)
        api = cli.cluster(stack)
        for app, server in servers.items():
            found = archive.read(api, app)
            if not sql.has_begun(api, app):
                cli.log(f"{app}: the database was never ready: there is nothing to back up")
                continue
            if found and found.first is None:
                cli.log(f"{app}: {make.base_backup(api, found)}")
            until = sql.flush(api, app)
            cli.log(f"{app}: everything until {until} is in the archive {server}, which stays")
            remembered[app] = {"server": server, "until": until}
            if found:
                remembered[app]["bucket"] = urlsplit(found.path).netloc
    except PocdeployError as error:
        reason = "; ".join(finding.what for finding in error.findings)
        raise destruction.DestructionError([_not_archived(stack, servers, reason)]) from error
    lives.remember(cli.root, stack, remembered)


def _is_gone(cli: CliContext, stack: str) -> bool:
    """Return whether the stack had a cluster on this machine that was deleted outside of Pulumi."""
    try:
        local = local_cluster(cli.settings(stack))
    except PocdeployError:
        return False
    containers_here = containers.listed() if local else None
    names = {it.name for it in containers_here or []}
    return local is not None and containers_here is not None and local.control_plane not in names


def known(cli: CliContext, stack: str, deployed: Deployed) -> dict[str, str]:
    """Return application -> time of its last base backup, for the deployed databases; empty if nothing answers."""
    servers = backup_servers.deployed_servers(deployed)
    if not servers:
        return {}
    try:
        needs.provide(cli, "backups", stack)
        return archive.last_backups(cli.cluster(stack), servers)
    except PocdeployError:
        return {}


def offer(cli: CliContext, stack: str, deployed: Deployed) -> None:
    """Say which databases of a new stack could begin with the backup that the last stack of this name has left."""
    if any(deployed.of_type(DATABASE_CLUSTER)) or not lives.file(cli.root, stack).is_file():
        return
    for line in lives.offers(cli.root, stack, cli.settings(stack)):
        cli.log(line)


def _not_archived(stack: str, servers: dict[str, str], reason: str) -> Finding:
    return Finding(
        where=f"stack {stack}",
        what=f"the last backup of {', '.join(servers)} failed",
        actual=reason,
        expected="a last backup, or --no-backup",
        fix=f"make down STACK={stack} ARGS=--no-backup",
    )
