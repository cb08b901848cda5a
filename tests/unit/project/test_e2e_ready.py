"""CI asks whether the real walk can be run, and is told what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight import checks
from tests.e2e import ready


def set_docker(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    result = process.Result(code=code, stdout="", stderr="Cannot connect" if code else "")
    monkeypatch.setattr(process, "run", lambda *_, **__: result)


def test_without_docker_nothing_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    set_docker(monkeypatch, 1)
    monkeypatch.setattr(checks, "check", lambda *_: pytest.fail("the stack was looked at"))

    assert ready.missing() == [Finding(where="Docker", what="does not answer", actual="Cannot connect")]


def test_what_make_up_would_lack_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [Finding(where="plugin kubernetes", what="cannot be had"), Finding(where="image", what="is not there")]

    def check(*_: Any) -> None:
        raise PreflightError(lacking)

    set_docker(monkeypatch, 0)
    monkeypatch.setattr(checks, "check", check)
    assert ready.missing() == lacking


def test_nothing_is_missing_where_make_up_would_work(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    set_docker(monkeypatch, 0)
    monkeypatch.setattr(checks, "check", lambda root, stack: asked.append((root / f"Pulumi.{stack}.yaml").read_text()))

    assert ready.missing() == []
    assert "pocdeploy:cluster" in asked[0]
