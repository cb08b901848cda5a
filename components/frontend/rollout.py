"""Hooks around a rollout: explain a failure and restore the last good revision, or mark the new one as good."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from components.frontend import hosts
from components.frontend.limits import Limits
from components.frontend.manifests import RELEASE
from components.frontend.revisions import Revisions, selector_of
from components.shared.cluster_client import ClusterClient
from components.shared.failures import explanation, one_line, pod_selector


def on_failed_rollout(name: str, namespace: str, client: ClusterClient, limit: Limits) -> pulumi.ErrorHook:
    """Return a hook for the Deployment ``name``; the provider has no rollback (pulumi-kubernetes#3649).

    Pulumi waits for one step of the rollout. As long as Kubernetes reports progress, the hook lets it wait for the next
    one: a bad release is noticed with its first pod, and a slow one with many pods is not taken for a bad one.

    The old pods serve all the time, because none is stopped before a new one is ready. The hook restores the last good
    pod template with its configuration and Secrets. Pulumi still ends with the error, and the next ``up`` updates from
    there.
    """

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        is_update = args.failed_operation == "update"
        if (
            is_update
            and len(args.errors) < limit.attempts
            and await asyncio.to_thread(is_progressing, client, namespace, name, release_in(args.new_inputs))
        ):
            return True
        pulumi.log.error(await asyncio.to_thread(explain_rollout, client, namespace, name))
        if is_update:
            pulumi.log.error(await asyncio.to_thread(restore_revision, client, namespace, name, limit))
        return False

    return pulumi.ErrorHook(f"{name}-rollout", restore)


def on_failed_smoke(name: str, namespace: str, client: ClusterClient, limit: Limits) -> pulumi.ErrorHook:
    """Return a hook for the Job that checks a release after its rollout. It restores the last good revision."""

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation != "delete":
            selector = pod_selector(args, f"app.kubernetes.io/name={name},app.kubernetes.io/component=smoke")
            summary = f"The smoke check of {namespace}/{name} failed."
            pulumi.log.error(await asyncio.to_thread(explanation, client, namespace, selector, summary))
            pulumi.log.error(await asyncio.to_thread(restore_revision, client, namespace, name, limit))
        return False

    return pulumi.ErrorHook(f"{name}-smoke", restore)


def before_smoke(name: str, namespace: str, client: ClusterClient, limit: Limits) -> pulumi.ResourceHook:
    """Return a hook that rolls the release out again if it was rolled back, so that the check tests the release.

    After a failed check the old revision serves, but Pulumi's state has the new one. Without a change the next ``up``
    does not update the Deployment, and the check would test the old pods.
    """

    async def roll_forward(args: pulumi.ResourceHookArgs) -> None:
        release = release_in(args.new_inputs)
        await asyncio.to_thread(_roll_forward, client, namespace, name, release, limit)

    return pulumi.ResourceHook(f"{name}-before-smoke", roll_forward)


def _roll_forward(client: ClusterClient, namespace: str, name: str, release: str, limit: Limits) -> None:
    revisions = Revisions(client.api(), namespace, name)
    revisions.roll_forward(release, limit.rollout)
    hosts.route(client.api(), namespace, name, revisions.deployment()["spec"]["template"])


def release_in(inputs: Mapping[str, Any] | None) -> str:
    """Return the release in the pod template of a Deployment or Job, as Pulumi has it."""
    return str((inputs or {})["spec"]["template"]["metadata"]["annotations"][RELEASE])


def is_progressing(client: ClusterClient, namespace: str, name: str, release: str) -> bool:
    """Return whether Kubernetes rolls out a release, and reports progress. An error of the API is no progress."""
    try:
        return Revisions(client.api(), namespace, name).is_progressing(release)
    except Exception:  # noqa: BLE001 -- see one_line; the explanation that follows reports it
        return False


def after_release(name: str, namespace: str, client: ClusterClient) -> pulumi.ResourceHook:
    """Return a hook for the last step of a release: it marks the revision as good and deletes unused Secrets.

    Its failure is a warning, because the release itself is complete.
    """

    async def mark(_: pulumi.ResourceHookArgs) -> None:
        await asyncio.to_thread(_mark_as_good, client, namespace, name)

    return pulumi.ResourceHook(f"{name}-released", mark, pulumi.ResourceHookOptions(ignore_errors=True))


def _mark_as_good(client: ClusterClient, namespace: str, name: str) -> None:
    try:
        Revisions(client.api(), namespace, name).mark_as_good()
    except Exception as error:  # noqa: BLE001 -- see one_line
        pulumi.log.warn(f"{namespace}/{name}: this release was not marked as good: {one_line(error)}")


def explain_rollout(client: ClusterClient, namespace: str, name: str) -> str:
    """Return why a rollout failed."""
    summary = f"The rollout of {namespace}/{name} failed."
    try:
        selector = selector_of(Revisions(client.api(), namespace, name).deployment())
    except Exception as error:  # noqa: BLE001 -- see one_line
        return f"{summary} The cause is unknown: {one_line(error)}"
    return explanation(client, namespace, selector, summary)


def restore_revision(client: ClusterClient, namespace: str, name: str, limit: Limits) -> str:
    """Restore the last good revision and its route, and return a text that reports the result."""
    try:
        # Its pods serve already, or have started before.
        result = Revisions(client.api(), namespace, name).restore(limit.step)
    except Exception as error:  # noqa: BLE001 -- see one_line
        undo = f"kubectl --namespace {namespace} rollout undo deployment/{name}"
        return f"The last good revision was not restored: {one_line(error)}\nRestore it with: {undo}"
    if result is None:
        return f"{namespace}/{name} has no earlier revision to restore."
    return "\n".join([result, *_restore_route(client, namespace, name)])


def _restore_route(client: ClusterClient, namespace: str, name: str) -> list[str]:
    """Let the Ingress route the host of the pods. Return a text if that failed."""
    try:
        template = Revisions(client.api(), namespace, name).deployment()["spec"]["template"]
        hosts.route(client.api(), namespace, name, template)
    except Exception as error:  # noqa: BLE001 -- see one_line
        show = f"kubectl --namespace {namespace} describe ingress {name}"
        return [f"Its host was not routed: {one_line(error)}\nCompare it with ALLOWED_HOSTS of the pods: {show}"]
    return []
