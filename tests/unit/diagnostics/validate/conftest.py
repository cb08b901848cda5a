"""Pages and containers of a stack that passes all checks."""

from __future__ import annotations

import pytest

from tests.unit import goodstack
from tests.unit.fakes import FakeDocker


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> tuple[goodstack.Site, FakeDocker]:
    return goodstack.install(monkeypatch)


@pytest.fixture
def site(installed: tuple[goodstack.Site, FakeDocker]) -> goodstack.Site:
    return installed[0]


@pytest.fixture
def docker(installed: tuple[goodstack.Site, FakeDocker]) -> FakeDocker:
    return installed[1]
