"""The builder for images with attestations: Docker's own if it can attach them, or BuildKit in a container.

Docker's own builder refuses provenance and SBOM unless its images are in containerd's store, which new installations
of Docker 29 have and updated ones do not: https://docs.docker.com/build/metadata/attestations/.
"""

from __future__ import annotations

import re

from pocdeploy import process
from pocdeploy.errors import Finding, PreflightError

NAME = "pocdeploy"
"""The builder that is created; `docker buildx rm pocdeploy` removes it and its cache."""
_TIMEOUT = 60.0  # seconds
_CREATE_TIMEOUT = 300.0  # seconds; Docker may have to pull an image
_CONTAINERD_STORE = "io.containerd.snapshotter"
"""In `docker info` if images are in containerd's store."""


def attesting_builder() -> tuple[str, ...]:
    """Return the options of `docker buildx build` that select a builder which can attach attestations.

    Empty if the current one can. Otherwise the builder ``pocdeploy`` is used, and created if it does not exist; it has
    the machine's network, so that it reaches a registry on the machine. Raises PreflightError without buildx, and if
    the builder cannot be created.
    """
    if _driver() != "docker":
        return ()
    info = process.run(["docker", "info", "--format", "{{.DriverStatus}}"], timeout=_TIMEOUT)
    if _CONTAINERD_STORE in info.stdout:
        return ()
    if process.run(["docker", "buildx", "inspect", NAME], timeout=_TIMEOUT).code:
        _create()
    return ("--builder", NAME)


def _create() -> None:
    options = ["--name", NAME, "--driver", "docker-container", "--driver-opt", "network=host", "--bootstrap"]
    command = ["docker", "buildx", "create", *options]
    created = process.run(command, timeout=_CREATE_TIMEOUT)
    if created.code:
        finding = Finding(
            where="docker buildx",
            what="the builder that attaches provenance and SBOM cannot be created",
            actual=_lines(created)[-1],
            expected="containerd's image store, or access to the image moby/buildkit",
            fix=f"docker buildx rm {NAME}; {' '.join(command)}",
        )
        raise PreflightError([finding])


def _driver() -> str:
    """Return the driver of the current builder."""
    shown = process.run(["docker", "buildx", "inspect"], timeout=_TIMEOUT)
    found = re.search(r"^Driver:\s*(\S+)", shown.stdout, re.MULTILINE)
    if shown.code or found is None:
        finding = Finding(
            where="docker buildx",
            what="this plugin of Docker, which builds images, does not work",
            actual=_lines(shown)[0],
            fix="install it: https://docs.docker.com/build/install-buildx/",
        )
        raise PreflightError([finding])
    return found[1]


def _lines(result: process.Result) -> list[str | None]:
    return [line[:300] for line in (result.stderr or result.stdout).strip().splitlines()] or [None]
