"""Read the output of `pulumi preview --json`: one document, or a stream of events.

PULUMI_ENABLE_STREAMING_JSON_PREVIEW selects events. They contain policy violations, which the document does not, and
work with secrets that are unknown before the update, as in a stack's first preview: the document then ends in a panic
("attempt to encrypt value", seen with Pulumi 3.250).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.pull_requests.engine_events import (
    DOCUMENT,
    EVENTS,
    Diagnostic,
    Document,
    Event,
    Policy,
    Refusal,
    Step,
)
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

    Text around the JSON (stderr of the CLI in the same log) is ignored, but for lines that begin with ``error:``. The
    error that `pocdeploy --json preview` writes before Pulumi starts, for example about a value in the stack file,
    becomes a failed preview with this error.
    """
    objects, rest = _objects(text)
    errors = tuple(line for line in rest if line.startswith("error:"))
    try:
        if events := [Event.model_validate(each) for each in objects if EVENTS & each.keys()]:
            return _from_events(events, errors)
        if document := next((each for each in objects if DOCUMENT & each.keys()), None):
            return _from_document(Document.model_validate(document))
        if refusal := next((each for each in objects if "findings" in each), None):
            return _from_refusal(Refusal.model_validate(refusal))
    except ValidationError as error:
        first = error.errors()[0]
        raise _no_preview(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", str(first["input"])) from None
    if errors:
        return _from_events([], errors)
    raise _no_preview("no engine event found", (text.strip().splitlines() or ["nothing"])[0])


def _objects(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the JSON objects that begin at the start of a line, those of a list too, and all other lines."""
    objects: list[dict[str, Any]] = []
    rest = []
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        newline = text.find("\n", position)
        end = len(text) if newline < 0 else newline
        start = end - len(text[position:end].lstrip())
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict | list):
            objects += [each for each in ([value] if isinstance(value, dict) else value) if isinstance(each, dict)]
        else:
            end = len(text) if newline < 0 else newline
            rest.append(text[position:end].strip())
        position = end + 1 if text[end : end + 1] == "\n" else end
    return objects, rest


def _no_preview(what: str, actual: str) -> PreviewError:
    finding = Finding(
        where="preview",
        what=what,
        actual=actual[:80],
        expected="the output of `make preview-json`",
        fix="make preview-json",
    )
    return PreviewError([finding])


def _from_refusal(refusal: Refusal) -> Preview:
    """Return a failed preview from the plain form of a PocdeployError."""
    known = {each.name for each in fields(Finding)}
    findings = [
        str(Finding(**{"where": "", "what": "", **{key: value for key, value in each.items() if key in known}}))
        for each in refusal.findings
    ]
    return Preview(errors=("\n".join([f"{refusal.error}:", *findings]),), complete=False)


def _from_document(document: Document) -> Preview:
    summary = document.change_summary
    return Preview(
        changes=_changes(document.steps),
        same=(summary or {}).get("same") or 0,
        errors=_texts(document.diagnostics, "error"),
        warnings=_texts(document.diagnostics, "warning"),
        complete=summary is not None,
        applications=_applications(document.config),
    )


def _from_events(events: Iterable[Event], errors: tuple[str, ...]) -> Preview:
    events = list(events)
    diagnostics = [event.diagnostic_event for event in events if event.diagnostic_event]
    summary = next((event.summary_event for event in events if event.summary_event), None)
    prelude = next((event.prelude_event for event in events if event.prelude_event), None)
    return Preview(
        changes=_changes(event.resource_pre_event.metadata for event in events if event.resource_pre_event),
        same=(summary.resource_changes.get("same") if summary else 0) or 0,
        findings=tuple(_finding(event.policy_event) for event in events if event.policy_event),
        errors=tuple(text for text in (*_texts(diagnostics, "error"), *errors) if not _is_summary(text)),
        warnings=_texts(diagnostics, "warning"),
        complete=summary is not None,
        applications=_applications(prelude.config if prelude else {}),
    )


def _is_summary(error: str) -> bool:
    """Tell whether a line of the CLI only says that an error came before it."""
    return error.removeprefix("error: ").strip() in ("preview failed", "update failed")


def _finding(violation: Policy) -> PolicyFinding:
    message = violation.message.strip()
    # Description and advice come first; the last line is the rule's own message.
    return PolicyFinding(
        policy=f"{violation.policy_pack_name}/{violation.policy_name}".strip("/"),
        message=message.splitlines()[-1].strip() if message else "",
        urn=violation.resource_urn,
        mandatory=violation.enforcement_level == "mandatory",
    )


def _texts(diagnostics: Iterable[Diagnostic], severity: str) -> tuple[str, ...]:
    found = [each.message.strip() for each in diagnostics if each.severity == severity]
    return tuple(dict.fromkeys(text for text in found if text and not text.startswith("using pulumi-")))


def _changes(steps: Iterable[Step]) -> tuple[Change, ...]:
    """Return one change for each resource; all steps of a replacement are one change."""
    found: dict[str, Change] = {}
    for step in steps:
        if step.op in _QUIET or _STACK in step.urn:
            continue
        before: Mapping[str, Any] | None = step.old.inputs if step.old else None
        after: Mapping[str, Any] | None = step.new.inputs if step.new else None
        because, paths = tuple(step.keys), tuple(step.detailed_diff) or tuple(step.diffs)
        known = found.get(step.urn)
        if known is not None:
            before, after = known.old or before, known.new or after
            because, paths = known.because or because, known.paths or paths
        found[step.urn] = Change(
            urn=step.urn,
            op=_OPS.get(step.op, "other"),
            old=before,
            new=after,
            paths=tuple(sorted(paths)),
            because=because,
        )
    return tuple(found.values())


def _applications(config: Mapping[str, Any]) -> tuple[str, ...]:
    value = next((value for key, value in config.items() if key.endswith(":apps")), None)
    if isinstance(value, dict):  # the document's form: {"value": "{…}"}
        value = value.get("value", value)
    try:
        apps = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return ()
    return tuple(apps) if isinstance(apps, dict) else ()
