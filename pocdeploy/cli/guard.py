"""Stop commands that would delete data, unless a person confirms it. ``YES=1`` never confirms it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from pocdeploy.cli import last_backups
from pocdeploy.cli.context import CliContext
from pocdeploy.stacks import data_loss, destruction, forced_replacements, refusals
from pocdeploy.stacks.data_loss import DataLossError, Loss
from pocdeploy.stacks.deployed import Deployed, from_export
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.facts import Facts


def check_up(
    cli: CliContext, stack: str, deployed: Deployed, arguments: Sequence[str], allowed: Sequence[str] | None
) -> str:
    """Refuse impossible changes, and data losses that are not confirmed; return what may be deleted.

    ``deployed`` is the last state, ``arguments`` are options of Pulumi. ``allowed`` are URNs; None allows all losses,
    for stacks that are made to be destroyed. The result is for the environment variable ALLOWED of the program.
    """
    found = _losses(cli, stack, deployed, arguments)
    urns = {loss.urn for loss in found} if allowed is None else set(allowed)
    open_ = [loss for loss in found if loss.urn not in urns]
    if open_ and not any(loss.protect for loss in found) and is_terminal(cli):
        _show("These changes delete data:", open_)
        if confirm(stack):
            urns |= {loss.urn for loss in open_}
    data_loss.check(found, stack=stack, allowed=urns, is_preview=False)
    return " ".join(sorted(urns))


def check_preview(
    cli: CliContext, stack: str, deployed: Deployed, arguments: Sequence[str], allowed: Sequence[str]
) -> DataLossError | None:
    """Refuse impossible changes; return the error with which the preview ends: ``up`` would stop."""
    try:
        found = _losses(cli, stack, deployed, arguments)
        data_loss.check(found, stack=stack, allowed=allowed, is_preview=False)
    except DataLossError as error:
        return error
    return None


def check_down(cli: CliContext, stack: str, *, confirmed: bool) -> Deployed:
    """Show what ``down`` destroys, and return the state of the stack.

    Raises DestructionError unless a person or ``confirmed`` agrees, or if it is protected.
    """
    deployed = from_export(cli.pulumi.export(stack))
    if protected := destruction.protected(deployed):
        raise destruction.DestructionError([destruction.refusal(protected, stack)])
    destroyed = destruction.listing(deployed, last_backups.known(cli, stack, deployed))
    confirm_destruction(cli, stack, destroyed, confirmed=confirmed)
    return deployed


def confirm_destruction(
    cli: CliContext, stack: str, destroyed: Sequence[str], *, confirmed: bool, otherwise: str = ""
) -> None:
    """Show what is ``destroyed``; raise DestructionError unless a person or ``confirmed`` agrees.

    ``otherwise`` is what can be done instead.
    """
    if not destroyed or confirmed:
        return
    if is_terminal(cli):
        _show(f"make down destroys the stack {stack} with all its data:", destroyed)
        if confirm(stack):
            return
    raise destruction.DestructionError([destruction.unconfirmed(destroyed, stack, otherwise=otherwise)])


def _losses(cli: CliContext, stack: str, deployed: Deployed, arguments: Sequence[str]) -> list[Loss]:
    if all(resource.type.startswith("pulumi:") for resource in deployed.resources.values()):
        return []  # a new stack
    settings = effective(cli.settings(stack), deployed)
    refusals.check(settings, deployed, Facts())
    found = data_loss.losses(settings, deployed)
    named = {loss.urn for loss in found}
    found += [it for it in forced_replacements.losses(deployed, arguments) if it.urn not in named]
    return data_loss.with_backups(found, last_backups.known(cli, stack, deployed)) if found else found


def _show(headline: str, lines: Sequence[object]) -> None:
    typer.echo("\n".join([headline, *(f"  - {_line(line)}" for line in lines)]), err=True)


def _line(line: object) -> str:
    return f"{line}\n    because of {line.reason}" if isinstance(line, Loss) else str(line)


def confirm(stack: str) -> bool:
    """Ask a person for the name of the stack; return whether it was typed."""
    name = stack.rpartition("/")[2]
    typer.echo(f"There is no way back. Type the name of the stack ({name}) to go on: ", err=True, nl=False)
    return _typed() == name


def confirm_restore(app: str) -> bool:
    """Ask a person for the name of the application; return whether it was typed."""
    typer.echo(f"Type the name of the application ({app}) to let it use the restored contents: ", err=True, nl=False)
    return _typed() == app


def _typed() -> str:
    return sys.stdin.readline().strip()


def is_terminal(cli: CliContext) -> bool:
    """Return whether a person can be asked."""
    return not cli.json and sys.stdin.isatty() and sys.stderr.isatty()
