"""Run the polls application and talk to it as a browser does."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path

from pocdeploy.processes.preparation import ADMIN_SCRIPT
from tests.freeports import free_port

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "app" / "polls"
ATTENDANCE = ROOT / "app" / "attendance"
PATCHES = ROOT / "patches" / "polls"
WAIT = 120
"""Seconds after which something that never comes is given up."""


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds, which is asked again and again; fail if it does not within ``WAIT`` seconds."""
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.05)


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: Message
    url: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


class Browser:
    """Keeps cookies, follows no redirect, and takes an error status for an answer."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = CookieJar()
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies), _NoRedirect()]
        self.opener = urllib.request.build_opener(*handlers)

    def get(self, path: str, **headers: str) -> Answer:
        return self._open(urllib.request.Request(self.base + path, headers=headers))

    def post(self, path: str, headers: Mapping[str, str] | None = None, **form: str) -> Answer:
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **form}).encode()
        return self._open(urllib.request.Request(self.base + path, data=data, headers=dict(headers or {})))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            response = self.opener.open(request, timeout=WAIT)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return Answer(response.status, response.read().decode(), response.headers, response.url)


@dataclass
class Program:
    """A running program; what it writes is collected line by line."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def read(self) -> None:
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def find(self, pattern: str, *, count: int = 1) -> list[str]:
        """Wait until ``count`` lines match; give what the pattern's group matched in all that do."""

        def found() -> list[str]:
            return [match[1] for line in self.lines if (match := re.search(pattern, line))]

        with self.changed:
            self.changed.wait_for(lambda: len(found()) >= count or self.ended, timeout=WAIT)
            assert len(found()) >= count, "\n".join(self.lines)
            return found()


@contextmanager
def running(command: list[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=cwd, env=env, text=True, **pipes) as process:
        program = Program(process)
        reader = threading.Thread(target=program.read)
        reader.start()
        try:
            yield program
        finally:
            process.send_signal(signal.SIGTERM)
            reader.join()


@dataclass(frozen=True)
class Site:
    """The application behind its gunicorn."""

    program: Program
    url: str
    metrics_url: str

    @property
    def browser(self) -> Browser:
        return Browser(self.url)

    def metric(self, name: str, **labels: str) -> float:
        """Sum of all series ``name`` that have at least ``labels``."""
        text = Browser(self.metrics_url).get("/metrics").text
        values = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(float(value) for series, value in values if all(label in series for label in wanted))


@dataclass(frozen=True)
class App:
    """The patched application with its virtualenv, and the environment for its database."""

    tree: Path
    python: Path
    env: Mapping[str, str]
    wsgi: str = "mysite.wsgi"

    def run(self, *arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        """Run ``python <arguments>`` in the tree, with variables added, or removed where they are None."""
        merged = {key: value for key, value in {**self.env, **env}.items() if value is not None}
        command = [str(self.python), *arguments]
        return subprocess.run(command, cwd=self.tree, env=merged, capture_output=True, text=True, check=False)

    def manage(self, *arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", *arguments, **env)

    def shell(self, code: str) -> str:
        done = self.manage("shell", "-v", "0", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ensure_admin(self, **env: str | None) -> subprocess.CompletedProcess[str]:
        return self.manage("shell", "-v", "0", "-c", (ROOT / ADMIN_SCRIPT).read_text(), **env)

    @contextmanager
    def serve(self, **env: str) -> Iterator[Site]:
        """Run gunicorn as the image does: its own configuration, two workers."""
        port, metrics_port = free_port(), free_port()
        with tempfile.TemporaryDirectory(prefix="pocdeploy-metrics-") as folder:
            ports = {"PORT": str(port), "METRICS_PORT": str(metrics_port), "PROMETHEUS_MULTIPROC_DIR": folder}
            command = [str(self.python), "-m", "gunicorn", self.wsgi]
            with running(command, cwd=self.tree, env={**self.env, **ports, **env}) as program:
                program.find(r"Booting worker with pid: (\d+)", count=2)
                yield Site(program, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}")
