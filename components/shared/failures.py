"""Explain failed operations: an error hook for any resource that starts pods reports what is wrong with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pulumi

from components.shared.cluster_client import ClusterClient
from pocdeploy.diagnostics.explain import failure

Retry = Callable[[pulumi.ErrorHookArgs], Awaitable[bool]]
"""Decides whether a failed operation is tried again."""


def error_hook(
    name: str,
    summary: str,
    client: ClusterClient,
    *,
    namespace: str | None = None,
    selector: str = "",
    deleted_pods_prefix: str | None = None,
    retry: Retry | None = None,
) -> pulumi.ErrorHook:
    """Return a hook that explains a failed creation or update.

    Args:
        name: name of the hook, unique in the stack.
        summary: first sentence of the explanation.
        client: the cluster.
        namespace: namespace of the pods; None for the input ``namespace`` of the resource.
        selector: labels of the pods; all pods of the namespace if empty.
        deleted_pods_prefix: pods with this prefix are explained from their events even if they were deleted.
        retry: decides whether the operation is tried again. A failure that is retried is not explained.
    """

    async def explain(args: pulumi.ErrorHookArgs) -> bool:
        if retry is not None and await retry(args):
            return True
        if args.failed_operation != "delete":
            where = namespace or str((args.new_inputs or {})["namespace"])
            pods = pod_selector(args, selector)
            report = await asyncio.to_thread(explanation, client, where, pods, summary, deleted_pods_prefix)
            pulumi.log.error(report)
        return False

    return pulumi.ErrorHook(name, explain)


def pod_selector(args: pulumi.ErrorHookArgs, default: str) -> str:
    """Return the selector of a Job's own pods; pods of earlier attempts have the same labels. Else ``default``."""
    inputs = args.new_inputs or {}
    name = (inputs.get("metadata") or {}).get("name")
    return f"batch.kubernetes.io/job-name={name}" if inputs.get("kind") == "Job" and name else default


def explanation(
    client: ClusterClient, namespace: str, selector: str, summary: str, deleted_pods_prefix: str | None = None
) -> str:
    """Return ``summary`` followed by what is wrong with the pods, or by why the cluster did not answer."""
    return failure.explanation(client.api, namespace, selector, summary, deleted=deleted_pods_prefix)
