"""Nothing secret in a comment: Pulumi masks what it knows to be secret, and this what only looks like it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pocdeploy.config.apps import SECRET_NAME

MASKED = "[secret]"
UNKNOWN = "(known after the update)"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key by which Pulumi marks a special value in JSON; it is the same in all versions."""
_UNKNOWN = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""Sentinels of the engine for values that only an update will know."""
_IN_TEXT = (
    (re.compile(r"(://[^/\s:@]+:)[^/\s@]+@"), rf"\1{MASKED}@"),
    (re.compile(r"\b(\w*(?:PASSWORD|PASSWD|TOKEN|SECRET|API_?KEY)\w*\s*[=:]\s*)\S+", re.I), rf"\1{MASKED}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.S), MASKED),
    (re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bglpat-[\w-]{20,}|\bpul-[0-9a-f]{40}"), MASKED),
)


def text(value: str) -> str:
    """Return ``value`` with passwords in URLs, assignments to secret names, private keys and known tokens masked."""
    for pattern, instead in _IN_TEXT:
        value = pattern.sub(instead, value)
    return value


def inputs(properties: Mapping[str, Any] | None, *, kind: str) -> Mapping[str, Any]:
    """Return a resource's inputs as they may be shown: secrets masked, unknown values in words.

    Every value of a Kubernetes Secret (``kind``) is masked, whoever forgot to mark it.
    """
    shown: dict[str, Any] = {
        key: _value(key, value) for key, value in (properties or {}).items() if key != "__defaults"
    }
    if kind == "Secret":
        for key in ("data", "stringData"):
            if isinstance(shown.get(key), Mapping):
                shown[key] = dict.fromkeys(shown[key], MASKED)
            elif key in shown:
                shown[key] = MASKED
    return shown


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        if _SIGNATURE in value:
            return MASKED
        named = value.get("name")
        if "value" in value and isinstance(named, str) and SECRET_NAME.search(named):
            return {**{inner: _value(inner, item) for inner, item in value.items()}, "value": MASKED}
        return {inner: _value(inner, item) for inner, item in value.items() if inner != "__defaults"}
    if isinstance(value, list | tuple):
        return [_value(key, item) for item in value]
    return _text(key, value) if isinstance(value, str) else value


def _text(key: str, value: str) -> str:
    if value in _UNKNOWN:
        return UNKNOWN
    return MASKED if value and _names_a_secret(key) else text(value)


def _names_a_secret(key: str) -> bool:
    """Tell whether a property's name, adminPassword or ADMIN_PASSWORD, is that of a secret; secretName names one."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_")
    return SECRET_NAME.search(words) is not None and not re.search(r"_(name|ref|key_?ref)$", words, re.I)
