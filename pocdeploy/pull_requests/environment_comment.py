"""The environment of a pull request, as the Markdown of a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pocdeploy.pull_requests.preview_comment import cell, inline, marker
from pocdeploy.redact import text as masked

_SIGN = {"ok": "🟢", "warn": "🟡", "fail": "🔴"}


def comment(
    stack: str,
    *,
    outputs: Mapping[str, Any],
    checks: Mapping[str, Any],
    commit: str = "",
    removed: bool = False,
    failed: bool = False,
) -> str:
    """Return the comment: where the environment is, and the table of its checks.

    Args:
        stack: its stack, pr-<number>.
        outputs: the stack's plain outputs.
        checks: what `pocdeploy --json validate` writes: result, and checks with check, severity and what.
        commit: the commit that runs there.
        removed: whether it is gone, so that there is nothing else to say.
        failed: whether it could not be brought up, or not be updated to ``commit``.
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
    if failed:
        # The outputs are those of the release before: a failed one is taken back.
        head += ["🔴 **The update failed**: see the log of this run. What ran before is at this address.", ""]
    return "\n".join([*head, *_addresses(outputs), *_table(checks), "", _end(str(outputs["url"])), ""])


def is_well(checks: Mapping[str, Any]) -> bool:
    """Tell whether the checks were made, and none of them failed."""
    return checks.get("result") in ("ok", "warn")


def _addresses(outputs: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| | |", "|---|---|", f"| Address | {outputs['url']} |")
    if outputs.get("adminUrl"):
        yield f"| Administration | {outputs['adminUrl']} (password: `make outputs ARGS=--show-secrets`) |"
    if outputs.get("imageRef"):
        yield f"| Image | `{inline(str(outputs['imageRef']))}` |"


def _table(checks: Mapping[str, Any]) -> Iterator[str]:
    if checks.get("error"):
        wheres = [f"{finding.get('where')}: {finding.get('what')}" for finding in checks.get("findings") or []]
        yield from ("", f"🔴 It could not be checked: {cell(masked('; '.join([str(checks['error']), *wheres])))}")
    rows = checks.get("checks") or []
    if rows:
        yield from ("", "| | Check | |", "|---|---|---|")
    for row in rows:
        severity = str(row.get("severity", "")).lower()
        said = cell(masked(str(row.get("what", ""))))
        yield f"| {_SIGN.get(severity, severity)} {severity} | {inline(str(row.get('check', '')))} | {said} |"


def _end(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if host == "127.0.0.1" or host.split(".")[-1] == "localhost":
        return "On the machine that ran this, for as long as the run: it shows that it comes up, with data of its own."
    return "With data of its own. Goes when this is closed, or some time after the last push; `keep` keeps it."
