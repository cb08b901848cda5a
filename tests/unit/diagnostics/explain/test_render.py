"""A report for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json

from pocdeploy.diagnostics.explain import Issue, Report, render

ISSUE = Issue(
    where="pod polls/polls-1, container web",
    what="CrashLoopBackOff",
    cause="crash loop: x",
    log=("```", "end"),
    previous_log=("first",),
    events=("BackOff: b",),
    look="kubectl describe pod polls-1",
)
REPORT = Report(subject="polls", issues=(ISSUE,))


def test_terminal() -> None:
    assert render.terminal(REPORT) == [
        "  pod polls/polls-1, container web: CrashLoopBackOff",
        "    probable cause: crash loop: x",
        "    event: BackOff: b",
        "    previous | first",
        "    | ```",
        "    | end",
        "    more: kubectl describe pod polls-1",
    ]


def test_a_log_cannot_end_its_fence_in_markdown() -> None:
    text = render.markdown([REPORT])

    assert "````text\n```\nend\n````" in text
    assert "**Probable cause:** crash loop: x" in text
    assert "<details><summary>Last lines of the previous run</summary>" in text


def test_json() -> None:
    (report,) = json.loads(json.dumps(render.plain([REPORT])))

    assert report["cause"] == "crash loop: x"
    assert report["issues"][0]["log"] == ["```", "end"]


def test_a_report_without_issues() -> None:
    report = Report(subject="polls")

    assert render.terminal(report) == ["polls: no problems found."]
    assert render.markdown([report]) == "**polls**: no problems found.\n"
