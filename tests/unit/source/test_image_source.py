"""The Dockerfile that an image is built with: the patched one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.errors import PatchError
from pocdeploy.source.image_source import dockerfile


def places(root: Path, *files: str) -> Path:
    """Make files below the project; return the folder of the patched copy."""
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root / "build"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "build/Dockerfile"),
        ({"context": "backend"}, "build/backend/Dockerfile"),
        ({"dockerfile": "app/shop/docker/Dockerfile"}, "build/docker/Dockerfile"),  # seen from the project
        ({"dockerfile": "docker/Dockerfile"}, "build/docker/Dockerfile"),  # seen from the source
        ({"dockerfile": "own/Dockerfile"}, "own/Dockerfile"),
    ],
)
def test_dockerfile_of_the_source_is_the_patched_one(tmp_path: Path, settings: dict[str, str], expected: str) -> None:
    names = ("Dockerfile", "docker/Dockerfile", "backend/Dockerfile")
    tree = places(tmp_path, "own/Dockerfile", *(f"{top}/{name}" for top in ("app/shop", "build") for name in names))
    app = AppSettings.model_validate({"path": "app/shop", **settings})

    assert dockerfile("shop", app, tmp_path, tree) == tmp_path / expected


def test_dockerfile_that_a_patch_removes_is_not_found(tmp_path: Path) -> None:
    tree = places(tmp_path, "app/shop/Dockerfile")
    with pytest.raises(PatchError) as caught:
        dockerfile("shop", AppSettings(path="app/shop"), tmp_path, tree)

    (finding,) = caught.value.findings
    assert finding.where == "pocdeploy:apps.shop.dockerfile"
    assert finding.actual == "app/shop/Dockerfile (default)"
