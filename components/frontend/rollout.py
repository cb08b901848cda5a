"""Hooks around a rollout: explain a failure and restore the last good revision, or mark the new one as good."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from components.frontend import hosts
from components.frontend.group import Group
from components.frontend.manifests import RELEASE
from components.frontend.revisions import selector_of
from components.shared.failures import explanation, one_line, pod_selector


def on_failed_rollout(group: Group, *, process: str | None = None) -> pulumi.ErrorHook:
    """Return a hook for the Deployment that serves, or of a ``process``; the provider has no rollback
    (pulumi-kubernetes#3649).

    Pulumi waits for one step of the rollout. As long as Kubernetes reports progress, the hook lets it wait for the next
    one: a bad release is noticed with its first pod, and a slow one with many pods is not taken for a bad one.

    The old pods serve all the time, because none is stopped before a new one is ready. The hook restores the last good
    pod templates with their configuration and Secrets, of all Deployments. Pulumi still ends with the error, and the
    next ``up`` updates from there.
    """
    deployment = process or group.name

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        is_update = args.failed_operation == "update"
        if (
            is_update
            and len(args.errors) < group.limit.attempts
            and await asyncio.to_thread(is_progressing, group, deployment, release_in(args.new_inputs))
        ):
            return True
        if args.failed_operation != "delete":
            pulumi.log.error(await asyncio.to_thread(explain_rollout, group, deployment))
        # A new process of an application that serves already is created, not updated.
        if is_update or (process and args.failed_operation == "create"):
            pulumi.log.error(await asyncio.to_thread(restore_release, group))
        return False

    return pulumi.ErrorHook(f"{group.name}-rollout" + (f".{process}" if process else ""), restore)


def on_failed_smoke(group: Group) -> pulumi.ErrorHook:
    """Return a hook for the Job that checks a release after its rollout. It restores the last good revision."""
    name, namespace = group.name, group.namespace

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation != "delete":
            selector = pod_selector(args, f"app.kubernetes.io/name={name},app.kubernetes.io/component=smoke")
            summary = f"The smoke check of {namespace}/{name} failed."
            pulumi.log.error(await asyncio.to_thread(explanation, group.client, namespace, selector, summary))
            pulumi.log.error(await asyncio.to_thread(restore_release, group))
        return False

    return pulumi.ErrorHook(f"{name}-smoke", restore)


def before_last_step(group: Group, step: str) -> pulumi.ResourceHook:
    """Return a hook that rolls the release out again if it was rolled back, before the last ``step`` of the release.

    After a failed check the old revision serves, but Pulumi's state has the new one. Without a change the next ``up``
    does not update the Deployments, and a smoke check would test the old pods.
    """

    async def roll_forward(args: pulumi.ResourceHookArgs) -> None:
        await asyncio.to_thread(group.roll_forward, release_in(args.new_inputs))

    return pulumi.ResourceHook(f"{group.name}-before-{step}", roll_forward)


def before_breaking_migration(group: Group) -> pulumi.ResourceHook:
    """Return a hook that stops processes and scheduled commands, which cannot live with the coming schema."""

    async def stop(_: pulumi.ResourceHookArgs) -> None:
        await asyncio.to_thread(group.stop_others)

    return pulumi.ResourceHook(f"{group.name}-before-migration", stop)


def after_failed_migration(group: Group) -> pulumi.ErrorHook:
    """Return a hook that starts them again: the schema is as before."""

    async def start(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation != "delete":
            try:
                await asyncio.to_thread(group.start_others)
            except Exception as error:  # noqa: BLE001 -- see one_line
                pulumi.log.error(f"{group.name}: processes and cron were not started again: {one_line(error)}")
        return False

    return pulumi.ErrorHook(f"{group.name}-migration-failed", start)


def release_in(inputs: Mapping[str, Any] | None) -> str:
    """Return the release of a Deployment, of a Job, or in the record of a release, as Pulumi has it."""
    known = inputs or {}
    return str(known["data"]["release"] if "data" in known else _annotations(known)[RELEASE])


def _annotations(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    annotations: Mapping[str, Any] = inputs["spec"]["template"]["metadata"]["annotations"]
    return annotations


def is_progressing(group: Group, deployment: str, release: str) -> bool:
    """Return whether Kubernetes rolls out a release, and reports progress. An error of the API is no progress."""
    try:
        return group.of(deployment).is_progressing(release)
    except Exception:  # noqa: BLE001 -- see one_line; the explanation that follows reports it
        return False


def after_release(group: Group) -> pulumi.ResourceHook:
    """Return a hook for the last step of a release: it marks the revision as good and deletes unused Secrets.

    Its failure is a warning, because the release itself is complete.
    """

    async def mark(_: pulumi.ResourceHookArgs) -> None:
        await asyncio.to_thread(_mark_as_good, group)

    return pulumi.ResourceHook(f"{group.name}-released", mark, pulumi.ResourceHookOptions(ignore_errors=True))


def _mark_as_good(group: Group) -> None:
    try:
        group.mark_as_good()
    except Exception as error:  # noqa: BLE001 -- see one_line
        pulumi.log.warn(f"{group.namespace}/{group.name}: this release was not marked as good: {one_line(error)}")


def explain_rollout(group: Group, deployment: str) -> str:
    """Return why the rollout of a Deployment failed."""
    summary = f"The rollout of {group.namespace}/{deployment} failed."
    try:
        selector = selector_of(group.of(deployment).deployment())
    except Exception as error:  # noqa: BLE001 -- see one_line
        return f"{summary} The cause is unknown: {one_line(error)}"
    return explanation(group.client, group.namespace, selector, summary)


def restore_release(group: Group) -> str:
    """Restore the last good revisions and their route, and return a text that reports the result."""
    namespace, name = group.namespace, group.name
    try:
        result = group.restore()
    except Exception as error:  # noqa: BLE001 -- see one_line
        undo = f"kubectl --namespace {namespace} rollout undo deployment/{name}"
        return f"The last good revision was not restored: {one_line(error)}\nRestore it with: {undo}"
    if result is None:
        return f"{namespace}/{name} has no earlier revision to restore."
    return "\n".join([result, *_restore_route(group)])


def _restore_route(group: Group) -> list[str]:
    """Let the Ingress route the host of the pods. Return a text if that failed."""
    try:
        hosts.route(group.api(), group.namespace, group.name, group.template())
    except Exception as error:  # noqa: BLE001 -- see one_line
        show = f"kubectl --namespace {group.namespace} describe ingress {group.name}"
        return [f"Its host was not routed: {one_line(error)}\nCompare it with ALLOWED_HOSTS of the pods: {show}"]
    return []
