"""The downloads of a stack, and which of them are not reachable from this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pocdeploy.errors import Finding
from pocdeploy.preflight import http_probe

GUIDE = "docs/airgapped.md"
DOCKER_HUB = "docker.io"


@dataclass(frozen=True, kw_only=True)
class Download:
    """One download."""

    where: str
    """Config key or file that names it, or its own name."""
    what: str
    """The problem if it is unreachable."""
    urls: tuple[str, ...]
    """Addresses of it; one is enough."""
    of_registry: bool = False
    """Whether the addresses are a registry's /v2/, which can also require a login."""
    fix: str
    """How to do without the download; the guide is added."""

    def is_reachable(self, result: http_probe.ProbeResult) -> bool:
        """Return whether ``result`` comes from the address itself: a proxy can respond with an error to any request."""
        if result.status is None:
            return False
        return result.status in {200, 401} if self.of_registry else 200 <= result.status < 400

    def finding(self, results: Mapping[str, http_probe.ProbeResult]) -> Finding:
        """Return the finding with the results of all addresses."""
        return Finding(
            where=self.where,
            what=self.what,
            actual="; ".join(f"{url}: {results[url]}" for url in self.urls),
            expected="HTTP status 200 or 401" if self.of_registry else "HTTP status 200, or a redirect",
            fix=f"{self.fix}   ({GUIDE})",
        )


def unreachable(wanted: Iterable[Download]) -> list[Finding]:
    """Return a finding for each of ``wanted`` that none of its addresses provides, all checked at the same time."""
    wanted = list(wanted)
    results = http_probe.probe_all([url for download in wanted for url in download.urls])
    return [it.finding(results) for it in wanted if not any(it.is_reachable(results[url]) for url in it.urls)]


def registry_of(image: str) -> str:
    """Return the registry of an image reference as host or host:port; the default is ``docker.io``."""
    first, slash, _ = image.partition("/")
    if slash and (set(first) & {".", ":"} or first == "localhost"):
        return DOCKER_HUB if first == "index.docker.io" else first
    return DOCKER_HUB


def registry_urls(registry: str) -> tuple[str, ...]:
    """Return the addresses that show whether a registry is reachable; one is enough."""
    host = "registry-1.docker.io" if registry == DOCKER_HUB else registry
    # A registry with a port is often a private one, which Docker may be configured to use without TLS.
    schemes = ("https", "http") if ":" in host or host == "localhost" else ("https",)
    return tuple(f"{scheme}://{host}/v2/" for scheme in schemes)
