"""`kubeconfig` writes a secret of CI into a file for this user alone."""

from __future__ import annotations

import stat

import pytest

from tests.unit.cli.fakepulumi import Project


def test_the_file_is_for_the_user_alone(project: Project) -> None:
    file = project.root / ".pocdeploy" / "kubeconfig"
    file.write_text("old")
    file.chmod(0o644)
    content = "apiVersion: v1\nusers:\n- user: {token: $canary}"
    done = project.run("kubeconfig", env={"KUBECONFIG_CONTENT": content})

    assert (done.exit_code, done.output) == (0, "")
    assert file.read_text() == f"{content}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, ""])
def test_without_content_there_is_no_file(project: Project, content: str | None) -> None:
    done = project.run("kubeconfig", env={"KUBECONFIG_CONTENT": content})

    assert done.exit_code == 2
    assert "KUBECONFIG_CONTENT: environment variable is not set" in done.stderr
    assert not (project.root / ".pocdeploy" / "kubeconfig").exists()
