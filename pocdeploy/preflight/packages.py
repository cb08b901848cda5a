"""Downloads with a name and a version: tools, Pulumi's provider plugins, and the Helm charts."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from pocdeploy import fixes
from pocdeploy.config import Settings
from pocdeploy.preflight.downloads import Download, registry_urls
from pocdeploy.toolchain import install

MIRROR = "oci://registry.example.com/charts"
"""Example of a repository that this machine can reach."""
PROVIDERS = ("command", "docker", "kubernetes", "random")


def tools(missing: Iterable[str]) -> Iterator[Download]:
    """Yield the downloads of tools that are not installed, unless Go can build them."""
    if shutil.which("go") is not None:
        return
    for name in missing:
        tool = install.TOOLS[name]
        yield Download(
            where=name,
            what=f"{name} {tool.version} is not installed and cannot be downloaded",
            urls=(install.address(tool) or tool.page,),
            fix=f"install it ({tool.page}), or Go ({install.GO_PAGE}), which builds it",
        )


def plugins(root: Path, names: Iterable[str] = PROVIDERS) -> Iterator[Download]:
    """Yield Pulumi's provider plugins that are not installed, in the versions of the Python packages.

    These are the installed ones, or if there are none yet, those of the project's lock files.
    """
    # With overrides, only Pulumi knows from where it downloads.
    if os.environ.get("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"):
        return
    home = os.environ.get("PULUMI_HOME")
    folder = (Path(home) if home else Path.home() / ".pulumi") / "plugins"
    attached = {entry.partition(":")[0] for entry in os.environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")}
    for name in names:
        wanted = _version(f"pulumi-{name}", root)
        if wanted is None or name in attached or _is_installed(folder, name, wanted):
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


def _version(package: str, root: Path) -> str | None:
    """Return the version of a package; None if it is in no lock file, which the program reports when it starts."""
    with suppress(PackageNotFoundError):
        return version(package)
    for lock in ("requirements.txt", "requirements-eks.txt"):
        with suppress(OSError):
            if found := re.search(rf"^{package}==(\S+)", (root / lock).read_text("utf-8"), re.M):
                return found[1]
    return None


def _is_installed(folder: Path, name: str, wanted: str) -> bool:
    plugin = folder / f"resource-{name}-v{wanted}"
    # Pulumi leaves this file beside a plugin whose installation was interrupted.
    complete = plugin.is_dir() and not plugin.with_name(f"{plugin.name}.partial").exists()
    return complete or shutil.which(f"pulumi-resource-{name}") is not None


def _system() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"


def charts(settings: Settings) -> Iterator[Download]:
    """Yield the repositories of the Helm charts that are installed; the settings check local archives themselves."""
    for name, chart in settings.installed_charts.items():
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
            fix=fixes.set_values({key: MIRROR, f"pocdeploy:charts.{name}.version": chart.version}),
        )
