"""Check the configuration and the needs of a stack before anything is created."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, assert_never

from pocdeploy import process
from pocdeploy.config import EksSettings, ExistingSettings, KindSettings, ProcessesSettings, Settings, load_stack
from pocdeploy.docker import ports
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.kube import kubeconfig
from pocdeploy.preflight import cluster_conflicts, downloads, http_probe, images, packages
from pocdeploy.preflight.aws import checks as aws_checks

CONFIGURATION, CLUSTER, PORT, DOWNLOAD = "configuration", "cluster", "port", "download"
"""Subjects of the problems."""
_DOCKER_TIMEOUT = 20.0  # seconds


@dataclass(frozen=True, kw_only=True)
class _NewCluster:
    """Needs of a cluster that the stack creates. Downloads and ports do not matter once it exists."""

    container: str | None
    """Container that exists as long as the cluster; None for a cluster that is not on this machine."""
    companions: frozenset[str]
    """Containers of an interrupted run that the next run takes over."""
    images: Mapping[str, str]
    """Image that Docker pulls → config key."""
    ports: Mapping[str, int]
    """Config key → port on 127.0.0.1."""
    nodes_pull: bool
    """Whether the nodes pull from public registries that this machine can check."""
    metrics_server: bool
    providers: tuple[str, ...] = ()
    """Provider plugins that other types of cluster do not need."""
    check: Callable[[], list[Finding]] = list
    """Checks of its platform."""


def _new_cluster(settings: Settings) -> _NewCluster | None:
    """Return the cluster that the stack creates, if it creates one."""
    store = settings.local_store_image
    match settings.cluster:
        case KindSettings() as kind:
            key = "pocdeploy:cluster"
            return _NewCluster(
                container=f"{kind.name}-control-plane",
                companions=frozenset({f"{kind.name}-registry"}),
                images={
                    kind.node_image: f"{key}.nodeImage",
                    kind.registry_image: f"{key}.registryImage",
                    **({store: "pocdeploy:backups.image"} if store else {}),
                },
                ports={
                    f"{key}.httpPort": kind.http_port,
                    f"{key}.httpsPort": kind.https_port,
                    f"{key}.registryPort": kind.registry_port,
                },
                # A mirror is on Docker's network, which this process cannot reach.
                nodes_pull=kind.registry_mirror is None,
                metrics_server=kind.metrics_server,
            )
        case EksSettings() as eks:
            return _NewCluster(
                container=None,
                companions=frozenset(),
                images={},
                ports={},
                # They do not use the network of this machine.
                nodes_pull=False,
                metrics_server=True,
                providers=("aws",),
                check=partial(aws_checks.check, eks),
            )
        case ExistingSettings() | ProcessesSettings():
            return None
        case _:
            assert_never(settings.cluster)


def check(root: Path, stack: str, *, preview: bool = False) -> None:
    """Raise PreflightError with all that ``problems`` finds."""
    found = problems(root, stack, preview=preview)
    findings = [finding for group in found.values() for finding in group]
    if missing := found.get(DOWNLOAD):
        findings.append(_summary(len(missing)))
    if findings:
        raise PreflightError(findings)


def problems(
    root: Path, stack: str, *, preview: bool = False, missing_tools: Sequence[str] = (), asks_docker: bool = True
) -> dict[str, list[Finding]]:
    """Return all that is wrong with the configuration of a stack, or neither here nor to be downloaded, by subject.

    Configuration and provider plugins are always checked. Charts, images and ports are checked only if the cluster does
    not exist yet, and not for a preview, which uses none of them.

    Args:
        root: the project.
        stack: name of the stack, with or without its organisation.
        preview: whether nothing is to be created.
        missing_tools: programs that have to be downloaded.
        asks_docker: whether Docker knows if the cluster exists: not while it is stopped.
    """
    stack = stack.rpartition("/")[2]
    found: dict[str, list[Finding]] = {CONFIGURATION: [], CLUSTER: [], PORT: []}
    wanted = [*packages.tools(missing_tools), *packages.plugins(root)]
    try:
        settings = load_stack(root, stack)
    except PocdeployError as error:
        found[CONFIGURATION] += error.findings
    else:
        found[CLUSTER] += _existing_cluster(settings, stack, root)
        if (cluster := _new_cluster(settings)) is not None:
            found[CLUSTER] += cluster.check()
            wanted += packages.plugins(root, cluster.providers)
            if not preview and asks_docker and not _exists(cluster.container):
                wanted += _downloads(settings, cluster, root)
                found[PORT] += _ports(cluster, stack, root)
    return {**found, DOWNLOAD: downloads.unreachable(wanted)}


def missing_images(settings: Settings, root: Path) -> list[Finding]:
    """Return a finding for each image of a new cluster that is neither on this machine nor reachable."""
    cluster = _new_cluster(settings)
    if cluster is None or _exists(cluster.container):
        return []
    return downloads.unreachable(_images(settings, cluster, root))


def _existing_cluster(settings: Settings, stack: str, root: Path) -> Sequence[Finding]:
    """Return the problems of a cluster that the stack does not create; none for other types of cluster."""
    cluster = settings.cluster
    # With stackReference, only Pulumi can read the kubeconfig, so the program checks the cluster.
    if not isinstance(cluster, ExistingSettings) or cluster.stack_reference:
        return ()
    try:
        # The client is installed with the packages of the program, which makes all checks again.
        if importlib.util.find_spec("kubernetes") is None:
            return _unreachable(kubeconfig.read(kubeconfig.locate(cluster.kubeconfig, root), str(cluster.context)))
        cluster_conflicts.check_file(settings, stack, root)
    except PocdeployError as error:
        return error.findings
    return ()


def _unreachable(config: Mapping[str, Any]) -> list[Finding]:
    """Return the finding for a cluster that does not answer at all, from its kubeconfig with one context."""
    cluster = config["clusters"][0]["cluster"]
    result = http_probe.probe(str(cluster["server"]))
    if result.status is not None or "proxy-url" in cluster:
        return []
    what, expected = "the cluster cannot be reached", "a running cluster that can be reached from here"
    actual = f"{cluster['server']}: {result}"
    return [Finding(where="pocdeploy:cluster.context", what=what, actual=actual, expected=expected)]


def _exists(container: str | None) -> bool:
    if container is None:
        return False
    command = ["docker", "container", "inspect", "--format", "{{.Id}}", container]
    return process.run(command, timeout=_DOCKER_TIMEOUT).code == 0


def _ports(cluster: _NewCluster, stack: str, root: Path) -> list[Finding]:
    def is_own(container: str) -> bool:
        return container in cluster.companions or _is_renamed(stack, container, root)

    return ports.taken(cluster.ports, is_own=is_own)


def _is_renamed(stack: str, container: str, root: Path) -> bool:
    """Return whether ``container`` is of a cluster that this stack created with another name, and will replace."""
    cluster = container.removesuffix("-control-plane").removesuffix("-registry")
    try:
        owner = (root / ".pocdeploy" / "clusters" / cluster / "owner").read_text(encoding="utf-8")
    except OSError:
        return False
    return owner.split()[:1] == [stack]


def _downloads(settings: Settings, cluster: _NewCluster, root: Path) -> list[downloads.Download]:
    charts = packages.charts(settings)
    return [*charts, *_images(settings, cluster, root)]


def _images(settings: Settings, cluster: _NewCluster, root: Path) -> list[downloads.Download]:
    pulled = {**images.build_images(settings, root), **cluster.images}
    wanted = images.docker_images(pulled)
    if cluster.nodes_pull:
        wanted += images.node_registries(settings, metrics_server=cluster.metrics_server)
    return wanted


def _summary(count: int) -> Finding:
    return Finding(
        where="make up",
        what=f"{count} download{'s are' if count > 1 else ' is'} not possible from this machine",
        expected=f"a connection to these addresses, or the files that {downloads.GUIDE} lists",
        fix="make dev   (runs the application without Docker, plugins, charts and images)",
    )
