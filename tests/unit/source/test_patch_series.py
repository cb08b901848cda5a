"""Order of patches."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PatchError
from pocdeploy.source.patch_series import patches_in
from tests.unit.source.trees import write


def test_without_a_series_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(["2.patch", "10.diff", "1.patch", "README.md", "a.patch/x"], ""))

    assert [path.name for path in patches_in(tmp_path)] == ["1.patch", "10.diff", "2.patch"]


def test_a_missing_folder_has_no_patches(tmp_path: Path) -> None:
    assert patches_in(tmp_path / "none") == []


def test_a_series_gives_the_order(tmp_path: Path) -> None:
    write(tmp_path, {"a.patch": "", "b.patch": "", "series": "# the order matters\nb.patch\n\na.patch # last\n"})

    assert [path.name for path in patches_in(tmp_path)] == ["b.patch", "a.patch"]


def test_series_must_match_the_patches(tmp_path: Path) -> None:
    patches = write(tmp_path / "patches", {"a.patch": "", "b.patch": "", "series": "a.patch\na.patch\nc.patch\n../d\n"})
    with pytest.raises(PatchError) as error:
        patches_in(patches)
    assert [finding.what for finding in error.value.findings] == [
        "names 'c.patch', which does not exist",
        "names '../d', which does not exist",
        "does not name 'b.patch', which would not be applied",
        "names 'a.patch' more than once",
    ]
