"""The cause of a report."""

from __future__ import annotations

from pocdeploy.diagnostics.explain.report import Issue, Report


def issue(cause: str | None) -> Issue:
    return Issue(where="pod shop/shop-1", what="CrashLoopBackOff", cause=cause)


def test_the_cause_is_the_first_known_one() -> None:
    assert Report(subject="shop", issues=(issue(None), issue("quota"), issue("crash loop"))).cause == "quota"
    assert Report(subject="shop", issues=(issue(None),)).cause is None
