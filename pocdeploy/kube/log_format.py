"""Format a line of a log for a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from pocdeploy import redact

LEVELS = {"DEBUG": "dim", "INFO": "green", "WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold white on red"}
_SHORT = {"WARN": "WARNING", "ERR": "ERROR", "FATAL": "CRITICAL", "PANIC": "CRITICAL"}

COLOURS = ("cyan", "magenta", "blue", "yellow", "green", "bright_cyan", "bright_magenta", "bright_blue")
"""One for each pod, in the order in which the pods appear; the ninth pod has the first colour again."""


def render(line: str) -> Text:
    """Return time, level, id of the request, message and duration of a JSON line; any other line unchanged.

    A traceback follows on separate lines. Secrets are masked. Control characters are shown as text: parts of the log
    come from requests, and must not control the terminal.
    """
    fields = _fields(line)
    if fields is None:
        return Text(_printable(line))
    text = Text()
    text.append(f"{_time(fields)} ", "dim")
    level = str(fields.get("level", "")).upper()
    level = _SHORT.get(level, level)
    text.append(f"{_printable(level):<8} ", LEVELS.get(level, ""))
    if fields.get("request_id"):
        text.append(f"{_printable(str(fields['request_id']))} ", "dim")
    text.append(_printable(str(_message(fields))))
    if "duration_ms" in fields:
        text.append(f" {_printable(str(fields['duration_ms']))} ms", "dim")
    for line_of_trace in str(fields.get("exc_info") or "").splitlines():
        text.append(f"\n    {_printable(line_of_trace)}", "red")
    return text


def _fields(line: str) -> Mapping[str, Any] | None:
    """Return the fields of a line that is a JSON object with a message; None for any other line."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and _message(found) is not None else None


def _message(fields: Mapping[str, Any]) -> Any:
    return fields.get("message", fields.get("msg"))


def _time(fields: Mapping[str, Any]) -> str:
    """Return the time of day with milliseconds, from 2026-01-31T12:00:00.000Z."""
    time = _printable(str(fields.get("time", fields.get("ts", ""))))
    return time.partition("T")[2].rstrip("Z")[:12] or time


def _printable(text: str) -> str:
    text = redact.text(text)
    return "".join(each if each.isprintable() or each == "\t" else repr(each)[1:-1] for each in text)
