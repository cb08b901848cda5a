"""The pods of an application, the runs of their containers, and what these have written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pocdeploy.kube.client import READ_TIMEOUT, KubeClient

WATCH_TIMEOUT = 240
"""Seconds until the server ends a watch by itself, so that a lost connection is noticed."""


@dataclass(frozen=True)
class ContainerRun:
    """One run of a container; a restart begins another one."""

    pod: str
    uid: str
    container: str
    restarts: int


class Pods:
    """The pods of a namespace with certain labels. Every method raises ApiError."""

    def __init__(self, client: KubeClient, namespace: str, selector: str) -> None:
        self._client = client
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._selector = {"labelSelector": selector}

    def list(self) -> tuple[list[dict[str, Any]], str]:
        """Return the pods, and the version from which to watch."""
        found = self._client.get(self._path, **self._selector)
        return found["items"], found["metadata"]["resourceVersion"]

    def watch(self, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each event after ``version``: ADDED, MODIFIED or DELETED, and the pod."""
        query = {**self._selector, "watch": "true", "resourceVersion": version, "timeoutSeconds": str(WATCH_TIMEOUT)}
        for line in self._client.lines(self._path, read_timeout=WATCH_TIMEOUT + READ_TIMEOUT, **query):
            event = json.loads(line)
            if event["type"] == "ERROR":  # 410: the version is too old by now
                return
            yield event["type"], event["object"]

    def read(
        self, run: ContainerRun, *, tail: int | None, since: str | None, follow: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield time and text of the lines of a container: the last ``tail``, or those from the time ``since`` on."""
        query = {"container": run.container, "timestamps": "true", "follow": str(follow).lower()}
        if since:
            query["sinceTime"] = since
        elif tail is not None:
            query["tailLines"] = str(tail)
        # No limit while following: an application may write nothing for hours.
        read_timeout = None if follow else READ_TIMEOUT
        for line in self._client.lines(f"{self._path}/{run.pod}/log", read_timeout=read_timeout, **query):
            time, _, text = line.partition(" ")
            yield time, text


def container_runs(pod: Mapping[str, Any]) -> list[ContainerRun]:
    """Return the runs of a pod's containers that have begun."""
    metadata, status = pod["metadata"], pod.get("status", {})
    return [
        ContainerRun(metadata["name"], metadata["uid"], each["name"], each["restartCount"])
        for each in status.get("containerStatuses") or ()
        if {"running", "terminated"} & (each.get("state") or {}).keys()
    ]


def restart_reason(pod: Mapping[str, Any], container: str) -> str:
    """Return why the previous run of a container ended, for example ``OOMKilled, exit code 137``."""
    for each in pod.get("status", {}).get("containerStatuses") or ():
        ended = (each.get("lastState") or {}).get("terminated")
        if each["name"] == container and ended:
            return f"{ended.get('reason') or 'ended'}, exit code {ended['exitCode']}"
    return "unknown reason"


def has_ended(pod: Mapping[str, Any], run: ContainerRun) -> bool:
    """Return whether a run of a container is over, so that it writes nothing more."""
    return any(
        each["name"] == run.container
        and each["restartCount"] == run.restarts
        and "terminated" in (each.get("state") or {})
        for each in pod.get("status", {}).get("containerStatuses") or ()
    )
