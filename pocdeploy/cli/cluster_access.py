"""The cluster of a stack that is up, for commands that ask it something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pocdeploy.cli.context import CliContext
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.kube import client as kube_client

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


def client(cli: CliContext, stack: str) -> ApiClient:
    """Return a client of the API of the stack's cluster; raises NoStackError, or PreflightError."""
    path = cli.root / str(cli.pulumi.outputs(stack)["kubeconfigPath"])
    try:
        return kube_client.client_of(path)
    except ValueError as error:
        what = f"is no kubeconfig that can be used: {error}"
        raise PreflightError([Finding(where=str(path), what=what, fix=f"make up STACK={stack}")]) from error
