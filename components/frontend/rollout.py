"""What happens around a rollout: a failure is explained and taken back, a release that has passed is remembered."""

from __future__ import annotations

import asyncio

import pulumi

from components.frontend.manifests import RELEASE
from components.frontend.revisions import Revisions, selector_of
from components.shared.cluster_client import ClusterClient
from components.shared.explained import explanation, one_line, pods_of

AGAIN_SECONDS = 60.0
"""How long a release that is rolled out again may take."""
RESTORE_SECONDS = 45.0
"""How long a restored revision is waited for; its pods serve already, or need a start that worked before."""


def on_failed_rollout(name: str, namespace: str, access: ClusterClient) -> pulumi.ErrorHook:
    """Return a hook for the Deployment ``name``: the provider itself has no rollback (pulumi-kubernetes#3649).

    The old pods serve all the time, since none is taken away before a new one is ready. The hook ends the attempt: it
    puts the last good pod template back, with the configuration and the Secrets that belong to it. Pulumi still ends
    with the error, and the next ``up`` updates from there.
    """

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        pulumi.log.error(await asyncio.to_thread(explain_rollout, access, namespace, name))
        if args.failed_operation == "update":
            pulumi.log.error(await asyncio.to_thread(restored, access, namespace, name))
        return False

    return pulumi.ErrorHook(f"{name}-rollout", restore)


def on_failed_smoke(name: str, namespace: str, access: ClusterClient) -> pulumi.ErrorHook:
    """Return a hook for the Job that checks a release after its rollout: its failure takes the release back."""

    async def restore(args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation != "delete":
            selector = pods_of(args, f"app.kubernetes.io/name={name},app.kubernetes.io/component=smoke")
            about = f"The smoke check of {namespace}/{name} failed."
            pulumi.log.error(await asyncio.to_thread(explanation, access, namespace, selector, about))
            pulumi.log.error(await asyncio.to_thread(restored, access, namespace, name))
        return False

    return pulumi.ErrorHook(f"{name}-smoke", restore)


def before_smoke(name: str, namespace: str, access: ClusterClient) -> pulumi.ResourceHook:
    """Return a hook that makes sure that what is about to be checked is what serves.

    After a failed check the old revision serves, while Pulumi's state has the new one: without a change there is
    nothing to update, and the Job would be run again against the old pods. They are rolled forward once more.
    """

    async def roll_forward(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        release = inputs["spec"]["template"]["metadata"]["annotations"][RELEASE]
        await asyncio.to_thread(_bring_back, access, namespace, name, str(release))

    return pulumi.ResourceHook(f"{name}-before-smoke", roll_forward)


def _bring_back(access: ClusterClient, namespace: str, name: str, release: str) -> None:
    Revisions(access.api(), namespace, name).roll_forward(release, AGAIN_SECONDS)


def after_release(name: str, namespace: str, access: ClusterClient) -> pulumi.ResourceHook:
    """Return a hook for the last step of a release: it is remembered as good, and what no revision needs is removed.

    A failure in here is a warning: the release itself has been done.
    """

    async def remember(_: pulumi.ResourceHookArgs) -> None:
        await asyncio.to_thread(_passed, access, namespace, name)

    options = pulumi.ResourceHookOptions(ignore_errors=True)
    return pulumi.ResourceHook(f"{name}-released", remember, options)


def _passed(access: ClusterClient, namespace: str, name: str) -> None:
    try:
        Revisions(access.api(), namespace, name).passed()
    except Exception as error:  # noqa: BLE001 -- see one_line
        pulumi.log.warn(f"{namespace}/{name}: this release could not be marked as good: {one_line(error)}")


def explain_rollout(access: ClusterClient, namespace: str, name: str) -> str:
    """Return why a rollout failed."""
    about = f"The rollout of {namespace}/{name} failed."
    try:
        selector = selector_of(Revisions(access.api(), namespace, name).deployment())
    except Exception as error:  # noqa: BLE001 -- see one_line
        return f"{about} The cause is unknown: {one_line(error)}"
    return explanation(access, namespace, selector, about)


def restored(access: ClusterClient, namespace: str, name: str) -> str:
    """Put the last good revision back; return what was done."""
    try:
        done = Revisions(access.api(), namespace, name).restore(RESTORE_SECONDS)
    except Exception as error:  # noqa: BLE001 -- see one_line
        undo = f"kubectl --namespace {namespace} rollout undo deployment/{name}"
        return f"The last good revision could not be restored: {one_line(error)}\nBy hand: {undo}"
    return done or f"{namespace}/{name} has no earlier revision to go back to."
