"""Check that this machine can run a cluster. Each check is a function from facts to its result."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from pocdeploy import fixes
from pocdeploy.diagnostics.doctor.facts import Facts
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn

GIB = 1024**3
# Older ones lack `--format json` and cgroup version 2.
OLDEST_DOCKER = (20, 10)
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
INOTIFY_LIMITS = {"max_user_instances": 512, "max_user_watches": 524288}


def docker_version(facts: Facts) -> CheckResult:
    """Check the version of the Docker Engine."""
    found = str(facts.docker["ServerVersion"])
    numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:2])
    if "podman" in f"{found} {facts.docker.get('OperatingSystem', '')}".lower() or "BuildahVersion" in facts.docker:
        return fail(
            "docker",
            "podman answers as docker",
            why="the local registry and the build of images are made for Docker Engine; nothing is tested with podman",
            fix="docker context use default   (or unset DOCKER_HOST; Docker Engine: https://docs.docker.com/engine/install/)",
        )
    if numbers and numbers < OLDEST_DOCKER:
        return fail(
            "docker",
            f"Docker Engine {found} is too old",
            why="Kind and BuildKit need 20.10 or newer",
            fix="https://docs.docker.com/engine/install/",
        )
    return ok("docker", f"Docker Engine {found}, {facts.docker.get('OperatingSystem', 'unknown system')}")


def storage_driver(facts: Facts) -> CheckResult:
    """Check how Docker stores layers."""
    driver = str(facts.docker.get("Driver", "unknown"))
    file_system = dict(facts.docker.get("DriverStatus") or []).get("Backing Filesystem", "")
    if driver in {"vfs", "devicemapper", "aufs"}:
        return warn(
            "storage driver",
            f"Docker stores layers with {driver}",
            why="nodes become slow and large: each layer is copied, or the driver is no longer maintained",
            fix="https://docs.docker.com/engine/storage/drivers/select-storage-driver/ (overlay2)",
        )
    if driver in {"btrfs", "zfs"}:
        return warn(
            "storage driver",
            f"Docker stores layers with {driver}",
            why="kubelets in containers cannot always read the size of such a file system",
            fix="if a node does not get ready: https://kind.sigs.k8s.io/docs/user/known-issues/",
        )
    return ok("storage driver", f"{driver}{f' on {file_system}' if file_system else ''}")


def architecture(facts: Facts) -> CheckResult:
    """Compare the architecture of Docker with that of this Python, which is the platform of images."""
    docker = str(facts.docker.get("Architecture", "unknown"))
    here, there = ARCHITECTURES.get(facts.machine), ARCHITECTURES.get(docker)
    if there is None:
        return fail("architecture", f"Docker runs on {docker}", why="node images exist for amd64 and arm64 only")
    if here != there:
        return warn(
            "architecture",
            f"Python runs on {facts.machine}, Docker on {docker}",
            why="images are built for Python's architecture, and are emulated or do not start",
            fix="use a Python of the machine's own architecture: make up PYTHON=<path>",
        )
    return ok("architecture", there)


def memory(facts: Facts) -> CheckResult:
    """Check the memory of Docker, and before the cluster exists, how much of it is free."""
    total = int(facts.docker.get("MemTotal", facts.total_memory or 0)) / GIB
    whose = "Docker" if facts.docker else "this machine"
    if facts.local is None:
        return ok("memory", f"{total:.0f} GiB; the cluster runs elsewhere")
    less = "give Docker more (Docker Desktop: Settings, Resources; colima start --memory 8), or: "
    less += fixes.set_value("monitoring.profile", "off")
    if total < 3.5:
        return fail(
            "memory", f"{whose} has {total:.1f} GiB", why="the database alone needs 2 GiB with Kubernetes", fix=less
        )
    if total < 7.5:
        why = "with 3 workers, 3 database instances and monitoring 8 GiB are needed; with less, pods are killed"
        return warn("memory", f"{whose} has {total:.1f} GiB", why=why, fix=less)
    free = facts.free_memory
    if facts.is_new and free is not None and free < 4 * GIB:
        why = "the cluster uses about 4 GiB; with less, the system swaps or kills processes"
        return warn("memory", f"{free / GIB:.1f} GiB of {total:.0f} GiB are free", why=why, fix="end other programs")
    return ok("memory", f"{total:.0f} GiB" + (f", {free / GIB:.0f} GiB free" if free is not None else ""))


def disk(facts: Facts) -> CheckResult:
    """Check the disk that Docker writes to."""
    if facts.free_disk is None:
        return ok("disk", "Docker's disk cannot be seen from here")
    free = facts.free_disk / GIB
    least, enough = (8, 20) if facts.is_new else (1, 4)
    why = "images, volumes and the log of the database need it; PostgreSQL stops on a full disk"
    fix = "docker system prune   (removes what no container uses)"
    if free < least:
        return fail("disk", f"{free:.1f} GiB are free, {least} GiB are needed", why=why, fix=fix)
    if free < enough:
        return warn("disk", f"{free:.1f} GiB are free", why=why, fix=fix)
    return ok("disk", f"{free:.0f} GiB free")


def inotify(facts: Facts) -> CheckResult:
    """Check the kernel's limits of watched files, which all nodes share."""
    if not facts.inotify or facts.local is None:
        return ok("inotify", "not limited by this machine's kernel")
    low = {name: limit for name, limit in facts.inotify.items() if limit < INOTIFY_LIMITS[name]}
    if low and facts.local.nodes > 1:
        return warn(
            "inotify",
            ", ".join(f"{name} is {limit}" for name, limit in low.items()),
            why="with several nodes, pods fail with 'too many open files' and nodes never get ready",
            fix="sudo sysctl " + " ".join(f"fs.inotify.{name}={INOTIFY_LIMITS[name]}" for name in low),
        )
    return ok("inotify", ", ".join(f"{name} {limit}" for name, limit in facts.inotify.items()))


