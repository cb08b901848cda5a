"""The text for a failed operation."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.diagnostics.explain import failure
from pocdeploy.diagnostics.explain.report import Issue, Report
from pocdeploy.errors import Finding, PocdeployError


def test_unreachable_cluster_is_reported_with_the_summary() -> None:
    def unknown() -> Any:
        raise LookupError("the kubeconfig is not known yet")

    assert failure.explanation(unknown, "polls", "", "The rollout failed.") == (
        "The rollout failed. The cause is unknown: the kubeconfig is not known yet"
    )


def test_summary_is_followed_by_cause_and_last_log_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    issue = Issue(where="pod a", what="container web restarts", cause="a missing table", log=("no table x",))
    monkeypatch.setattr(failure, "collect", lambda *_, **__: Report(subject="polls", issues=(issue,)))
    text = failure.explanation(lambda: Any, "polls", "", "The rollout failed.")  # type: ignore[arg-type, return-value]

    assert text.splitlines()[0] == "The rollout failed. Probable cause: a missing table."
    assert "no table x" in text


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("two\n  lines"), "two lines"),
        (PocdeployError([Finding(where="x", what="is wrong")]), "is wrong"),
        (ValueError("x" * 900), "x" * 300),
    ],
)
def test_error_is_one_line(error: Exception, line: str) -> None:
    assert failure.one_line(error) == line
