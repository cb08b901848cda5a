"""Add an application to a stack file, which is made if there is none."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocdeploy.config import defaults, load_stack, stack_file
from pocdeploy.config.yaml_comments import with_comments
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.stacks import create

_HEADER = """\
# Written by `pocdeploy init`. All keys: docs/configuration.md; values: `pocdeploy config {app} --stack {stack}`.
config:
  pocdeploy:cluster:
    type: kind
    name: {cluster}
    httpPort: {ports[0]}
    httpsPort: {ports[1]}
    registryPort: {ports[2]}
    fallback: processes # without a container engine: processes of this machine
  pocdeploy:apps:
    {app}:
      framework: none
"""


def app_name(folder: Path) -> str:
    """Return the name of a folder as the name of an application."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return re.sub(r"^[^a-z]+", "", name)[:30].rstrip("-") or defaults.APP


def as_written(folder: Path, root: Path) -> str:
    """Return a folder as the project's stack files name it: relative if it is near, else absolute."""
    relative = os.path.relpath(folder.resolve(), root.resolve())
    return relative if not relative.startswith("../../..") else str(folder.resolve())


def add_application(
    root: Path, stack: str, name: str, entry: Mapping[str, Any], reasons: Mapping[tuple[str, ...], str]
) -> Path:
    """Write the settings of an application into the file of a stack; return the file.

    All else in the file stays. The reasons become comments. A file that does not exist is made, with a cluster of its
    own. Raises PreflightError if the stack has an application of this name, SettingsError if the stack's settings are
    not valid then; the file is as it was in both cases.
    """
    file = stack_file.path(root, stack)
    before = file.read_bytes() if file.is_file() else None
    if before is not None and name in ((stack_file.config(root, stack) or {}).get(create.APPS) or {}):
        finding = Finding(
            where=f"{create.APPS}.{name}",
            what=f"{file.name} has an application of this name",
            expected="another name, or a file without this entry",
            fix=f"pocdeploy init {entry['path']} --name {name}-2 --stack {stack}",
        )
        raise PreflightError([finding])
    if before is None:
        stack_file.write(file, _new_file(root, stack, name))
    try:
        document = stack_file.document(file)
        path = ("config", create.APPS)
        others = (stack_file.config(root, stack) or {}).get(create.APPS)
        if before is not None and not others:
            # Without this key the stack has the default application.
            document = document.set((*path, defaults.APP), {})
        document = document.set((*path, name), dict(entry))
        comments = {(*path, name, *key): reason for key, reason in reasons.items()}
        stack_file.write(file, with_comments(document, comments, file.name).text)
        load_stack(root, stack)
    except PocdeployError:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
        raise
    return file


def _new_file(root: Path, stack: str, name: str) -> str:
    """Return the beginning of a stack file, with a cluster name and ports that no other stack uses."""
    ports, cluster = create.own_names(root, stack)
    return _HEADER.format(app=name, stack=stack, cluster=cluster, ports=ports)
