"""The cluster of a stack that is up, for commands that ask it something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pocdeploy.errors import Finding, PreflightError
from pocdeploy.session import Session

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


def client(session: Session, stack: str) -> ApiClient:
    """Return a client of the API of the stack's cluster; raises NoStackError, or PreflightError."""
    # Imported where it is used: most commands need none of it, and it takes a quarter of a second.
    from kubernetes.config import ConfigException, new_client_from_config  # noqa: PLC0415

    path = session.root / str(session.outputs(stack)["kubeconfigPath"])
    try:
        api: ApiClient = new_client_from_config(str(path))  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        what = f"is no kubeconfig that can be used: {error}"
        raise PreflightError([Finding(where=str(path), what=what, fix=f"make up STACK={stack}")]) from error
    # Commands try again themselves, or say what is the matter at once; urllib3 would write warnings.
    api.configuration.retries = False
    api.rest_client = type(api.rest_client)(api.configuration)
    return api
