"""Write the state of a pull request's environment as the Markdown of a comment."""

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
    """Return the comment: address and checks of the environment.

    Args:
        stack: name of its stack, pr-<number>.
        outputs: plain outputs of the stack.
        checks: output of `pocdeploy --json validate`: result, and checks with check, severity and what.
        commit: the deployed commit.
        removed: whether the environment was removed; nothing else is written then.
        failed: whether the deployment of ``commit`` failed.
    """
    head = [
        marker(stack, "environment"),
        f"## Environment `{inline(stack)}`{f' at `{commit[:12]}`' if commit else ''}",
        "",
    ]
    if removed:
        return "\n".join([*head, "Removed, with its data.", ""])
    if not outputs.get("url"):
        return "\n".join([*head, "🔴 **Not deployed**: see the log of this run.", ""])
    if failed:
        # The outputs are those of the previous release, which was restored.
        head += ["🔴 **The update failed**: see the log of this run. This address serves the previous release.", ""]
    return "\n".join([*head, *_addresses(outputs), *_table(checks), "", _end(str(outputs["url"])), ""])


def is_well(checks: Mapping[str, Any]) -> bool:
    """Tell whether the checks ran, and none of them failed."""
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
        yield from ("", f"🔴 The checks could not run: {cell(masked('; '.join([str(checks['error']), *wheres])))}")
    rows = checks.get("checks") or []
    if rows:
        yield from ("", "| | Check | |", "|---|---|---|")
    for row in rows:
        severity = str(row.get("severity", "")).lower()
        what = cell(masked(str(row.get("what", ""))))
        yield f"| {_SIGN.get(severity, severity)} {severity} | {inline(str(row.get('check', '')))} | {what} |"


def _end(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if host == "127.0.0.1" or host.split(".")[-1] == "localhost":
        return "It runs on the machine of this CI job until the job ends, with data of its own."
    return (
        "It has data of its own. It is removed when the pull request is closed, or some time after the last push; "
        "the label `keep` keeps it after that time."
    )
