"""Images that a stack runs by digest without building them: built before, or deployed already."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pocdeploy.errors import Finding, PreflightError
from pocdeploy.stacks.pulumi import Pulumi

_BY_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")


def last_built(root: Path, app: str) -> Path:
    """Return the file with the reference of the image that was built last in this checkout."""
    return root / ".pocdeploy" / f"image-{app}.txt"


def check_reference(reference: str) -> None:
    """Raise PreflightError unless ``reference`` names an image by its digest."""
    if not _BY_DIGEST.fullmatch(reference):
        finding = Finding(
            where="IMAGE",
            what="image reference has no digest",
            actual=reference[:200] or "nothing",
            expected="name@sha256:<64 hex digits>, as `make image` prints it",
            fix="make image REPOSITORY=ghcr.io/OWNER/NAME",
        )
        raise PreflightError([finding])


def deployed(pulumi: Pulumi, stack: str, app: str) -> str | None:
    """Return the image that ``app`` runs; None if the stack has built it itself or does not exist."""
    exported = pulumi.capture("stack", "export", "--stack", stack)
    if exported.code:
        return None
    resources = json.loads(exported.stdout)["deployment"].get("resources") or []
    if any(each["urn"].endswith(f"::{app}-image") for each in resources):
        return None
    outputs: dict[str, Any] = next(
        (each.get("outputs") or {} for each in resources if "::pulumi:pulumi:Stack::" in each["urn"]), {}
    )
    image = ((outputs.get("apps") or {}).get(app) or {}).get("imageRef")
    return image if isinstance(image, str) else None
