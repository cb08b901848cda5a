"""A stack on a machine whose Docker and network are data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy import process
from pocdeploy.config import KindSettings
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.preflight import checks, http_probe
from pocdeploy.preflight.http_probe import ProbeResult
from pocdeploy.process import Result
from tests.freeports import free_ports

NODE, REGISTRY = KindSettings().node_image, KindSettings().registry_image
BASE = "python:3.13-slim"
CHARTS = {
    "cloudnative-pg": "https://cloudnative-pg.github.io/charts/index.yaml",
    "traefik": "https://traefik.github.io/charts/index.yaml",
    "kube-prometheus-stack": "https://prometheus-community.github.io/helm-charts/index.yaml",
    "metrics-server": "https://kubernetes-sigs.github.io/metrics-server/index.yaml",
}
HUB = "https://registry-1.docker.io/v2/"
NODES = {"https://ghcr.io/v2/", HUB, "https://quay.io/v2/", "https://registry.k8s.io/v2/"}
PLUGINS = ("command", "docker", "kubernetes", "random")


@dataclass
class Machine:
    """A project in ``root``, a Docker with some images and containers, and a network with HTTP statuses."""

    root: Path
    images: set[str] = field(default_factory=lambda: {NODE, REGISTRY, BASE})
    containers: set[str] = field(default_factory=set)
    published: dict[int, str] = field(default_factory=dict)
    """Port -> output of `docker ps`."""
    info: str = ""
    """Output of `docker info`."""
    docker: str = "running"
    statuses: dict[str, int | None] = field(default_factory=dict)
    """Beginning of an address -> status; all others give 200."""
    config: dict[str, Any] = field(default_factory=dict)
    probed: list[str] = field(default_factory=list)
    ran: list[Sequence[str]] = field(default_factory=list)

    def run(self, command: Sequence[str], **_: Any) -> Result:
        self.ran.append(command)
        if self.docker == "missing":
            return Result(code=127, stderr="docker: No such file or directory")
        if self.docker == "stopped":
            return Result(code=1, stderr="Cannot connect to the Docker daemon. Is the docker daemon running?")
        if command[1] == "ps":
            port = next(part for part in command if part.startswith("publish=")).removeprefix("publish=")
            return Result(code=0, stdout=self.published.get(int(port), ""))
        if command[1] == "info":
            return Result(code=0, stdout=self.info)
        known = command[-1] in (self.images if command[1] == "image" else self.containers)
        return Result(code=0) if known else Result(code=1, stderr=f"Error: No such {command[1]}: {command[-1]}")

    def probe(self, url: str) -> ProbeResult:
        self.probed.append(url)
        status = next((status for start, status in self.statuses.items() if url.startswith(start)), 200)
        return ProbeResult(status=status) if status is not None else ProbeResult(error="Name or service not known")

    def set_cluster(self, **settings: Any) -> None:
        """Change settings of the cluster."""
        self.config["pocdeploy:cluster"] |= settings

    def findings(self, *, preview: bool = False, stack: str = "dev") -> list[Finding]:
        """Run all checks, and return the problems."""
        if self.config:
            (self.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": self.config}))
        try:
            checks.check(self.root, stack, preview=preview)
        except PreflightError as error:
            return list(error.findings)
        return []

    def wheres(self, *, preview: bool = False) -> list[str]:
        return [finding.where for finding in self.findings(preview=preview)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which nothing is missing."""
    (tmp_path / "app" / "polls").mkdir(parents=True)
    (tmp_path / "app/polls/Dockerfile").write_text(f"ARG PYTHON_IMAGE={BASE}\nFROM ${{PYTHON_IMAGE}} AS build\n")
    for name in PLUGINS:
        (tmp_path / "home/plugins" / f"resource-{name}-v{version(f'pulumi-{name}')}").mkdir(parents=True)
    cluster = dict(zip(("httpPort", "httpsPort", "registryPort"), free_ports(3), strict=True))
    config = {"pocdeploy:cluster": {"name": "shop", **cluster}, "pocdeploy:apps": {"polls": {}}}
    made = Machine(tmp_path, config={**config, "pocdeploy:backups": {"store": "none"}})
    for name in ("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES", "PULUMI_DEBUG_PROVIDERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(process, "run", made.run)
    monkeypatch.setattr(http_probe, "probe", made.probe)
    return made
