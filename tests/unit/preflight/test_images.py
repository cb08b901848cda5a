"""Images that Docker or the nodes have to pull."""

from __future__ import annotations

import pytest

from tests.unit.preflight.conftest import HUB, NODES, Machine


def test_a_registry_without_tls_is_enough(machine: Machine) -> None:
    machine.set_cluster(registryImage="own.example:5000/registry:3")
    machine.statuses = {"https://own.example:5000/": None}
    assert machine.findings() == []
    assert "http://own.example:5000/v2/" in machine.probed


def test_a_mirror_of_the_nodes_is_not_probed(machine: Machine) -> None:
    machine.set_cluster(registryMirror="http://mirror:5000")
    assert machine.findings() == []
    assert not [url for url in machine.probed if "mirror" in url or url in NODES]


@pytest.mark.parametrize(
    ("docker", "info", "count"),
    [
        ("running", "", 3),
        ("missing", "", 3),
        ("stopped", "", 0),  # its images are unknown, and another check reports that it is stopped
        ("running", "https://mirror.example/", 0),
        ("running", "http.docker.internal:3128", 3),
    ],
)
def test_images_are_missing_if_docker_cannot_have_them(machine: Machine, docker: str, info: str, count: int) -> None:
    machine.docker, machine.info, machine.images = docker, info, set()
    machine.statuses = {HUB: None}
    assert sum("is not on this machine" in finding.what for finding in machine.findings()) == count


def test_the_finding_of_a_registry_names_its_users(machine: Machine) -> None:
    machine.statuses = {"https://ghcr.io/": None}
    finding, _ = machine.findings()
    assert finding.where == "images from ghcr.io"
    assert finding.what == "the nodes cannot pull images for CloudNativePG, the database of polls"
