"""Read the output of `pulumi preview --json`: one document, or a stream of events.

PULUMI_ENABLE_STREAMING_JSON_PREVIEW selects events. They contain policy violations, which the document does not, and
work with secrets that are unknown before the update, as in a stack's first preview: the document then ends in a panic
("attempt to encrypt value", seen with Pulumi 3.250).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.pull_requests.preview import Change, Op, PolicyFinding, Preview

_OPS: Mapping[str, Op] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
    "refresh": "refresh",
}
_QUIET = frozenset({"same", "read", "read-replacement", "discard", "discard-replaced", "read-discard"})
_STACK = "::pulumi:pulumi:Stack::"


class PreviewError(PocdeployError):
    """The input is not a preview."""

    headline = "Not an output of `pulumi preview --json`"


def read(text: str) -> Preview:
    """Return the preview in ``text``; raises PreviewError if there is none.

    Lines that are not JSON (stderr of the CLI in the same log) are errors if they begin with ``error:``, and ignored
    otherwise. The error that `pocdeploy --json preview` writes before Pulumi starts, for example about a value in the
    stack file, becomes a failed preview with this error.
    """
    try:
        document = json.loads(text)
    except ValueError:
        return _from_lines(text)
    if isinstance(document, dict) and ("steps" in document or "diagnostics" in document or "changeSummary" in document):
        return _from_document(document)
    if isinstance(document, dict) and "findings" in document:
        return _from_error(document)
    return _from_lines(text)


def _from_error(document: Mapping[str, Any]) -> Preview:
    """Return a failed preview from the plain form of a PocdeployError."""
    findings = [str(Finding(**finding)) for finding in document["findings"]]
    return Preview(errors=("\n".join([f"{document.get('error', 'error')}:", *findings]),), complete=False)


def _from_document(document: Mapping[str, Any]) -> Preview:
    steps = document.get("steps") or []
    diagnostics = [(item.get("severity"), item.get("message", "")) for item in document.get("diagnostics") or []]
    return Preview(
        changes=_changes(steps, old="oldState", new="newState", keys="replaceReasons", diffs="diffReasons"),
        same=int((document.get("changeSummary") or {}).get("same", 0)),
        errors=_texts(diagnostics, "error"),
        warnings=_texts(diagnostics, "warning"),
        complete="changeSummary" in document,
        applications=_applications(document.get("config") or {}),
    )


def _from_lines(text: str) -> Preview:
    events: list[Mapping[str, Any]] = []
    rest = []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            rest.append(line)
            continue
        if isinstance(event, dict):
            events.append(event)
    errors = tuple(line for line in rest if line.startswith("error:"))
    if not events and not errors:
        shown = text.strip().splitlines()[:1]
        finding = Finding(
            where="preview",
            what="no engine event found",
            actual=(shown[0][:80] if shown else "nothing"),
            expected="the output of `make preview-json`",
            fix="make preview-json",
        )
        raise PreviewError([finding])
    return _from_events(events, errors)


def _from_events(events: Iterable[Mapping[str, Any]], errors: tuple[str, ...]) -> Preview:
    events = list(events)
    steps = [event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event]
    diagnostics = [
        (event["diagnosticEvent"].get("severity"), event["diagnosticEvent"].get("message", ""))
        for event in events
        if "diagnosticEvent" in event
    ]
    summary = next((event["summaryEvent"] for event in events if "summaryEvent" in event), None)
    config = next((event["preludeEvent"].get("config") for event in events if "preludeEvent" in event), None)
    return Preview(
        changes=_changes(steps, old="old", new="new", keys="keys", diffs="diffs"),
        same=int(((summary or {}).get("resourceChanges") or {}).get("same", 0)),
        findings=tuple(_finding(event["policyEvent"]) for event in events if "policyEvent" in event),
        errors=tuple(text for text in (*_texts(diagnostics, "error"), *errors) if not _is_summary(text)),
        warnings=_texts(diagnostics, "warning"),
        complete=summary is not None,
        applications=_applications(config or {}),
    )


def _is_summary(error: str) -> bool:
    """Tell whether a line of the CLI only says that an error came before it."""
    return error.removeprefix("error: ").strip() in ("preview failed", "update failed")


def _finding(event: Mapping[str, Any]) -> PolicyFinding:
    message = str(event.get("message", "")).strip()
    # Description and advice come first; the last line is the rule's own message.
    return PolicyFinding(
        policy=f"{event.get('policyPackName', '')}/{event.get('policyName', '')}".strip("/"),
        message=message.splitlines()[-1].strip() if message else "",
        urn=str(event.get("resourceUrn", "")),
        mandatory=event.get("enforcementLevel") == "mandatory",
    )


def _texts(diagnostics: Iterable[tuple[Any, str]], severity: str) -> tuple[str, ...]:
    found = [text.strip() for level, text in diagnostics if level == severity]
    return tuple(dict.fromkeys(text for text in found if text and not text.startswith("using pulumi-")))


def _changes(steps: Iterable[Mapping[str, Any]], **names: str) -> tuple[Change, ...]:
    """Return one change for each resource; all steps of a replacement are one change."""
    found: dict[str, Change] = {}
    for step in steps:
        op = str(step.get("op", ""))
        urn = str(step.get("urn", ""))
        if op in _QUIET or _STACK in urn:
            continue
        before, after = (_inputs(step.get(names[side])) for side in ("old", "new"))
        because = tuple(step.get(names["keys"]) or ())
        paths = tuple(step.get("detailedDiff") or step.get(names["diffs"]) or ())
        known = found.get(urn)
        if known is not None:
            before, after = known.old or before, known.new or after
            because, paths = known.because or because, known.paths or paths
        found[urn] = Change(
            urn=urn, op=_OPS.get(op, "other"), old=before, new=after, paths=tuple(sorted(paths)), because=because
        )
    return tuple(found.values())


def _inputs(state: Any) -> Mapping[str, Any] | None:
    return state.get("inputs") or {} if isinstance(state, dict) else None


def _applications(config: Mapping[str, Any]) -> tuple[str, ...]:
    value = next((value for key, value in config.items() if key.endswith(":apps")), None)
    if isinstance(value, dict):  # the document's form: {"value": "{…}"}
        value = value.get("value", value)
    try:
        apps = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return ()
    return tuple(apps) if isinstance(apps, dict) else ()
