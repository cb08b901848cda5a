"""How each Linux distribution installs and starts Docker from its own packages."""

from __future__ import annotations

import shlex
from pathlib import Path

LOG = "/var/log/dockerd.log"

_APT = (
    ("apt-get", "update"),
    ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "docker.io"),
)
_ZYPPER = (("zypper", "--non-interactive", "install", "docker"),)
# By ID, then ID_LIKE, of /etc/os-release. Red Hat and its rebuilds have no package of Docker.
_INSTALL = {
    "debian": _APT,
    "ubuntu": _APT,
    "fedora": (("dnf", "install", "-y", "moby-engine"),),
    "amzn": (("dnf", "install", "-y", "docker"),),
    "arch": (("pacman", "-S", "--noconfirm", "--needed", "docker"),),
    "opensuse": _ZYPPER,
    "suse": _ZYPPER,
    "alpine": (("apk", "add", "docker"),),
}
_WITHOUT_PACKAGE = frozenset({"rhel", "centos"})


def read_os_release(path: Path = Path("/etc/os-release")) -> str:
    """Give the text that names this Linux distribution; empty if there is none."""
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def install_commands(os_release: str) -> list[list[str]]:
    """Give the commands, to be run as root, that install Docker on the system described by ``os_release``.

    None for a system that is not known, or that has no package of Docker.
    """
    values = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = [name for key in ("ID", "ID_LIKE") for name in " ".join(shlex.split(values.get(key, ""))).split()]
    for name in names:
        if name in _WITHOUT_PACKAGE:
            return []
        if name in _INSTALL:
            return [list(command) for command in _INSTALL[name]]
    return []


def start_command(*, has_systemd: bool, has_service: bool) -> list[str]:
    """Give the command, to be run as root, that starts the daemon: with systemd, another init, or without any."""
    if has_systemd:
        return ["systemctl", "enable", "--now", "docker"]
    # A session of its own, so that Ctrl-C in this terminal does not stop the daemon.
    daemon = f"nohup setsid dockerd >{LOG} 2>&1 &"
    if has_service:
        # In a container there may be the program but no init script that works.
        return ["sh", "-c", f"service docker start || {daemon}"]
    return ["sh", "-c", daemon]
