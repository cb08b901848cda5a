"""Reduce a kubeconfig to one context, with the content of the files that it refers to."""

from __future__ import annotations

import base64
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from pocdeploy import fixes
from pocdeploy.errors import ClusterError, Finding

FILES = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
}
"""Key with the path of a file -> key with its content. A relative path starts in the folder of the kubeconfig."""


def locate(path: str, root: Path) -> Path:
    """Return the file of a setting: ``~`` is the home directory, a relative path starts at ``root``."""
    return (root / Path(path).expanduser()).absolute()


def in_state(path: str, root: Path) -> str:
    """Return the path of a setting for the state; a relative path stays relative.

    `destroy` reads the path from the state and runs providers in the current checkout of the project; the checkout
    that ran `up` may not exist any more.
    """
    file = Path(path).expanduser()
    return str(locate(path, root)) if file.is_absolute() else str(file)


def read(file: Path, context: str) -> dict[str, Any]:
    """Return the kubeconfig in ``file`` reduced to one context, with the content of the files that it refers to.

    Raises:
        ClusterError: if the file is not valid, or has no such context; then the error lists its contexts.
    """
    where = "pocdeploy:cluster.kubeconfig"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a text file"
        raise ClusterError([_unusable(where, f"this file cannot be read ({why})", str(file))]) from None
    return choose(parse(text, where=where, actual=str(file)), context, folder=file.parent)


def parse(text: str, *, where: str, actual: str) -> dict[str, Any]:
    """Return the content of a kubeconfig; raises ClusterError, which shows ``actual`` and never the content."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict) or not all(isinstance(content.get(kind), list) for kind in ("clusters", "users")):
        raise ClusterError(
            [_unusable(where, "this is not a kubeconfig: it has no lists of clusters and users", actual)]
        )
    return content


def choose(config: dict[str, Any], context: str | None, *, folder: Path | None = None) -> dict[str, Any]:
    """Return ``config`` reduced to one context.

    Args:
        config: content of a kubeconfig.
        context: name of the context; None for the current context.
        folder: folder in which relative paths start; None if the kubeconfig is not a file.

    Raises:
        ClusterError: if the context, or its cluster or user, does not exist.
    """
    contexts = _named(config, "contexts", "context")
    name = context or str(config.get("current-context", ""))
    if name not in contexts:
        raise ClusterError([_no_context(name, sorted(contexts))])
    chosen = contexts[name]
    cluster = _named(config, "clusters", "cluster").get(chosen.get("cluster"))
    user = _named(config, "users", "user").get(chosen.get("user"))
    if cluster is None or user is None:
        what = "cluster" if cluster is None else "user"
        missing = f"{name} refers to the {what} {chosen.get(what)}, which does not exist"
        raise ClusterError([_unusable("pocdeploy:cluster.context", "this context is incomplete", missing)])
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": chosen["cluster"], "cluster": _complete(cluster, folder)}],
        "users": [{"name": chosen["user"], "user": _complete(user, folder)}],
        "contexts": [{"name": name, "context": chosen}],
        "current-context": name,
    }


def server(config: dict[str, Any]) -> str:
    """Return the address of the API server of a kubeconfig with one context."""
    return str(config["clusters"][0]["cluster"].get("server", ""))


def _named(config: dict[str, Any], kind: str, key: str) -> dict[Any, dict[str, Any]]:
    return {entry.get("name"): entry.get(key) or {} for entry in config.get(kind) or [] if isinstance(entry, dict)}


def _complete(entry: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    complete = dict(entry)
    for key, inline in FILES.items():
        path = complete.pop(key, None)
        if path and inline not in complete:
            file = (folder or Path()) / path
            try:
                complete[inline] = base64.b64encode(file.read_bytes()).decode()
            except OSError as error:
                what = f"{key} refers to a file that cannot be read ({error.strerror})"
                raise ClusterError([_unusable("pocdeploy:cluster.kubeconfig", what, str(file))]) from None
    return complete


def _unusable(where: str, what: str, actual: str) -> Finding:
    return Finding(
        where=where,
        what=what,
        actual=actual,
        expected="a kubeconfig with which kubectl can reach the cluster",
        fix="kubectl --kubeconfig <file> config get-contexts",
    )


def _no_context(name: str, names: Sequence[str]) -> Finding:
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
    return Finding(
        where="pocdeploy:cluster.context",
        what="the kubeconfig has no such context",
        actual=name or "no context is set, and the kubeconfig has no current context",
        expected=f"one of {', '.join(names) or 'none: the kubeconfig has no contexts'}",
        fix=fixes.set_value("cluster.context", close[0]) if close else "kubectl config get-contexts",
    )
