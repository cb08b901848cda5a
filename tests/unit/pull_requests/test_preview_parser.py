"""Reading the output of `pulumi preview --json`."""

from __future__ import annotations

import json

import pytest

from pocdeploy.errors import Finding, SettingsError
from pocdeploy.pull_requests.preview_parser import PreviewError, read
from tests.unit.pull_requests.recorded import PRELUDE, PREVIEWS, SUMMARY, error, recorded, step, stream


def test_the_first_deploy_creates_everything() -> None:
    preview = recorded("first-deploy")

    assert set(preview.counts()) == {"create"}
    assert preview.applications == ("polls",)
    assert {preview.part_of(change) for change in preview.changes} == {"polls", None}
    assert not preview.failed


def test_both_forms_of_a_preview_give_the_same_changes() -> None:
    events, document = recorded("image-only"), recorded("image-only-document")

    assert events.counts() == document.counts() == {"update": 2, "replace": 2}
    # Two runs: the engine generates other names in each.
    same = ("urn", "op", "paths", "because")
    assert [[getattr(each, key) for key in same] for each in events.changes] == [
        [getattr(each, key) for key in same] for each in document.changes
    ]
    assert (events.same, events.applications) == (document.same, document.applications)


def test_no_change() -> None:
    preview = read(stream(PRELUDE, SUMMARY))

    assert (preview.changes, preview.same, preview.failed) == ((), 50, False)
    assert preview.applications == ("polls", "shop")


def test_an_error_of_the_program_fails_the_preview() -> None:
    message = "The configuration of this stack is not usable:\n  pocdeploy:apps.polls.replicas: invalid\n"
    preview = read(stream(PRELUDE, error(message), error("preview failed\n"), SUMMARY))

    assert preview.failed
    assert preview.errors == (message.strip(),)


def test_policy_violations_fail_the_preview() -> None:
    policy = {"policyPackName": "pocdeploy", "policyName": "no-public-exposure", "resourceUrn": "u::p::t::debug"}
    event = {**policy, "enforcementLevel": "mandatory", "message": "Description\nthe Service is a LoadBalancer\n"}
    preview = read(stream(PRELUDE, {"policyEvent": event}, step("kubernetes:core/v1:Service", "debug"), SUMMARY))
    (finding,) = preview.findings

    assert (finding.policy, finding.message) == ("pocdeploy/no-public-exposure", "the Service is a LoadBalancer")
    assert (finding.urn, finding.mandatory, preview.failed) == ("u::p::t::debug", True, True)


def test_an_advisory_policy_violation_does_not_fail() -> None:
    event = {"policyPackName": "p", "policyName": "n", "enforcementLevel": "advisory", "message": "m"}

    assert not read(stream(PRELUDE, {"policyEvent": event}, SUMMARY)).failed


def test_the_steps_of_a_replacement_are_one_change() -> None:
    type_, urn = "kubernetes:batch/v1:Job", "polls-migrate"
    preview = read(
        stream(
            step(type_, urn, "create-replacement", keys=["spec"]),
            step(type_, urn, "replace", old={"inputs": {"a": 1}}, new={"inputs": {"a": 2}}),
            step(type_, urn, "delete-replaced"),
            SUMMARY,
        )
    )
    (change,) = preview.changes

    assert (change.op, change.old, change.new, change.because) == ("replace", {"a": 1}, {"a": 2}, ("spec",))


def test_a_refusal_of_the_command_is_a_failed_preview() -> None:
    refused = SettingsError([Finding(where="pocdeploy:x", what="invalid", actual="99")])
    preview = read(json.dumps(refused.plain()))

    assert preview.failed
    assert preview.errors == (f"{refused.headline}:\npocdeploy:x: invalid\n    actual:   99",)


@pytest.mark.parametrize("text", ["", "no JSON at all", "[1]"])
def test_what_is_not_a_preview_is_refused(text: str) -> None:
    with pytest.raises(PreviewError, match="preview-json"):
        read(text)


def test_a_run_that_ended_early_has_failed() -> None:
    cut = (PREVIEWS / "image-only.jsonl").read_text("utf-8").splitlines()[:2]

    assert read("\n".join(cut)).failed


def test_lines_that_are_not_json_are_ignored_unless_errors() -> None:
    preview = read(f"Previewing update\n{stream(PRELUDE, SUMMARY)}error: boom\n")

    assert preview.errors == ("error: boom",)


EVENTS_TEXT = stream(PRELUDE, step("kubernetes:core/v1:Service", "debug"), SUMMARY)
DOCUMENT = {"steps": [], "diagnostics": None, "changeSummary": {"same": 5}}
BEFORE = "Installing policy pack team-rules 0.0.7...\nwarning: using {x} from $PATH\n{\n\n"
AFTER = "\nUpdate plan written to plan.txt\n{}\nnull\n"


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize(("before", "after"), [("", ""), (BEFORE, AFTER), ("  ", "  "), ("\r\n", "\r\n")])
def test_the_document_is_found_in_other_text(indent: int | None, before: str, after: str) -> None:
    preview = read(f"{before}{json.dumps(DOCUMENT, indent=indent)}{after}")

    assert (preview.same, preview.complete) == (5, True)


@pytest.mark.parametrize(
    "text",
    [
        EVENTS_TEXT,
        EVENTS_TEXT.replace("\n", "\r\n"),
        BEFORE + EVENTS_TEXT + AFTER,
        f"[{','.join(EVENTS_TEXT.splitlines())}]",
        EVENTS_TEXT + '{"level": "info", "message": "a line of a log"}\n',
    ],
)
def test_events_are_found_in_other_text(text: str) -> None:
    assert read(text) == read(EVENTS_TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        '{"level": "info"}',
        '{"steps": "none"}',
        '{"steps": [1]}',
        '{"findings": ["plain text"]}',
        '{"resourcePreEvent": {}}',
        '{"summaryEvent": {"resourceChanges": {"same": "many"}}}',
        "{" * 3000,
    ],
)
def test_json_that_is_no_preview_is_refused(text: str) -> None:
    with pytest.raises(PreviewError):
        read(text)


@pytest.mark.parametrize("same", [None, 0])
def test_null_is_nothing(same: int | None) -> None:
    text = json.dumps({"steps": None, "config": None, "changeSummary": {"same": same}})

    assert read(text).same == 0


def test_findings_of_another_version_are_shown() -> None:
    preview = read(json.dumps({"error": "no", "findings": [{"what": "x is missing", "severity": 3}]}))

    assert (preview.failed, "x is missing" in preview.errors[0]) == (True, True)
