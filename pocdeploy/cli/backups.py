"""What the commands about backups share."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube.client import KubeClient
from pocdeploy.stacks.backups import archive, errors
from pocdeploy.stacks.backups.archive import Archive

OneApp = Annotated[str | None, typer.Option("--app", envvar="APP", help="Only the database of this application.")]


def archives(cli: CliContext, stack: str, app: str | None) -> tuple[KubeClient, list[Archive]]:
    """Return a client of the cluster, and the archives of its databases: all, or that of ``app``.

    Raises:
        BackupError: no database has one.
        PreflightError: there is no such application with a database.
    """
    if app is not None:
        api, found = archive_of(cli, stack, app)
        return api, [found]
    needs.provide(cli, "backups", stack)
    settings, api = cli.settings(stack), cli.cluster(stack)
    owners = archive.owners(settings)
    read = [it for it in (archive.read(api, owner) for owner in owners) if it is not None]
    if not read:
        raise errors.no_backups(owners[0] if owners else next(iter(settings.apps)), stack)
    return api, read


def archive_of(cli: CliContext, stack: str, app: str) -> tuple[KubeClient, Archive]:
    """Return a client of the cluster, and the archive that the database of an application is in.

    Raises:
        BackupError: the database has none.
        PreflightError: there is no such application with a database.
    """
    settings = cli.settings(stack)
    database = settings.apps[app].database if app in settings.apps else None
    if database is None:
        known = ", ".join(name for name, it in settings.apps.items() if it.database)
        finding = Finding(where="--app", what="no application with a database", actual=app, expected=f"one of {known}")
        raise PreflightError([finding])
    needs.provide(cli, "backups", stack)
    api = cli.cluster(stack)
    found = archive.read(api, database.shared or app)
    if found is None:
        raise errors.no_backups(app, stack)
    return api, found
