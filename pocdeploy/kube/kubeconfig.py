"""Reduce a kubeconfig to one context, with the content of the files that it refers to."""

from __future__ import annotations

import difflib
import json
import os
import shlex
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from pocdeploy import fixes, textfile
from pocdeploy.errors import ClusterError, Finding
from pocdeploy.kube import credentials

_KINDS = {"clusters": "cluster", "users": "user", "contexts": "context"}
"""List of a kubeconfig -> key of the content of its entries."""
_WHERE, _CONTEXT = "pocdeploy:cluster.kubeconfig", "pocdeploy:cluster.context"


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
    if not file.exists() and os.pathsep in str(file):
        raise ClusterError([_several(file, context)])
    text = textfile.read(file, ClusterError)
    return choose(parse(text, where=_WHERE, actual=str(file)), context, folder=file.parent)


def current(source: Path | str) -> dict[str, Any]:
    """Return a kubeconfig, a file or its text, reduced to its current context; raises ClusterError."""
    folder = source.parent if isinstance(source, Path) else None
    text = textfile.read(source, ClusterError) if isinstance(source, Path) else source
    config = choose(parse(text, where=_WHERE, actual=str(source) if folder else "text"), None, folder=folder)
    user = config["users"][0]["user"]
    if path := user.pop("tokenFile", None):  # counts more than a token
        user["token"] = Path(path).read_text("utf-8").strip()
    return config


def is_direct(config: dict[str, Any]) -> bool:
    """Return whether requests to the server of a kubeconfig with one context never use a proxy of the environment.

    As in Go, these are this machine, and what NO_PROXY names; a ``proxy-url`` of the kubeconfig counts more.
    """
    from requests.utils import should_bypass_proxies  # noqa: PLC0415 -- most commands need no cluster

    if "proxy-url" in config["clusters"][0]["cluster"]:
        return False
    host = urlsplit(server(config)).hostname or ""
    try:
        is_local = ip_address(host).is_loopback
    except ValueError:
        is_local = host == "localhost" or host.endswith(".localhost")
    return is_local or should_bypass_proxies(server(config), no_proxy=None)


def parse(text: str, *, where: str, actual: str) -> dict[str, Any]:
    """Return the content of a kubeconfig; raises ClusterError, which shows ``actual`` and never the content."""
    content = _loaded(text)
    if not isinstance(content, dict) or not all(isinstance(content.get(kind), list | None) for kind in _KINDS):
        what = "this is not a kubeconfig: clusters, users and contexts are lists"
        raise ClusterError([_unusable(where, what, actual)])
    return content


def _loaded(text: str) -> Any:
    if not text.strip():
        return {}
    try:
        return json.loads(text)  # which may have tabs, other than YAML
    except ValueError:
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            return None


def choose(config: dict[str, Any], context: str | None, *, folder: Path | None = None) -> dict[str, Any]:
    """Return ``config`` reduced to one context, as kubectl resolves it.

    Args:
        config: content of a kubeconfig.
        context: name of the context; None for the current context.
        folder: folder in which relative paths start; None if the kubeconfig is not a file.

    Raises:
        ClusterError: if the context, or its cluster or user, does not exist or is incomplete.
    """
    contexts, clusters, users = (_named(config, kind) for kind in ("contexts", "clusters", "users"))
    name = context or str(config.get("current-context") or "")
    if name not in contexts:
        raise ClusterError([_no_context(name, sorted(contexts))])
    chosen = contexts[name]
    missing = [
        f"{name} refers to the {what} {chosen.get(what) or '(none)'}, which does not exist"
        for what, known in (("cluster", clusters), ("user", users))
        if chosen.get(what) not in known and (what == "cluster" or chosen.get(what))
    ]
    if missing:
        raise ClusterError([_unusable(_CONTEXT, "this context is incomplete", each) for each in missing])
    cluster = clusters[chosen["cluster"]]
    if not cluster.get("server"):
        raise ClusterError([_unusable(_CONTEXT, "the cluster of this context has no server", chosen["cluster"])])
    user = chosen.get("user") or "anonymous"  # a context without a user is allowed
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": chosen["cluster"], "cluster": credentials.complete(cluster, folder)}],
        "users": [{"name": user, "user": credentials.complete(users.get(user, {}), folder)}],
        "contexts": [{"name": name, "context": {**chosen, "user": user}}],
        "current-context": name,
    }


def server(config: dict[str, Any]) -> str:
    """Return the address of the API server of a kubeconfig with one context."""
    return str(config["clusters"][0]["cluster"].get("server", ""))


def _named(config: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the entries of a list by their names; raises ClusterError for a name that kubectl refuses, too."""
    found: dict[str, dict[str, Any]] = {}
    for entry in config.get(kind) or []:
        name = entry.get("name") if isinstance(entry, dict) else None
        value = entry.get(_KINDS[kind]) or {} if isinstance(entry, dict) else None
        if isinstance(name, bool | int | float):
            what = f"a name in {kind} is not a text, because it has no quotes"
            raise ClusterError([_unusable(_WHERE, what, str(name))])
        if not isinstance(value, dict):
            raise ClusterError([_unusable(_WHERE, f"an entry of {kind} has no map {_KINDS[kind]}", str(name))])
        if name in found:
            raise ClusterError([_unusable(_WHERE, f"{kind} has two entries of this name", name)])
        if isinstance(name, str):
            found[name] = value
    return found


def _unusable(where: str, what: str, actual: str) -> Finding:
    return Finding(
        where=where,
        what=what,
        actual=actual,
        expected="a kubeconfig with which kubectl can reach the cluster",
        fix="kubectl config get-contexts",
    )


def _several(file: Path, context: str) -> Finding:
    shown = str(file)
    return Finding(
        where=_WHERE,
        what="this names several files, and not one",
        actual=shown,
        expected="one file that has all of the context",
        fix=f"KUBECONFIG={shlex.quote(shown)} kubectl config view --flatten --minify --context {shlex.quote(context)}"
        f" >kubeconfig && {fixes.set_value('cluster.kubeconfig', 'kubeconfig')}",
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
