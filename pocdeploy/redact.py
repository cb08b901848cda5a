"""Mask secrets in everything that is shown: errors, results of checks, logs, diffs, comments.

Three things are known about a secret: its name (``DATABASE_PASSWORD``), its form (a token, a password in a URL) or its
value (from a Secret of the cluster, ``Mask``). Pulumi masks what it knows to be secret; this masks what looks like it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any

MASKED = "[secret]"
SECRET_NAME = re.compile(
    r"(^|_)(SECRET|SECRETS|PASSWORD|PASSWD|TOKEN|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET)_?KEY)(_|$)", re.I
)
"""Names of environment variables whose value is a secret."""
MIN_LENGTH = 6
"""Shorter values (a port, a user name) are part of ordinary words; masking them would make a log unreadable."""
PUBLIC_KEYS = frozenset({"username", "user", "dbname", "host", "port", "ADMIN_USERNAME", "ADMIN_EMAIL", "ca.crt"})
"""Keys of Kubernetes Secrets whose values are not secret."""
_PULUMI_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 -- a key
"""Key by which Pulumi marks a special value in JSON; it is the same in all versions."""
UNKNOWN = "(known after the update)"
_UNKNOWN = re.compile(
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7|3eeb2bf0-c639-47a8-9e75-3b44932eb421|04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    "|6a19a0b0-7e62-4c92-b797-7f8e31da9cc2|030794c1-ac77-496b-92df-f27374a8bd58|e48ece36-62e2-4504-bad9-02848725956a"
    "|dd056dcd-154b-4c76-9bd3-c8f88648b5ff"
)
"""Sentinels of the engine for values that only an update will know, one for each type."""
_NAME = r"\w*(?:PASSWORD|PASSWD|PASSPHRASE(?!_FILE)|TOKEN|SECRET|(?:API|ACCESS|PRIVATE)[_-]?KEY)\w*"
_QUOTE = r"\\*[\"']"
_IN_TEXT = (
    (_UNKNOWN, UNKNOWN),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{MASKED}@"),
    # JSON, also as a string in JSON: a quoted name, and the value up to its closing quote.
    (re.compile(rf"({_QUOTE}{_NAME}{_QUOTE}\s*:\s*)({_QUOTE})(?!\[secret\]).*?(?<!\\)\2", re.I), rf"\1\2{MASKED}\2"),
    (
        re.compile(rf"(({_QUOTE}){_NAME}\2\s*[=:]\s*)(?![{{\[]|{_QUOTE}|null\b)[^\s,}}\]]+", re.I),
        rf"\1\2{MASKED}\2",
    ),
    (re.compile(rf"\b({_NAME}\s*[=:]\s*)([\"'])(?!\[secret\])[^\"'\n]*\2", re.I), rf"\1{MASKED}"),
    (re.compile(rf"\b({_NAME}\s*[=:]\s*)\S+", re.I), rf"\1{MASKED}"),
    (re.compile(r"\b(Authorization\W+(?:Basic|Bearer|Token)\s+)[^\s\"']+", re.I), rf"\1{MASKED}"),
    (re.compile(r"(\bsecure[\"']?\s*:\s*[\"']?)(?:v1:[\w+/=:]+|[A-Za-z0-9+/=]{20,})"), rf"\1{MASKED}"),
    (re.compile(r"(\bhooks\.slack\.com/services/)[\w/]+"), rf"\1{MASKED}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.S), MASKED),
    (
        re.compile(
            r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}"
            r"|\bpul-[0-9a-f]{40}|\bxox[abprs]-[\w-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*"
        ),
        MASKED,
    ),
)


def text(value: str) -> str:
    """Return ``value`` with passwords in URLs, assignments to secret names, private keys and known tokens masked."""
    for pattern, replacement in _IN_TEXT:
        value = pattern.sub(replacement, value)
    return value


def names_a_secret(key: str) -> bool:
    """Tell whether a property's name, adminPassword or ADMIN_PASSWORD, is that of a secret; secretName is not."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_")
    return SECRET_NAME.search(words) is not None and not re.search(r"_(name|ref|key_?ref)$", words, re.I)


def structure(value: Any, *, key: str = "") -> Any:
    """Return a structured value, found under ``key``, with all secrets in it masked.

    Masked are texts under the name of a secret, ``{name: API_TOKEN, value: …}``, what Pulumi marks as secret, and
    ``{secure: …}`` of a stack file. Other texts are those of ``text``; values that only an update will know are named.
    """
    if isinstance(value, Mapping):
        if _PULUMI_SECRET in value or value.keys() == {"secure"}:
            return MASKED
        masked = {inner: structure(item, key=str(inner)) for inner, item in value.items()}
        named = value.get("name")
        if "value" in value and isinstance(named, str) and SECRET_NAME.search(named):
            masked["value"] = MASKED
        return masked
    if isinstance(value, list | tuple):
        return [structure(item, key=key) for item in value]
    if not isinstance(value, str):
        return value
    is_secret = value and names_a_secret(key) and not _UNKNOWN.fullmatch(value)
    return MASKED if is_secret else text(value)


class Mask:
    """Replaces known secret values in texts, and what looks like a secret."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        long_enough = {value for value in values if len(value) >= MIN_LENGTH}
        # The longest first: one value may be a part of another one.
        ordered = sorted(long_enough, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, value: str) -> str:
        """Return the text with every secret replaced."""
        return text(self._pattern.sub(MASKED, value) if self._pattern else value)


def values_of(secrets: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the secret values in Kubernetes Secrets, and each line of those with several."""
    found: list[str] = []
    for secret in secrets:
        for key, encoded in (secret.get("data") or {}).items():
            if key in PUBLIC_KEYS:
                continue
            try:
                value = base64.b64decode(encoded).decode()
            except (binascii.Error, UnicodeDecodeError):  # a binary value is in no log
                continue
            found += [value, encoded, *value.splitlines()]
    return found
