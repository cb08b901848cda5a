"""The stack that a Helm release belongs to, in a namespace that does not belong to the stack itself."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

STACK_LABEL = "pocdeploy.dev/stack"
"""Not `app.kubernetes.io/instance`, which charts set to the name of the release."""


def common_labels(stack: str) -> dict[str, str]:
    """Return the labels of all objects of a release, as charts take them in ``commonLabels``."""
    return {"app.kubernetes.io/part-of": "pocdeploy", STACK_LABEL: stack}


def owner(labels: Mapping[str, str]) -> str | None:
    """Return the stack that an object of a release belongs to, by its labels; None if they name none."""
    return labels.get(STACK_LABEL)


def owner_of_record(record: Mapping[str, Any]) -> str | None:
    """Return the stack that a release belongs to, by the Secret in which Helm keeps it; None if it names none."""
    packed = base64.b64decode(base64.b64decode(record["data"]["release"]))  # once by Helm, once by Kubernetes
    values = json.loads(gzip.decompress(packed)).get("config") or {}
    return owner(values.get("commonLabels") or {})
