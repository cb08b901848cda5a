"""Manifests of an existing cluster."""

from __future__ import annotations

import base64
import json

import yaml

from components.cluster.existing import manifests


def test_credentials_of_the_registry_that_nodes_pull_from() -> None:
    config = json.loads(manifests.pull_config("registry.example.com:5000/team", "me", "right"))

    assert list(config["auths"]) == ["registry.example.com:5000"]
    assert base64.b64decode(config["auths"]["registry.example.com:5000"]["auth"]) == b"me:right"
    assert list(json.loads(manifests.pull_config("docker.io/me", "me", "x"))["auths"]) == [
        "https://index.docker.io/v1/"
    ]


def test_a_kubeconfig_may_be_text_or_object() -> None:
    content = {"clusters": [], "users": []}

    assert yaml.safe_load(manifests.kubeconfig_text(content)) == content
    assert manifests.kubeconfig_text("text") == "text"
