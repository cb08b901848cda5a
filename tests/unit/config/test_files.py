"""Files and directories that settings name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pocdeploy.config import load
from pocdeploy.errors import SettingsError
from tests.paths import ROOT
from tests.unit.configuration import Bad, app, assert_refused

BAD: list[Bad] = [
    (app(path="app/nothing"), "apps.polls.path", "a directory"),
    (app(path="README.md"), "apps.polls.path", "a directory"),
    (app(path="docs"), "apps.polls.dockerfile", "a Dockerfile"),
    (app(dockerfile="app/Dockerfile.nothing"), "apps.polls.dockerfile", "a Dockerfile"),
    (app(requirements="nothing.txt"), "apps.polls.requirements", "requirements.txt"),
    (app(patches="pyproject.toml"), "apps.polls.patches", "a directory of .patch files"),
    (app(patches="patches/none"), "apps.polls.patches", "a directory of .patch files, for example patches/polls"),
    ({"charts": {"traefik": {"source": "nothing.tgz", "version": "1.0.0"}}}, "charts.traefik.source", ".tgz"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_the_default_directory_of_patches_may_be_missing() -> None:
    settings = load({"pocdeploy:apps": json.dumps({"shop": {"path": "app/polls"}})}, root=ROOT)

    assert settings.apps["shop"].patches == "patches/shop"


CHARTS = ("cloudnative-pg", "traefik", "kube-prometheus-stack", "metrics-server", "headlamp")
PREINSTALLED = {
    "type": "existing",
    "context": "c",
    "registry": {"push": "localhost:1"},
    "databaseOperator": {"install": False, "namespace": "cnpg"},
    "monitoring": {"install": False, "namespace": "prometheus"},
    "gateway": {"install": False, "namespace": "nginx", "ingressClass": "nginx"},
}


@pytest.mark.parametrize(
    ("config", "installed"),
    [
        ({}, {"cloudnative-pg", "traefik", "kube-prometheus-stack", "metrics-server"}),
        ({"monitoring": {"profile": "off"}}, {"cloudnative-pg", "traefik", "metrics-server"}),
        ({"monitoring": {"clusterBrowser": "readonly"}}, set(CHARTS)),
        ({"cluster": {"type": "kind", "metricsServer": False}, "monitoring": {"profile": "off"}}, set(CHARTS[:2])),
        ({"cluster": PREINSTALLED}, set()),
        ({"cluster": {"type": "processes"}}, set()),
    ],
)
def test_only_archives_of_installed_charts_are_needed(config: dict[str, Any], installed: set[str]) -> None:
    charts = {name: {"source": "none.tgz", "version": "1.0.0"} for name in CHARTS}
    raw = {f"pocdeploy:{key}": json.dumps(value) for key, value in {**config, "charts": charts}.items()}
    try:
        load(raw, root=ROOT)
        asked = set()
    except SettingsError as error:
        asked = {finding.where.split(".")[1] for finding in error.findings}
    assert asked == installed
