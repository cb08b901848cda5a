"""The check for words of the old style."""

from __future__ import annotations

import pytest

from tools import plain_english


@pytest.mark.parametrize(
    "word", ["mend", "Mended", "anew", "nobody", "whoever", "taken back", "is said", "what is gone"]
)
def test_old_words_are_found(word: str) -> None:
    (found,) = plain_english.findings("docs/a.md", f"first line\nIt {word} here\n")

    assert found.startswith(f"docs/a.md:2: '{word}': write ")


def test_old_words_are_found_in_names() -> None:
    assert plain_english.findings("a.py", "def is_made_anew() -> None:") == [
        "a.py:1: 'anew': write again, or the verb recreate"
    ]


@pytest.mark.parametrize("line", ["USER nobody:nogroup", "recommend", "amended", 'NAME = "nobody"', "It stands inside"])
def test_other_words_are_left_alone(line: str) -> None:
    assert plain_english.findings("a", line) == []
