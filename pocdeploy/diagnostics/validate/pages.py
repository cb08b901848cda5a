"""Check from outside: pages, certificates, static files and the administration of each application."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from pocdeploy import fixes
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate import http
from pocdeploy.diagnostics.validate.context import ValidationContext
from pocdeploy.diagnostics.validate.http import Page

DAY = 86400.0
EXPIRES_SOON = 14  # days
MAX_FILES = 3
"""Static files that are checked of each page."""
NO_PAGE = (401, 403, 404, 405)
"""Correct statuses of ``/`` for an API, or for a site that needs a login."""


def pages(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the page of every application, and its readiness path."""
    for name in context.awake:
        url = str(context.app_outputs(name).get("url", ""))
        ready = context.settings.apps[name].ready_path
        look = f"make explain STACK={context.stack}   (or: {context.kubectl} --namespace {name} get pods)"
        yield _page_check("url", url, look, limit=400)
        if ready is not None:
            yield _page_check("ready", urljoin(url, ready), look, limit=300)


def _page_check(check: str, url: str, look: str, *, limit: int) -> CheckResult:
    """Return whether ``url`` answers with a status below ``limit``."""
    page = _fetch(url)
    if isinstance(page, str):
        return fail(check, f"{url} does not answer: {page}", fix=look)
    if check == "url" and page.status in NO_PAGE:
        # Whether the gateway sends requests to the application at all, the readiness path shows.
        return ok(check, f"{url} answers {page.status}: no public page")
    if page.status >= limit:
        return fail(check, f"{url} answers {page.status}", fix=look)
    return ok(check, f"{url} answers {page.status}")


def certificates_served(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the certificate of every address with TLS."""
    for name in context.awake:
        url = str(context.app_outputs(name).get("url", ""))
        if urlsplit(url).scheme != "https":
            continue
        host = urlsplit(url).hostname
        try:
            expires = http.fetch(url).expires
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or str(error)
            yield fail("tls", f"{host}: {reason}", why="browsers refuse it", fix="see docs/configuration.md")
            continue
        except OSError:
            continue  # the check of the page reports it
        days = ((expires or 0) - time.time()) / DAY
        if days < EXPIRES_SOON:
            yield warn("tls", f"{host}: the certificate expires in {days:.0f} days", why="browsers refuse it then")
        else:
            yield ok("tls", f"{host}: the certificate expires in {days:.0f} days")


def static_files(context: ValidationContext) -> Iterator[CheckResult]:
    """Check the static files of the page, and that browsers may cache them."""
    for name in context.awake:
        url = str(context.app_outputs(name).get("url", ""))
        page = _fetch(url)
        if isinstance(page, str) or page.status >= 400:
            continue  # the check of the page reports it
        files = linked(page.body, url)
        if not files:
            yield ok("static", f"the page of {name} refers to no files")
        for file in files[:MAX_FILES]:
            yield _static(file, _fetch(file), fix=f"make explain STACK={context.stack}")


def _static(file: str, page: Page | str, *, fix: str) -> CheckResult:
    if isinstance(page, str) or page.status != 200:
        answer = page if isinstance(page, str) else f"answers {page.status}"
        return fail("static", f"{file}: {answer}", why="the page has no style or script", fix=fix)
    caching = page.headers.get("cache-control") or page.headers.get("etag") or page.headers.get("last-modified")
    if caching is None:
        why = "browsers load it again with every page"
        return warn("static", f"{file} has neither Cache-Control nor ETag nor Last-Modified", why=why)
    return ok("static", f"{file} ({caching})")


def administration(context: ValidationContext) -> Iterator[CheckResult]:
    """Check that the administration shows a login form, or redirects to one."""
    for name in context.awake:
        if context.settings.apps[name].commands.admin is None:
            continue
        url = str(context.app_outputs(name).get("adminUrl", ""))
        page = _fetch(url)
        explain = f"make explain STACK={context.stack}"
        if isinstance(page, str):
            yield fail("admin", f"{url} does not answer: {page}", fix=explain)
        elif page.status in {200, 301, 302, 303, 307, 308, 401}:
            yield ok("admin", f"{url} answers {page.status}")
        elif page.status >= 500:
            yield fail("admin", f"{url} answers {page.status}", fix=explain)
        else:
            key = f"pocdeploy:apps.{name}.adminPath"
            yield fail("admin", f"{url} answers {page.status}", fix=fixes.set_value(key, "/admin/"))


def _fetch(url: str) -> Page | str:
    """Return the page, or why there is none."""
    try:
        return http.fetch(url)
    except OSError as error:
        return getattr(error, "strerror", None) or str(error) or type(error).__name__


class _Links(HTMLParser):
    """Collects the links to style sheets, scripts, icons and images."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        link = values.get("src") if tag in {"script", "img"} else None
        if tag == "link" and {"stylesheet", "icon"} & set((values.get("rel") or "").split()):
            link = values.get("href")
        if link and not link.startswith("data:"):
            self.links.append(link)


def linked(body: str, url: str) -> list[str]:
    """Return the addresses of the files that a page loads from its own host, each once."""
    parser = _Links()
    parser.feed(body)
    files = [urljoin(url, link) for link in parser.links]
    return list(dict.fromkeys(file for file in files if urlsplit(file).netloc == urlsplit(url).netloc))
