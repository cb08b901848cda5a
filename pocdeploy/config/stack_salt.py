"""Keep the committed ``Pulumi.<stack>.yaml`` as it is while the Pulumi CLI runs.

The CLI writes ``encryptionsalt`` into it. That line belongs to one machine's passphrase: committed, it makes every
other machine fail with "incorrect passphrase". The state has its own copy, so that the line is only needed in the file
while the file itself has encrypted values (``secure:``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

_SALT = "encryptionsalt"


@contextmanager
def without_salt(file: Path) -> Iterator[None]:
    """Run the block, then take ``encryptionsalt`` out of ``file`` again unless it has encrypted values.

    A salt that was left there by an earlier run and protects nothing is taken out before. Every other change made
    during the block, by Pulumi or by a person, stays. A file that only came to be for the salt is removed.
    """
    existed = file.is_file()
    if existed:
        _drop_salt(file)
    before = file.read_bytes() if existed else b""
    try:
        yield
    finally:
        if file.is_file() and file.read_bytes() != before:
            _take_back(file, before, existed=existed)


def _take_back(file: Path, before: bytes, *, existed: bool) -> None:
    data = _load(file.read_bytes())
    if _SALT not in data or _has_secure(data):
        return
    if {key: value for key, value in data.items() if key != _SALT} != _load(before):
        _drop_salt(file)
    elif existed:
        file.write_bytes(before)  # Pulumi may also have reformatted the file: the very bytes come back
    else:
        file.unlink()


def _drop_salt(file: Path) -> None:
    """Take the salt out of ``file`` unless something in it is encrypted; every other line stays as it is."""
    data = _load(file.read_bytes())
    if _SALT in data and not _has_secure(data):
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith(f"{_SALT}:")), "utf-8")


def _load(text: bytes) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}  # the settings report it, and Pulumi does not write into what it cannot read
    return data if isinstance(data, dict) else {}


def _has_secure(value: object) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(_has_secure(item) for item in value.values())
    return isinstance(value, list) and any(_has_secure(item) for item in value)
