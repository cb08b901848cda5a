"""`env` prints variables for a shell."""

from __future__ import annotations

import json
import subprocess

from tests.unit.cli.fakepulumi import Project


def test_the_output_can_be_evaluated_by_a_shell(project: Project) -> None:
    text = project.run("env").stdout
    shell = subprocess.run(
        ["/bin/sh", "-c", f'{text}\nprintf %s "$PULUMI_BACKEND_URL"'], capture_output=True, text=True, check=True
    )
    assert shell.stdout == f"file://{project.root}/.pocdeploy/state"
    assert (project.root / ".pocdeploy/passphrase").read_text() not in text
    assert json.loads(project.run("env", "--json").stdout)["PULUMI_BACKEND_URL"] == shell.stdout
