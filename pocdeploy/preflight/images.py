"""The container images of a stack: those that Docker pulls, and those that the cluster's nodes pull."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pocdeploy import fixes, process
from pocdeploy.config import Settings
from pocdeploy.config.files import dockerfile
from pocdeploy.config.frameworks import own_files
from pocdeploy.preflight.downloads import Download, registry_of, registry_urls
from pocdeploy.source.base_images import base_images

_DOCKER_TIMEOUT = 20.0  # seconds


def build_images(settings: Settings, root: Path) -> dict[str, str]:
    """Return the base images of the applications: image → Dockerfile, as the settings name it."""
    found: dict[str, str] = {}
    for app in (app for app in settings.apps.values() if app.image is None):
        file = dockerfile(app, root)
        name = str(file.relative_to(root) if file and file.is_relative_to(root) else file or f"{app.path}/Dockerfile")
        if file is None:  # that of a framework, for a source without one
            text = own_files(app.framework, root / str(app.path) / (app.context or "")).get("Dockerfile", "")
        else:  # one that a patch creates is not there yet
            text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        for image in base_images(text, app.build_args):
            found.setdefault(image, name)
    return found


def docker_images(wanted: Mapping[str, str]) -> list[Download]:
    """Return those of ``wanted`` (image → config key or file that names it) that Docker does not have."""
    missing = {image: where for image, where in wanted.items() if _is_missing(image)}
    if missing and _docker_has_own_route():
        return []
    return [
        Download(
            where=where,
            what=f"the image {image} is not on this machine, and its registry cannot be reached",
            urls=registry_urls(registry_of(image)),
            of_registry=True,
            # An image that is loaded from an archive has no digest of a registry.
            fix="docker load --input <its archive>" + (", and name it without its digest" if "@" in image else ""),
        )
        for image, where in missing.items()
    ]


def _is_missing(image: str) -> bool:
    """Return whether Docker certainly does not have ``image``; a daemon that does not respond may have it."""
    result = process.run(["docker", "image", "inspect", "--format", "{{.Id}}", image], timeout=_DOCKER_TIMEOUT)
    return result.code == process.NOT_FOUND or (result.code != 0 and "no such image" in result.stderr.lower())


def _docker_has_own_route() -> bool:
    """Return whether Docker pulls through a mirror or proxy of its own, which cannot be checked from here."""
    form = "{{range .RegistryConfig.Mirrors}}{{.}} {{end}}{{.HTTPSProxy}}"
    info = process.run(["docker", "info", "--format", form], timeout=_DOCKER_TIMEOUT)
    # Docker Desktop always has this proxy, which uses the connection of this machine.
    routes = [route for route in info.stdout.split() if "http.docker.internal" not in route]
    return info.code == 0 and bool(routes)


def node_registries(settings: Settings, *, metrics_server: bool) -> Iterator[Download]:
    """Yield the registries that the nodes of a cluster pull from, each with the programs that need it."""
    monitoring = settings.monitoring.profile != "off"
    users = [
        ("ghcr.io", "CloudNativePG", True),
        ("ghcr.io", "plugin-barman-cloud", settings.keeps_backups),
        ("docker.io", "Traefik", True),
        ("docker.io", "Grafana", monitoring and settings.monitoring.grafana),
        ("quay.io", "Prometheus", monitoring),
        ("docker.io", "busybox (upgrade of definitions)", monitoring),
        ("registry.k8s.io", "kube-state-metrics and kubectl", monitoring),
        ("registry.k8s.io", "metrics-server", metrics_server),
    ]
    for name, app in settings.apps.items():
        if app.own_database:
            users.append((registry_of(app.own_database.image_name), f"the database of {name}", True))
        if app.cache:
            users.append((registry_of(app.cache.image), f"the cache of {name}", True))
        if app.web_server:
            users.append((registry_of(app.web_server.image), f"nginx of {name}", True))
    needed: dict[str, list[str]] = {}
    for registry, user, wanted in users:
        if wanted:
            needed.setdefault(registry, []).append(user)
    for registry, names in needed.items():
        yield Download(
            where=f"images from {registry}",
            what=f"the nodes cannot pull images for {', '.join(names)}",
            urls=registry_urls(registry),
            of_registry=True,
            fix=fixes.set_value("cluster.registryMirror", "http://mirror:5000"),
        )
