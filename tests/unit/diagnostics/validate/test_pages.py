"""Validate: pages, their files and certificates."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from pocdeploy.diagnostics.validate.http import Page
from pocdeploy.diagnostics.validate.pages import linked
from tests.unit.goodstack import NOW, URL, Site, bad, context, look


@pytest.mark.parametrize(
    ("pages", "check", "severity", "what"),
    [
        ({URL: Page(status=503)}, "url", "fail", "answers 503"),
        ({URL: ConnectionRefusedError(111, "Connection refused")}, "url", "fail", "Connection refused"),
        ({f"{URL}readyz": Page(status=500)}, "url", "fail", "readyz answers 500"),
        ({f"{URL}static/a.css": Page(status=404)}, "static", "fail", "a.css: answers 404"),
        ({f"{URL}static/a.css": Page(status=200)}, "static", "warn", "neither Cache-Control"),
        ({f"{URL}admin/": Page(status=404)}, "admin", "fail", "answers 404"),
        ({f"{URL}admin/": Page(status=500)}, "admin", "fail", "answers 500"),
    ],
)
def test_problems_of_a_page(site: Site, pages: dict[str, Any], check: str, severity: str, what: str) -> None:
    site.pages |= pages
    (found,) = bad(context(), check)
    assert found.severity == severity
    assert what in found.what


def test_the_fix_of_an_administration(site: Site) -> None:
    for status, fix in (
        (404, ".venv/bin/python -m pocdeploy set apps.polls.adminPath /admin/ --stack dev"),
        (500, "make explain STACK=dev"),
    ):
        site.pages[f"{URL}admin/"] = Page(status=status)
        (found,) = bad(context(), "admin")
        assert found.fix == fix


def test_an_api_without_a_page_passes_if_it_is_ready(site: Site) -> None:
    site.pages[URL] = Page(status=404)
    assert bad(context(), "url") == []
    site.pages[f"{URL}readyz"] = Page(status=404)
    (found,) = bad(context(), "url")
    assert "readyz answers 404" in found.what


def test_only_files_of_the_same_host_are_followed_each_once() -> None:
    body = (
        '<link rel="icon" href="i.png"><link rel=canonical href=/c><img src="/a.png"><img src="/a.png">'
        '<img src="data:image/png;base64,x"><script src="//other.example/x.js"></script><script>1</script>'
    )
    assert linked(body, "http://h:8080/p/") == ["http://h:8080/p/i.png", "http://h:8080/a.png"]


@pytest.mark.parametrize(
    ("answer", "severity"),
    [
        (Page(status=200, expires=NOW.timestamp() + 60 * 86400), "ok"),
        (Page(status=200, expires=NOW.timestamp() + 3 * 86400), "warn"),
        (ssl.SSLCertVerificationError("certificate has expired"), "fail"),
    ],
)
def test_certificates(site: Site, answer: Page | Exception, severity: str) -> None:
    url = "https://shop.example/"
    site.pages[url] = answer
    given = context(outputs={"apps": {"polls": {"url": url}}})
    assert [result.severity for result in look(given, "tls")] == [severity]
