"""Alerts and their runbooks."""

from __future__ import annotations

import re

import pytest

from pocdeploy.monitoring.alerts import ALERTS, Alert
from tests.paths import ROOT

PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "runbooks").glob("*.md")}
BY_NAME = {alert.name: alert for alert in ALERTS}


def test_the_rule_of_an_alert() -> None:
    alert = Alert(name="AppDown", severity="critical", wait="1m", summary="s", expression="  a\n  > 1\n")

    assert alert.rule("https://wiki.example") == {
        "alert": "AppDown",
        "expr": "a > 1",
        "for": "1m",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "s", "runbook_url": "https://wiki.example/app-down.md"},
    }


def test_alerts_and_runbooks_match() -> None:
    assert PAGES.keys() - {"README.md"} == {alert.page for alert in ALERTS}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_runbook_has_all_sections(name: str) -> None:
    text = PAGES[BY_NAME[name].page]

    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Meaning", "Diagnosis", "Fix"]
    assert f"`{BY_NAME[name].severity}`" in text
    assert f"({BY_NAME[name].page})" in PAGES["README.md"]
