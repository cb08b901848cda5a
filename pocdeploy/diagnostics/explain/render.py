"""A report for a terminal, as Markdown for a comment on a pull request, and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from pocdeploy.diagnostics.explain.report import Issue, Report


def terminal(report: Report) -> list[str]:
    """Return the report as lines of plain text."""
    if not report.issues:
        return [f"{report.subject}: no problems found."]
    return [line for issue in report.issues for line in _lines(issue)]


def _lines(issue: Issue) -> Iterator[str]:
    yield f"  {issue.where}: {issue.what}"
    if issue.cause:
        yield f"    probable cause: {issue.cause}"
    yield from (f"    event: {event}" for event in issue.events)
    yield from (f"    previous | {line}" for line in issue.previous_log)
    yield from (f"    | {line}" for line in issue.log)
    if issue.look:
        yield f"    more: {issue.look}"


def markdown(reports: Iterable[Report]) -> str:
    """Return reports as Markdown, with logs folded in."""
    parts: list[str] = []
    for report in reports:
        if not report.issues:
            parts.append(f"**{report.subject}**: no problems found.")
        for issue in report.issues:
            parts += [f"### {issue.where}", issue.what]
            if issue.cause:
                parts.append(f"**Probable cause:** {issue.cause}")
            if issue.events:
                parts.append("\n".join(f"- {event}" for event in issue.events))
            for title, lines in (("Last lines of the previous run", issue.previous_log), ("Last lines", issue.log)):
                if lines:
                    parts.append(_folded(title, lines))
            if issue.look:
                parts.append(f"More: `{issue.look}`")
    return "\n\n".join(parts) + "\n"


def _folded(title: str, lines: Iterable[str]) -> str:
    # A fence longer than any in the text, so that a log cannot break out of it.
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in text.split() if set(run) == {"`"}), default=0))
    return f"<details><summary>{title}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def plain(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """Return reports as data that can be written as JSON."""
    return [{**asdict(report), "cause": report.cause} for report in reports]
