"""What holds for all layers."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take Ctrl-C seriously again where whoever started the tests does not.

    A shell starts what runs in its background with SIGINT ignored, Python then leaves it so, and so do all programs
    that the tests start, although they are to be stopped by it (https://docs.python.org/3/library/signal.html).
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
