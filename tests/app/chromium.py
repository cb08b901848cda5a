"""A real browser without a package of its own: Chromium or Chrome of the system, over the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import websocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT = 120.0  # seconds
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # tests run as root in containers; they open pages of this machine alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-proxy-server",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)


def program() -> str | None:
    """Return the browser of this system; None if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """A tab."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return dict(message["result"])

    def resize(self, width: int, height: int, *, scale: float = 1.0, dark: bool = False) -> None:
        """Give the page a size in CSS pixels; narrower than 600 it is a phone."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> None:
        """Open an address, and wait until it is loaded."""
        self.call("Page.enable")
        self.call("Page.navigate", url=url)
        loaded = "new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))"
        self.evaluate(f"(async () => {{ while (location.href === 'about:blank') await 0; await {loaded} }})()")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def opened(path: str) -> Iterator[Page]:
    """Run the browser ``path`` while the block runs; yield its only tab."""
    with tempfile.TemporaryDirectory(prefix="pocdeploy-chromium-", ignore_cleanup_errors=True) as profile:
        command = [path, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as browser:
            try:
                assert browser.stderr is not None
                listening = (re.search(r"DevTools listening on ws://([\d.:]+)/", line) for line in browser.stderr)
                address = next(filter(None, listening))[1]
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(f"http://{address}/json", timeout=TIMEOUT) as answer:
                    tab = next(each for each in json.load(answer) if each["type"] == "page")
                with closing(websocket.create_connection(tab["webSocketDebuggerUrl"], timeout=TIMEOUT)) as socket:
                    yield Page(socket)
            finally:
                browser.terminate()
                browser.communicate()
