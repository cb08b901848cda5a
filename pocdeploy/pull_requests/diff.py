"""The difference between two resources' inputs, as the lines of a diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from pocdeploy import redact
from pocdeploy.pull_requests.preview import Change

_SIGNS = {"create": "+", "update": "~", "replace": "+-", "delete": "-", "refresh": "~", "other": "?"}
_CONTEXT = 2
"""Unchanged lines that are shown around a changed one."""


def lines(change: Change) -> Iterator[str]:
    """Yield the lines of a change: a headline, then what differs; only the headline for a creation or a deletion.

    Other lines never start with ``-`` or ``+``: they would be coloured as changes.
    """
    yield f"@@ {_SIGNS[change.op]} {change.kind} {change.name} @@"
    if change.because:
        yield f"# replaced because of {', '.join(change.because)}"
    if change.old is None or change.new is None:
        return
    before, after = (_yaml(masked_inputs(side, kind=change.kind)) for side in (change.old, change.new))
    if before == after:
        hidden = ", ".join(change.paths)
        yield f"# a secret or unknown value differs: {hidden}" if hidden else "# no visible difference"
    for line in list(difflib.unified_diff(before, after, lineterm="", n=_CONTEXT))[2:]:
        yield " …" if line.startswith("@@") else line


def masked_inputs(properties: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """Return a resource's inputs as plain data that may be shown: secrets masked, see ``redact.structure``.

    Every value of a Kubernetes Secret (``kind``) is masked, also if the program did not mark it as secret.
    """
    shown: dict[str, Any] = _plain(redact.structure(properties))
    if kind == "Secret":
        for key in {"data", "stringData"} & shown.keys():
            shown[key] = dict.fromkeys(shown[key], redact.MASKED) if isinstance(shown[key], dict) else redact.MASKED
    return shown


def _plain(value: Any) -> Any:
    """Return ``value`` as YAML can write it, without the lists of defaults that Pulumi adds."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items() if key != "__defaults"}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _yaml(value: Mapping[str, Any]) -> list[str]:
    return yaml.safe_dump(value, sort_keys=True, allow_unicode=True, width=10_000).splitlines()
