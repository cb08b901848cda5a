"""YAML as Pulumi reads it; tests/engine/test_stack_file.py compares this with the Pulumi CLI."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config.yaml_reader import parse

SCALARS: dict[str, Any] = {
    **{text: text for text in ("off", "yes", "y", "12:30", "=", "_1", "0b", "1.2.3", "2001-13-45", ".inf2", "a b")},
    "010": 8,
    "0o17": 15,
    "08": 8,
    "0x1_f": 31,
    "0b11": 3,
    "-0b1": -1,
    "+5": 5,
    "1__0": 10,
    "1_": 1,
    "0": 0,
    "1e3": 1000,
    "1.10": 1.1,
    "1.0": 1,
    ".5": 0.5,
    "1_0.5": 10.5,
    "-.5": -0.5,
    "True": True,
    "FALSE": False,
    "~": None,
    "Null": None,
    "": None,
    "2001-1-2": "2001-01-02 00:00:00 +0000 UTC",
    "'80'": "80",
    '"off"': "off",
    "!!str 5": "5",
    '!!int "5"': 5,
    "!foo 5": "5",
    "!!float 1": 1,
    "!!bool 'true'": True,
}


@pytest.mark.parametrize(("text", "expected"), SCALARS.items())
def test_scalars(text: str, expected: Any) -> None:
    value = parse(f"a: {text}\n", "x")[1]["a"]

    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
        ("{010: a, true: b, ~: c, 'd': 1}", {"8": "a", "true": "b", "null": "c", "d": 1}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("a: {<<: [{b: 1, c: 1}, {c: 2, d: 2}], b: 3}\n", {"a": {"b": 3, "c": 1, "d": 2}}),
        ("a: &x [1]\nb: *x\nc: &x 2\n", {"a": [1], "b": [1], "c": 2}),
        ("a: 1\n---\nb: [\n", {"a": 1}),
    ],
)
def test_documents(text: str, expected: Any) -> None:
    assert parse(text, "x")[1] == expected
