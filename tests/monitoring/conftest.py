"""Metrics and alerts of the stack `dev`, and the programs to check them with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.monitoring import manifests
from components.shared.scrape import ScrapeTarget
from pocdeploy.config import Settings, stack_file
from pocdeploy.monitoring import Watched, groups
from pocdeploy.monitoring.dashboards import render
from tests.apiserver.tools import ROOT, find_or_build
from tests.monitoring import exporter, tools
from tests.monitoring.server import Prometheus, running

RUNBOOKS = "docs/runbooks"


def dev() -> Settings:
    """Return the settings of the stack `dev`."""
    config = stack_file.config(ROOT, "dev") or {}
    return Settings.model_validate({key.removeprefix("pocdeploy:"): value for key, value in config.items()})


def watched() -> Watched:
    """Return what the stack `dev` watches. tests/program compares it with the program."""
    targets = [
        ScrapeTarget(name=name, namespace=namespace, role=role, match_labels={}, port="metrics")
        for name, namespace, role in (
            ("cnpg", "cnpg-system", "operator"),
            ("traefik", "gateway", "gateway"),
            ("polls-db", "polls", "database"),
            ("polls", "polls", "application"),
        )
    ]
    return manifests.watched(dev().apps, targets)


def rule_groups() -> list[dict[str, Any]]:
    """Return the groups of rules of the stack `dev`."""
    return groups(watched(), runbooks=RUNBOOKS)


def queries() -> dict[str, str]:
    """Return each query of each dashboard, as Grafana would ask it for the first application."""
    found = {}
    for name, text in render(watched()).items():
        for panel in json.loads(text)["panels"]:
            for target in panel.get("targets", []):
                key = f"{name}: {panel['title']} ({panel['id']}{target['refId']})"
                found[key] = target["expr"].replace("$app", "polls").replace("$__rate_interval", "1m")
    return found


@pytest.fixture(scope="session")
def promtool() -> Path:
    return find_or_build(tools.PROMTOOL)


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Yield a Prometheus with the rules, which scrapes the series of the files."""
    program = find_or_build(tools.PROMETHEUS)
    with exporter.serving(exporter.samples()) as address:
        # The series have their own labels for pod, namespace and job.
        job = {"job_name": "synthetic", "honor_labels": True, "static_configs": [{"targets": [address]}]}
        with running(program, tmp_path_factory.mktemp("prometheus"), scrape=[job], groups=rule_groups()) as server:
            yield server
