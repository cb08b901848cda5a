"""The environment of a pull request, as the Markdown of a comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pocdeploy.pullrequest.mask import text as masked
from pocdeploy.pullrequest.render import cell, inline, marker

_SIGN = {"ok": "🟢", "warn": "🟡", "fail": "🔴"}


def comment(
    stack: str, *, outputs: Mapping[str, Any], checks: Mapping[str, Any], commit: str = "", removed: bool = False
) -> str:
    """Return the comment: where the environment is, and the table of its checks.

    Args:
        stack: its stack, pr-<number>.
        outputs: the stack's plain outputs.
        checks: what `pocdeploy --json validate` writes: result, and checks with check, severity and what.
        commit: the commit that runs there.
        removed: whether it is gone, so that there is nothing else to say.
    """
    head = [
        marker(stack, "environment"),
        f"## Environment `{inline(stack)}`{f' at `{commit[:12]}`' if commit else ''}",
        "",
    ]
    if removed:
        return "\n".join([*head, "Removed, with its data.", ""])
    if not outputs.get("url"):
        return "\n".join([*head, "🔴 **It is not up**: see the log of this run.", ""])
    head += ["| | |", "|---|---|", f"| Address | {outputs['url']} |"]
    if outputs.get("adminUrl"):
        head.append(f"| Administration | {outputs['adminUrl']} (password: `make outputs ARGS=--show-secrets`) |")
    if outputs.get("imageRef"):
        head.append(f"| Image | `{inline(str(outputs['imageRef']))}` |")
    rows = checks.get("checks") or []
    if rows:
        head += ["", "| | Check | |", "|---|---|---|"]
        for row in rows:
            severity = str(row.get("severity", "")).lower()
            said = cell(masked(str(row.get("what", ""))))
            head.append(
                f"| {_SIGN.get(severity, severity)} {severity} | {inline(str(row.get('check', '')))} | {said} |"
            )
    end = "Seeded, with data of its own. Goes when this is closed, or some time after the last push; `keep` keeps it."
    return "\n".join([*head, "", end, ""])
