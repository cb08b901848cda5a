"""From outside: does the page come, with a good certificate, its static files, and the administration?"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.diagnostics.validate.http import Fetch, Page

DAY = 86400.0
SHOWN = 3


_NO_PAGE = (401, 403, 404, 405)
"""What an interface, or a site for members, may well answer at ``/``."""


def pages(subject: ValidationContext) -> Iterator[CheckResult]:
    """Ask every application for its page, and for its own word on whether it can serve."""
    for name in subject.awake:
        url = str(subject.of(name).get("url", ""))
        ready = urljoin(url, subject.settings.apps[name].ready_path)
        look = f"make explain STACK={subject.stack}   (or: {subject.kubectl} --namespace {name} get pods)"
        for title, address, fine in (("url", url, 400), ("ready", ready, 300)):
            page = _page(subject.fetch, address)
            if isinstance(page, str):
                yield fail(title, f"{address} does not answer: {page}", fix=look)
            elif title == "url" and page.status in _NO_PAGE:
                # Whether the gateway led to the application is for the next question to show.
                yield ok(title, f"{address} answers {page.status}: it has no page for everybody there")
            elif page.status >= fine:
                yield fail(title, f"{address} answers {page.status}", fix=look)
            else:
                yield ok(title, f"{address} answers {page.status}")


def certificates_served(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look at the certificate of every address with TLS."""
    urls = [str(subject.of(name).get("url", "")) for name in subject.awake]
    for url in urls:
        if urlsplit(url).scheme != "https":
            continue
        host = urlsplit(url).hostname
        try:
            expires = subject.fetch(url).expires
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or str(error)
            yield fail("tls", f"{host}: {reason}", why="browsers refuse it", fix="see pocdeploy:cluster in README.md")
            continue
        except OSError:
            continue  # the check of the address says so
        days = ((expires or 0) - subject.now()) / DAY
        if days < 14:
            yield warn("tls", f"{host}: the certificate ends in {days:.0f} days", why="browsers refuse it then")
        else:
            yield ok("tls", f"{host}: the certificate is good for {days:.0f} days")


def static_files(subject: ValidationContext) -> Iterator[CheckResult]:
    """Ask for the static files that the first page refers to, and look whether a browser may keep them."""
    for name in subject.awake:
        url = str(subject.of(name).get("url", ""))
        page = _page(subject.fetch, url)
        if isinstance(page, str) or page.status >= 400:
            continue  # the check of the address says so
        files = linked(page.body, url)
        if not files:
            yield ok("static", f"the page of {name} refers to no files")
        for file in files[:SHOWN]:
            yield _static(file, _page(subject.fetch, file))


def _static(file: str, page: Page | str) -> CheckResult:
    if isinstance(page, str) or page.status != 200:
        answer = page if isinstance(page, str) else f"answers {page.status}"
        why = "the page has no style or script"
        return fail("static", f"{file}: {answer}", why=why, fix="make explain, and the application's static files")
    kept = page.headers.get("cache-control") or page.headers.get("etag") or page.headers.get("last-modified")
    if kept is None:
        why = "browsers fetch it with every page"
        return warn("static", f"{file} has neither Cache-Control nor ETag nor Last-Modified", why=why)
    return ok("static", f"{file} ({kept})")


def administration(subject: ValidationContext) -> Iterator[CheckResult]:
    """Ask for the administration, where a login form or a way to one is to come."""
    for name in subject.awake:
        if subject.settings.apps[name].commands.admin is None:
            continue
        url = str(subject.of(name).get("adminUrl", ""))
        page = _page(subject.fetch, url)
        if isinstance(page, str):
            yield fail("admin", f"{url} does not answer: {page}", fix=f"make explain STACK={subject.stack}")
        elif page.status in {200, 301, 302, 303, 307, 308, 401}:
            yield ok("admin", f"{url} answers {page.status}")
        elif page.status >= 500:
            yield fail("admin", f"{url} answers {page.status}", fix=f"make explain STACK={subject.stack}")
        else:
            what = "pocdeploy:apps." + name + ".adminPath"
            yield fail("admin", f"{url} answers {page.status}", fix=f"pulumi config set --path '{what}' <path>")


def _page(fetch: Fetch, url: str) -> Page | str:
    """Return the page, or in words why there is none."""
    try:
        return fetch(url)
    except OSError as error:
        return getattr(error, "strerror", None) or str(error) or type(error).__name__


class _Links(HTMLParser):
    """Collects what a page cannot be shown without: style sheets, scripts, images."""

    def __init__(self) -> None:
        super().__init__()
        self.get_or_none: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        link = values.get("src") if tag in {"script", "img"} else None
        if tag == "link" and {"stylesheet", "icon"} & set((values.get("rel") or "").split()):
            link = values.get("href")
        if link and not link.startswith("data:"):
            self.get_or_none.append(link)


def linked(body: str, url: str) -> list[str]:
    """Return the addresses of the files that a page refers to and that come from the same host, each once."""
    parser = _Links()
    parser.feed(body)
    files = [urljoin(url, link) for link in parser.get_or_none]
    return list(dict.fromkeys(file for file in files if urlsplit(file).netloc == urlsplit(url).netloc))
