"""The line about a step of an installation."""

from __future__ import annotations

import threading

import pytest

from pocdeploy.toolchain import progress_line
from pocdeploy.toolchain.progress_line import Amount


class Stream:
    """A stream that tells when something was written."""

    def __init__(self, *, terminal: bool) -> None:
        self.terminal, self.text, self.written = terminal, "", threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> None:
        self.text += text
        self.written.set()

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(
    ("terminal", "shown"), [(True, "\r\033[Kkind: 1.0 of 2.0 MB, 0 s"), (False, "kind: 1.0 of 2.0 MB")]
)
def test_amount_and_seconds_are_shown_meanwhile(monkeypatch: pytest.MonkeyPatch, shown: str, *, terminal: bool) -> None:
    stream, log = Stream(terminal=terminal), list[str]()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress_line, "ON_TERMINAL", 0.01)
    monkeypatch.setattr(progress_line, "ELSEWHERE", 0.01)
    with progress_line.step("kind", log=log.append) as amount:
        amount.bytes(1_000_000, 2_000_000)
        stream.written.clear()
        assert stream.written.wait(30)
    assert shown in stream.text
    assert log[0] == "kind"
    assert log[1].startswith("kind: 1.0 of 2.0 MB, ")
    assert log[1].endswith(" s, done")


def test_a_failed_step_is_not_done() -> None:
    log: list[str] = []
    with pytest.raises(ValueError, match="x"), progress_line.step("kind", log=log.append):
        raise ValueError("x")
    assert log == ["kind"]


def test_bytes_of_an_unknown_total() -> None:
    amount = Amount()
    amount.bytes(1_500_000, None)
    assert amount.text == "1.5 MB"
