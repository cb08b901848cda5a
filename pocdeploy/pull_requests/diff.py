"""The difference between two resources' inputs, as the lines of a diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from pocdeploy.pull_requests import redact
from pocdeploy.pull_requests.preview import Change

_SIGNS = {"create": "+", "update": "~", "replace": "+-", "delete": "-", "refresh": "~", "other": "?"}
_CONTEXT = 2
"""Lines that stay the same, shown around one that does not."""


def lines(change: Change) -> Iterator[str]:
    """Give the lines of a change: a headline, then what differs; of a resource that comes or goes only the headline.

    A line that starts with ``-`` or ``+`` is coloured by whatever shows the diff, so nothing else may start like this.
    """
    yield f"@@ {_SIGNS[change.op]} {change.kind} {change.name} @@"
    if change.because:
        yield f"# replaced because of {', '.join(change.because)}"
    if change.old is None or change.new is None:
        return
    before, after = (_yaml(redact.inputs(side, kind=change.kind)) for side in (change.old, change.new))
    if before == after:
        hidden = ", ".join(change.paths)
        yield f"# a secret or unknown value differs: {hidden}" if hidden else "# nothing that may be shown differs"
    for line in list(difflib.unified_diff(before, after, lineterm="", n=_CONTEXT))[2:]:
        yield " …" if line.startswith("@@") else line


def _yaml(value: Mapping[str, Any]) -> list[str]:
    return yaml.safe_dump(_plain(value), sort_keys=True, allow_unicode=True, width=10_000).splitlines()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value
