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
