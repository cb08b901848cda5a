"""Variables in words of a Dockerfile: the same values as in a shell."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocdeploy.source.expansion import expand

VALUES = {"V": "3.13.1-slim", "E": "", "P": "a/b/a"}
WORDS = [
    "$V", "${V}", "x${V}y$P", "${V:-x}", "${E:-x}", "${E-x}", "${N:-x}", "${N-x}", "${N:-$V}", "${N:-${M:-y}}",
    "${V:+x}", "${E:+x}", "${E+x}", "${N:+x}", "${N+x}", "${V%.*}", "${V%%.*}", "${V#*.}", "${V##*.}", "${V%-slim}",
    "${V%x}", "${V#x}", "${P/a/x}", "${P//a/x}", "${P/a}", "${V/./-}", "${P//?/x}", "${V%}", "'$V'", '"$V"', '"\\$V"',
    "\\$V", "a'b'c", '"a\'b"', "${V:-'}'}", "${V%?????}", "$1x", "${V:?no}",
]  # fmt: skip


def in_bash(word: str) -> str | None:
    """Return the value in a shell, in which a variable without a value is an error."""
    done = subprocess.run(
        ["bash", "-uc", f"printf %s {word}"], env=VALUES, capture_output=True, text=True, check=False, timeout=20
    )
    return None if done.returncode else done.stdout


@pytest.mark.parametrize("word", WORDS)
def test_a_word_has_the_value_that_a_shell_gives(word: str) -> None:
    assert expand(word, VALUES) == in_bash(word)


OPERATORS = st.sampled_from([":-", "-", ":+", "+", "%", "%%", "#", "##", "/", "//"])
PATTERNS = st.text("3.1a*?s-", max_size=4)


@settings(derandomize=True, deadline=None)
@given(st.sampled_from([*VALUES, "N"]), OPERATORS, PATTERNS)
def test_any_operator_does_what_it_does_in_a_shell(name: str, operator: str, word: str) -> None:
    assert expand(f"a${{{name}{operator}{word}}}b", VALUES) == in_bash(f'"a${{{name}{operator}{word}}}b"')


@pytest.mark.parametrize(("word", "value"), [("$", "$"), ("a$-b", "a$-b"), ("\\", ""), ("${V", "3.13.1-slim")])
def test_what_is_no_variable_stays(word: str, value: str) -> None:
    assert expand(word, VALUES) == value
