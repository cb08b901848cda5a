"""Ask a cluster what is not well. Works on a client of the `kubernetes` package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pocdeploy.diagnostics.explain import inspect
from pocdeploy.diagnostics.explain.mask import Mask, values_of
from pocdeploy.diagnostics.explain.report import Issue, Report

LOG_LINES = 20
TIMEOUT = (3.0, 15.0)
"""Seconds to connect, and to answer: what explains a failure must not hang itself."""


class CannotAskError(Exception):
    """The cluster did not answer; the text says how."""


def collect(
    client: Any,
    namespace: str,
    *,
    selector: str = "",
    subject: str | None = None,
    kubectl: str = "kubectl",
    gone: str | None = None,
) -> Report:
    """Return what is not well with the pods of a namespace that a label selector picks out, and what they need.

    Known secret values (all Secrets of the namespace) are masked in everything.

    Args:
        client: an ApiClient.
        namespace: where to look.
        selector: labels of the pods; all pods if empty.
        subject: what the report is about; default: the namespace.
        kubectl: how kubectl is called in the commands that are suggested.
        gone: how the names of pods begin that are told of although they are no longer there, from their events: a
            chart that does not come up is taken back with its pods. None for no such pods.

    Raises:
        CannotAskError: the API cannot be reached or refuses.
    """
    from kubernetes.client import ApiException, CoreV1Api  # noqa: PLC0415 -- takes most of a second
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    core: Any = CoreV1Api(client)

    def listed(call: Any, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.sanitize_for_serialization(
            call(namespace, _request_timeout=TIMEOUT, **query)
        )["items"]
        return found

    try:
        mask = Mask(values_of(listed(core.list_namespaced_secret)))
        pods = listed(core.list_namespaced_pod, **({"label_selector": selector} if selector else {}))
        events = inspect.events_by_subject(listed(core.list_namespaced_event))
        claims = listed(core.list_namespaced_persistent_volume_claim)
        logs = {key: lines for pod in pods for key, lines in _logs(core, pod).items()}
    except (ApiException, HTTPError, OSError) as error:
        raise CannotAskError(" ".join(str(error).split())[:300]) from error
    troubles = [
        trouble
        for pod in pods
        for trouble in inspect.pod_troubles(pod, events.get(f"Pod/{pod['metadata']['name']}", []), logs, kubectl)
    ]
    # Events outlive what they are about: of what has pods by now, an older refusal says nothing.
    owners = {owner["name"] for pod in pods for owner in pod["metadata"].get("ownerReferences") or []}
    without_pods = {about: said for about, said in events.items() if about.partition("/")[2] not in owners}
    if not selector or not pods:
        troubles += inspect.owner_troubles(without_pods, namespace, kubectl)
    if gone is not None:
        there = {pod["metadata"]["name"] for pod in pods}
        troubles += inspect.gone_troubles(events, there, gone, namespace, kubectl)
    troubles += inspect.claim_troubles(claims, events, kubectl)
    return Report(subject=subject or namespace, troubles=tuple(_masked(trouble, mask) for trouble in troubles))


def _logs(core: Any, pod: Mapping[str, Any]) -> dict[tuple[str, str, bool], tuple[str, ...]]:
    from kubernetes.client import ApiException  # noqa: PLC0415

    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    found: dict[tuple[str, str, bool], tuple[str, ...]] = {}
    for status in inspect.failing(pod):
        for previous in (False, True):
            # While a container waits to be started again, its log is still that of the run that failed.
            started_again = "running" in status.get("state", {}) and status.get("lastState", {}).get("terminated")
            if previous and not started_again:
                continue
            try:
                text = core.read_namespaced_pod_log(
                    name,
                    namespace,
                    container=status["name"],
                    tail_lines=LOG_LINES,
                    previous=previous,
                    _request_timeout=TIMEOUT,
                )
            except ApiException:  # a container that never started has none
                continue
            found[name, status["name"], previous] = tuple(str(text).splitlines())
    return found


def _masked(trouble: Issue, mask: Mask) -> Issue:
    return replace(
        trouble,
        what=mask(trouble.what),
        log=tuple(map(mask, trouble.log)),
        previous_log=tuple(map(mask, trouble.previous_log)),
        events=tuple(map(mask, trouble.events)),
    )
