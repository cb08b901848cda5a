"""Write a preview as the Markdown of a comment, for GitHub and GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pocdeploy import redact
from pocdeploy.pull_requests import diff
from pocdeploy.pull_requests.preview import COUNTED, Change, Preview

LIMIT = 60_000
"""Characters of a comment; GitHub accepts 65,536."""
LISTED = 25
"""Rows of a table; the diff has all changes."""
ERROR_LINES = 60


def marker(stack: str, kind: str = "preview") -> str:
    """Return the invisible line by which a comment is found again."""
    return f"<!-- pocdeploy:{kind}:{re.sub(r'[^A-Za-z0-9_./-]', '-', stack)} -->"


def comment(preview: Preview, *, stack: str, commit: str = "") -> str:
    """Return the comment about a preview of ``stack``: summary, dangers, policies, changes, folded diff.

    ``commit`` is the one that was previewed. The diff is cut so that the comment has at most LIMIT characters.
    """
    head = [
        marker(stack),
        f"## Preview of `{stack}`{f' at `{commit[:12]}`' if commit else ''}",
        "",
        _headline(preview),
        *_errors(preview),
        *_dangers(preview),
        *_policies(preview),
        *_table(preview),
        *_changes(preview),
        *_warnings(preview),
    ]
    text = "\n".join(head).rstrip() + "\n"
    return text + _diff(preview, LIMIT - len(text))


def _headline(preview: Preview) -> str:
    counts = preview.counts()
    if preview.errors or not preview.complete:
        return "🔴 **The preview failed. An update would change nothing.**"
    parts = [f"{counts[op]} to {op}" for op in COUNTED if counts[op]]
    if any(finding.mandatory for finding in preview.findings):
        return "🔴 **Policy violations. An update would change nothing.**"
    if not parts:
        return f"**No changes**: {preview.same} unchanged."
    same = f"; {preview.same} unchanged" if preview.same else ""
    red = any(change.loses_data or _is_replaced(change) for change in preview.changes)
    return f"{'🔴 ' if red else ''}**{', '.join(parts)}**{same}."


def _is_replaced(change: Change) -> bool:
    """Tell whether users may notice the replacement; not for a Job, which is replaced in order to run again."""
    return change.op == "replace" and not change.runs_again and not change.is_component


def _errors(preview: Preview) -> Iterator[str]:
    if preview.errors:
        lines = [line for error in preview.errors for line in redact.text(error).splitlines()]
        omitted = [f"… {len(lines) - ERROR_LINES} lines"] if len(lines) > ERROR_LINES else []
        yield ""
        # The error itself is at the end of a traceback.
        yield from _fenced([line[:500] for line in [*omitted, *lines[-ERROR_LINES:]]], "text")


def _dangers(preview: Preview) -> Iterator[str]:
    """Yield data loss, then replaced resources, both in red, then Jobs that run again."""
    lost = [change for change in preview.changes if change.loses_data]
    replaced = [change for change in preview.changes if _is_replaced(change) and not change.loses_data]
    again = [change for change in preview.changes if change.runs_again]
    if lost:
        yield from (
            "",
            "> [!CAUTION]",
            "> **Data loss.** These resources hold or contain data:",
            ">",
        )
        yield from (f"> - 🔴 {_named(change)}: {change.op}d{_reason(change)}" for change in lost)
    if replaced:
        yield from ("", "> [!CAUTION]", "> **Replaced.** These resources are deleted and created again:", ">")
        yield from (f"> - 🔴 {_named(change)}{_reason(change)}" for change in replaced[:LISTED])
        if len(replaced) > LISTED:
            yield f"> - and {len(replaced) - LISTED} more, in the diff"
    if again:
        yield from ("", f"Run again: {', '.join(_named(change) for change in again[:LISTED])}.")


def _reason(change: Change) -> str:
    return f", because of {', '.join(f'`{inline(path)}`' for path in change.because[:3])}" if change.because else ""


def _policies(preview: Preview) -> Iterator[str]:
    if not preview.findings:
        return
    yield from ("", f"### Policies: {len(preview.findings)} finding{'s' if len(preview.findings) > 1 else ''}", "")
    yield from ("| | Rule | Resource | |", "|---|---|---|---|")
    for found in sorted(preview.findings, key=lambda each: (not each.mandatory, each.policy, each.urn)):
        level = "🔴 mandatory" if found.mandatory else "advisory"
        name = found.urn.split("::", 3)[-1]
        yield f"| {level} | `{inline(found.policy)}` | `{inline(name)}` | {cell(redact.text(found.message))} |"


def _table(preview: Preview) -> Iterator[str]:
    """Yield a row for each application, and one for what they share."""
    if not preview.changes:
        return
    parts: list[str | None] = [*preview.applications, None]
    yield from ("", "| | Create | Update | Replace | Delete |", "|---|---:|---:|---:|---:|")
    for part in parts:
        of_part = [change for change in preview.changes if preview.part_of(change) == part]
        if of_part:
            yield _row("platform" if part is None else f"`{inline(part)}`", of_part)
    yield _row("**all**", preview.changes)


def _row(title: str, changes: Sequence[Change]) -> str:
    counts = [sum(change.op == op for change in changes) for op in COUNTED]
    return f"| {title} | {' | '.join(str(count or '-') for count in counts)} |"


def _changes(preview: Preview) -> Iterator[str]:
    """Yield updates and deletions with their properties; creations are many, and only counted above."""
    listed = [
        change
        for change in preview.changes
        if change.op in ("update", "delete") and not change.loses_data and not change.is_component
    ]
    if not listed:
        return
    yield from ("", "| | Resource | Properties |", "|---|---|---|")
    for change in listed[:LISTED]:
        paths = ", ".join(f"`{inline(path)}`" for path in change.paths[:4])
        more = f" and {len(change.paths) - 4} more" if len(change.paths) > 4 else ""
        yield f"| {change.op} | {_named(change)} | {paths}{more} |"
    if len(listed) > LISTED:
        yield f"| | and {len(listed) - LISTED} more, in the diff | |"


def _warnings(preview: Preview) -> Iterator[str]:
    if preview.warnings:
        yield from ("", f"<details><summary>Warnings ({len(preview.warnings)})</summary>", "")
        yield from _fenced([line for text in preview.warnings for line in redact.text(text).splitlines()], "text")
        yield from ("", "</details>")


def _diff(preview: Preview, room: int) -> str:
    """Return the folded diff in at most ``room`` characters, with dangers first."""
    order = {"delete": 1, "replace": 2, "update": 3, "create": 4}
    changes = sorted(preview.changes, key=lambda each: (not each.loses_data, order.get(each.op, 5)))
    lines = [line for change in changes if not change.is_component for line in diff.lines(change)]
    if not lines:
        return ""
    fence = _fence(lines)
    opening = f"\n<details><summary>Full diff</summary>\n\n{fence}diff\n"
    closing = f"{fence}\n\n</details>\n"
    left = room - len(opening) - len(closing) - 120
    kept: list[str] = []
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            kept.append(f"# {len(lines) - len(kept)} more lines, too many for a comment: see the log of this run")
            break
        kept.append(line)
    return opening + "\n".join(kept) + "\n" + closing


def _fenced(lines: Sequence[str], language: str) -> Iterator[str]:
    fence = _fence(lines)
    yield from (f"{fence}{language}", *lines, fence)


def _fence(lines: Sequence[str]) -> str:
    """Return a fence that none of ``lines`` can close."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _named(change: Change) -> str:
    return f"{change.kind} `{inline(change.name)}`"


def inline(text: str) -> str:
    """Return a text that cannot end a code span or a cell of a table."""
    return text.replace("`", "'").replace("|", "\\|").replace("\n", " ")


def cell(text: str) -> str:
    """Return any text as code in a cell of a table."""
    return f"<code>{text.replace('&', '&amp;').replace('<', '&lt;').replace('|', '&#124;')}</code>".replace("\n", " ")
