"""Test equipment: talk to a Kubernetes API server as `kubectl apply --server-side` does, in plain HTTPS requests."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

MANAGER = "pocdeploy-tests"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_DEFINITION = re.compile(r"^  name: (\S+)$", re.MULTILINE)
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


class Refused(Exception):  # noqa: N818 -- a refusal is what some tests want
    """The API server's answer to a request that it refused: its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Api:
    """One API server."""

    warnings: list[str]
    """What the server has warned of since the list was last emptied."""

    def __init__(self, host: str, port: int, *, token: str, certificate: Path) -> None:
        self._address, self._certificate, self._token = f"https://{host}:{port}", certificate, token
        context = ssl.create_default_context(cafile=str(certificate))
        self._connection = http.client.HTTPSConnection(host, port, context=context, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._resources: dict[str, dict[str, dict[str, Any]]] = {}
        self.warnings = []

    def kubeconfig(self) -> str:
        """Return a kubeconfig for the server, with the rights of this client."""
        cluster = {"server": self._address, "certificate-authority": str(self._certificate)}
        return json.dumps(  # JSON is YAML
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "tests", "cluster": cluster}],
                "users": [{"name": "tests", "user": {"token": self._token}}],
                "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
                "current-context": "tests",
            }
        )

    @contextmanager
    def acting_as(self, user: str) -> Iterator[None]:
        """Send the requests of the block with the rights of another user."""
        self._headers["Impersonate-User"] = user
        try:
            yield
        finally:
            del self._headers["Impersonate-User"]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def request(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json", **query: str
    ) -> Any:
        """Send a request and return the parsed answer. ``body``: an object, or text to be sent as it is.

        Raises:
            Refused: the server answered with an error.
        """
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        address = f"{path}?{urlencode(query)}" if query else path
        try:
            self._connection.request(
                method, address, data and data.encode(), {**self._headers, "Content-Type": content}
            )
            response = self._connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request reopens it
            raise
        for header in response.headers.get_all("Warning", []):
            self.warnings += _WARNING.findall(header)
        answer = json.loads(text) if text.startswith("{") else text
        if response.status >= 400:
            raise Refused(response.status, answer["message"] if isinstance(answer, dict) else answer)
        return answer

    def path(self, manifest: Mapping[str, Any], *, name: str | None = None) -> str:
        """Return the path of an object's collection, or of the object itself if its name is given."""
        version, kind = manifest["apiVersion"], manifest["kind"]
        prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if kind not in self._resources.get(version, {}):
            known = self.request("GET", prefix)["resources"]
            self._resources[version] = {item["kind"]: item for item in known if "/" not in item["name"]}
        resource = self._resources[version][kind]
        namespace = f"/namespaces/{manifest['metadata'].get('namespace', 'default')}" if resource["namespaced"] else ""
        return f"{prefix}{namespace}/{resource['name']}{f'/{name}' if name else ''}"

    def placed(self, manifest: Mapping[str, Any], namespace: str) -> dict[str, Any]:
        """Return an object with a namespace, if it is of a kind that has one and does not say which."""
        self.path(manifest)  # so that the kind is known
        if not self._resources[manifest["apiVersion"]][manifest["kind"]]["namespaced"]:
            return dict(manifest)
        return {**manifest, "metadata": {"namespace": namespace, **manifest["metadata"]}}

    def apply(self, manifest: Mapping[str, Any], *, store: bool = True) -> dict[str, Any]:
        """Apply an object server-side with strict field validation; return it as the server stores it, or would."""
        path = self.path(manifest, name=manifest["metadata"]["name"])
        return self._apply(path, dict(manifest), store=store)

    def _apply(self, path: str, body: Any, *, store: bool) -> dict[str, Any]:
        answer: dict[str, Any] = self.request(
            "PATCH",
            path,
            body,
            content="application/apply-patch+yaml",
            fieldManager=MANAGER,
            fieldValidation="Strict",
            force="true",
            **({} if store else {"dryRun": "All"}),
        )
        return answer

    def try_out(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object as far as validation and admission, without storing it; return what would be stored."""
        answer: dict[str, Any] = self.request(
            "POST", self.path(manifest), dict(manifest), dryRun="All", fieldManager=MANAGER, fieldValidation="Strict"
        )
        return answer

    def delete(self, manifest: Mapping[str, Any]) -> None:
        """Delete an object at once, with nothing left to a controller; of a namespace, what is in it stays stored."""
        path = self.path(manifest, name=manifest["metadata"]["name"])
        left = self.request("DELETE", path, propagationPolicy="Background", gracePeriodSeconds="0")
        if manifest["kind"] == "Namespace":
            self.request("PUT", f"{path}/finalize", {**left, "spec": {"finalizers": []}})

    def define(self, definition: str, *, store: bool = True) -> dict[str, Any]:
        """Apply a custom resource definition, given as YAML. Its kind is served when `established` returns."""
        found = _DEFINITION.search(definition)
        assert found, f"no name in the definition {definition[:200]}"
        self._resources.clear()
        return self._apply(f"{DEFINITIONS}/{found[1]}", definition, store=store)

    def established(self, definition: Mapping[str, Any], *, seconds: float = 30) -> None:
        """Wait until the kind of a definition is served. Raises AssertionError if that takes too long."""
        path = f"{DEFINITIONS}/{definition['metadata']['name']}"
        end, state = time.monotonic() + seconds, []
        while time.monotonic() < end:
            state = self.request("GET", path).get("status", {}).get("conditions", [])
            if any((each["type"], each["status"]) == ("Established", "True") for each in state):
                return
            time.sleep(0.1)
        raise AssertionError(f"{path} is not established after {seconds:.0f} s: {state}")
