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

from pocdeploy.secret_names import names_a_secret, words_of

MASKED = "[secret]"
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
_TOKENS = (
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bgl[a-z]{2,5}-[\w-]{20,}|\bpul-[0-9a-f]{40}"
    r"|\bxox[abeoprs]-[\w-]{10,}|\bxapp-[\w-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*|\b[sr]k_(?:live|test)_\w{10,}"
    r"|\bwhsec_[\w+/=]{16,}|\bsk-[\w-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bnpm_\w{30,}"
    r"|\bpypi-[\w-]{30,}|\bdckr_pat_[\w-]{20,}|\bhf_\w{30,}|\bdop_v1_\w{40,}|\bshp(?:at|ca|pa|ss)_\w{30,}|\bhvs\.[\w-]{20,}"
    r"|\bAGE-SECRET-KEY-1\w{50,}|\$2[abxy]\$\d\d\$[\w./]{50,}|\$argon2\w*\$[^\s\"']{20,}"
    r"|\b(?:pbkdf2_\w+|scrypt|bcrypt\w*|argon2)\$[^\s\"']{20,}"
)
"""Tokens of services by the form that their makers gave them, and hashes of passwords."""
_IN_TEXT = (
    (_UNKNOWN, UNKNOWN),
    # The password may contain an at sign; a long user name without a password is a token.
    (re.compile(r"(://[^/\s:@?#]*:)[^\s/?#\"'<>]+@"), rf"\1{MASKED}@"),
    (re.compile(r"(://)[^/\s:@?#\"'<>]{20,}@"), rf"\1{MASKED}@"),
    (re.compile(r"(%3A%2F%2F[^%\s]*%3A)\S+?(%40)", re.I), rf"\1{MASKED}\2"),
    (re.compile(r"\b(Authorization\W+(?:Basic|Bearer|Token|Digest|ApiKey)\s+)[^\s\"']+", re.I), rf"\1{MASKED}"),
    (re.compile(r"\b(Bearer\s+)[\w.~+/=-]{8,}", re.I), rf"\1{MASKED}"),
    (re.compile(r"\b((?:Set-)?Cookie\\*[\"']?:\s*)[^\n\"']+", re.I), rf"\1{MASKED}"),
    (re.compile(r"((?:^|\s)(?:-u|--user)[ =]\s*[^\s:]+:)(?!//)\S+"), rf"\1{MASKED}"),
    (re.compile(r"(\bsshpass\s+-p\s*)\S+"), rf"\1{MASKED}"),
    (re.compile(r"(\bsecure[\"']?\s*:\s*[\"']?)(?:v1:[\w+/=:]+|[A-Za-z0-9+/=]{20,})"), rf"\1{MASKED}"),
    (re.compile(r"(\bhooks\.slack\.com/(?:services|workflows|triggers)/)[\w/]+"), rf"\1{MASKED}"),
    (re.compile(r"(\bdiscord(?:app)?\.com/api/webhooks/)[\w/-]+"), rf"\1{MASKED}"),
    (
        re.compile(r"([?&](?:sig|signature|X-Amz-Signature|X-Amz-Credential|X-Goog-Signature)=)[^\s&\"']+", re.I),
        rf"\1{MASKED}",
    ),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)", re.S
        ),
        MASKED,
    ),
    (re.compile(_TOKENS), MASKED),
)
_QUOTE = r"\\*[\"']|\\u0022"
_ASSIGNED = re.compile(
    rf"(?P<quote>{_QUOTE})?(?P<name>[A-Za-z_][\w.-]*)(?P<end>(?P=quote))?"
    r"(?P<sign>[ \t]*[=:](?!:)[ \t]*|(?:%22)?%3[AD](?:%22)?)",
    re.I,
)
_OPTION = re.compile(r"(?:^|(?<=[\s\"'\[,]))--?(?P<name>[A-Za-z][\w-]*)[\"']?,?(?P<sign>\s+)(?=[^\s-])")
_QUOTED = re.compile(rf"(?P<open>{_QUOTE})(?!\[secret\])(?P<value>.*?)(?<!\\)(?P=open)", re.S)
_IN_JSON = re.compile(r"(?![{\[]|null\b)[^\s,}\]]+")
_ENCODED = re.compile(r"(?:[^\s&%\"']|%(?!22|26|2C|7D|0A))+", re.I)
_WORD = re.compile(r"[^\s{\[|>\"']\S*|[{\[|>][^\s]+")
_BLOCK = re.compile(
    r"^(?P<indent>[ ]*(?:- )*)[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?:[ ]*(?P<scalar>[|>][+-]?\d?)?[ ]*$"
)
_ITEM = re.compile(r"^(\s*(?:- +)*(?:[\"']?(?P<name>[\w.-]+)[\"']?: +)?)\S.*$")
_REFERENCES = frozenset(
    [
        "name",
        "names",
        "namespace",
        "key",
        "path",
        "paths",
        "kind",
        "type",
        "version",
        "mode",
        "ref",
        "optional",
        "items",
        "audience",
        "provider",
    ]
)
"""Last words of keys below a secret whose value says where the secret is."""


