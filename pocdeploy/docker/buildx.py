"""The builder for images with attestations: Docker's own, where it can attach them, or a BuildKit in a container.

Docker's own builder refuses provenance and SBOM unless its images are in containerd's store, which new installations
of Docker 29 have and updated ones do not: https://docs.docker.com/build/metadata/attestations/.
"""

from __future__ import annotations

import re

from pocdeploy import process
from pocdeploy.errors import Finding, PreflightError

NAME = "pocdeploy"
"""The builder that is made; `docker buildx rm pocdeploy` removes it and its cache."""
_TIMEOUT = 60.0
_CREATE = 300.0
"""Seconds; its image may have to be pulled."""
_STORE = "io.containerd.snapshotter"
"""In `docker info` where images are in containerd's store."""


def attesting(run: process.Run = process.run) -> tuple[str, ...]:
    """Return the options by which `docker buildx build` takes a builder that can attach attestations.

    None where the current one can. Otherwise the builder ``pocdeploy`` is used, and made if need be; it shares the
    machine's network, so that it reaches a registry of the machine. Raises PreflightError without buildx, and when the
    builder cannot be made.
    """
    driver = _driver(run)
    if (
        driver != "docker"
        or _STORE in run(["docker", "info", "--format", "{{.DriverStatus}}"], timeout=_TIMEOUT).stdout
    ):
        return ()
    if run(["docker", "buildx", "inspect", NAME], timeout=_TIMEOUT).code:
        options = ["--name", NAME, "--driver", "docker-container", "--driver-opt", "network=host", "--bootstrap"]
        made = run(["docker", "buildx", "create", *options], timeout=_CREATE)
        if made.code:
            finding = Finding(
                where="docker buildx",
                what="there is no builder that can attach provenance and SBOM, and none can be made",
                actual=_lines(made)[-1],
                expected="containerd's image store, or the image moby/buildkit",
                fix=f"docker buildx rm {NAME}; docker buildx create {' '.join(options)}",
            )
            raise PreflightError([finding])
    return ("--builder", NAME)


def _driver(run: process.Run) -> str:
    """Return the driver of the current builder."""
    shown = run(["docker", "buildx", "inspect"], timeout=_TIMEOUT)
    found = re.search(r"^Driver:\s*(\S+)", shown.stdout, re.MULTILINE)
    if shown.code or found is None:
        finding = Finding(
            where="docker buildx",
            what="does not answer; it is a plugin of Docker's that builds images",
            actual=_lines(shown)[0],
            fix="install it: https://docs.docker.com/build/install-buildx/",
        )
        raise PreflightError([finding])
    return found[1]


def _lines(result: process.Result) -> list[str | None]:
    return [line[:300] for line in (result.stderr or result.stdout).strip().splitlines()] or [None]
