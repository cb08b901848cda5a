"""As much of a cluster's API as the commands need, in plain dicts; tests hand in another one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pocdeploy.errors import ExitCode, Finding, PocdeployError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

CLUSTERS = "/apis/postgresql.cnpg.io/v1/namespaces/{}/clusters"
"""Path of the databases of a namespace."""
TIMEOUT = (3.0, 15.0)
"""Seconds to connect, and to answer."""
MERGE_PATCH, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
MANAGER = "pocdeploy-cli"
"""Who changes objects, in the books that Kubernetes keeps of fields and their owners."""


class ApiError(PocdeployError):
    """The cluster's API did not do what it was asked for."""

    headline = "The cluster could not be asked"
    exit_code = ExitCode.FAILED

    def __init__(self, what: str, *, status: int | None = None, where: str = "Kubernetes API") -> None:
        self.status = status
        super().__init__([Finding(where=where, what=what, fix="make resume")])


class Api(Protocol):
    """A cluster's API. Every method raises ApiError; its ``status`` is None if there was no answer."""

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what is at ``path``."""
        ...

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """Merge ``body`` into what is at ``path``; None takes a field away."""
        ...

    def json_patch(self, path: str, operations: Sequence[Mapping[str, Any]], *, manager: str) -> None:
        """Do the operations of a JSON patch (RFC 6902) to what is at ``path``, all or none, in a manager's name."""
        ...

    def create(self, path: str, body: Mapping[str, Any]) -> None:
        """Create an object in the collection at ``path``."""
        ...

    def delete(self, path: str) -> None:
        """Delete what is at ``path``; what depends on it goes too. What is gone already is fine."""
        ...

    def exec(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        """Run ``command`` in a container; return its output."""
        ...


def items(api: Api, path: str, **query: str) -> list[dict[str, Any]]:
    """Return the objects of a collection; none where the cluster does not know their kind."""
    try:
        return list(api.get(path, **query)["items"])
    except ApiError as error:
        if error.status == 404:
            return []
        raise


def get_or_none(api: Api, path: str) -> dict[str, Any] | None:
    """Return what is at ``path``, or None."""
    try:
        return api.get(path)
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def client_of(kubeconfig: Path) -> ApiClient:
    """Return a client of the package ``kubernetes`` that tries a request once.

    Commands try again themselves, or say what is the matter at once; urllib3 would write warnings.

    Raises:
        ValueError: the kubeconfig cannot be used, with the reason.
    """
    # Imported where it is used: most commands need none of it, and it takes a quarter of a second.
    from kubernetes.config import ConfigException, new_client_from_config  # noqa: PLC0415

    try:
        client: ApiClient = new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        raise ValueError(str(error)) from error
    client.configuration.retries = False
    client.rest_client = type(client.rest_client)(client.configuration)
    return client


def from_kubeconfig(kubeconfig: Path) -> Cluster:
    """Return the API of the cluster of a kubeconfig; raises ApiError."""
    try:
        return Cluster(client_of(kubeconfig))
    except ValueError as error:
        raise ApiError(f"its kubeconfig cannot be used: {error}", where=str(kubeconfig)) from error


class Cluster:
    """The API of a cluster, by a client of the package ``kubernetes``; implements Api.

    It goes by paths: the package's classes for each kind of object take a second to import, and refuse objects with
    values that they do not know.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """See Api."""
        return self._call("GET", path, query=query)

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """See Api."""
        self._call("PATCH", path, body=dict(body), content_type=MERGE_PATCH, query={"fieldManager": MANAGER})

    def json_patch(self, path: str, operations: Sequence[Mapping[str, Any]], *, manager: str) -> None:
        """See Api."""
        self._call("PATCH", path, body=list(operations), content_type=JSON_PATCH, query={"fieldManager": manager})

    def create(self, path: str, body: Mapping[str, Any]) -> None:
        """See Api."""
        self._call("POST", path, body=dict(body), query={"fieldManager": MANAGER})

    def delete(self, path: str) -> None:
        """See Api."""
        try:
            self._call("DELETE", path, body={"propagationPolicy": "Background"})
        except ApiError as error:
            if error.status != 404:
                raise

    def exec(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        """See Api."""
        from kubernetes.client import ApiException, CoreV1Api  # noqa: PLC0415
        from kubernetes.stream import stream  # noqa: PLC0415

        try:
            answer = stream(
                CoreV1Api(self._client).connect_get_namespaced_pod_exec,
                *(pod, namespace),
                container=container,
                command=list(command),
                stderr=True,
                stdin=False,
                stdout=True,
                tty=False,
                _preload_content=False,
            )
            answer.run_forever(timeout=TIMEOUT[1])
            code = answer.returncode
            output, errors = answer.read_stdout(timeout=0) or "", answer.read_stderr(timeout=0) or ""
            answer.close()
        except (ApiException, OSError, ValueError, TypeError, KeyError) as error:  # no word on how it ended
            raise ApiError(f"a command could not be run: {_words(error)}", where=f"{namespace}/{pod}") from error
        if code != 0:
            raise ApiError(f"a command ended with {code}: {errors.strip()[-300:]}", where=f"{namespace}/{pod}")
        return str(output)

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: dict[str, Any] | list[Any] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        from kubernetes.client import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        headers = {"Accept": "application/json", **({"Content-Type": content_type} if body is not None else {})}
        try:
            request = self._client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            response = self._client.call_api(*request, _request_timeout=TIMEOUT)
            content = response.read()
        except (ApiException, HTTPError, OSError) as error:
            raise ApiError(f"{method} {path}: {_words(error)}", status=getattr(error, "status", None)) from error
        if not 200 <= response.status < 300:
            raise ApiError(f"{method} {path}: {_message(content)}", status=response.status)
        answer = json.loads(content) if content.strip().startswith(b"{") else {"text": content.decode()}
        return dict(answer)


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")[:300]


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
