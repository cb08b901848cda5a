"""Order of patches."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocdeploy.errors import PatchError
from pocdeploy.source.patch_series import Patch, patches_in
from tests.unit.source.trees import write


def test_without_a_series_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(["2.patch", "10.diff", "1.patch", "README.md", "a.patch/x"], ""))

    assert [patch.file.name for patch in patches_in(tmp_path)] == ["1.patch", "10.diff", "2.patch"]


def test_a_missing_folder_has_no_patches(tmp_path: Path) -> None:
    assert patches_in(tmp_path / "none") == []


def test_a_series_gives_the_order(tmp_path: Path) -> None:
    write(tmp_path, {"a.patch": "", "b.patch": "", "series": "# the order matters\nb.patch\n\na.patch # last\n"})

    assert [patch.file.name for patch in patches_in(tmp_path)] == ["b.patch", "a.patch"]


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


@pytest.mark.parametrize("name", ["1.PATCH", "2.patch.txt", "more/1.patch", "no-ending", "UPPER.DIFF"])
def test_a_patch_with_another_name_is_an_error(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "README.md": "--- no patch\n"})

    with pytest.raises(PatchError) as error:
        patches_in(tmp_path)

    (finding,) = error.value.findings
    assert (finding.where, finding.what) == (str(tmp_path / name), "is a patch, and would not be applied")
    assert str(finding.fix).startswith(f"mv -n {tmp_path / name} {tmp_path}/")


@pytest.mark.parametrize(
    "name", ["1.patch~", "1.patch.orig", "1.patch.rej", ".1.patch.swp", "1.patch.disabled", ".git/x"]
)
def test_copies_of_an_editor_are_left_alone(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"})

    assert patches_in(tmp_path) == []


@pytest.mark.parametrize(
    ("line", "strip"), [("1.patch", None), ("1.patch -p1", 1), ("1.patch -p 0 # why", 0), ("1.patch\t-p0\r", 0)]
)
def test_series_may_say_how_many_parts_to_strip(tmp_path: Path, line: str, strip: int | None) -> None:
    write(tmp_path, {"1.patch": "", "series": f"\ufeff{line}\n"})

    assert patches_in(tmp_path) == [Patch(tmp_path / "1.patch", strip)]


def test_series_in_another_encoding_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"1.patch": "", "series": "1.patch\n# geprüft\n".encode("latin-1")})

    with pytest.raises(PatchError, match="series:2: this file is not UTF-8, but probably ISO-8859-1"):
        patches_in(tmp_path)
