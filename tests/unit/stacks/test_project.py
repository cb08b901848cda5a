"""The project is found from the current folder upwards, and by nothing but its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy import __version__
from pocdeploy.errors import PreflightError
from pocdeploy.stacks import project
from tests.paths import ROOT


def lay_out(folder: Path, text: str) -> Path:
    (folder / "components").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("below", [".", "app", "app/polls"])
def test_it_is_found_from_any_folder_inside(below: str) -> None:
    assert project.find((ROOT / below).resolve()) == ROOT
    assert project.version(ROOT) == __version__


@pytest.mark.parametrize("runtime", ["python", "{name: python}"])
def test_projects_of_others_on_the_way_are_passed(tmp_path: Path, runtime: str) -> None:
    root = lay_out(tmp_path / "own", f"name: pocdeploy\nruntime: {runtime}\n")
    inner = lay_out(root / "other", "name: shop\nruntime: python\n")
    assert project.find(inner) == root


@pytest.mark.parametrize(
    "text",
    ["name: shop\nruntime: python\n", "name: pocdeploy\nruntime: go\n", "[", "just a text", None],
)
def test_without_a_project_the_error_says_what_is_expected(tmp_path: Path, text: str | None) -> None:
    folder = tmp_path / "my folder"
    folder.mkdir()
    if text is not None:
        lay_out(folder / "x", text)
        folder = folder / "x"
    with pytest.raises(PreflightError) as caught:
        project.find(folder)
    (finding,) = caught.value.findings
    assert finding.where == str(folder)
    assert finding.actual == (
        f"{folder}/Pulumi.yaml is of another project" if text and ":" in text else "no Pulumi.yaml"
    )
    assert "name: pocdeploy" in str(finding.expected)


def test_a_project_without_a_version_has_none(tmp_path: Path) -> None:
    assert project.version(tmp_path) is None
