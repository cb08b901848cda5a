"""The probe of addresses, with a real server on 127.0.0.1."""

import threading
from pathlib import Path

import pytest

from pocdeploy.preflight import http_probe
from pocdeploy.preflight.http_probe import ProbeResult
from tests.unit.site import NEEDS_OPENSSL, Page, certificate, serving


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_probe_returns_the_status_of_a_real_server() -> None:
    statuses = [200, 302, 401, 403, 503]
    pages = {f"/{status}/x.tar.gz": Page(status=status, headers={"Location": "/"}) for status in statuses}
    with serving({**pages, "/index.yaml": Page()}) as site:
        assert [http_probe.probe(f"{site.url}/{status}/x.tar.gz").status for status in statuses] == statuses
        assert http_probe.probe(f"{site.url}/index.yaml") == ProbeResult(status=200)
    seen = [(request.method, request.path, request.headers["User-Agent"]) for request in site.requests]
    assert seen == [*(("HEAD", path, "pocdeploy") for path in pages), ("GET", "/index.yaml", "pocdeploy")]


def test_an_address_without_a_response_gives_the_reason() -> None:
    assert str(http_probe.probe("http://127.0.0.1:1/")) == "no answer (Connection refused)"
    assert "not a valid host or port" in http_probe.probe("https://host:port/").error


@NEEDS_OPENSSL
def test_the_certificate_is_not_verified(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    context, _ = certificate(tmp_path, "somewhere.example")
    with serving({"/v2/": Page(status=401)}, tls=context) as site:
        assert http_probe.probe(f"{site.url}/v2/") == ProbeResult(status=401)
    assert recwarn.list == []


def test_a_hanging_address_does_not_delay_others(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()

    def probe(url: str) -> ProbeResult:
        if "slow" in url:
            end.wait()
        return ProbeResult(status=200)

    monkeypatch.setattr(http_probe, "probe", probe)
    monkeypatch.setattr(http_probe, "TIMEOUT", 0.2)
    answers = http_probe.probe_all(["https://slow/1", "https://slow/2", "https://fast/1"])
    end.set()
    assert [answers[f"https://{path}"].status for path in ("slow/1", "slow/2", "fast/1")] == [None, None, 200]
    assert http_probe.probe_all([]) == {}
