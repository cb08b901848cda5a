"""A person at the application, with nothing but the standard library: signs in, creates a question, votes."""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar

TIMEOUT = 10.0  # seconds


class Browser:
    """Keeps cookies, follows redirects, and sends the CSRF token that a form asks for."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def get(self, path: str) -> tuple[int, str]:
        """Return status and text of a page; a status of 400 and above is no exception."""
        return self._open(urllib.request.Request(self.base + path))

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """Open the form at a path and send it with these fields; return what comes after all redirects."""
        status, page = self.get(path)
        assert status == 200, f"GET {path}: {status}"
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, f"no form at {path}"
        action = re.search(r'<form[^>]*action="(/[^"]*vote/)"', page)
        target = action[1] if action else path
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        headers = {"Origin": self.base, "Referer": self.base + path}
        return self._open(urllib.request.Request(self.base + target, data=body, headers=headers))

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def sign_in(self, username: str, password: str) -> None:
        """Sign in at the administration."""
        _, page = self.post("/admin/login/?next=/admin/", {"username": username, "password": password})
        assert "Log out" in page, "the administration refused the login"

    def create_question(self, text: str, choices: list[str]) -> int:
        """Create a question with its choices in the administration; return its number."""
        inline = {f"choices-{i}-choice_text": choice for i, choice in enumerate(choices)}
        inline |= {f"choices-{i}-votes": "0" for i in range(len(choices))}
        management = {"choices-TOTAL_FORMS": str(len(choices)), "choices-INITIAL_FORMS": "0"}
        fields = {"question_text": text, "pub_date_0": "2020-01-01", "pub_date_1": "00:00:00", "_continue": "1"}
        status, page = self.post("/admin/polls/question/add/", {**fields, **management, **inline})
        number = re.search(r"/admin/polls/question/(\d+)/", page)
        assert status == 200, status
        assert number, "no question was created"
        return int(number[1])

    def vote(self, question: int, choice: str) -> None:
        """Vote for the choice with this text."""
        _, page = self.get(f"/{question}/")
        value = re.search(rf'value="(\d+)"[^>]*>(?:(?!value=).)*?{re.escape(choice)}', page, re.DOTALL)
        assert value, f"no choice {choice} at question {question}"
        status, page = self.post(f"/{question}/", {"choice": value[1]})
        assert status == 200
        assert "counted" in page


@dataclass
class RequestLoop:
    """Asks for a page again and again, at most 20,000 times; keeps what went wrong, and notes when a text came up."""

    url: str
    until: str
    """The text that is waited for."""
    answered: int = 0
    seconds: float = 0.0
    """From the start until the text came up."""
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self.seen = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> RequestLoop:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        browser = Browser(self.url)
        started = time.monotonic()
        for _ in range(20_000):
            if self._stop.wait(0.02):
                return
            try:
                status, page = browser.get("/")
            except OSError as error:
                self.failed.append(repr(error))
            else:
                self.answered += 1
                if status != 200:
                    self.failed.append(str(status))
                if self.until in page and not self.seen.is_set():
                    self.seconds = time.monotonic() - started
                    self.seen.set()
