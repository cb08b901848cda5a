"""Keys of the configuration, as in ``pulumi config --path``: ``apps.shop.env.A``, ``zones[0]``, ``env["a.b"]``.

The namespace ``pocdeploy:`` can be left out; a key of another one has it in its first part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

PREFIX = "pocdeploy:"
Path = Sequence[str | int]
_PART = re.compile(r'(?:^|\.)([^.\[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def parse(key: str) -> tuple[str | int, ...]:
    """Return the parts of a key.

    Raises:
        ValueError: if it is not a key.
    """
    text = key.removeprefix(PREFIX)
    parts: list[str | int] = []
    position = 0
    while match := _PART.match(text, position):
        name, number, quoted = match.groups()
        parts.append(name if name else int(number) if number else json.loads(quoted))
        position = match.end()
    if position != len(text) or not parts or not isinstance(parts[0], str):
        raise ValueError(key)
    return tuple(parts)


def written(path: Path) -> str:
    """Return a key with its namespace from its parts."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if re.fullmatch(r'[^.\[\]"]+', part) else f"[{json.dumps(part, ensure_ascii=False)}]"
    text = text.removeprefix(".")
    return text if ":" in str(path[0]) else PREFIX + text


def is_related(one: Path, other: Path) -> bool:
    """Return whether two keys are the same, or one is inside of the other."""
    length = min(len(one), len(other))
    return tuple(one[:length]) == tuple(other[:length])


def get(data: Any, path: Path) -> Any:
    """Return the value at a path of plain data; None if there is none."""
    for key in path:
        data = data[key] if has(data, key) else None
    return data


def put(data: Any, path: Path, value: Any) -> Any:
    """Return plain data with a value at a path; maps on the way are added, a list gets a new item at its end."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        items = list(data) if isinstance(data, list) else []
        return [*items[:key], put(get(items, (key,)), rest, value), *items[key + 1 :]]
    given = data if isinstance(data, dict) else {}
    return {**given, key: put(given.get(key), rest, value)}


def without(data: Any, path: Path) -> Any:
    """Return plain data without the value at a path."""
    key, rest = path[0], path[1:]
    if not has(data, key):
        return data
    if rest:
        return put(data, (key,), without(data[key], rest))
    copy = data.copy()
    del copy[key]
    return copy


def has(data: Any, key: str | int) -> bool:
    """Return whether a map or a list has a key."""
    if isinstance(key, int):
        return isinstance(data, list) and key < len(data)
    return isinstance(data, dict) and key in data
