"""Explain a push that the registry refuses: Docker names neither the login in use nor how to change it."""

from __future__ import annotations

import re

import pulumi

from components.cluster import Registry
from pocdeploy.errors import Finding

_REFUSED = re.compile(
    r".*\b(denied|unauthorized|no basic auth credentials|authentication required|forbidden)\b.*", re.IGNORECASE
)


def error_hook(name: str, registry: Registry) -> pulumi.ErrorHook:
    """Return a hook for the image of the application ``name``. It adds nothing to other errors, such as of a build."""

    async def explain(args: pulumi.ErrorHookArgs) -> bool:
        refused = _REFUSED.search("\n".join(args.errors))
        if refused and args.failed_operation != "delete":
            pulumi.log.error(str(_finding(name, refused[0], registry.login_command, args)))
        return False

    return pulumi.ErrorHook(f"{name}-image-failed", explain)


def _finding(name: str, error: str, login_command: str | None, args: pulumi.ErrorHookArgs) -> Finding:
    image = str((args.new_inputs or {}).get("imageName", "this image"))
    return Finding(
        where=f"image of {name}",
        what="the registry refused the push",
        actual=" ".join(error.split())[:300],
        expected=f"a login that may push {image}",
        fix=login_command,
    )
