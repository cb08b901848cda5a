"""The command ``unset``."""

from __future__ import annotations

import pytest

from tests.unit.cli.fakepulumi import Project

STACK = "config:\n  pocdeploy:cluster:\n    name: test\n    workers: 1   # why\n"


@pytest.mark.parametrize(("words", "env"), [(["cluster.workers"], {}), ([], {"POCDEPLOY_KEY": "cluster.workers"})])
def test_a_setting_is_removed(project: Project, words: list[str], env: dict[str, str]) -> None:
    folder = project.root / "app" / "polls"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").touch()
    (project.root / "Pulumi.dev.yaml").write_text(STACK)
    result = project.run("unset", *words, env=env)

    assert (result.exit_code, result.stdout) == (0, "Pulumi.dev.yaml: pocdeploy:cluster.workers is removed\n")
    assert (project.root / "Pulumi.dev.yaml").read_text() == STACK.replace("    workers: 1   # why\n", "")


def test_without_a_key_nothing_happens(project: Project) -> None:
    result = project.run("unset")

    assert (result.exit_code, "unset cluster.httpPort" in result.stderr) == (2, True)
