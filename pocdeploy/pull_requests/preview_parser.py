"""Read what `pulumi preview --json` writes: one document, or events, one a line.

Events come with PULUMI_ENABLE_STREAMING_JSON_PREVIEW, and are the better form. They have the findings of policies,
which the document leaves out, and the CLI can always write them: the document ends in a panic ("attempt to encrypt
value") as soon as a secret is not known before the update, as at a stack's first preview (seen with 3.250).
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
    """What was handed in is not a preview."""

    headline = "This is not what `pulumi preview --json` writes"


def read(text: str) -> Preview:
    """Return the preview in ``text``; raises PreviewError if there is none in it.

    Lines that are no JSON (the CLI's last words on stderr, in a log that has both) count as errors if they begin with
    ``error:``, and are passed over otherwise. What `pocdeploy --json preview` writes when it refuses to begin, for
    example because of a value in the stack's file, is a preview that failed for that reason.
    """
    try:
        document = json.loads(text)
    except ValueError:
        return _from_lines(text)
    if isinstance(document, dict) and ("steps" in document or "diagnostics" in document or "changeSummary" in document):
        return _from_document(document)
    if isinstance(document, dict) and "findings" in document:
        return _refused(document)
    return _from_lines(text)


def _refused(document: Mapping[str, Any]) -> Preview:
    """Return a preview that did not begin, from the plain form of a PocdeployError."""
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
            what="there is no event of the engine in it",
            actual=(shown[0][:80] if shown else "nothing"),
            expected="what `make preview-json` writes",
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
    """Tell the CLI's last line, which only says that there was an error before it."""
    return error.removeprefix("error: ").strip() in ("preview failed", "update failed")


def _finding(event: Mapping[str, Any]) -> PolicyFinding:
    message = str(event.get("message", "")).strip()
    # The CLI puts description and advice in front; what the rule itself says is the last line.
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
    """Return one change for each resource; the steps of a replacement become one."""
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
