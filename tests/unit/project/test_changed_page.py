"""The line that the end-to-end tests and the benchmarks change: the patches apply afterwards, too."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import change
from pocdeploy.source.build_context import prepare
from tests.e2e import page
from tests.paths import ROOT

MARK = "<!-- changed line 1 -->"


@pytest.mark.parametrize(
    "changed",
    [
        lambda project: page.change(project, MARK),
        lambda project: change.change_line(project / "app/polls" / change.PAGE, 1),
    ],
    ids=["end to end", "benchmark"],
)
def test_patches_apply_to_a_changed_page(tmp_path: Path, changed: Callable[[Path], object]) -> None:
    shutil.copytree(ROOT / "app/polls", tmp_path / "app/polls")
    changed(tmp_path)
    prepare(tmp_path / "app/polls", tmp_path / "out", patches=ROOT / "patches/polls")

    assert MARK in (tmp_path / "out" / "polls/templates/polls/base.html").read_text("utf-8")
