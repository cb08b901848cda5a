"""The client of a cluster's API: by path, in plain dicts.

The ``kubernetes`` package authenticates and sends. Its classes for each kind of object are not used: importing them
takes more than a second, and they refuse objects with values that they do not know. The package itself is imported in
functions, since most commands need no cluster.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocdeploy.errors import ClusterError, ExitCode, Finding, PocdeployError
from pocdeploy.kube import credentials
from pocdeploy.kube import kubeconfig as kubeconfigs

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

OBJECT_STORES = "/apis/barmancloud.cnpg.io/v1/namespaces/{}/objectstores"
"""Path of the places of a namespace in a store of backups."""
CLUSTERS = "/apis/postgresql.cnpg.io/v1/namespaces/{}/clusters"
"""Path of the databases of a namespace."""
CONNECT_TIMEOUT, READ_TIMEOUT = 3.0, 15.0  # seconds
MERGE_PATCH, APPLY_PATCH = "application/merge-patch+json", "application/apply-patch+yaml"
MANAGER = "pocdeploy-cli"
"""Field manager name of changes."""


class ApiError(PocdeployError):
    """A request to a cluster's API failed; ``status`` is the HTTP status, None without a response."""

    headline = "Kubernetes API request failed"
    exit_code = ExitCode.FAILED

    def __init__(
        self, what: str, *, status: int | None = None, where: str = "Kubernetes API", fix: str = "make resume"
    ) -> None:
        self.status = status
        super().__init__([Finding(where=where, what=what, fix=fix)])


class KubeconfigError(ApiError):
    """A kubeconfig is missing or not valid."""

    headline = "Kubeconfig cannot be used"
    exit_code = ExitCode.NOT_READY


