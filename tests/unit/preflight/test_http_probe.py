"""How addresses are asked, with a real server on 127.0.0.1."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pocdeploy.preflight import http_probe
from pocdeploy.preflight.http_probe import ProbeResult


class Site(BaseHTTPRequestHandler):
    """Answers with the status in the path, and keeps what it was asked."""

    seen: list[tuple[str, str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.command, self.path, self.headers["User-Agent"]))
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Location", "/200/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 -- the name is given

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run the site on 127.0.0.1 and give its host and port."""
    Site.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_the_probe_gives_the_status_of_a_real_server() -> None:
    statuses = [200, 302, 401, 403, 503]
    with serving() as host:
        assert [http_probe.probe(f"http://{host}/{status}/x.tar.gz").status for status in statuses] == statuses
        assert http_probe.probe(f"http://{host}/200/index.yaml") == ProbeResult(status=200)
    heads = [("HEAD", f"/{status}/x.tar.gz", "pocdeploy") for status in statuses]
    assert Site.seen == [*heads, ("GET", "/200/index.yaml", "pocdeploy")]
    assert str(http_probe.probe(f"http://{host}/200/")) == "no answer (Connection refused)"
    assert http_probe.probe("https://host:port/").trouble


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not installed")
def test_a_certificate_that_python_does_not_know_is_left_to_those_who_download(tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=somewhere.example"]
    command = ["openssl", "req", "-x509", *kind, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with serving(tls) as host:
        assert http_probe.probe(f"https://{host}/401/v2/") == ProbeResult(status=401)


def test_an_address_that_hangs_holds_nothing_up() -> None:
    end = threading.Event()

    def probe(url: str) -> ProbeResult:
        if "slow" in url:
            end.wait()
        return ProbeResult(status=200)

    answers = http_probe.probe_all(["https://slow/1", "https://slow/2", "https://fast/1"], probe, timeout=0.2)
    end.set()
    assert [answers[f"https://{path}"].status for path in ("slow/1", "slow/2", "fast/1")] == [None, None, 200]
    assert http_probe.probe_all([], probe) == {}
