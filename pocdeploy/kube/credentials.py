"""Complete a cluster or user of a kubeconfig: files, programs and tokens, as client-go does."""

from __future__ import annotations

import base64
import binascii
import os
import shutil
from pathlib import Path
from typing import Any

from pocdeploy import redact
from pocdeploy.errors import ClusterError, Finding

FILES = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
}
"""Key with the path of a file -> key with its content. A relative path starts in the folder of the kubeconfig."""
_WHERE = "pocdeploy:cluster.kubeconfig"


def complete(entry: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """Return a cluster or user with the content of its files, and absolute paths of its programs.

    ``folder`` is where relative paths start. Raises ClusterError for what cannot be read or run; it never shows a
    credential.
    """
    found = {key: value for key, value in entry.items() if value is not None}
    for key, inline in FILES.items():
        path = found.pop(key, None)
        if path and inline not in found:
            found[inline] = base64.b64encode(_read(key, _absolute(path, folder))).decode()
        if inline in found and not _is_base64(str(found[inline])):
            raise ClusterError([_finding(f"{inline} is not valid base64", None)])
    if path := found.get("tokenFile"):
        found["tokenFile"] = str(_absolute(path, folder))
        _read("tokenFile", Path(found["tokenFile"]))
    token = found.get("token")
    if token is not None and (not isinstance(token, str) or not token.isprintable() or token != token.strip()):
        raise ClusterError([_finding("the token has a line end, a space at its ends or no quotes", None)])
    if isinstance(found.get("exec"), dict):
        found["exec"] = _plugin({key: value for key, value in found["exec"].items() if value is not None}, folder)
    return found


def check_plugin(config: dict[str, Any], loaded: Any) -> None:
    """Raise ClusterError if the plugin of a kubeconfig with one context gave no credentials, with what it wrote.

    ``loaded`` is the configuration that the kubernetes package has made of it; it goes on without credentials.
    """
    from kubernetes.config import ConfigException  # noqa: PLC0415
    from kubernetes.config.exec_provider import ExecProvider  # noqa: PLC0415
    from kubernetes.config.kube_config import ConfigNode  # noqa: PLC0415

    plugin = config["users"][0]["user"].get("exec")
    if not plugin or loaded.api_key or loaded.cert_file:
        return
    try:
        ExecProvider(ConfigNode("exec", plugin), "", None).run()  # type: ignore[no-untyped-call]
        reason = "it returns neither a token nor a certificate"
    except (ConfigException, OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:300]
    raise ClusterError([_finding(f"{plugin['command']}, which logs in to this cluster, failed", redact.text(reason))])


def _plugin(plugin: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """Return a credential plugin with an absolute path, unless its name is looked up in PATH."""
    command = str(plugin.get("command") or "")
    if os.sep in command:
        command = str(_absolute(command, folder))
    if shutil.which(command) is None:
        hint = str(plugin.get("installHint") or "").strip().splitlines()
        raise ClusterError(
            [
                Finding(
                    where=_WHERE,
                    what="the program that logs in to this cluster is not installed, or not executable",
                    actual=command or "exec without command",
                    expected=hint[0] if hint else "the program of the kubeconfig's exec.command",
                    fix=f"command -v {command}" if command else None,
                )
            ]
        )
    return {**plugin, "command": command}


def _absolute(path: Any, folder: Path | None) -> Path:
    return ((folder or Path()) / str(path)).absolute()


def _read(key: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        what = f"{key} refers to a file that cannot be read ({error.strerror})"
        raise ClusterError([_finding(what, str(file))]) from None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return False
    return True


def _finding(what: str, actual: str | None) -> Finding:
    return Finding(
        where=_WHERE,
        what=what,
        actual=actual,
        expected="a kubeconfig with which kubectl can reach the cluster",
        fix="kubectl version",
    )
