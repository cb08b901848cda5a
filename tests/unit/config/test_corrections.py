"""Guesses at what a person meant."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import corrections, schema


@pytest.mark.parametrize(
    ("value", "typed", "meant"),
    [
        ("80", None, 80),
        ("on", None, True),
        ("No", None, False),
        (True, "true", "true"),
        (1.1, "1.10", "1.10.0"),
        (1, "1.0", "1.0.0"),
        ("v2", None, "2.0.0"),
        ("512", None, "512Mi"),
        ("1 GB", None, "1Gi"),
        ("2 days", None, "2d"),
        ("https://shop.example.com:8443/x", None, "shop.example.com"),
        ("healthz", None, "/healthz"),
        ("My_App", None, "my-app"),
        ("9lives", None, "app-9lives"),
        ("MY-VAR", None, "MY_VAR"),
        ("python manage.py seed", None, ["python", "manage.py", "seed"]),
        ("a, b", None, ["a", "b"]),
        (["A=b"], None, {"A": "b"}),
        ([{"name": "A", "value": 1}], None, {"A": "1"}),
        ([{"a": 1}, {"b": 2}], None, {"a": 1, "b": 2}),
        (["shop"], None, "shop"),
        ({"title": "x"}, None, [{"title": "x"}]),
        (2.5, "2.5", 2),
    ],
)
def test_what_is_written_otherwise_is_guessed(value: Any, typed: str | None, meant: Any) -> None:
    assert meant in [*corrections.guesses(value, typed)]


def test_the_closest_of_some_values_is_found() -> None:
    assert [*corrections.closest("Ligth", ["light", "full", "off"])] == ["light"]
    assert [*corrections.closest("x", ["light", "full", "off"])] == []


def test_examples_come_from_descriptions_and_defaults() -> None:
    assert [*corrections.examples("a thing, for example 12h or 2d")] == ["12h", "2d"]
    assert [*corrections.examples("a whole number")] == []
    assert next(corrections.of_field(schema.field(("cluster", "workers"), "kind"))) == 3
    assert "eu-central-1" in [*corrections.of_field(schema.field(("cluster", "region"), "eks"))]
    assert [*corrections.of_field(None)] == []
