"""Secret values in shown texts."""

from __future__ import annotations

import base64

from pocdeploy.diagnostics.explain.mask import MASK, Mask, values_of


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def test_short_and_public_values_are_not_masked() -> None:
    data = {"a": encoded(b"short"), "username": encoded(b"administrator")}
    mask = Mask(values_of([{"data": data}, {"data": {"binary": "/////w=="}}, {}]))

    assert mask("short administrator") == "short administrator"


def test_the_longer_of_two_secrets_is_masked_as_a_whole() -> None:
    assert Mask(["secret", "secret-longer"])("it is secret-longer") == f"it is {MASK}"


def test_lines_and_the_encoded_form_of_a_value_are_masked() -> None:
    mask = Mask(values_of([{"data": {"key": encoded(b"line-one\nline-two")}}]))

    assert mask(f"line-two {encoded(b'line-one' + bytes([10]) + b'line-two')}") == f"{MASK} {MASK}"
