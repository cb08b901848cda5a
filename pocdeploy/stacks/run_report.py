"""Report a run of Pulumi by its events, a line for each finished resource: for logs, where there is no terminal.

Errors, warnings and outputs are complete; the states of a resource on its way are not shown, unless it takes long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pocdeploy import redact
from pocdeploy.stacks.deployed import Named

WAIT = 10.0
"""Seconds after which what goes on is a line."""
SILENCE = 60.0
"""Seconds without a line after which all that goes on is a line."""
_DONE = {
    "create": ("+", "created"),
    "update": ("~", "updated"),
    "delete": ("-", "deleted"),
    "create-replacement": ("+", "created as replacement"),
    "delete-replaced": ("-", "deleted after its replacement"),
    "import": ("=", "imported"),
}
"""Operation -> sign and participle; all other operations change nothing."""
_NOTED = ("info", "info#err", "warning", "error")


@dataclass
class _Work:
    """Work that has begun."""

    what: str
    since: float
    """Seconds since 1970."""
    is_quiet: bool
    """Whether it consists of other work, or of none."""
    status: str = ""
    shown: bool = False

    def wait(self, now: float) -> str:
        """Return how long it has gone on, and what it waits for."""
        began = datetime.fromtimestamp(self.since).astimezone()
        status = f": {self.status}" if self.status else ""
        return f"  waiting for {self.what} since {began:%H:%M:%S}, {now - self.since:.0f} s{status}"


@dataclass
class Report:
    """Lines about one run. Secrets in them are masked."""

    quiet: bool = False
    """Whether only problems and outputs are shown."""
    _work: dict[tuple[str, str], _Work] = field(default_factory=dict)
    _noted: set[tuple[str, str]] = field(default_factory=set)
    _failed: list[str] = field(default_factory=list)
    _outputs: Mapping[str, Any] = field(default_factory=dict)
    _last: float = 0.0
    """Time of the last line."""

    def lines(self, text: str, now: float) -> list[str]:
        """Return what to show of one line of Pulumi's output, an event or anything else, at ``now`` (since 1970)."""
        event = as_event(text)
        try:
            found = [text] if event is None else self._event(event, now)
        except (KeyError, TypeError, ValueError, AttributeError):  # of another version: better too much than nothing
            found = [text]
        return self._masked(found, now)

    def waits(self, now: float) -> list[str]:
        """Return lines about work that takes long, each once, and about all work after a minute without a line."""
        if self.quiet:
            return []
        self._last = self._last or now
        active = [work for work in self._work.values() if not work.is_quiet]
        found = []
        for work in active:
            if not work.shown and now - work.since >= WAIT:
                work.shown = True
                found.append(work.wait(now))
        if not found and now - self._last >= SILENCE:
            found = [work.wait(now) for work in active] or ["  waiting for Pulumi, which has begun nothing"]
        return self._masked(found, now)

    def end(self) -> list[str]:
        """Return the last lines: outputs, and failed resources."""
        found = ["Outputs:", *output_lines(self._outputs)] if self._outputs else []
        found += [f"Failed: {', '.join(self._failed)} (errors above)"] if self._failed else []
        return [redact.text(line) for line in found]

    def _masked(self, found: Sequence[str], now: float) -> list[str]:
        if found:
            self._last = now
        return [redact.text(line) for line in found]

    def _event(self, event: Mapping[str, Any], now: float) -> list[str]:
        handlers: dict[str, Callable[[Mapping[str, Any], float], list[str]]] = {
            "resourcePreEvent": self._begin,
            "resOutputsEvent": self._end,
            "resOpFailedEvent": self._fail,
            "progressEvent": self._progress,
            "diagnosticEvent": lambda content, _: self._diagnostic(content),
            "policyEvent": lambda content, _: _lines(f"policy {content['policyName']}: ", content),
            "stdoutEvent": lambda content, _: _lines("", content),
            "errorEvent": lambda content, _: [f"error: {content['error']}"],
            "summaryEvent": lambda content, _: [_summary(content)],
        }
        return [line for kind, content in event.items() if kind in handlers for line in handlers[kind](content, now)]

    def _begin(self, content: Mapping[str, Any], now: float) -> list[str]:
        metadata = content["metadata"]
        operation = str(metadata["op"])
        state = metadata.get("new") or metadata.get("old") or {}
        is_quiet = not state.get("custom") or operation not in {*_DONE, "read", "refresh"}
        what = f"{_label(metadata['urn'])} ({operation})"
        self._work[metadata["urn"], operation] = _Work(what=what, since=now, is_quiet=is_quiet)
        return []

    def _end(self, content: Mapping[str, Any], now: float) -> list[str]:
        metadata = content["metadata"]
        operation = str(metadata["op"])
        work = self._work.pop((metadata["urn"], operation), None)
        if metadata["type"] == "pulumi:pulumi:Stack" and metadata.get("new"):
            self._outputs = metadata["new"].get("outputs") or {}
        if self.quiet or work is None or work.is_quiet or operation not in _DONE:
            return []
        sign, done = _DONE[operation]
        return [f"{sign} {_label(metadata['urn'])} {done} ({now - work.since:.0f} s)"]

    def _fail(self, content: Mapping[str, Any], now: float) -> list[str]:
        metadata = content["metadata"]
        work = self._work.pop((metadata["urn"], str(metadata["op"])), None)
        label = _label(metadata["urn"])
        self._failed.append(label)
        more = f" after {now - work.since:.0f} s" if work else ""
        status = f"; last: {work.status}" if work and work.status else ""
        return [f"! {label}: {metadata['op']} failed{more}{status}"]

    def _diagnostic(self, content: Mapping[str, Any]) -> list[str]:
        urn, severity, message = content.get("urn", ""), content["severity"], content["message"].strip()
        if content.get("ephemeral"):
            for (of, _), work in self._work.items():
                if of == urn:
                    work.status = message
            return []
        if severity not in _NOTED or not message or (self.quiet and severity.startswith("info")):
            return []
        if (urn, message) in self._noted:
            return []
        self._noted.add((urn, message))
        label = f"{_label(urn)}: " if urn else ""
        return _lines(f"{'' if severity.startswith('info') else f'{severity}: '}{label}", content)

    def _progress(self, content: Mapping[str, Any], now: float) -> list[str]:
        """Note how far a download is, or that it has ended."""
        key = ("", str(content.get("id")))
        if content.get("done"):
            self._work.pop(key, None)
            return []
        work = self._work.setdefault(key, _Work(what=str(content.get("message")), since=now, is_quiet=False))
        megabyte = 1_000_000
        received, total = content.get("received", 0) / megabyte, content.get("total", 0) / megabyte
        work.status = f"{received:.0f} of {total:.0f} MB"
        return []


