"""Downloads with a name and a version: Pulumi's provider plugins and the Helm charts."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from pocdeploy.config import Chart, Settings
from pocdeploy.preflight.downloads import Download, registry_urls

PROVIDERS = ("command", "docker", "kubernetes", "random")


def plugins(names: Iterable[str] = PROVIDERS) -> Iterator[Download]:
    """Yield Pulumi's provider plugins that are not installed, in the versions of the installed Python packages."""
    # With overrides, only Pulumi knows from where it downloads.
    if os.environ.get("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"):
        return
    home = os.environ.get("PULUMI_HOME")
    folder = (Path(home) if home else Path.home() / ".pulumi") / "plugins"
    attached = {entry.partition(":")[0] for entry in os.environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")}
    for name in names:
        try:
            wanted = version(f"pulumi-{name}")
        except PackageNotFoundError:  # the program reports it when it starts
            continue
        if name in attached or _is_installed(folder, name, wanted):
            continue
        file = f"pulumi-resource-{name}-v{wanted}-{_system()}.tar.gz"
        yield Download(
            where=f"plugin {name}",
            what=f"Pulumi's plugin {name} {wanted} is not installed and cannot be downloaded",
            # Pulumi tries both.
            urls=(
                f"https://get.pulumi.com/releases/plugins/{file}",
                f"https://github.com/pulumi/pulumi-{name}/releases/download/v{wanted}/{file}",
            ),
            fix=f"pulumi plugin install resource {name} v{wanted} --file {file}",
        )


def _is_installed(folder: Path, name: str, wanted: str) -> bool:
    plugin = folder / f"resource-{name}-v{wanted}"
    # Pulumi leaves this file beside a plugin whose installation was interrupted.
    complete = plugin.is_dir() and not plugin.with_name(f"{plugin.name}.partial").exists()
    return complete or shutil.which(f"pulumi-resource-{name}") is not None


def _system() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def charts(settings: Settings, *, metrics_server: bool) -> Iterator[Download]:
    """Yield the repositories of the Helm charts that are installed; the settings check local archives themselves."""
    wanted: dict[str, Chart] = {"cloudnative-pg": settings.charts.cloudnative_pg, "traefik": settings.charts.traefik}
    if settings.monitoring.profile != "off":
        wanted["kube-prometheus-stack"] = settings.charts.kube_prometheus_stack
    if metrics_server:
        wanted["metrics-server"] = settings.charts.metrics_server
    for name, chart in wanted.items():
        address = urlsplit(chart.source)
        # An address with a login is a secret: it is neither shown nor used by a check.
        if chart.is_archive or "@" in address.netloc:
            continue
        key = f"pocdeploy:charts.{name}.source"
        is_oci = address.scheme == "oci"
        yield Download(
            where=key,
            what=f"the repository of the chart {name} {chart.version} cannot be reached",
            urls=registry_urls(address.netloc) if is_oci else (f"{chart.source.rstrip('/')}/index.yaml",),
            of_registry=is_oci,
            fix=f"pulumi config set --path '{key}' charts/{name}-{chart.version}.tgz",
        )
