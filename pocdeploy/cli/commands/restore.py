"""Restore a database."""

from __future__ import annotations

from typing import Annotated

import typer

from pocdeploy.cli import backups, guard
from pocdeploy.cli.context import App, CliContext, Stack
from pocdeploy.errors import Finding
from pocdeploy.stacks.backups.errors import BackupError
from pocdeploy.stacks.backups.restore import LATEST, Restore, target

To = Annotated[str, typer.Option("--to", envvar="TO", help="Moment, for example 2026-01-31T14:00:00Z, or latest.")]
Into = Annotated[str, typer.Option("--into", help="Keep the copy as a cluster of this name, and change nothing else.")]
YesRestore = Annotated[
    bool, typer.Option("--yes-restore", envvar="YES_RESTORE", help="Restore without asking (also: YES_RESTORE=1).")
]


def restore(
    context: typer.Context,
    app: App,
    stack: Stack = "dev",
    to: To = LATEST,
    into: Into = "",
    yes_restore: YesRestore = False,  # noqa: FBT002
) -> None:
    """Restore a database to a moment.

    A copy is restored beside the database first, and the differences are shown. If you confirm, the application uses
    the restored contents; the old ones stay as another database of the cluster.
    """
    cli: CliContext = context.obj
    api, archive = backups.archive_of(cli, stack, app)
    work = Restore(api=api, app=app, archive=archive, at=target(to, archive), log=cli.log)
    if into:
        seconds = work.prepare(into)
        line = (
            f"{into}: restored in {seconds:.0f} s. Remove it:  kubectl --namespace {work.owner} delete cluster {into}"
        )
        cli.show_done(stack, [line], otherwise="")
        return
    try:
        done = _restore(cli, stack, work, confirmed=yes_restore)
    finally:
        work.clean_up()
    cli.show_done(stack, done, otherwise="nothing was changed")


def _restore(cli: CliContext, stack: str, work: Restore, *, confirmed: bool) -> list[str]:
    seconds = work.prepare()
    cli.log(f"{work.copy}: restored in {seconds:.0f} s; compared with the database of {work.app}:")
    for line in work.differences():
        cli.log(f"  {line}")
    if not confirmed:
        if not guard.is_terminal(cli):
            raise BackupError([_unconfirmed(stack, work.app)])
        if not guard.confirm_restore(work.app):
            return []
    old = work.put_in_place()
    drop = f"psql --command 'DROP DATABASE \"{old}\"'"
    service = f"service/{work.owner}-db-rw --container postgres"
    return [
        f"{work.app} uses the restored contents",
        f"its old ones are in the database {old}. Remove them:  "
        f"kubectl --namespace {work.owner} exec {service} -- {drop}",
    ]


def _unconfirmed(stack: str, app: str) -> Finding:
    return Finding(
        where=f"{app}: restore",
        what="it was not confirmed, so the database was not changed",
        expected="the name of the application, typed on a terminal, or --yes-restore",
        fix=f"make restore STACK={stack} APP={app} YES_RESTORE=1",
    )
