"""The configuration of a stack: what is taken, and what comes of what is not set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from pocdeploy.config import load
from tests.paths import ROOT


def test_a_renamed_application_has_its_deployed_name() -> None:
    apps = {"votes": {"renamedFrom": "polls"}, "guest": {"path": "app/polls", "database": {"shared": "votes"}}}
    found = load({"pocdeploy:apps": json.dumps(apps)}, root=ROOT).apps

    assert [*found] == ["polls", "guest"]
    assert (found["polls"].path, found["polls"].host) == ("app/polls", "localhost")
    assert found["guest"].database is not None
    assert found["guest"].database.shared == "polls"


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


def test_every_stack_file_of_the_repository_can_be_loaded() -> None:
    files = [*ROOT.glob("Pulumi.*.yaml"), *ROOT.glob("docs/stacks/*.yaml")]
    assert files
    for file in files:
        config = yaml.safe_load(file.read_text())["config"]
        raw = {key: json.dumps(value) for key, value in config.items() if "charts" not in key}
        assert load(raw, root=ROOT).apps
