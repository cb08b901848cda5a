"""Doctor: checks of the machine."""

from __future__ import annotations

import pytest

from pocdeploy.config.local_cluster import LocalCluster
from pocdeploy.diagnostics.doctor import machine
from pocdeploy.diagnostics.doctor.facts import Facts
from pocdeploy.diagnostics.result import CheckResult
from tests.unit.diagnostics.doctor.objects import GIB, LOCAL, facts, nodes, severities

ROOTLESS = {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]}


def test_a_good_machine() -> None:
    found = list(machine.machine(facts(free_disk=50 * GIB, free_memory=9 * GIB)))
    assert {severity for _, severity in severities(found)} == {"ok"}
    assert len(found) == 10


def test_no_check_without_docker() -> None:
    assert list(machine.machine(Facts(stack="dev", local=LOCAL, docker={}))) == []


@pytest.mark.parametrize(
    ("check", "given", "severity", "fix"),
    [
        ("docker_version", facts({"ServerVersion": "19.03.8"}), "fail", "docs.docker.com"),
        ("docker_version", facts({"ServerVersion": "20.10.24+dfsg1"}), "ok", None),
        ("docker_version", facts({"ServerVersion": "dev"}), "ok", None),
        ("docker_version", facts({"ServerVersion": "5.2.1", "BuildahVersion": "1.37"}), "fail", "docker context"),
        ("rootless", facts(ROOTLESS, ports=(80, 443)), "fail", "port_start=80"),
        ("rootless", facts(ROOTLESS, ports=(8080, 8443)), "ok", None),
        ("rootless", facts(ROOTLESS, ports=(80, 443), first_free_port=80), "ok", None),
        ("rootless", facts(ports=(80, 443)), "ok", None),
        (
            "proxies",
            facts(environment={"HTTPS_PROXY": "http://p", "NO_PROXY": "localhost,127.0.0.0/8"}),
            "warn",
            "proxy/",
        ),
        (
            "proxies",
            facts(environment={"HTTPS_PROXY": "http://p", "NO_PROXY": "localhost,10.0.0.0/8"}),
            "warn",
            "127.0.0.1",
        ),
        ("storage_driver", facts({"Driver": "vfs"}), "warn", "overlay2"),
        ("storage_driver", facts({"Driver": "zfs"}), "warn", "known-issues"),
        ("architecture", facts({"Architecture": "riscv64"}), "fail", None),
        ("architecture", facts({"Architecture": "aarch64"}), "warn", "PYTHON="),
        ("architecture", facts({"Architecture": "aarch64"}, machine="arm64"), "ok", None),
        ("memory", facts({"MemTotal": 2 * GIB}), "fail", "monitoring.profile"),
        ("memory", facts({"MemTotal": 6 * GIB}), "warn", "monitoring.profile"),
        ("memory", facts({"MemTotal": 2 * GIB}, local=None), "ok", None),
        ("memory", facts(free_memory=GIB), "warn", "other programs"),
        ("memory", facts(free_memory=GIB, containers=nodes()), "ok", None),
        ("disk", facts(free_disk=5 * GIB), "fail", "prune"),
        ("disk", facts(free_disk=15 * GIB), "warn", "prune"),
        ("disk", facts(free_disk=5 * GIB, containers=nodes()), "ok", None),
        ("disk", facts(free_disk=GIB // 2, containers=nodes()), "fail", "prune"),
        ("inotify", facts(inotify={"max_user_instances": 128, "max_user_watches": 524288}), "warn", "instances=512"),
        ("inotify", facts(inotify={"max_user_instances": 512, "max_user_watches": 524288}), "ok", None),
        ("cgroup", facts({"CgroupVersion": "1"}), "fail", "cluster.nodeImage"),
        ("cgroup", facts({"CgroupVersion": "1"}, containers=nodes()), "warn", None),
        (
            "proxies",
            facts(environment={"https_proxy": "http://p:3128", "NO_PROXY": "x"}),
            "warn",
            "localhost,127.0.0.1",
        ),
        (
            "proxies",
            facts(environment={"HTTPS_PROXY": "http://p", "no_proxy": "localhost, 127.0.0.1"}),
            "warn",
            "docs.docker.com",
        ),
        (
            "proxies",
            facts(
                {"HttpsProxy": "http://p"}, environment={"HTTPS_PROXY": "http://p", "NO_PROXY": "localhost,127.0.0.1"}
            ),
            "ok",
            None,
        ),
        ("clock", facts(clock_skew=-3600.0), "warn", "timesyncd"),
        ("clock", facts(clock_skew=3.0), "ok", None),
    ],
)
def test_each_check(check: str, given: Facts, severity: str, fix: str | None) -> None:
    result: CheckResult = getattr(machine, check)(given)
    assert result.severity == severity, result
    assert (fix or "") in (result.fix or "")
    assert severity == "ok" or result.why


@pytest.mark.parametrize(("image", "severity"), [("v1.34.2", "ok"), ("v1.35.0", "fail"), ("v2.0.0", "fail")])
def test_cgroup_version_1_is_refused_since_kubernetes_1_35(image: str, severity: str) -> None:
    local = LocalCluster(name="shop", node_image=f"kindest/node:{image}", nodes=1, registry_port=5001)
    assert machine.cgroup(facts({"CgroupVersion": "1"}, local=local)).severity == severity
