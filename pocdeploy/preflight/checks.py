"""Before anything is created: is the configuration usable, and can everything that it needs be had on this machine?"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

from pocdeploy import process
from pocdeploy.config import EksSettings, ExistingSettings, KindSettings, Settings, load_stack
from pocdeploy.docker import ports
from pocdeploy.errors import Finding, PocdeployError, PreflightError
from pocdeploy.preflight import cluster_conflicts, downloads, images, packages
from pocdeploy.preflight.aws import checks as aws_checks


@dataclass(frozen=True, kw_only=True)
class _NewCluster:
    """What a cluster that the stack makes takes; downloads and ports do not matter once it is there."""

    container: str | None
    """Container that exists as long as the cluster does; None for a cluster that is not on this machine."""
    companions: frozenset[str]
    """Containers of an interrupted run that the next one takes over."""
    images: Mapping[str, str]
    """Image that Docker pulls → config key."""
    ports: Mapping[str, int]
    """Config key → port on 127.0.0.1."""
    nodes_pull: bool
    """Whether the nodes pull from public registries."""
    metrics_server: bool
    providers: tuple[str, ...] = ()
    """Provider plugins that other kinds of cluster do not need."""
    ask: Callable[[process.Run], list[Finding]] = lambda _: []
    """Checks that ask the provider of the cluster."""


def _new_cluster(settings: Settings) -> _NewCluster | None:
    """Describe the cluster that is made, if one is."""
    match settings.cluster:
        case KindSettings() as kind:
            key = "pocdeploy:cluster"
            return _NewCluster(
                container=f"{kind.name}-control-plane",
                companions=frozenset({f"{kind.name}-registry"}),
                images={kind.node_image: f"{key}.nodeImage", kind.registry_image: f"{key}.registryImage"},
                ports={
                    f"{key}.httpPort": kind.http_port,
                    f"{key}.httpsPort": kind.https_port,
                    f"{key}.registryPort": kind.registry_port,
                },
                # A mirror is on Docker's network, where this process is not: it cannot be asked from here.
                nodes_pull=kind.registry_mirror is None,
                metrics_server=kind.metrics_server,
            )
        case EksSettings() as eks:
            return _NewCluster(
                container=None,
                companions=frozenset(),
                images={},
                ports={},
                # They have a way to the internet of their own.
                nodes_pull=False,
                metrics_server=True,
                providers=("aws",),
                ask=partial(aws_checks.check, eks),
            )
        case ExistingSettings():
            return None
        case _:
            assert_never(settings.cluster)


def _existing_cluster(settings: Settings, stack: str, root: Path) -> Sequence[Finding]:
    """Return the problems of a cluster that the stack does not create; none for other kinds of cluster."""
    cluster = settings.cluster
    # With stackReference, only Pulumi can read the kubeconfig, so the program checks the cluster.
    if not isinstance(cluster, ExistingSettings) or cluster.stack_reference:
        return ()
    try:
        cluster_conflicts.check_file(settings, stack, root)
    except PocdeployError as error:
        return error.findings
    return ()


def check(
    root: Path,
    stack: str,
    *,
    preview: bool = False,
    run: process.Run = process.run,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Make sure that the configuration of ``stack`` is usable and that what it needs is here or can be downloaded.

    ``root`` is the project; ``stack`` may be named with its organisation. Configuration and provider plugins are always
    checked; charts, images and ports only while the cluster does not exist yet, and not for a ``preview``, which uses
    none of them. Raises PreflightError with everything that is wrong, that of the configuration included.
    """
    stack = stack.rpartition("/")[2]
    findings: list[Finding] = []
    environment = os.environ if environment is None else environment
    wanted = [*packages.plugins(environment)]
    try:
        settings = load_stack(root, stack)
    except PocdeployError as error:
        findings += error.findings
    else:
        findings += _existing_cluster(settings, stack, root)
        cluster = _new_cluster(settings)
        if cluster is not None:
            findings += cluster.ask(run)
            wanted += packages.plugins(environment, cluster.providers)
        if cluster is not None and not preview and not _exists(cluster.container, run):
            wanted += _downloads(settings, cluster, root, run)
            findings += ports.taken(
                cluster.ports, is_own=lambda name: name in cluster.companions or _is_of(stack, name, root), run=run
            )
    if missing := downloads.unreachable(wanted):
        findings += [*missing, _summary(len(missing))]
    if findings:
        raise PreflightError(findings)


def _exists(container: str | None, run: process.Run) -> bool:
    if container is None:
        return False
    return run(["docker", "container", "inspect", "--format", "{{.Id}}", container], timeout=20.0).code == 0


def _is_of(stack: str, container: str, root: Path) -> bool:
    """Tell whether ``container`` belongs to a cluster that this stack made under another name, and will replace."""
    cluster = container.removesuffix("-control-plane").removesuffix("-registry")
    try:
        mark = (root / ".pocdeploy" / "clusters" / cluster / "owner").read_text(encoding="utf-8")
    except OSError:
        return False
    return mark.split()[:1] == [stack]


def _downloads(settings: Settings, cluster: _NewCluster, root: Path, run: process.Run) -> list[downloads.Download]:
    pulled = {**images.build_images(settings, root), **cluster.images}
    wanted = [*packages.charts(settings, metrics_server=cluster.metrics_server), *images.docker_images(pulled, run)]
    if cluster.nodes_pull:
        wanted += images.node_registries(settings, metrics_server=cluster.metrics_server)
    return wanted


def _summary(count: int) -> Finding:
    what = "one download is" if count == 1 else f"{count} downloads are"
    return Finding(
        where="make up",
        what=f"{what} not possible from here",
        expected=f"a connection to these addresses, or what {downloads.GUIDE} tells to bring along",
        fix="make dev   (runs the application without Docker, plugins, charts and images)",
    )
