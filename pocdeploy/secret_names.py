"""Recognise the name of a secret: of a variable, a property, an option or a field in a text.

A name is split into words (`dbPassword`, `DB_PASSWORD`, `db-password` and `db.password` have two). It names a secret if
one of them is a word for a secret, or if it ends with a key that is not public; words beside it can say that it names
something about the secret: its lifetime, its file, its header. The policy pack uses the same file.
"""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET = re.compile(
    r"(password|passwd|passphrase|passcode|pwd|secret|token|credential|(api|auth|access|private|secret|master|signing"
    r"|encryption|ssh)key)s?$"
)
"""Words for a secret, also as the end of a word: PGPASSWORD, authtoken, apikey."""
_LAST = frozenset({"pass", "pw", "salt"})
"""Words that name a secret only as the last one: SMTP_PASS, but not PASS_THROUGH."""
_NUMBERS = frozenset({"max", "min", "num", "total", "count"})
"""Words before the secret that make of it a number: OPENAI_MAX_TOKENS."""
_FIRST = _NUMBERS | _set("""
    use uses enable disable allow require requires is has show hide skip no without existing automount
""")
"""First words that make of the rest a switch or a reference: USE_TOKEN, existingSecret."""
_AFTER = _set("""
    name names ref refs file files path paths dir directory folder url uri endpoint host port issuer audience
    algorithm algorithms alg type kind class backend backends provider providers manager handler hasher hashers
    validator validators policy policies rule rules strength header headers prefix suffix field fields form
    template view page login reset change confirm confirmation forgot expire expires expired expiry expiration
    exp ttl lifetime lifespan age validity duration timeout seconds second minutes minute hours hour days day
    weeks date time period interval length len size min max limit limits count number num rounds round
    iterations cost enabled enable disabled required optional allowed rotation version versions mode format
    encoding charset budget usage location source namespace region label title text hint help placeholder
    message description scope scopes mount volume attempts retries retry leeway stdin
""")
"""Words after the secret that say something about it: ACCESS_TOKEN_EXPIRE_MINUTES, SECRET_KEY_FILE, secretName."""
_PUBLIC_KEY = _set("""
    site primary foreign partition sort cache hash row column index unique dict map object config search group
    shard routing idempotency translation meta kms i18n natural field lookup feature flag answer hot message
    event label tag topic cookie menu
""")
"""Words before `key` that make of it something else than a secret, in the name of a variable."""
_SECRET_KEY = _set("""
    api app access private secret master encryption signing jwt session hmac webhook ssh deploy account storage
    auth license client server admin tls ssl
""")
"""Words before `key` that make of it a secret, in the name of a property: Kubernetes has many others (topologyKey)."""
_KEY_ENDS = frozenset({"base", "base64", "b", "64", "32", "hex", "pem", "current", "old"})
"""Words after `key` that do not change its meaning: RAILS_SECRET_KEY_BASE, APP_KEY_OLD."""


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: `dbPassword`, `DB_PASSWORD` and `db.password` have the same two."""
    return [word.lower() for word in _WORD.findall(name)]


def names_a_secret(name: str) -> bool:
    """Tell whether `name` is that of a secret: adminPassword and ADMIN_PASSWORD are, secretName is not."""
    words = words_of(name)
    if not words or words[0] in _FIRST:
        return False
    at = max((index for index, word in enumerate(words) if _SECRET.search(word)), default=None)
    if at is not None:
        return _NUMBERS.isdisjoint(words[:at]) and _AFTER.isdisjoint(words[at + 1 :])
    return (
        words[-1] in _LAST
        or words[-3:] == ["access", "key", "id"]
        or _is_a_secret_key(words, is_variable=name.isupper())
    )


def _is_a_secret_key(words: list[str], *, is_variable: bool) -> bool:
    ends = [word for word in words if word not in _KEY_ENDS]
    if len(ends) < 2 or ends[-1] not in {"key", "keys"}:
        return False
    if not {"public", "publishable", "pub"}.isdisjoint(ends):
        return False
    known = not _SECRET_KEY.isdisjoint(ends[:-1])
    return known or (is_variable and _PUBLIC_KEY.isdisjoint(ends))
