"""Ask addresses on the network whether they answer, all at the same time."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# Seconds that an address has to answer.
TIMEOUT = 4.0


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What came back from an address."""

    status: int | None = None
    """HTTP status; None if there was no answer."""
    trouble: str = ""
    """Why there was none."""

    def __str__(self) -> str:
        return f"HTTP status {self.status}" if self.status is not None else f"no answer ({self.trouble})"


Probe = Callable[[str], ProbeResult]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirection as the answer: it may lead to a host that is not the matter."""

    def redirect_request(self, *_: Any) -> None:
        return None


def probe(url: str, *, timeout: float = TIMEOUT) -> ProbeResult:
    """Ask ``url`` once and give its answer, without following redirections; never raises.

    Archives are asked for with HEAD, all else with GET, because not every chart repository knows HEAD; the body is not
    read. Proxies are those of the environment. ``timeout`` is in seconds, for connecting and for the first byte each.
    """
    # Whom to trust is decided by those who download, Pulumi and Docker, with certificate stores that Python may not
    # know; here nothing but the status is used, and nothing secret is sent.
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), _NoRedirect)
    try:
        method = "HEAD" if url.endswith(".tar.gz") else "GET"
        # Some sites refuse the name that urllib gives by default.
        request = urllib.request.Request(url, method=method, headers={"User-Agent": "pocdeploy"})  # noqa: S310
        with opener.open(request, timeout=timeout) as response:
            return ProbeResult(status=response.status)
    except urllib.error.HTTPError as error:
        with error:
            return ProbeResult(status=error.code)
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)
        return ProbeResult(trouble=getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)


def probe_all(urls: Iterable[str], probe: Probe = probe, *, timeout: float = TIMEOUT) -> dict[str, ProbeResult]:
    """Give the answer of each of ``urls``, within twice ``timeout`` (seconds).

    Of each host one address is asked first, all hosts at once; the others only if it answered. So a host that is out
    of reach is waited for once, however much is wanted from it.
    """
    urls = list(dict.fromkeys(urls))
    first = {_host(url): url for url in reversed(urls)}
    answers = _together(list(first.values()), probe, timeout)
    silent = {url: answers[first[_host(url)]] for url in urls if answers[first[_host(url)]].status is None}
    others = [url for url in urls if url not in answers and url not in silent]
    return {**answers, **silent, **_together(others, probe, timeout)}


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _together(urls: list[str], probe: Probe, timeout: float) -> dict[str, ProbeResult]:
    pool = ThreadPoolExecutor(max_workers=max(1, len(urls)))
    answers = {url: pool.submit(probe, url) for url in urls}
    # Looking up a name takes as long as the system likes, whatever the timeout of the connection.
    done, _ = wait(answers.values(), timeout=timeout)
    pool.shutdown(wait=False, cancel_futures=True)
    late = ProbeResult(trouble=f"nothing came within {timeout:.0f} s")
    return {url: answer.result() if answer in done else late for url, answer in answers.items()}
