"""Install the policy pack."""

from __future__ import annotations

import typer

from pocdeploy.cli.context import CliContext
from pocdeploy.toolchain import virtualenv


def policies(context: typer.Context) -> None:
    """Install the policy pack: preview --policy-pack policies."""
    install_pack(context.obj)


def install_pack(cli: CliContext) -> None:
    """Install the packages of the policy pack into a virtualenv of its own: they do not fit the program's packages."""
    virtualenv.ensure(cli.root, ".pocdeploy/policies", "policies/requirements.txt", log=cli.log)
