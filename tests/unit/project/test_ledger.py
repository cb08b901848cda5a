"""The voter of the faults walk: what it takes for acknowledged, and what it makes of a time without votes."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e.ledger import Ledger
from tests.processes import answering

FORM = '<form action="/7/vote/"><input name="csrfmiddlewaretoken" value="t"><input value="3"> Ledger</form>'


class Site:
    """Votes are counted; while ``broken``, every second answer is lost after the vote was counted."""

    def __init__(self) -> None:
        self.counted, self.broken = 0, False

    def vote(self) -> tuple[int, str]:
        self.counted += 1
        return (502, "gone") if self.broken and self.counted % 2 else (200, "Your vote was counted.")


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, FORM)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send(*state.vote())

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with answering(server):
        yield state, f"http://127.0.0.1:{server.server_port}"


def test_every_acknowledged_vote_is_counted_and_none_twice(site: tuple[Site, str]) -> None:
    state, url = site
    with Ledger(url, 7, "Ledger") as ledger:
        assert ledger.wait_for_votes(3, 30)
        state.broken = True
        assert ledger.wait_for_votes(3, 30)
        acknowledged, cast = ledger.pause()
        counted = state.counted
        ledger.resume()

    assert acknowledged >= 6
    assert acknowledged < counted <= cast  # lost answers are votes that must be counted
    assert any("502" in error for error in ledger.errors)


def test_a_new_measurement_forgets_the_errors_of_the_one_before(site: tuple[Site, str]) -> None:
    state, url = site
    state.broken = True
    with Ledger(url, 7, "Ledger") as ledger:
        assert ledger.wait_for_votes(2, 30)
        ledger.pause()
        state.broken = False
        ledger.mark()
        ledger.resume()
        assert ledger.wait_for_votes(2, 30)
        outage, errors = ledger.measured()

    assert errors == []
    assert outage > 0
