"""A report for a terminal, as Markdown for a comment on a pull request, and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from pocdeploy.diagnostics.explain.report import Issue, Report


def terminal(report: Report) -> list[str]:
    """Return the report as lines of plain text."""
    if not report.troubles:
        return [f"{report.subject}: nothing that is not well was found."]
    return [line for trouble in report.troubles for line in _lines(trouble)]


def _lines(trouble: Issue) -> Iterator[str]:
    yield f"  {trouble.where}: {trouble.what}"
    if trouble.cause:
        yield f"    probable cause: {trouble.cause}"
    yield from (f"    event: {event}" for event in trouble.events)
    yield from (f"    before | {line}" for line in trouble.previous_log)
    yield from (f"    | {line}" for line in trouble.log)
    if trouble.look:
        yield f"    look further: {trouble.look}"


def markdown(reports: Iterable[Report]) -> str:
    """Return reports as Markdown, with logs folded in."""
    parts: list[str] = []
    for report in reports:
        if not report.troubles:
            parts.append(f"**{report.subject}**: nothing that is not well was found.")
        for trouble in report.troubles:
            parts += [f"### {trouble.where}", trouble.what]
            if trouble.cause:
                parts.append(f"**Probable cause:** {trouble.cause}")
            if trouble.events:
                parts.append("\n".join(f"- {event}" for event in trouble.events))
            for title, lines in (("Last lines of the run before", trouble.previous_log), ("Last lines", trouble.log)):
                if lines:
                    parts.append(_folded(title, lines))
            if trouble.look:
                parts.append(f"Look further: `{trouble.look}`")
    return "\n\n".join(parts) + "\n"


def _folded(title: str, lines: Iterable[str]) -> str:
    # A fence longer than any in the text, so that a log cannot break out of it.
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in text.split() if set(run) == {"`"}), default=0))
    return f"<details><summary>{title}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def plain(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """Return reports as data that can be written as JSON."""
    return [{**asdict(report), "cause": report.cause} for report in reports]
