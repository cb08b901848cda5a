"""Test equipment: what the servers of the tests have in common, and how programs that the tests start are stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

Server = TypeVar("Server", bound=BaseServer)


@contextmanager
def answering(server: Server) -> Iterator[Server]:
    """Let a server answer in a thread of its own, and close it in the end."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def heed_interrupts() -> None:
    """Take SIGINT seriously again where the parent process ignores it.

    A shell starts what runs in its background with SIGINT ignored, Python then leaves it so, and so do all programs
    that are started from there, although some are to be stopped by it: by the tests of Ctrl-C, and by the CLI, which
    else waits five seconds for its language host in each run (https://docs.python.org/3/library/signal.html).
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
