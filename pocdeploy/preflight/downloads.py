"""Things to be downloaded, and which of them cannot be had from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pocdeploy.errors import Finding
from pocdeploy.preflight import http_probe

GUIDE = "docs/airgapped.md"
DOCKER_HUB = "docker.io"


@dataclass(frozen=True, kw_only=True)
class Download:
    """One thing to be downloaded."""

    where: str
    """Config key or file that asks for it, or its name."""
    what: str
    """What is wrong if it cannot be had."""
    urls: tuple[str, ...]
    """Where it can be had from; one that answers will do."""
    of_registry: bool = False
    """Whether the addresses are a registry's /v2/, which may also answer that it wants a login."""
    fix: str
    """How to do without the download; the guide is added."""

    def is_met(self, answer: http_probe.ProbeResult) -> bool:
        """Tell whether ``answer`` comes from the place itself: a proxy may answer any address with an error."""
        if answer.status is None:
            return False
        return answer.status in {200, 401} if self.of_registry else 200 <= answer.status < 400

    def finding(self, answers: Mapping[str, http_probe.ProbeResult]) -> Finding:
        """Give the finding that says what came instead."""
        return Finding(
            where=self.where,
            what=self.what,
            actual="; ".join(f"{url}: {answers[url]}" for url in self.urls),
            expected="HTTP status 200 or 401" if self.of_registry else "HTTP status 200, or a redirection",
            fix=f"{self.fix}   ({GUIDE})",
        )


def unreachable(wanted: Iterable[Download]) -> list[Finding]:
    """Return a finding for each of ``wanted`` that none of its addresses provides, all checked at the same time."""
    wanted = list(wanted)
    results = http_probe.probe_all([url for download in wanted for url in download.urls])
    return [it.finding(results) for it in wanted if not any(it.is_met(results[url]) for url in it.urls)]


def registry_of(image: str) -> str:
    """Give the registry of an image reference as host or host:port; ``docker.io`` where none is named."""
    first, slash, _ = image.partition("/")
    if slash and (set(first) & {".", ":"} or first == "localhost"):
        return DOCKER_HUB if first == "index.docker.io" else first
    return DOCKER_HUB


def registry_urls(registry: str) -> tuple[str, ...]:
    """Give the addresses at which a registry says that it is there; one that answers will do."""
    host = "registry-1.docker.io" if registry == DOCKER_HUB else registry
    # With a port of its own it is somebody's own, which Docker may have been allowed to use without TLS.
    schemes = ("https", "http") if ":" in host or host == "localhost" else ("https",)
    return tuple(f"{scheme}://{host}/v2/" for scheme in schemes)
