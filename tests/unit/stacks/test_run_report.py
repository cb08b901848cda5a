"""A run of Pulumi in few lines: finished resources, long waits, all errors, outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.stacks.run_report import Report, log_line, output_lines

RECORDED = Path(__file__).with_name("recorded") / "failed-up.jsonl"
"""A first ``up`` of the stack dev with an application that does not start, without the resources' states."""
JOB = "urn:pulumi:dev::pocdeploy::pocdeploy:frontend:Frontend$kubernetes:batch/v1:Job::polls-migrate"
PARENT = "urn:pulumi:dev::pocdeploy::pocdeploy:frontend:Frontend::polls"
NINE = 1_795_860_000.0
"""Some moment, in seconds since 1970."""


def event(kind: str, **content: Any) -> str:
    return json.dumps({"sequence": 1, "timestamp": NINE, kind: content})


def step(kind: str, operation: str = "create", urn: str = JOB, *, custom: bool = True) -> str:
    return event(kind, metadata={"op": operation, "urn": urn, "type": "t", "old": None, "new": {"custom": custom}})


def said(severity: str, message: str, urn: str = JOB, *, ephemeral: bool = False) -> str:
    return event("diagnosticEvent", severity=severity, message=message, urn=urn, ephemeral=ephemeral)


def show(*events: str, report: Report | None = None) -> list[str]:
    report = report or Report()
    return [line for text in events for line in report.lines(text, NINE)]


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ("create", ["+ Job polls-migrate created (4 s)"]),
        ("update", ["~ Job polls-migrate updated (4 s)"]),
        ("delete", ["- Job polls-migrate deleted (4 s)"]),
        ("delete-replaced", ["- Job polls-migrate deleted after its replacement (4 s)"]),
        ("same", []),
        ("refresh", []),
        ("replace", []),
    ],
)
def test_a_change_is_one_line(operation: str, line: list[str]) -> None:
    report = Report()
    assert report.lines(step("resourcePreEvent", operation), NINE) == []
    assert report.lines(step("resOutputsEvent", operation), NINE + 4) == line


def test_groups_of_resources_are_no_lines() -> None:
    events = (step(kind, urn=PARENT, custom=False) for kind in ("resourcePreEvent", "resOutputsEvent"))
    assert show(*events) == []


def test_a_long_wait_is_one_line_with_its_last_status() -> None:
    report = Report()
    show(step("resourcePreEvent", urn=PARENT, custom=False), step("resourcePreEvent"), report=report)
    assert show(said("warning", "1 of 2 pods: token=hunter2", ephemeral=True), report=report) == []
    assert report.waits(NINE + 9.9) == []
    (line,) = report.waits(NINE + 10)
    assert line.startswith("  waiting for Job polls-migrate (create) since ")
    assert line.endswith(", 10 s: 1 of 2 pods: token=[secret]")
    assert report.waits(NINE + 69) == []


def test_after_a_minute_without_a_line_all_waits_are_shown() -> None:
    report = Report()
    show(step("resourcePreEvent"), report=report)
    report.waits(NINE + 12)
    assert report.waits(NINE + 71) == []
    (line,) = report.waits(NINE + 72)
    assert ", 72 s" in line
    assert report.waits(NINE + 100) == []


def test_silence_of_pulumi_itself_is_a_line() -> None:
    report = Report()
    assert report.waits(NINE) == []
    assert report.waits(NINE + 60) == ["  waiting for Pulumi, which has begun nothing"]


def test_a_download_shows_its_bytes() -> None:
    report = Report()
    download = {"id": "p", "type": "plugin-download", "message": "Downloading plugin kubernetes", "total": 83_000_000}
    show(event("progressEvent", received=1, **download), report=report)
    show(event("progressEvent", received=21_000_000, **download), report=report)
    (line,) = report.waits(NINE + 10)
    assert line.startswith("  waiting for Downloading plugin kubernetes since ")
    assert line.endswith(": 21 of 83 MB")
    show(event("progressEvent", done=True, **download), report=report)
    assert report.waits(NINE + 80) == ["  waiting for Pulumi, which has begun nothing"]


