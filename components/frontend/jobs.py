"""The Jobs of one web application: pure functions from plain values to dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from components.frontend import scripts
from components.frontend.context import WebAppContext
from components.frontend.pods import container, environment, pod
from components.shared.manifests import REPLACE_FAILED_JOB
from pocdeploy.release.limits import limits
from pocdeploy.release.revisions import RELEASE

CHECK = "check-migrations"
SOURCE = "source"
"""The check that reads the source, as the settings name it."""


def job(
    context: WebAppContext, component: str, *, deadline: int, annotations: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return a Job that runs again for each change of its pod template, and for each new database.

    It has no name: Pulumi chooses one that was never used. After a failed update several old Jobs are still to be
    deleted, and one of them can have the image that the next update runs. It has no TTL: after a refresh, the next
    update would run an expired Job again.

    Args:
        context: the application.
        component: role of the Job.
        deadline: seconds after which it fails.
        annotations: further annotations of the pod.
        **more: further fields of the container.
    """
    context, all_annotations = context.without_volumes(), dict(annotations or {})
    if context.database_identity is not None:
        all_annotations = {"pocdeploy.dev/database": context.database_identity, **all_annotations}
    return {
        "metadata": {**context.metadata(component), "annotations": REPLACE_FAILED_JOB},
        "spec": {
            "backoffLimit": 1,
            "activeDeadlineSeconds": deadline,
            "template": {
                "metadata": {"labels": context.labels_of(component), "annotations": all_annotations},
                "spec": pod(
                    context,
                    [container(context, component, **more)],
                    initContainers=[dict(waiting) for waiting in context.wait],
                    restartPolicy="Never",
                ),
            },
        },
    }


def migrate_job(
    context: WebAppContext,
    *,
    command: Sequence[str],
    check: Sequence[str] | str | None,
    query: str | None = None,
    allow_breaking: bool = False,
) -> dict[str, Any]:
    """Return the Job that migrates the database to what the image expects: one Job per image.

    Args:
        context: the application.
        command: migrates.
        check: runs before it. Any exit code but 0 refuses migrations that the serving release cannot work with.
        query: what the check of the source asks the database; None if the source has no breaking migration.
        allow_breaking: the check reports breaking migrations but does not refuse them.
    """
    context = context.without_volumes()
    manifest = job(context, "migrate", deadline=limits(context.app).migration, command=list(command))
    if check is None or (check == SOURCE and query is None):
        return manifest
    if check == SOURCE:
        checking = _database_container(context, str(query))
    else:
        checking = container(context, CHECK, command=_command(check, "check_migrations"))
    if allow_breaking:
        checking["env"] = [*checking["env"], {"name": "ALLOW_BREAKING_MIGRATION", "value": "1"}]
    # A refused migration is tried a second time, ten seconds later. A podFailurePolicy would end the Job at once, but
    # with a reason that the provider does not know as a failure (it knows BackoffLimitExceeded and DeadlineExceeded).
    manifest["spec"]["template"]["spec"]["initContainers"].append(checking)
    return manifest


def _database_container(context: WebAppContext, query: str) -> dict[str, Any]:
    """Return the container that asks the database, in the image and with the variables of the one that waits for it."""
    waiting = context.wait[-1]
    return {
        **waiting,
        "name": CHECK,
        "command": ["bash", "-c", scripts.text("check_source.sh")],
        "env": [*waiting["env"], {"name": "QUERY", "value": query}],
    }


def admin_job(context: WebAppContext, *, command: Sequence[str] | str, secret: Any) -> dict[str, Any]:
    """Return the Job that creates the administrator. ``secret`` names the Secret with name, e-mail and password."""
    sources = [{"secretRef": {"name": context.secret}}, {"secretRef": {"name": secret}}]
    deadline = limits(context.app).command
    return job(context, "admin", deadline=deadline, command=_command(command, "ensure_admin"), envFrom=sources)


def smoke_job(context: WebAppContext, *, command: Sequence[str] | str, url: str | None, release: Any) -> dict[str, Any]:
    """Return the Job that checks a release after its rollout: one Job per release.

    ``url`` is the gateway as a pod reaches it. With None the check uses the application's own Service.
    """
    app = context.app
    variables = {
        "SMOKE_URL": url or f"http://{context.name}.{context.name}.svc",
        "SMOKE_HOST": str(app.host),
        # Empty for a probe without a path: the check leaves it out.
        "SMOKE_LIVE_PATH": app.live_path or "",
        "SMOKE_READY_PATH": app.ready_path or "",
    }
    env = [*environment(context), *({"name": name, "value": value} for name, value in variables.items())]
    return job(
        replace(context, wait=()),  # the release serves, so the database does too
        "smoke",
        deadline=limits(app).command,
        annotations={RELEASE: release},
        command=_command(command, "smoke"),
        env=env,
    )


def _command(command: Sequence[str] | str, script: str) -> list[str]:
    """Return a command of the settings. The literal `django` runs ``script``."""
    return list(scripts.command(script) if isinstance(command, str) else command)
