"""Why a release failed, and the restoration of the one before it, in one message."""

from __future__ import annotations

from pocdeploy.diagnostics.explain.failure import explanation, one_line
from pocdeploy.release import hosts
from pocdeploy.release.group import Group
from pocdeploy.release.revisions import selector_of


def rollout(group: Group, deployment: str, *, restore: bool) -> str | None:
    """Return why the rollout of a Deployment failed, with the last log lines of its pods.

    With ``restore`` the application is restored, and the text reports that, too. Return None if another Deployment of
    the release has failed before: its message covers the release, and these pods were stopped by its restoration.
    """
    with group.lock:
        if group.restored:
            return None
        return _with_restoration(group, deployment, _cause(group, deployment)) if restore else _cause(group, deployment)


def check(group: Group, selector: str, summary: str) -> str | None:
    """Restore an application after a failed check of its release; return why its pods failed, and the result.

    Return None if it was restored in this run before.
    """
    with group.lock:
        if group.restored:
            return None
        return _with_restoration(group, group.name, explanation(group.api, group.namespace, selector, summary))


def is_progressing(group: Group, deployment: str, release: str) -> bool:
    """Return whether Kubernetes rolls out a release, and reports progress. An error of the API is no progress."""
    try:
        return group.of(deployment).is_progressing(release)
    except Exception:  # noqa: BLE001 -- see one_line; the explanation that follows reports it
        return False


def _cause(group: Group, deployment: str) -> str:
    where = f"{group.namespace}/{deployment}"
    is_process = deployment in group.processes
    part = deployment.removeprefix(f"{group.name}-")
    summary = (
        f"The process {part} of {group.name} failed: the rollout of {where}."
        if is_process
        else f"The rollout of {where} failed."
    )
    try:
        selector = selector_of(group.of(deployment).deployment())
    except Exception as error:  # noqa: BLE001 -- see one_line
        return f"{summary} The cause is unknown: {one_line(error)}"
    return explanation(group.api, group.namespace, selector, summary, restarted=is_process)


def _with_restoration(group: Group, deployment: str, cause: str) -> str:
    namespace, name = group.namespace, group.name
    try:
        result = group.restore()
    except Exception as error:  # noqa: BLE001 -- see one_line
        undo = f"kubectl --namespace {namespace} rollout undo deployment/{name}"
        return f"{cause}\nThe last good revision was not restored: {one_line(error)}\nRestore it with: {undo}"
    if result is None:
        return f"{cause}\n{namespace}/{name} has no earlier revision to restore."
    group.restored.append(deployment)
    return "\n".join([cause, result, *_route(group)])


def _route(group: Group) -> list[str]:
    """Let the Ingress route the host of the pods. Return a text if that failed."""
    try:
        hosts.route(group.api(), group.namespace, group.name, group.template())
    except Exception as error:  # noqa: BLE001 -- see one_line
        show = f"kubectl --namespace {group.namespace} describe ingress {group.name}"
        return [f"Its host was not routed: {one_line(error)}\nCompare it with ALLOWED_HOSTS of the pods: {show}"]
    return []
