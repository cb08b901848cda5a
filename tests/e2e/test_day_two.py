"""Day two, for real: validate, pause and wake, a reboot, a cluster that somebody deleted. In a clone, as test_walk."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.browser import Browser
from tests.e2e.test_walk import QUESTION, Walk, docker, missing, walk

__all__ = ["walk"]  # the fixture: a clone with a stack of its own

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def bad(text: str) -> list[dict[str, Any]]:
    """Return the checks that are not ok, from a command's JSON."""
    return [check for check in json.loads(text)["checks"] if check["severity"] != "ok"]


def validate(walk: Walk, name: str) -> list[dict[str, Any]]:
    return bad(walk.make("validate", "ARGS=--json", name=name))


def containers(walk: Walk, *options: str) -> list[str]:
    names = docker("ps", *options, "--format", "{{.Names}}").split()
    return [name for name in names if name.startswith(f"{walk.cluster}-")]


def test_a_fresh_stack_is_good_in_every_check(walk: Walk) -> None:
    walk.make("doctor")
    walk.make("up", name="up from nothing")
    outputs = walk.outputs()
    browser = Browser(outputs["url"])
    browser.sign_in(outputs["adminUsername"], outputs["adminPassword"])
    walk.question = browser.create_question(QUESTION, ["Yes", "No"])

    assert validate(walk, "validate") == []


def test_a_pause_ends_all_pods_and_is_no_drift(walk: Walk) -> None:
    walk.make("pause")

    assert walk.kubectl("-n", "polls", "get", "pods", "--field-selector=status.phase=Running", "-o", "name") == ""
    assert " unchanged" in walk.make("preview", "ARGS=--refresh --expect-no-changes", name="preview while paused")

    walk.make("wake")
    assert QUESTION in Browser(walk.outputs()["url"]).get("/")[1]


def test_up_wakes_a_paused_stack(walk: Walk) -> None:
    walk.make("pause", name="second pause")
    walk.make("up", name="up while paused")

    assert QUESTION in Browser(walk.outputs()["url"]).get("/")[1]


def test_after_a_reboot_everything_is_there_again(walk: Walk) -> None:
    docker("stop", *containers(walk))
    walk.make("resume")

    assert QUESTION in Browser(walk.outputs()["url"]).get("/")[1]
    assert validate(walk, "validate after resume") == []


def test_a_cluster_that_somebody_deleted_is_made_anew(walk: Walk) -> None:
    nodes = [name for name in containers(walk, "--all") if not name.endswith("-registry")]
    docker("rm", "--force", "--volumes", *nodes)  # as `kind delete cluster` does
    walk.make("up", name="up after the deletion")

    url = walk.outputs()["url"]
    assert Browser(url).get("/")[0] == 200
    assert QUESTION not in Browser(url).get("/")[1]
    assert validate(walk, "validate after the deletion") == []


def test_down_leaves_nothing(walk: Walk) -> None:
    walk.make("down")

    assert containers(walk, "--all") == []
