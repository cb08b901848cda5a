"""A release: version, changelog from fragments, commit and tag."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pocdeploy.cli import app as cli_app
from tests.paths import ROOT
from tests.unit.gitrepo import commit_all, git

CHANGELOG = """# Changelog

The format follows Keep a Changelog.

<!-- towncrier release notes start -->

## [0.0.9] - 2025-01-01

### Added

- The first.
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / ".gitignore").write_text("/.venv\n")
    (tmp_path / "pocdeploy").mkdir()
    (tmp_path / "pocdeploy" / "__init__.py").write_text('"""Code."""\n\n__version__ = "0.1.0"\n')
    changes = tmp_path / "docs" / "changes"
    changes.mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "changes" / "template.jinja", changes)
    (changes / "+a.added.md").write_text("- One thing.\n- Another thing, on\n  two lines.\n")
    (changes / "+b.added.md").write_text("- That is a third thing.\n")
    (changes / "+a.fixed.md").write_text("- A fault.\n")
    (changes / "12.fixed.md").write_text("- A second fault, of an issue.\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    commit_all(tmp_path, monkeypatch)
    return tmp_path


def released(project: Path, *options: str) -> Any:
    return CliRunner().invoke(cli_app.app, ["--root", str(project), "release", *options])


def version(project: Path) -> str:
    return (project / "pocdeploy" / "__init__.py").read_text().split('"')[-2]


def with_version(project: Path, new: str) -> None:
    file = project / "pocdeploy" / "__init__.py"
    file.write_text(file.read_text().replace(version(project), new, 1))
    git(project, "commit", "--all", "--quiet", "--message", "Version")


def test_a_release_writes_the_changelog_from_fragments_and_tags(project: Path) -> None:
    with_version(project, "1.2.3")
    result = released(project)
    text = (project / "CHANGELOG.md").read_text()
    section = text.split("## [")[1]

    assert result.exit_code == 0, result.output
    assert [line.split("]")[0] for line in text.splitlines() if line.startswith("## [")] == [
        "## [1.3.0",
        "## [0.0.9",
    ]
    assert [line for line in section.splitlines() if line][1:] == [
        "### Added",
        "- One thing.",
        "- Another thing, on",
        "  two lines.",
        "- That is a third thing.",
        "### Fixed",
        "- A second fault, of an issue.",
        "- A fault.",
    ]
    assert text.endswith(CHANGELOG[CHANGELOG.index("## [0.0.9]") :])
    assert "\n\n\n" not in text
    assert text.startswith(CHANGELOG[: CHANGELOG.index("## [0.0.9]")])
    assert version(project) == "1.3.0"
    assert git(project, "tag", "--list") == "v1.3.0"
    assert git(project, "status", "--porcelain") == ""
    assert [file.name for file in (project / "docs" / "changes").iterdir()] == ["template.jinja"]
    assert git(project, "log", "--format=%s", "-1") == "Release 1.3.0"


def test_a_second_release_needs_something_new(project: Path) -> None:
    released(project)
    again = released(project)

    assert again.exit_code == 2
    assert "nothing was changed" in again.output
    assert len(git(project, "tag", "--list").splitlines()) == 1


def test_a_fragment_of_no_known_type_is_refused(project: Path) -> None:
    before = version(project)
    fragment = project / "docs" / "changes" / "+b.better.md"
    fragment.write_text("- x\n")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "Better")
    result = released(project)

    assert result.exit_code == 2
    assert "Invalid news fragment name: +b.better.md" in result.output
    assert git(project, "status", "--porcelain") == ""
    assert fragment.is_file()
    assert (version(project), git(project, "tag", "--list")) == (before, "")


def test_changes_that_are_in_no_commit_are_no_release(project: Path) -> None:
    (project / "new").write_text("x")

    assert released(project).exit_code == 2
    assert git(project, "tag", "--list") == ""


@pytest.mark.parametrize(("part", "expected"), [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.4")])
def test_semantic_versions(project: Path, part: str, expected: str) -> None:
    with_version(project, "1.2.3")

    assert released(project, "--bump", part).exit_code == 0
    assert version(project) == expected


@pytest.mark.parametrize("bad", ["1.2", "1.2.3rc1"])
def test_a_version_of_other_than_three_numbers_is_refused(project: Path, bad: str) -> None:
    with_version(project, bad)
    result = released(project)

    assert result.exit_code == 2
    assert "version not found" in result.output
    assert git(project, "tag", "--list") == ""


def test_a_tag_that_exists_is_refused(project: Path) -> None:
    with_version(project, "1.2.3")
    git(project, "tag", "v1.3.0")

    assert released(project).exit_code == 2
    assert version(project) == "1.2.3"


def test_the_projects_own_fragments_can_be_released() -> None:
    fragments = [file.read_text("utf-8").strip() for file in (ROOT / "docs" / "changes").glob("*.md")]
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9"]
    draft = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert [fragment for fragment in fragments if fragment not in draft or not fragment.startswith("- ")] == []
    # Without it, towncrier would write above the title.
    assert "\n<!-- towncrier release notes start -->\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
