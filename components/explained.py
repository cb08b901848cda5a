"""Failures that explain themselves: a hook for any resource that makes pods, which shows why they are not well."""

from __future__ import annotations

import asyncio

import pulumi

from components.access import Access
from pocdeploy.explain import collect
from pocdeploy.explain.render import terminal


def on_failure(hook: str, about: str, access: Access, *, namespace: str, selector: str = "") -> pulumi.ErrorHook:
    """Return a hook that explains a failed creation or update, and tries nothing again.

    Args:
        hook: name of the hook, unique in the stack.
        about: the sentence that comes first.
        access: the cluster.
        namespace: where the pods are.
        selector: labels of the pods; all pods of the namespace if empty.
    """

    async def explain(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation != "delete":
            pulumi.log.error(await asyncio.to_thread(explanation, access, namespace, pods_of(args, selector), about))
        return False

    return pulumi.ErrorHook(hook, explain)


def pods_of(args: pulumi.ErrorHookArgs, selector: str) -> str:
    """Return the selector of a Job's own pods: those of earlier attempts have all labels of the application, too."""
    inputs = args.new_inputs or {}
    name = (inputs.get("metadata") or {}).get("name")
    return f"batch.kubernetes.io/job-name={name}" if inputs.get("kind") == "Job" and name else selector


def explanation(access: Access, namespace: str, selector: str, about: str) -> str:
    """Return ``about`` and below it what is not well with the pods; says so if the cluster cannot be asked."""
    try:
        report = collect(access.client(), namespace, selector=selector)
    except Exception as error:  # noqa: BLE001 -- the SDK hides whatever a hook raises
        return f"{about} The cluster could not be asked why: {str(error)[:300]}"
    cause = f" Probable cause: {report.cause}." if report.cause else ""
    return "\n".join([f"{about}{cause}", *(terminal(report) if report.troubles else [])])
