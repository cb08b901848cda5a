"""The machine of the benchmarks, and versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pocdeploy import process

_UNKNOWN = "not found"
_PACKAGES = ("pulumi", "pulumi-kubernetes", "pulumi-docker", "pulumi-command", "pulumi-random", "pydantic")


def facts(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return name -> value, without the names of the machine and its user.

    Args:
        root: the repository.
        environment: has the PATH of the tools.
    """

    def output(*command: str) -> str:
        result = process.run(command, cwd=root, env={"PATH": environment["PATH"]}, timeout=60.0)
        return result.stdout.strip() if result.code == 0 and result.stdout.strip() else _UNKNOWN

    changed = ", with changes" if output("git", "status", "--porcelain", "--untracked-files=no") != _UNKNOWN else ""
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": output("git", "rev-parse", "--short", "HEAD") + changed,
        "CPUs": str(os.cpu_count()),
        "Memory": f"{_memory() / 2**30:.0f} GiB",
        "Load before": f"{os.getloadavg()[0]:.1f}",
        "Kernel": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": platform.python_version(),
        "Pulumi CLI": output("pulumi", "version"),
        "Python packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "kind": output("kind", "version"),
        "Docker": output("docker", "version", "--format", "{{.Server.Version}}"),
    }


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
