"""A short load on the application, as visitors make it: pages, votes, mistakes, and one error of the server's own."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.app.support import Site

MOST_ROUNDS = 2000
PAUSE = 0.05  # seconds between two rounds, so that the machine has room for who watches
# Becomes a NUL in the session's key when Django reads the cookie, which PostgreSQL's text cannot hold: it raises there.
POISON = r'sessionid="poisoned\000key"'


def one_round(site: Site, question: str) -> None:
    """Seven requests, one vote; every kind of answer that the metrics tell apart: 200, 302, 404, 500."""
    browser = site.browser
    statuses = [browser.get("/").status]
    page = browser.get(question)
    choice = re.search(r'value="(\d+)" required', page.text)[1]
    statuses += [
        page.status,
        browser.post(f"{question}vote/", choice=choice).status,
        browser.get(f"{question}results/").status,
        browser.post(f"{question}vote/").status,
        browser.get("/nothing/").status,
        site.browser.get("/admin/", Cookie=POISON).status,
    ]
    assert statuses == [200, 200, 302, 200, 200, 404, 500]


@contextmanager
def load(site: Site, question: str) -> Iterator[None]:
    """Load ``site`` until the block ends, at most ``MOST_ROUNDS`` rounds; the first is done when the block begins."""
    one_round(site, question)
    over = threading.Event()

    def visit() -> None:
        for _ in range(MOST_ROUNDS):
            if over.wait(PAUSE):
                return
            one_round(site, question)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield
    finally:
        over.set()
        visitor.join()
