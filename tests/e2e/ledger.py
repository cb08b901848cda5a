"""A voter that writes down what was acknowledged: whatever happens to the stack, those votes have to be there."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field

from tests.e2e.browser import Browser

PAUSE = 0.05  # seconds between two votes


@dataclass
class Ledger:
    """Votes for one choice of one question, again and again, from its own thread.

    A vote counts as acknowledged when the answer says so. One without an answer may have been counted or not: between
    the acknowledged and the cast ones is what the database may say.
    """

    url: str
    question: int
    choice: str
    acknowledged: int = 0
    cast: int = 0
    outage: float = 0.0
    """The longest time without an acknowledged vote since ``mark``, in seconds."""
    errors: list[str] = field(default_factory=list)
    """What went wrong since ``mark``."""

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self._news = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Ledger:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def mark(self) -> None:
        """Begin another measurement of outage and errors."""
        with self._lock:
            self.outage, self.errors, self._last = 0.0, [], time.monotonic()

    def measured(self) -> tuple[float, list[str]]:
        """Return outage and errors since ``mark``; a time without votes that goes on counts, too."""
        with self._lock:
            return max(self.outage, time.monotonic() - self._last), list(self.errors)

    def wait_for_votes(self, count: int, timeout: float) -> bool:
        """Wait until ``count`` more votes were acknowledged; return whether they were within ``timeout`` seconds."""
        with self._news:
            target = self.acknowledged + count
            return self._news.wait_for(lambda: self.acknowledged >= target, timeout)

    def pause(self) -> tuple[int, int]:
        """Hold the voter between two votes; return how many were acknowledged and cast. ``resume`` lets it go on."""
        self._gate.acquire()
        return self.acknowledged, self.cast

    def resume(self) -> None:
        """Let the voter go on."""
        self._gate.release()

    _gate: threading.Lock = field(default_factory=threading.Lock)

    def _run(self) -> None:
        value = ""
        while not self._stop.wait(PAUSE):
            with self._gate:
                try:
                    # A browser of its own for each: nothing is kept from before the fault.
                    value = value or self._value()
                    self._vote(value)
                except (AssertionError, OSError) as error:
                    with self._lock:
                        self.errors.append(" ".join(str(error).split())[:120] or repr(error))

    def _value(self) -> str:
        _, page = Browser(self.url).get(f"/{self.question}/")
        found = re.search(rf'value="(\d+)"[^>]*>(?:(?!value=).)*?{re.escape(self.choice)}', page, re.DOTALL)
        assert found, f"no choice {self.choice}"
        return found[1]

    def _vote(self, value: str) -> None:
        browser = Browser(self.url)
        self.cast += 1
        status, page = browser.post(f"/{self.question}/", {"choice": value})
        assert status == 200, f"a vote was answered with {status}"
        assert "counted" in page, "a vote was not acknowledged"
        with self._news:
            now = time.monotonic()
            self.acknowledged += 1
            self.outage, self._last = max(self.outage, now - self._last), now
            self._news.notify_all()
