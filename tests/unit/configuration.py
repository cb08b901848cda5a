"""What the tests of the configuration share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.config import load
from pocdeploy.errors import Finding, SettingsError
from tests.paths import ROOT

MAIL = {"to": "team@example.com", "sender": "alerts@example.com", "smarthost": "mail.example.com:587"}


def findings(config: dict[str, Any], root: Path = ROOT, **more: Any) -> list[Finding]:
    """Return what is wrong with a configuration; one with nothing wrong fails the test."""
    raw = {f"pocdeploy:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    with pytest.raises(SettingsError) as error:
        load(raw, root=root, **more)
    return list(error.value.findings)


Bad = tuple[dict[str, Any], str, str]
"""Configuration, the key that the one finding names, and words of the correct value."""


def assert_refused(config: dict[str, Any], key: str, accepted: str) -> None:
    """Assert that a configuration has one finding, with a command, and without the value of a secret."""
    (finding,) = findings(config)

    assert finding.where == f"pocdeploy:{key}"
    assert accepted in str(finding.expected)
    assert str(finding.fix).startswith("pulumi config ")
    assert "canary" not in str(finding)


def app(**settings: Any) -> dict[str, Any]:
    return {"apps": {"polls": settings}}


def database(**settings: Any) -> dict[str, Any]:
    return app(database=settings)


def cluster(**settings: Any) -> dict[str, Any]:
    return {"cluster": settings}
