"""Validate: images in the registry, and drift."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pocdeploy.diagnostics.validate.http import Page
from pocdeploy.process import Result
from tests.unit.fakes import FakeDocker
from tests.unit.goodstack import IMAGE, Site, bad, context


def test_repair_of_a_missing_image_and_a_stopped_registry(site: Site, docker: FakeDocker) -> None:
    docker.registry("shop", "dev", state="exited")
    site.pages[IMAGE] = Page(status=404)
    (missing,) = bad(context(), "images")
    assert missing.repair is not None
    assert missing.repair() == "pushed localhost:5001/polls:dev again"
    site.pages[IMAGE] = ConnectionRefusedError(111, "refused")
    (stopped,) = bad(context(), "images")
    assert stopped.repair is not None
    assert (stopped.fix, stopped.repair()) == ("docker start shop-registry", "started shop-registry")
    assert docker.log == ["push localhost:5001/polls:dev", "start shop-registry"]


def test_a_registry_that_does_not_start(site: Site, docker: FakeDocker) -> None:
    docker.registry("shop", "dev", state="exited")
    docker.broken.add("shop-registry")
    site.pages[IMAGE] = ConnectionRefusedError(111, "refused")
    (stopped,) = bad(context(), "images")
    assert stopped.repair is not None
    assert stopped.repair() == "docker start failed: port is already allocated"


def test_an_image_with_a_version_is_pushed_under_its_version(site: Site, docker: FakeDocker) -> None:
    site.pages[IMAGE] = Page(status=404)
    given = context()
    polls = given.settings.apps["polls"].model_copy(update={"version": "1.2.0"})
    versioned = replace(given, settings=given.settings.model_copy(update={"apps": {"polls": polls}}))
    (missing,) = bad(versioned, "images")
    assert missing.repair is not None
    assert missing.repair() == "pushed localhost:5001/polls:1.2.0 again"
    assert (missing.fix, docker.log) == ("docker push localhost:5001/polls:1.2.0", ["push localhost:5001/polls:1.2.0"])


@pytest.mark.parametrize(
    ("code", "output", "what"),
    [
        (255, {"changeSummary": {"same": 3, "update": 2}}, "`up` would change resources: update 2"),
        (255, {}, "preview failed: error: no passphrase"),
    ],
)
def test_drift(code: int, output: dict[str, Any], what: str) -> None:
    commands = []

    def pulumi(*arguments: str) -> Result:
        commands.append(arguments)
        stdout = f"warning: x\n{json.dumps(output)}" if output else ""
        return Result(code=code, stdout=stdout, stderr="error: no passphrase")

    (found,) = bad(context(pulumi=pulumi), "drift")
    assert found.what == what
    assert {"--refresh", "--expect-no-changes"} <= set(commands[0])
