"""`stacks` prints a line for each stack."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pocdeploy.stacks import listing
from tests.unit.cli.fakepulumi import Project


def test_each_stack_has_a_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://{'x' * 100}.example.com"
    up = listing.Listed(name="dev", state="running", url=url, age=timedelta(days=3), memory=2 * 2**30)
    (project.root / ".pocdeploy" / "state" / ".pulumi" / "stacks" / "pocdeploy").mkdir(parents=True)
    (project.root / ".pocdeploy" / "state" / ".pulumi" / "stacks" / "pocdeploy" / "dev.json").touch()
    (project.root / ".pocdeploy" / "passphrase").touch()
    monkeypatch.setattr(listing, "all_stacks", lambda *_: [up, listing.Listed(name="old", state="not deployed")])
    lines = [line.split() for line in project.run("stacks").stdout.splitlines()]

    assert lines == [
        ["stack", "state", "url", "age", "memory"],
        ["dev", "running", url, "3", "d", "2,048", "MiB"],
        ["old", "not", "deployed", "-", "-", "-"],
    ]


def test_without_a_stack_of_pulumi_its_cli_is_not_needed(project: Project) -> None:
    assert [line.split() for line in project.run("stacks").stdout.splitlines()[1:]] == [
        ["dev", "not", "deployed", "-", "-", "-"]
    ]
    assert project.calls() == []