def test_an_error_is_complete_and_masked() -> None:
    report = Report()
    show(step("resourcePreEvent"), report=report)
    lines = show(said("error", "it failed:\n  DATABASE_PASSWORD=hunter2\n\nlast line\n"), report=report)
    assert lines == [
        "error: Job polls-migrate: it failed:",
        "      DATABASE_PASSWORD=[secret]",
        "    ",
        "    last line",
    ]
    assert show(step("resOpFailedEvent"), report=report) == ["! Job polls-migrate: create failed after 0 s"]
    assert report.end() == ["Failed: Job polls-migrate (errors above)"]


def test_messages_are_shown_once_and_debugging_not_at_all() -> None:
    messages = [said("info", "waiting"), said("info", "waiting"), said("debug", "x"), said("warning", "look", urn="")]
    assert show(*messages) == ["Job polls-migrate: waiting", "warning: look"]


def test_what_is_no_event_is_shown_as_it_is() -> None:
    lines = ["error: no stack named 'x' found", '{"a": 1}', "{broken", "https://me:hunter2@host"]
    assert show(*lines) == [*lines[:3], "https://me:[secret]@host"]


@pytest.mark.parametrize("kind", ["resourcePreEvent", "resOutputsEvent", "resOpFailedEvent", "diagnosticEvent"])
def test_an_event_of_another_form_is_not_lost(kind: str) -> None:
    text = event(kind, changed="form")
    assert show(text) == [text]
    assert "form" in log_line(text)


def test_policies_and_other_texts_are_shown() -> None:
    policy = event("policyEvent", policyName="no-root", message="runs as root\nfix it")
    lines = show(policy, event("stdoutEvent", message="printed"), event("errorEvent", error="engine"))
    assert lines == ["policy no-root: runs as root", "    fix it", "printed", "error: engine"]


def test_quiet_shows_problems_and_outputs() -> None:
    report = Report(quiet=True)
    events = (step("resourcePreEvent"), step("resOutputsEvent"), said("info", "x"), said("error", "bad"))
    assert show(*events, report=report) == ["error: Job polls-migrate: bad"]
    assert report.waits(NINE + 100) == []


def test_a_recorded_run_is_short_and_keeps_all_errors() -> None:
    report = Report()
    lines = show(*RECORDED.read_text().splitlines(), report=report) + report.end()
    text = "\n".join(lines)
    assert len(lines) < 80
    assert "error: Deployment polls-deployment: the job failed: password=[secret]\n    second line" in text
    assert "error: The rollout of polls/polls failed." in text
    assert "error: update failed" in text
    assert "! Deployment polls-deployment: create failed" in text
    assert "Resources: 56 created; 0:00:07" in text
    assert "    url              http://localhost/" in text
    assert "    adminPassword    [secret]" in text
    assert lines[-1] == "Failed: Deployment polls-deployment (errors above)"


def test_the_log_has_debugging_and_no_secret() -> None:
    lines = [log_line(text) for text in RECORDED.read_text().splitlines()]
    assert any("diagnosticEvent debug" in line for line in lines)
    assert any(line.endswith(f"resourcePreEvent create {JOB}") for line in lines)
    assert "hunter2" not in "\n".join(lines)
    assert log_line("password=hunter2") == "password=[secret]"


def test_outputs_are_complete() -> None:
    outputs = {"url": "http://x", "adminPassword": "hunter2", "apps": {"polls": {"url": "http://x"}}}
    assert list(output_lines(outputs)) == [
        "    adminPassword  [secret]",
        '    apps           {"polls": {"url": "http://x"}}',
        "    url            http://x",
    ]
    assert list(output_lines({})) == []
