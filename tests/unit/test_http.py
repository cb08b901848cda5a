"""The HTTP client, with real servers on 127.0.0.1."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pocdeploy import http
from tests.paths import ROOT
from tests.unit.site import NEEDS_OPENSSL, Page, certificate, serving

TIMEOUT = 10.0


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_request_and_response() -> None:
    with serving({"/api?a=b": Page(status=201, headers={"X-Kind": "new"}, body=b"made")}) as site:
        url, headers = f"{site.url}/api?a=b", {"Authorization": "Bearer canary"}
        with http.request("POST", url, timeout=TIMEOUT, headers=headers, json={"a": 1}) as response:
            assert (response.status_code, response.headers["x-kind"]) == (201, "new")
            assert http.read(response, limit=100) == b"made"

    (request,) = site.requests
    assert (request.method, request.body) == ("POST", b'{"a": 1}')
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Bearer canary"
    assert request.headers["User-Agent"] == "pocdeploy"
    assert request.headers["Host"] == f"127.0.0.1:{site.port}"


def test_netrc_is_not_used(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password canary\n")
    with (
        serving({"/": Page()}) as site,
        http.request("GET", site.url, timeout=TIMEOUT, headers={"Authorization": "Bearer own"}),
        http.request("GET", site.url, timeout=TIMEOUT),
    ):
        pass

    assert [request.headers.get("Authorization") for request in site.requests] == ["Bearer own", None]


def test_redirects_are_followed_only_on_request() -> None:
    pages = {"/new": Page(body=b"new")}
    with serving(pages) as other:
        pages = {"/": Page(status=302, headers={"Location": f"http://polls.localhost:{other.port}/new"}, body=b"old")}
        with serving(pages) as site:
            with http.request("GET", site.url, timeout=TIMEOUT) as response:
                assert (response.status_code, http.read(response, limit=2)) == (302, b"ol")
            assert other.requests == []
            with http.request("GET", site.url, timeout=TIMEOUT, follow_redirects=True) as response:
                assert http.read(response, limit=100) == b"new"

    assert other.requests[0].headers["Host"] == f"polls.localhost:{other.port}"


@pytest.mark.parametrize("host", ["localhost", "polls.localhost", "a.b.localhost"])
def test_names_below_localhost_lead_to_this_machine(host: str) -> None:
    with (
        serving({"/": Page()}) as site,
        http.request("GET", f"http://{host}:{site.port}/", timeout=TIMEOUT) as response,
    ):
        assert response.status_code == 200

    assert site.requests[0].headers["Host"] == f"{host}:{site.port}"


@pytest.mark.parametrize("status", [302, 404, 503])
def test_check_status_accepts_2xx_only(status: int) -> None:
    with serving({"/good": Page(status=204), "/bad": Page(status=status)}) as site:
        with http.request("GET", f"{site.url}/good", timeout=TIMEOUT, check_status=True):
            pass
        with (
            pytest.raises(http.HttpError, match=f"HTTP status {status} [A-Z]"),
            http.request("GET", f"{site.url}/bad", timeout=TIMEOUT, check_status=True),
        ):
            pytest.fail("the response was given")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/", "Connection refused"),
        ("http://host:port/", "Failed to parse: 'host:port' is not a valid host or port"),
        ("http://a..b/", "label"),
        ("nonsense", "Invalid URL 'nonsense'"),
    ],
)
def test_an_error_has_the_original_reason(url: str, reason: str) -> None:
    with pytest.raises(http.HttpError) as error, http.request("GET", url, timeout=TIMEOUT):
        pass
    assert str(error.value).startswith(reason)


def test_a_silent_server_times_out() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(http.HttpError, match="timed out"), http.request("GET", url, timeout=0.1):
            pass


def test_a_truncated_body_is_an_error() -> None:
    with (
        serving({"/": Page(headers={"Content-Length": "1000"}, body=b"short")}) as site,
        pytest.raises(http.HttpError, match="5 bytes read, 995 more expected"),
        http.request("GET", site.url, timeout=TIMEOUT) as response,
    ):
        http.read(response, limit=10_000)


def test_read_stops_at_the_limit_and_keeps_compression() -> None:
    body = gzip.compress(b"content")
    with serving({"/": Page(headers={"Content-Encoding": "gzip"}, body=body)}) as site:
        with http.request("GET", site.url, timeout=TIMEOUT) as response:
            assert http.read(response, limit=10) == body[:10]
        with http.request("GET", site.url, timeout=TIMEOUT) as response:
            assert b"".join(http.chunks(response)) == body

    assert site.requests[0].headers["Accept-Encoding"] == "identity"


def test_errors_of_the_caller_are_not_changed() -> None:
    with (
        serving({"/": Page()}) as site,
        pytest.raises(ValueError, match="own"),
        http.request("GET", site.url, timeout=TIMEOUT),
    ):
        raise ValueError("own")


def test_proxies_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"http://app.example/": Page(status=418)}) as proxy, serving({"/": Page()}) as site:
        monkeypatch.setenv("http_proxy", proxy.url)
        with http.request("GET", "http://app.example/", timeout=TIMEOUT) as response:
            assert response.status_code == 418
        with http.request("GET", site.url, timeout=TIMEOUT, use_proxies=False) as response:
            assert response.status_code == 200
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with http.request("GET", site.url, timeout=TIMEOUT) as response:
            assert response.status_code == 200

    assert [request.path for request in proxy.requests] == ["http://app.example/"]


@NEEDS_OPENSSL
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_certificates_of_the_system_are_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    context, file = certificate(tmp_path, "polls.localhost")
    with serving({"/": Page()}, tls=context) as site:
        good, other = (f"https://{host}.localhost:{site.port}/" for host in ("polls", "other"))
        with http.request("GET", good, timeout=TIMEOUT, verify=False) as response:
            assert response.status_code == 200
        with pytest.raises(http.HttpError, match="self-signed"), http.request("GET", good, timeout=TIMEOUT):
            pass
        monkeypatch.setenv(variable, str(file))
        with http.request("GET", good, timeout=TIMEOUT) as response:
            assert response.status_code == 200
        with pytest.raises(http.HttpError, match="Hostname mismatch"), http.request("GET", other, timeout=TIMEOUT):
            pass


def test_the_command_line_starts_without_requests() -> None:
    code = "import sys, pocdeploy.cli.app; sys.exit(', '.join({'requests', 'urllib3'} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
