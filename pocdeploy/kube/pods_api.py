"""Pods and their logs from a cluster's API; implements ``pocdeploy.podlogs.Pods``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from pocdeploy.kube.pod_logs import ConnectionLostError, ContainerRun

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

CONNECT = 3.0  # seconds
ANSWER = 15.0  # seconds
WATCH = 240
"""Seconds until the server ends a watch by itself, so that a connection that died unseen is noticed."""


class ClusterPods:
    """The pods of a namespace with certain labels."""

    def __init__(self, api: ApiClient, namespace: str, selector: str) -> None:
        self._api = api
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._selector = {"labelSelector": selector}

    def list(self) -> tuple[list[dict[str, Any]], str]:
        """See Pods."""
        with self._open(self._path, self._selector, wait=ANSWER) as response:
            answer = json.loads(response.read())
        return answer["items"], answer["metadata"]["resourceVersion"]

    def watch(self, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """See Pods."""
        query = {**self._selector, "watch": "true", "resourceVersion": version, "timeoutSeconds": str(WATCH)}
        with self._open(self._path, query, wait=WATCH + ANSWER) as response:
            for line in _lines(response):
                event = json.loads(line)
                if event["type"] == "ERROR":  # 410: the version is too old by now
                    return
                yield event["type"], event["object"]

    def read(
        self, reading: ContainerRun, *, tail: int | None, since: str | None, follow: bool
    ) -> Iterator[tuple[str, str]]:
        """See Pods."""
        query = {"container": reading.container, "timestamps": "true", "follow": str(follow).lower()}
        if since:
            query["sinceTime"] = since
        elif tail is not None:
            query["tailLines"] = str(tail)
        # No limit while following: an application may have nothing to say for hours.
        wait = None if follow else ANSWER
        with self._open(f"{self._path}/{reading.pod}/log", query, wait=wait) as response:
            for line in _lines(response):
                time, _, text = line.partition(" ")
                yield time, text

    @contextmanager
    def _open(self, path: str, query: dict[str, str], *, wait: float | None) -> Iterator[Any]:
        from kubernetes.client import ApiException  # noqa: PLC0415 -- see clusteraccess.client
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        request = self._api.param_serialize(
            "GET", path, query_params=list(query.items()), auth_settings=["BearerToken"]
        )
        try:
            answer: Any = self._api.call_api(*request, _request_timeout=(CONNECT, wait))
            with closing(answer.response) as response:
                if response.status != 200:
                    raise ConnectionLostError(f"the cluster answers {response.status}: {_reason(response.read())}")
                yield response
        except (ApiException, HTTPError, OSError, ValueError) as error:
            raise ConnectionLostError(f"the cluster does not answer: {' '.join(str(error).split())[:200]}") from error


def _lines(response: Any) -> Iterator[str]:
    """Give the lines of an answer that goes on and on, each as soon as it is complete."""
    rest = b""
    for chunk in response.stream(amt=None, decode_content=False):
        *complete, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in complete)
    if rest:
        yield rest.decode(errors="replace")


def _reason(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])[:200]
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")[:200]
