"""Settings of a stack that runs as processes."""

from __future__ import annotations

import pytest

from pocdeploy.config import KindSettings, ProcessesSettings
from pocdeploy.config.processes import first_port


@pytest.mark.parametrize(
    ("cluster", "port"),
    [
        (ProcessesSettings(type="processes"), 8000),
        (ProcessesSettings(type="processes", http_port=9100), 9100),
        (KindSettings(), 8000),
        (KindSettings(http_port=20010), 20010),
    ],
    ids=["default", "own", "fallback of a low port", "fallback of an own port"],
)
def test_a_process_gets_a_port_that_it_may_have(cluster: object, port: int) -> None:
    assert first_port(cluster) == port
