"""A stack whose cluster is in memory and has one database with an archive."""

from __future__ import annotations

import pytest

from pocdeploy.cli import needs
from pocdeploy.cli.context import CliContext
from tests.unit.fakes import FakeApi


def serve(monkeypatch: pytest.MonkeyPatch, api: FakeApi) -> FakeApi:
    """Let the commands of this test reach ``api``."""
    monkeypatch.setattr(needs, "provide", lambda *_, **__: None)
    monkeypatch.setattr(CliContext, "cluster", lambda *_: api)
    return api