class KubeClient:
    """Sends requests to the API of one cluster. Every method raises ApiError."""

    def __init__(self, api: ApiClient, *, kubectl: str = "kubectl", stack: str | None = None) -> None:
        """Use ``api`` for all requests; ``kubectl`` and ``stack`` are for the commands that errors suggest."""
        self._api: Any = api
        self._kubectl = kubectl
        self._resume = f"make resume STACK={stack}" if stack else "make resume"

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return the object or list at ``path``."""
        return self._send("GET", path, query=query)

    def get_or_none(self, path: str) -> dict[str, Any] | None:
        """Return the object at ``path``, or None if it does not exist."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the objects of a collection; none if the cluster does not know their kind."""
        try:
            return list(self.get(path, **query)["items"] or [])
        except ApiError as error:
            if error.status == 404:
                return []
            raise

    def text(self, path: str, **query: str) -> str:
        """Return the response at ``path`` as text."""
        with self._response("GET", path, query=query) as response:
            return str(response.data.decode(errors="replace"))

    def lines(self, path: str, *, read_timeout: float | None = READ_TIMEOUT, **query: str) -> Iterator[str]:
        """Yield the lines of the response at ``path`` as soon as each is complete, until the server ends it.

        ``read_timeout`` is in seconds; None waits without limit for the next line.
        """
        rest = b""
        with self._response("GET", path, query=query, read_timeout=read_timeout) as response:
            for chunk in response.stream(amt=None, decode_content=False):
                *complete, rest = (rest + chunk).split(b"\n")
                yield from (line.decode(errors="replace") for line in complete)
        if rest:
            yield rest.decode(errors="replace")

    def patch(self, path: str, body: Mapping[str, Any]) -> None:
        """Merge ``body`` into the object at ``path``; None removes a field."""
        self._send("PATCH", path, body=dict(body), content_type=MERGE_PATCH, query={"fieldManager": MANAGER})

    def apply(self, path: str, body: Mapping[str, Any], *, manager: str) -> None:
        """Apply ``body`` server-side to the object at ``path`` under a field manager name; overwrite other managers."""
        query = {"fieldManager": manager, "force": "true"}
        self._send("PATCH", path, body=dict(body), content_type=APPLY_PATCH, query=query)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object in the collection at ``path``; return it as created."""
        return self._send("POST", path, body=dict(body), query={"fieldManager": MANAGER})

    def delete(self, path: str) -> None:
        """Delete the object at ``path`` and its dependents; do nothing if it does not exist."""
        try:
            self._send("DELETE", path, body={"propagationPolicy": "Background"})
        except ApiError as error:
            if error.status != 404:
                raise

    def exec(
        self,
        namespace: str,
        pod: str,
        container: str,
        command: Sequence[str],
        *,
        stdin: str = "",
        timeout: float = READ_TIMEOUT,
    ) -> str:
        """Run ``command`` in a container, for at most ``timeout`` seconds; return its output.

        ``stdin`` are lines for its input, which are in no command line and no log.
        """
        from kubernetes.stream.ws_client import ERROR_CHANNEL, WSClient, get_websocket_url  # noqa: PLC0415
        from websocket import WebSocketException  # noqa: PLC0415

        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec"
        query = [("container", container), ("stdout", "true"), ("stderr", "true")]
        query += [("stdin", "true")] if stdin else []
        _, url, headers, *_ = self._request("GET", path, query=[*query, *(("command", it) for it in command)])
        try:
            address = get_websocket_url(url)  # type: ignore[no-untyped-call]
            socket: Any = WSClient(self._api.configuration, address, headers, capture_all=False)  # type: ignore[no-untyped-call]
            with closing(socket):
                if stdin:
                    socket.write_stdin(stdin)
                socket.run_forever(timeout=timeout)
                output, errors, ended = (socket.read_channel(it) for it in (1, 2, ERROR_CHANNEL))
        except (WebSocketException, OSError) as error:
            raise self._error(f"EXEC {path}", _one_line(error), getattr(error, "status_code", None)) from error
        result = json.loads(ended or "{}")
        if result.get("status") != "Success":
            reason = result.get("message") or f"the command did not end within {timeout:.0f} s"
            look = f"{self._kubectl} --namespace {namespace} describe pod {pod}"
            raise self._error(f"EXEC {path}", f"{reason} {errors.strip()[-300:]}".strip(), fix=look)
        return str(output)

    def _send(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        with self._response(method, path, **options) as response:
            content = response.data
        try:
            return dict(json.loads(content))
        except (ValueError, TypeError):
            what = f"the response is not a JSON object: {content[:100].decode(errors='replace')}"
            raise self._error(f"{method} {path}", what, response.status) from None

    @contextmanager
    def _response(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: dict[str, Any] | None = None,
        content_type: str = "application/json",
        read_timeout: float | None = READ_TIMEOUT,
    ) -> Iterator[Any]:
        """Send a request; give the response of urllib3 if its status is 2xx, and close it afterwards."""
        from kubernetes.client import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        headers = {"Content-Type": content_type} if body is not None else {}
        request = self._request(method, path, query=list((query or {}).items()), headers=headers, body=body)
        try:
            answer = self._api.call_api(*request, _request_timeout=(CONNECT_TIMEOUT, read_timeout))
            with closing(answer.response) as response:
                if not 200 <= response.status < 300:
                    raise self._error(f"{method} {path}", _message(response.data), response.status)
                yield response
        except (ApiException, HTTPError, OSError) as error:
            raise self._error(f"{method} {path}", _one_line(error), getattr(error, "status", None)) from error

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: list[tuple[str, str]],
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self._api.param_serialize(
            method,
            path,
            query_params=query,
            header_params={"Accept": "application/json", **(headers or {})},
            body=body,
            auth_settings=["BearerToken"],
        )
        return found

    def _error(self, request: str, reason: str, status: int | None = None, fix: str | None = None) -> ApiError:
        if status in {401, 403}:
            fix = f"{self._kubectl} auth can-i --list"
        elif status is not None:
            fix = f"{self._kubectl} get --raw '{request.partition(' ')[2]}'"
        shown = f"HTTP status {status}, {reason}" if status else reason
        where = f"Kubernetes API {self._api.configuration.host}"
        return ApiError(f"{request} failed: {shown}", status=status, where=where, fix=fix or self._resume)


def from_kubeconfig(kubeconfig: Path | str, *, stack: str | None = None) -> KubeClient:
    """Return a client of the cluster that the current context of a kubeconfig names: of a file, or of its text.

    The client tries each request once: commands try again themselves, or report the failure at once.

    Args:
        kubeconfig: the file, or its content.
        stack: the stack that runs in the cluster, for the commands that errors suggest.

    Raises:
        KubeconfigError: the kubeconfig is missing or not valid, or its credentials are not available.
    """
    from kubernetes.config import ConfigException, new_client_from_config_dict  # noqa: PLC0415

    fix = f"make up STACK={stack}" if stack else "make up"
    is_file = isinstance(kubeconfig, Path)
    where = str(kubeconfig) if is_file else "kubeconfig"
    try:
        config = kubeconfigs.current(kubeconfig)
        api: ApiClient = new_client_from_config_dict(config)  # type: ignore[no-untyped-call]
        credentials.check_plugin(config, api.configuration)
    except ClusterError as error:
        found = error.findings[0]
        raise KubeconfigError(f"{found.what}: {found.actual}", where=where, fix=fix) from error
    # The package validates little: a number instead of a mapping is a TypeError.
    except (ConfigException, OSError, AttributeError, TypeError, ValueError) as error:
        raise KubeconfigError(_one_line(error), where=where, fix=fix) from error
    if kubeconfigs.is_direct(config):
        api.configuration.proxy = None
    api.configuration.retries = False
    api.rest_client = type(api.rest_client)(api.configuration)
    return KubeClient(api, kubectl=f"kubectl --kubeconfig {kubeconfig}" if is_file else "kubectl", stack=stack)


def _message(content: bytes) -> str:
    """Return the message of a Status object, or the beginning of any other response."""
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")[:300]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
