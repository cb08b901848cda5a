"""Containers, as `docker ps` shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy import process
from pocdeploy.docker import containers

NODE = "io.x-k8s.kind.cluster=shop,io.x-k8s.kind.role="


def listed(monkeypatch: pytest.MonkeyPatch, *shown: dict[str, Any], code: int = 0) -> list[containers.Container] | None:
    output = "\n".join(map(json.dumps, shown))
    monkeypatch.setattr(process, "run", lambda *_, **__: process.Result(code=code, stdout=output))
    return containers.listed()


def test_nodes_and_registries_are_recognised_by_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listed(
        monkeypatch,
        {"Names": "shop-worker", "State": "exited", "Status": "Exited (137)", "Labels": f"{NODE}worker,a=b,c"},
        {"Names": "shop-control-plane", "State": "running", "Status": "Up", "Labels": f"{NODE}control-plane"},
        {"Names": "shop-registry", "State": "running", "Status": "Up", "Labels": "dev.pocdeploy.registry=dev x 5001"},
        {"Names": "web", "State": "running", "Status": "Up 2 hours", "Labels": ""},
    )
    assert found is not None
    assert [(it.name, it.running, it.status, it.cluster, it.role, it.registry_of) for it in found] == [
        ("shop-worker", False, "Exited (137)", "shop", "worker", None),
        ("shop-control-plane", True, "Up", "shop", "control-plane", None),
        ("shop-registry", True, "Up", None, "", "dev"),
        ("web", True, "Up 2 hours", None, "", None),
    ]
    nodes = containers.nodes_of(found, "shop")
    assert [node.name for node in nodes] == ["shop-control-plane", "shop-worker"]
    assert containers.nodes_of(found, "other") == []


@pytest.mark.parametrize(("status", "running"), [("Up 2 hours", True), ("Exited (0) 2 hours ago", False)])
def test_old_versions_of_docker_show_no_state(monkeypatch: pytest.MonkeyPatch, status: str, *, running: bool) -> None:
    found = listed(monkeypatch, {"Names": "web", "Status": status})
    assert found is not None
    assert found[0].running is running


def test_without_docker_the_containers_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(monkeypatch, code=1) is None
    assert listed(monkeypatch) == []
