"""What holds for all layers."""

from __future__ import annotations

from tests.processes import heed_interrupts


def pytest_configure() -> None:
    """Let the programs that tests start be stopped by Ctrl-C, however the tests were started."""
    heed_interrupts()
