"""Write a kubeconfig that CI has as a secret."""

from __future__ import annotations

import os

import typer

from pocdeploy.cli.context import CliContext, needed_variables


def kubeconfig(context: typer.Context) -> None:
    """Write KUBECONFIG_CONTENT into .pocdeploy/kubeconfig.

    The environment variable has the kubeconfig of a cluster that exists already; the file is readable by this user
    alone.
    """
    cli: CliContext = context.obj
    (content,) = needed_variables("KUBECONFIG_CONTENT")
    file = cli.root / ".pocdeploy" / "kubeconfig"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)  # another mode stays with a file that is overwritten
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(f"{content}\n")