def as_event(text: str) -> dict[str, Any] | None:
    """Return the engine's event in a line of output; None for any other line."""
    if not text.startswith("{"):
        return None
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "sequence" in event and "timestamp" in event else None


def log_line(text: str) -> str:
    """Return a line of output for a log: an event without the states of resources; secrets are masked."""
    event = as_event(text)
    if event is None:
        return redact.text(text)
    kind, content = next((item for item in event.items() if item[0].endswith("Event")), ("", {}))
    at = datetime.fromtimestamp(event["timestamp"]).astimezone()
    try:
        short = _in_short(kind, content)
    except (KeyError, TypeError, ValueError, AttributeError):
        short = text
    return redact.text(f"{at:%H:%M:%S} {kind} {short}".rstrip())


def output_lines(outputs: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each output of a stack; what Pulumi marks as secret is masked."""
    width = max(map(len, outputs), default=0)
    for name, value in sorted(redact.structure(outputs).items()):
        yield f"    {name:<{width}}  {value if isinstance(value, str) else json.dumps(value)}"


def _in_short(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "preludeEvent":  # the whole configuration
        return ""
    if "metadata" in content:
        metadata = content["metadata"]
        changed = f" {', '.join(metadata['detailedDiff'])}" if metadata.get("detailedDiff") else ""
        return f"{metadata['op']} {metadata['urn']}{changed}"
    if kind == "diagnosticEvent":
        return f"{content['severity']} {content.get('urn', '')} {content['message'].rstrip()}"
    return json.dumps(redact.structure(content))


def _lines(headline: str, content: Mapping[str, Any]) -> list[str]:
    first, *rest = str(content.get("message", "")).strip().splitlines() or [""]
    return [f"{headline}{first}", *(f"    {line}" for line in rest)]


def _label(urn: str) -> str:
    resource = Named(urn=urn)
    return f"{resource.type.rpartition(':')[2]} {resource.name}"


def _summary(content: Mapping[str, Any]) -> str:
    changes = content.get("resourceChanges") or {}
    words = {"same": "unchanged", **{operation: done for operation, (_, done) in _DONE.items()}}
    counted = ", ".join(f"{count} {words.get(name, name)}" for name, count in sorted(changes.items()) if count)
    return f"Resources: {counted or 'none'}; {timedelta(seconds=content.get('durationSeconds', 0))}"
