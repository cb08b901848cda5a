"""A stack is given an image by digest: the tested one, the last one that was built, or the one that it runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app
from pocdeploy.toolchain import install

DIGEST = "ghcr.io/owner/polls@sha256:" + "ab" * 32
PULUMI = """#!{python}
import json, os, sys
with open({folder!r} + "/log", "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if "export" in sys.argv:
    file = {folder!r} + "/state"
    sys.exit(255) if not os.path.exists(file) else print(open(file).read())
"""
STACK = {
    "urn": "urn:pulumi:dev::pocdeploy::pulumi:pulumi:Stack::pocdeploy-dev",
    "outputs": {"apps": {"polls": {"imageRef": DIGEST}}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / ".pocdeploy" / "bin" / "pulumi"
    program.parent.mkdir(parents=True)
    program.write_text(PULUMI.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  pocdeploy:cluster:\n    httpPort: 80\n")
    monkeypatch.setattr(install, "ensure", lambda *_, **__: None)
    for name in (
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "IMAGE",
        "APP",
        "TEMPLATE",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def used(project: Path, *options: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app.app, ["--root", str(project), "use-image", *options])
    log = project / "log"
    calls: list[Any] = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return result.exit_code, [call[-1] for call in calls if call[:2] == ["config", "set"]]


def test_the_given_image_is_set_by_its_digest(project: Path) -> None:
    assert used(project, "--image", DIGEST) == (0, [DIGEST])


def test_without_one_it_is_the_one_that_was_built_last(project: Path) -> None:
    (project / ".pocdeploy" / "image-polls.txt").write_text(f"{DIGEST}\n")

    assert used(project) == (0, [DIGEST])


@pytest.mark.parametrize("image", ["", "ghcr.io/owner/polls:latest", "x@sha256:abc"])
def test_what_is_no_digest_is_refused(project: Path, image: str) -> None:
    assert used(project, "--image", image) == (2, [])


def test_a_new_stack_has_its_own_settings_and_not_only_an_image(project: Path) -> None:
    code, images = used(project, "--image", DIGEST, "--stack", "ci")

    assert (code, images) == (0, [DIGEST])
    assert "name: ci" in (project / "Pulumi.ci.yaml").read_text()


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([STACK], [DIGEST]),
        ([STACK, {"urn": "urn:pulumi:dev::pocdeploy::docker:index/image:Image::polls-image"}], []),
        ([], []),
        (None, []),
    ],
    ids=["given", "built by the stack", "empty", "no stack"],
)
def test_the_current_image_is_kept_if_it_was_given(project: Path, resources: Any, expected: list[str]) -> None:
    if resources is not None:
        (project / "state").write_text(json.dumps({"deployment": {"resources": resources}}))

    assert used(project, "--current") == (0, expected)
