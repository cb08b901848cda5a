"""Remove known secret values from shown texts: applications may log them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any

MIN_LENGTH = 6
"""Shorter values (a user's name, a port) are too common; masking them would make a log unreadable."""
PUBLIC_KEYS = frozenset({"username", "user", "dbname", "host", "port", "ADMIN_USERNAME", "ADMIN_EMAIL", "ca.crt"})
"""Keys of Secrets whose values are not secret."""
MASK = "[secret]"


class Mask:
    """Replaces secret values in texts."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        long_enough = {value for value in values if len(value) >= MIN_LENGTH}
        # The longest first: one value may be part of another.
        ordered = sorted(long_enough, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """Return the text with every secret value replaced."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def values_of(secrets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the secret values of Secret objects, and each line of a value with several lines."""
    found: list[str] = []
    for secret in secrets:
        for key, encoded in (secret.get("data") or {}).items():
            if key in PUBLIC_KEYS:
                continue
            try:
                value = base64.b64decode(encoded).decode()
            except (binascii.Error, UnicodeDecodeError):  # logs contain no binary values
                continue
            found += [value, encoded, *value.splitlines()]
    return found
