"""Links of the site that leave its pages."""

from __future__ import annotations

import pytest

from tools.site_links import replaced

HOME = "https://example.com/blob/main/"


@pytest.mark.parametrize(
    ("text", "at_home", "without"),
    [
        ("[a](../Pulumi.yaml)", f"[a]({HOME}Pulumi.yaml)", "a"),
        ("[`b`](../CONTRIBUTING.md#rules)", f"[`b`]({HOME}CONTRIBUTING.md#rules)", "`b`"),
        ("[c](stacks/aks.yaml)", f"[c]({HOME}docs/stacks/aks.yaml)", "c"),
        ("[d](eks.md#settings)", "[d](eks.md#settings)", "[d](eks.md#settings)"),
    ],
)
def test_files_outside_of_the_pages_are_in_the_repository(text: str, at_home: str, without: str) -> None:
    assert replaced(text, folder="docs", repository=HOME) == at_home
    assert replaced(text, folder="docs", repository="") == without


def test_pages_in_other_folders_stay_relative() -> None:
    assert replaced("[x](../database.md)", folder="docs/runbooks", repository=HOME) == "[x](../database.md)"
    assert replaced("[x](../../README.md)", folder="docs/adr", repository=HOME) == f"[x]({HOME}README.md)"
