"""Fixtures that tests of several packages use."""

from __future__ import annotations

import pytest

from pocdeploy import console
from pocdeploy.stacks import resume
from tests.unit.fakes import FakeClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Let progress wait without real time passing."""
    clock = FakeClock()
    for module in (console, resume):
        monkeypatch.setattr(module, "time", clock)
    return clock
