"""Failures that explain themselves: a hook for any resource that makes pods, which shows why they are not well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pulumi

from components.shared.cluster_client import ClusterClient
from pocdeploy.diagnostics.explain import collect
from pocdeploy.diagnostics.explain.render import terminal
from pocdeploy.errors import PocdeployError

Again = Callable[[pulumi.ErrorHookArgs], Awaitable[bool]]
"""Says whether a failed operation is tried again."""


def on_failure(
    hook: str,
    about: str,
    access: ClusterClient,
    *,
    namespace: str | None = None,
    selector: str = "",
    gone: str | None = None,
    again: Again | None = None,
) -> pulumi.ErrorHook:
    """Return a hook that explains a failed creation or update.

    Args:
        hook: name of the hook, unique in the stack.
        about: the sentence that comes first.
        access: the cluster.
        namespace: where the pods are; None for the resource's own input of this name.
        selector: labels of the pods; all pods of the namespace if empty.
        gone: how the names of pods begin that are told of from their events when they are no longer there.
        again: says whether a failure is one that is tried again; it is not explained then.
    """

    async def explain(args: pulumi.ErrorHookArgs) -> bool:
        if again is not None and await again(args):
            return True
        if args.failed_operation != "delete":
            where = namespace or str((args.new_inputs or {})["namespace"])
            pods = pods_of(args, selector)
            pulumi.log.error(await asyncio.to_thread(explanation, access, where, pods, about, gone))
        return False

    return pulumi.ErrorHook(hook, explain)


def pods_of(args: pulumi.ErrorHookArgs, selector: str) -> str:
    """Return the selector of a Job's own pods: those of earlier attempts have all labels of the application, too."""
    inputs = args.new_inputs or {}
    name = (inputs.get("metadata") or {}).get("name")
    return f"batch.kubernetes.io/job-name={name}" if inputs.get("kind") == "Job" and name else selector


def explanation(access: ClusterClient, namespace: str, selector: str, about: str, gone: str | None = None) -> str:
    """Return ``about`` and below it the issues of the pods, or why the cluster did not answer."""
    try:
        report = collect(access.api(), namespace, selector=selector, deleted=gone)
    except Exception as error:  # noqa: BLE001 -- see one_line
        return f"{about} The cause is unknown: {one_line(error)}"
    cause = f" Probable cause: {report.cause}." if report.cause else ""
    return "\n".join([f"{about}{cause}", *(terminal(report) if report.issues else [])])


def one_line(error: Exception) -> str:
    """Return an error in one line. The SDK hides exceptions of hooks, so hooks catch all and log this."""
    text = error.findings[0].what if isinstance(error, PocdeployError) else str(error)
    return " ".join(text.split())[:300]