def cgroup(facts: Facts) -> CheckResult:
    """Compare the cgroup version with the Kubernetes of the node image: since 1.35, kubelet refuses version 1."""
    version = str(facts.docker.get("CgroupVersion", "") or facts.cgroup or "2")
    image = facts.local.node_image if facts.local else ""
    kubernetes = re.search(r":v(\d+)\.(\d+)\.\d+", image)
    if version != "1":
        return ok("cgroup", f"version {version}")
    if kubernetes is None or (int(kubernetes[1]), int(kubernetes[2])) < (1, 35):
        return ok("cgroup", "version 1, which the Kubernetes of the node image still accepts")
    asked = f"{kubernetes[1]}.{kubernetes[2]}"
    text = f"this machine has cgroup version 1, and the node image has Kubernetes {asked}"
    why = "kubelet refuses cgroup version 1 since Kubernetes 1.35: the cluster would not start"
    if facts.is_new:
        older = fixes.set_value("cluster.nodeImage", "kindest/node:v1.34.2")
        fix = f"boot with systemd.unified_cgroup_hierarchy=1, or: {older}"
        return fail("cgroup", text, why=why, fix=fix)
    return warn("cgroup", text, why=why)


def proxies(facts: Facts) -> CheckResult:
    """Check the proxies of this shell and of Docker."""
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    used = next((name for name in names if facts.environment.get(name)), None)
    of_docker = facts.docker.get("HttpsProxy") or facts.docker.get("HttpProxy")
    if used is None:
        return ok("proxy", "none" if not of_docker else "none in this shell, Docker has one")
    excluded = f"{facts.environment.get('NO_PROXY', '')},{facts.environment.get('no_proxy', '')}".split(",")
    missing = [host for host in ("localhost", "127.0.0.1") if not any(_covers(entry, host) for entry in excluded)]
    if missing:
        return warn(
            "proxy",
            f"{used} is set, and NO_PROXY lacks {' and '.join(missing)}",
            why="requests to the cluster and to the local registry would go to the proxy",
            fix=f'export NO_PROXY="${{NO_PROXY:+$NO_PROXY,}}{",".join(missing)}"',
        )
    if not of_docker:
        return warn(
            "proxy",
            f"{used} is set in this shell, but Docker has no proxy",
            why="Docker pulls images without the settings of this shell",
            fix="https://docs.docker.com/engine/daemon/proxy/",
        )
    return ok("proxy", f"{used}, and Docker has one too")


def _covers(entry: str, host: str) -> bool:
    """Return whether an entry of NO_PROXY is for ``host``: the same name, everything, or a network."""
    entry = entry.strip()
    if entry in {host, "*"}:
        return True
    try:
        return "/" in entry and ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def clock(facts: Facts) -> CheckResult:
    """Compare the clocks: that of a virtual machine stops while the laptop sleeps."""
    skew = facts.clock_skew
    if abs(skew) < 30:
        return ok("clock", "Docker's clock and this machine's agree")
    direction = "ahead of" if skew > 0 else "behind"
    return warn(
        "clock",
        f"Docker's clock is {abs(skew):.0f} s {direction} this machine's",
        why="certificates and tokens are refused as expired or not yet valid",
        fix="sudo systemctl restart systemd-timesyncd, or restart Docker Desktop or colima",
    )


def rootless(facts: Facts) -> CheckResult:
    """Check that a Docker without root can publish the gateway's ports."""
    if not any("rootless" in str(option) for option in facts.docker.get("SecurityOptions") or ()):
        return ok("rootless", "Docker runs as root, or in a virtual machine")
    low = [port for port in facts.ports if port < facts.first_free_port]
    if facts.is_new and low:
        return fail(
            "rootless",
            f"Docker runs without root, and cannot publish {' and '.join(map(str, low))}",
            why=f"ports below {facts.first_free_port} are for root",
            fix=f"sudo sysctl net.ipv4.ip_unprivileged_port_start={min(low)}",
        )
    return ok("rootless", "Docker runs without root; it can publish the ports")


CHECKS = (rootless, storage_driver, architecture, memory, disk, inotify, cgroup, proxies, clock)


def machine(facts: Facts) -> Iterator[CheckResult]:
    """Yield the result of each check; without an answer of Docker only those about this machine itself."""
    if not facts.docker:
        if facts.local is not None and facts.total_memory is not None:
            yield memory(facts)
            yield cgroup(facts)
        return
    yield docker_version(facts)
    for check in CHECKS:
        yield check(facts)
