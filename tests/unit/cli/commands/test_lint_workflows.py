"""`lint-workflows` accepts the workflows, and finds faults in them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pocdeploy.toolchain import go_build
from tests.paths import ROOT
from tests.unit.cli.fakepulumi import Project


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pocdeploy", "--root", str(folder), "lint-workflows"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    if not (ROOT / ".pocdeploy" / "bin" / "actionlint").is_file() and not shutil.which("actionlint"):
        pytest.skip("actionlint is not there: make lint-workflows builds it with Go")
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    own = tmp_path / ".pocdeploy" / "bin"
    own.mkdir(parents=True)
    if not shutil.which("actionlint"):
        (own / "actionlint").symlink_to(ROOT / ".pocdeploy" / "bin" / "actionlint")
    return tmp_path


def test_the_linters_find_nothing(copied: Path) -> None:
    done = lint(copied)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-99", "ubuntu-99"),
        ("runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", "run-on"),
        ("      - run: make check", "      - run: echo ${{ github.event.pull_request.title }}", "pull_request.title"),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
    ],
)
def test_the_linters_find_what_is_wrong(copied: Path, old: str, new: str, said: str) -> None:
    file = copied / ".github" / "workflows" / "ci.yml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    done = lint(copied)

    assert done.returncode == 1
    assert said in done.stdout + done.stderr


def test_without_workflows_there_is_nothing_to_do(project: Project) -> None:
    done = project.run("lint-workflows")

    assert (done.exit_code, done.stdout) == (0, "There are no workflows.\n")


def test_a_missing_actionlint_is_reported_with_the_reason(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / ".github" / "workflows").mkdir(parents=True)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(go_build, "build_actionlint", lambda *_: "go: command not found")
    done = project.run("lint-workflows")

    assert done.exit_code == 2
    assert "actionlint: not found, and could not be built actual: go: command not found" in " ".join(
        done.stderr.split()
    )
