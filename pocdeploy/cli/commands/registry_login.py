"""Log Docker in to a registry."""

from __future__ import annotations

import subprocess

import typer

from pocdeploy.cli.context import needed_variables
from pocdeploy.errors import Finding, PreflightError


def registry_login() -> None:
    """Log Docker in to a registry.

    Registry and account are in the environment variables REGISTRY, REGISTRY_USER and REGISTRY_PASSWORD. The password
    goes to Docker's standard input, not onto a command line.
    """
    registry, user, password = needed_variables("REGISTRY", "REGISTRY_USER", "REGISTRY_PASSWORD")
    command = ["docker", "login", registry, "--username", user, "--password-stdin"]
    try:
        done = subprocess.run(command, input=f"{password}\n", text=True, check=False)
    except OSError as error:
        finding = Finding(where="docker", what="cannot be started", actual=error.strerror, fix="make doctor")
        raise PreflightError([finding]) from error
    raise typer.Exit(done.returncode)
