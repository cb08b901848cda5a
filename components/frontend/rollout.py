"""Hooks of Pulumi around a release, which start the steps of ``pocdeploy.release``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from components.shared.failures import pod_selector
from pocdeploy.diagnostics.explain.failure import one_line
from pocdeploy.release import failure
from pocdeploy.release.group import Group
from pocdeploy.release.revisions import RELEASE


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
            and await asyncio.to_thread(failure.is_progressing, group, deployment, release_in(args.new_inputs))
        ):
            return True
        if args.failed_operation != "delete":
            # A new process of an application that serves already is created, not updated.
            text = await asyncio.to_thread(failure.rollout, group, deployment, restore=is_update or bool(process))
            if text:
                pulumi.log.error(text)
        return False

    return pulumi.ErrorHook(f"{group.name}-rollout" + (f".{process}" if process else ""), restore)


def on_failed_smoke(group: Group) -> pulumi.ErrorHook:
    """Return a hook for the Job that checks a release after its rollout. It restores the last good revision."""
    name, namespace = group.name, group.namespace

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation != "delete":
            selector = pod_selector(args, f"app.kubernetes.io/name={name},app.kubernetes.io/component=smoke")
            summary = f"The smoke check of {namespace}/{name} failed."
            if text := await asyncio.to_thread(failure.check, group, selector, summary):
                pulumi.log.error(text)
        return False

    return pulumi.ErrorHook(f"{name}-smoke", restore)


def before_last_step(group: Group, step: str) -> pulumi.ResourceHook:
    """Return a hook that rolls the release out again if it was rolled back, before the last ``step`` of the release.

    After a failed check the old revision serves, but Pulumi's state has the new one. Without a change the next ``up``
    does not update the Deployments, and a smoke check would test the old pods. A release that fails here is rolled
    back again.
    """

    async def roll_forward(args: pulumi.ResourceHookArgs) -> None:
        try:
            await asyncio.to_thread(group.roll_forward, release_in(args.new_inputs))
        except Exception as error:
            summary = f"The release of {group.name} was not rolled out again: {one_line(error)}"
            pods = f"app.kubernetes.io/name={group.name}"
            text = await asyncio.to_thread(failure.check, group, pods, summary)
            pulumi.log.error(text or summary)
            raise

    return pulumi.ResourceHook(f"{group.name}-before-{step}", roll_forward)


def before_breaking_migration(group: Group) -> pulumi.ResourceHook:
    """Return a hook that stops processes and scheduled commands, which cannot live with the coming schema."""

    async def stop(_: pulumi.ResourceHookArgs) -> None:
        try:
            await asyncio.to_thread(group.stop_others)
        except Exception as error:
            pulumi.log.error(f"{group.name}: {one_line(error)}")
            raise

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


def after_cron(group: Group) -> pulumi.ResourceHook:
    """Return a hook for a scheduled command that has the new image: it may run again after a breaking migration."""

    async def resume(_: pulumi.ResourceHookArgs) -> None:
        try:
            await asyncio.to_thread(group.resume_current_cron)
        except Exception as error:  # noqa: BLE001 -- see one_line
            pulumi.log.warn(f"{group.name}: scheduled commands may be suspended: {one_line(error)}")

    return pulumi.ResourceHook(f"{group.name}-cron", resume, pulumi.ResourceHookOptions(ignore_errors=True))


def release_in(inputs: Mapping[str, Any] | None) -> str:
    """Return the release of a Deployment, of a Job, or in the record of a release, as Pulumi has it."""
    known = inputs or {}
    return str(known["data"]["release"] if "data" in known else _annotations(known)[RELEASE])


def _annotations(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    annotations: Mapping[str, Any] = inputs["spec"]["template"]["metadata"]["annotations"]
    return annotations


def after_release(group: Group) -> pulumi.ResourceHook:
    """Return a hook for the last step of a release: it marks the revision as good and deletes unused Secrets.

    Its failure is a warning, because the release itself is complete.
    """

    async def mark(_: pulumi.ResourceHookArgs) -> None:
        try:
            await asyncio.to_thread(group.mark_as_good)
        except Exception as error:  # noqa: BLE001 -- see one_line
            where = f"{group.namespace}/{group.name}"
            pulumi.log.warn(f"{where}: this release was not marked as good: {one_line(error)}")

    return pulumi.ResourceHook(f"{group.name}-released", mark, pulumi.ResourceHookOptions(ignore_errors=True))
