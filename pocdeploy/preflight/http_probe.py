"""Check whether addresses on the network respond, all at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from urllib.parse import urlsplit

from pocdeploy import http

TIMEOUT = 4.0
"""Seconds to connect, and for the first byte."""


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """Response of an address."""

    status: int | None = None
    """HTTP status; None if there was no response."""
    error: str = ""
    """Reason if there was none."""

    def __str__(self) -> str:
        return f"HTTP status {self.status}" if self.status is not None else f"no answer ({self.error})"


def probe(url: str) -> ProbeResult:
    """Send one request to ``url`` without following redirects, which may lead to another host; never raises.

    The method is HEAD for archives, and GET for all else, because not every chart repository supports HEAD; the body is
    not read.
    """
    method = "HEAD" if url.endswith(".tar.gz") else "GET"
    try:
        # Pulumi and Docker, which download, verify the certificate with stores that Python may not know. Here only
        # the status is used, and nothing secret is sent.
        with http.request(method, url, timeout=TIMEOUT, verify=False) as response:
            return ProbeResult(status=response.status_code)
    except http.HttpError as error:
        return ProbeResult(error=str(error))


def probe_all(urls: Iterable[str]) -> dict[str, ProbeResult]:
    """Return the result of each of ``urls``, within twice ``TIMEOUT``.

    One address of each host comes first, for all hosts at the same time; the other addresses follow only if it
    responds. So an unreachable host takes one timeout, not one for each of its addresses.
    """
    urls = list(dict.fromkeys(urls))
    first = {_host(url): url for url in reversed(urls)}
    results = _probe_at_once(list(first.values()))
    unreachable = {url: results[first[_host(url)]] for url in urls if results[first[_host(url)]].status is None}
    others = [url for url in urls if url not in results and url not in unreachable]
    return {**results, **unreachable, **_probe_at_once(others)}


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _probe_at_once(urls: list[str]) -> dict[str, ProbeResult]:
    pool = ThreadPoolExecutor(max_workers=max(1, len(urls)))
    futures = {url: pool.submit(probe, url) for url in urls}
    # The timeout of a connection does not limit the lookup of its name.
    done, _ = wait(futures.values(), timeout=TIMEOUT)
    pool.shutdown(wait=False, cancel_futures=True)
    late = ProbeResult(error=f"timed out after {TIMEOUT:.0f} s")
    return {url: future.result() if future in done else late for url, future in futures.items()}
