"""The configuration of a stack: what is taken, and what comes of what is not set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy.config import load
from pocdeploy.config.types import quantity
from tests.paths import ROOT
from tests.unit.configuration import MAIL

DIGEST = "sha256:" + "0" * 64


def test_nothing_set_gives_the_polls_application_on_kind() -> None:
    settings = load({}, root=ROOT)

    polls = settings.apps["polls"]
    assert (settings.cluster.type, settings.cluster.name, settings.cluster.workers) == ("kind", "test", 3)
    assert (settings.cluster.http_port, settings.cluster.https_port) == (80, 443)
    assert "@sha256:" in settings.cluster.node_image
    assert (polls.path, polls.patches, polls.host) == ("app/polls", "patches/polls", "localhost")
    assert polls.database is not None
    assert polls.database.instances == 3


def test_directories_and_hosts_follow_the_names() -> None:
    settings = load(
        {"pocdeploy:apps": json.dumps({"polls": None, "blog": {"path": "app/polls", "database": False}})}, root=ROOT
    )

    assert [(app.host, app.patches) for app in settings.apps.values()] == [
        ("localhost", "patches/polls"),
        ("blog.localhost", "patches/blog"),
    ]
    assert settings.apps["blog"].database is None


def hosts(tmp_path: Path, written: dict[str, Any]) -> dict[str, str | None]:
    """Return the hosts of applications that stand in a stack's file, after Pulumi has sorted them by name."""
    (tmp_path / "Pulumi.x.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": written}}))
    sent = {"pocdeploy:apps": json.dumps({name: written[name] for name in sorted(written)})}
    for name in written:
        (tmp_path / "app" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / name / "Dockerfile").touch()
    return {name: app.host for name, app in load(sent, root=tmp_path, stack="x").apps.items()}


def test_the_first_application_is_the_first_in_the_stack_file(tmp_path: Path) -> None:
    found = hosts(tmp_path, {"polls": {}, "attendance": {}})

    assert list(found.items()) == [("polls", "localhost"), ("attendance", "attendance.localhost")]


def test_no_default_host_is_one_that_another_application_has(tmp_path: Path) -> None:
    assert hosts(tmp_path, {"attendance": {}, "polls": {"host": "localhost"}}) == {
        "attendance": "attendance.localhost",
        "polls": "localhost",
    }


def test_a_patch_directory_may_be_missing() -> None:
    settings = load({"pocdeploy:apps": json.dumps({"polls": {"patches": "patches/none"}})}, root=ROOT)

    assert settings.apps["polls"].patches == "patches/none"


@pytest.mark.parametrize(
    ("image", "name"),
    [(None, "ghcr.io/cloudnative-pg/postgresql:17-minimal-trixie"), (f"pg:17.2@{DIGEST}", f"pg:17.2@{DIGEST}")],
)
def test_the_postgresql_image_depends_on_the_version(image: str | None, name: str) -> None:
    database = {"version": 17, "image": image}
    settings = load({"pocdeploy:apps": json.dumps({"polls": {"database": database}})}, root=ROOT)

    polls = settings.apps["polls"].database
    assert polls is not None
    assert polls.image_name == name


@pytest.mark.parametrize(
    ("monitoring", "retention_time", "storage_size", "alertmanager"),
    [
        ({}, "2d", "2Gi", False),
        ({"profile": "full"}, "15d", "20Gi", True),
        ({"profile": "full", "retention": "4w", "storage": "50Gi"}, "4w", "50Gi", True),
        ({"receiver": {"type": "email", **MAIL}}, "2d", "2Gi", True),
        ({"profile": "off"}, "2d", "2Gi", False),
    ],
)
def test_what_a_profile_comes_to(
    monitoring: dict[str, Any], retention_time: str, storage_size: str, alertmanager: bool
) -> None:
    settings = load({"pocdeploy:monitoring": json.dumps(monitoring)}, root=ROOT).monitoring

    assert (settings.retention_time, settings.storage_size, settings.has_alertmanager) == (
        retention_time,
        storage_size,
        alertmanager,
    )


@pytest.mark.parametrize(
    ("text", "number"), [("500m", 0.5), ("2", 2), ("1Ki", 1024), ("1.5Gi", 1.5 * 2**30), ("1M", 1e6)]
)
def test_quantities(text: str, number: float) -> None:
    assert float(quantity(text)) == number


def test_every_stack_file_of_the_repository_can_be_loaded() -> None:
    files = [*ROOT.glob("Pulumi.*.yaml"), *ROOT.glob("docs/stacks/*.yaml")]
    assert files
    for file in files:
        config = yaml.safe_load(file.read_text())["config"]
        raw = {key: json.dumps(value) for key, value in config.items() if "charts" not in key}
        assert load(raw, root=ROOT).apps
