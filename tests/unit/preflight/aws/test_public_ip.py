"""This machine's public address, from a server on 127.0.0.1."""

from __future__ import annotations

import pytest

from pocdeploy.errors import PreflightError
from pocdeploy.preflight.aws import public_ip
from tests.unit.site import Page, serving


@pytest.mark.parametrize(("answer", "network"), [("203.0.113.7", "203.0.113.7/32"), ("2001:db8::1", "2001:db8::1/128")])
def test_own_network_has_one_address(monkeypatch: pytest.MonkeyPatch, answer: str, network: str) -> None:
    with serving({"/": Page(body=f"{answer}\n".encode())}) as site:
        monkeypatch.setattr(public_ip, "SERVICE", site.url)
        assert public_ip.own_network() == network


@pytest.mark.parametrize(
    ("page", "actual"),
    [
        (Page(body=b"<html>" + b"x" * 100), "<html>" + "x" * 34),
        (Page(), "an empty answer"),
        (Page(status=503), "HTTP status 503 Service Unavailable"),
    ],
    ids=["a page", "empty", "an error"],
)
def test_an_unknown_address_names_the_setting(monkeypatch: pytest.MonkeyPatch, page: Page, actual: str) -> None:
    with serving({"/": page}) as site:
        monkeypatch.setattr(public_ip, "SERVICE", site.url)
        with pytest.raises(PreflightError) as unknown:
            public_ip.own_network()

    (finding,) = unknown.value.findings
    assert finding.where == "pocdeploy:cluster.publicAccessCidrs"
    assert finding.actual == actual
    assert "pocdeploy set cluster.publicAccessCidrs" in str(finding.fix)