def text(value: str) -> str:
    """Return ``value`` with passwords in URLs, values of secret names, private keys and known tokens masked."""
    for pattern, replacement in _IN_TEXT:
        value = pattern.sub(replacement, value)
    if "\n" in value:
        value = _blocks(value)
    return _named(_named(value, _ASSIGNED), _OPTION)


def _named(value: str, pattern: re.Pattern[str]) -> str:
    """Mask what follows the name of a secret: in an assignment, in JSON, in YAML, after an option."""
    parts, done, position = [], 0, 0
    while found := pattern.search(value, position):
        position = found.end()
        if not names_a_secret(found["name"]):
            position = max(found.start("sign"), found.start() + 1)
            continue
        masked = _masked_value(value, found)
        if masked:
            parts += [value[done:position], masked[0]]
            done = position = masked[1]
    return "".join([*parts, value[done:]])


def _masked_value(value: str, found: re.Match[str]) -> tuple[str, int] | None:
    """Return what replaces the value at the end of ``found``, and where the value ends; None for none."""
    groups = found.groupdict()
    at, quote = found.end(), groups.get("quote") if groups.get("end") else None
    if "%" in found["sign"]:
        encoded = _ENCODED.match(value, at)
        return (MASKED, encoded.end()) if encoded else None
    if quoted := _QUOTED.match(value, at):
        return (f"{quoted['open']}{MASKED}{quoted['open']}" if quote else MASKED), quoted.end()
    if quote:
        bare = _IN_JSON.match(value, at)
        return (f"{quote}{MASKED}{quote}", bare.end()) if bare and value[at] not in "\\\"'" else None
    word = _WORD.match(value, at)
    return (MASKED, word.end()) if word and not value.startswith(MASKED, at) else None


def _blocks(value: str) -> str:
    """Mask the lines of a YAML block below the name of a secret."""
    lines, depth, scalar = [], None, False
    for line in value.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if depth is not None and line.strip() and indent <= depth:
            depth = None
        if depth is None:
            if (found := _BLOCK.match(line)) and names_a_secret(found["name"]):
                depth, scalar = len(found["indent"]), bool(found["scalar"])
        elif line.strip():
            line = f"{' ' * indent}{MASKED}" if scalar else _below(line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def _below(line: str) -> str:
    item = _ITEM.match(line)
    if item is None or _is_reference(item["name"] or ""):
        return line
    return f"{item[1]}{MASKED}"


def _is_reference(key: str) -> bool:
    return not _REFERENCES.isdisjoint(words_of(key)[-1:])


def structure(value: Any, *, key: str = "") -> Any:
    """Return a structured value, found under ``key``, with all secrets in it masked.

    Masked are values under the name of a secret and below it, ``{name: API_TOKEN, value: …}``, the data of a Kubernetes
    Secret, what Pulumi marks as secret, and ``{secure: …}`` of a stack file. Other texts are those of ``text``; values
    that only an update will know are named.
    """
    return _structure(value, is_secret=names_a_secret(key))


def _structure(value: Any, *, is_secret: bool) -> Any:
    if isinstance(value, Mapping):
        if _PULUMI_SECRET in value or value.keys() == {"secure"}:
            return MASKED
        hidden = {"data", "stringData"} if value.get("kind") == "Secret" else set()
        named = value.get("name")
        if "value" in value and isinstance(named, str) and names_a_secret(named):
            hidden.add("value")
        return {
            inner: _structure(
                item,
                is_secret=inner in hidden
                or names_a_secret(str(inner))
                or (is_secret and not _is_reference(str(inner))),
            )
            for inner, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_structure(item, is_secret=is_secret) for item in value]
    if not isinstance(value, str):
        return MASKED if is_secret and isinstance(value, int | float) and not isinstance(value, bool) else value
    return MASKED if is_secret and value and not _UNKNOWN.fullmatch(value) else text(value)


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
