"""Explain a failed operation in one text, whatever the cluster answers."""

from __future__ import annotations

from collections.abc import Callable

from pocdeploy.diagnostics.explain.collect import collect
from pocdeploy.diagnostics.explain.render import terminal
from pocdeploy.errors import PocdeployError
from pocdeploy.kube.client import KubeClient


def explanation(
    api: Callable[[], KubeClient],
    namespace: str,
    selector: str,
    summary: str,
    *,
    deleted: str | None = None,
    restarted: bool = False,
) -> str:
    """Return ``summary`` followed by what is wrong with the pods, or by why the cluster did not answer.

    Args:
        api: connects to the cluster.
        namespace: namespace of the pods.
        selector: their labels; all pods of the namespace if empty.
        summary: first sentence.
        deleted: prefix of the names of deleted pods, which are explained from their events; None for none.
        restarted: whether a container that runs again after its end is explained, too.
    """
    try:
        report = collect(api(), namespace, selector=selector, deleted=deleted, restarted=restarted)
    except Exception as error:  # noqa: BLE001 -- see one_line
        return f"{summary} The cause is unknown: {one_line(error)}"
    cause = f" Probable cause: {report.cause}." if report.cause else ""
    return "\n".join([f"{summary}{cause}", *(terminal(report) if report.issues else [])])


def one_line(error: Exception) -> str:
    """Return an error in one line. Pulumi's SDK hides exceptions of hooks, so hooks catch and report all of them."""
    text = error.findings[0].what if isinstance(error, PocdeployError) else str(error)
    return " ".join(text.split())[:300]
