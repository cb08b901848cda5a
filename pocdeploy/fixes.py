"""Commands that fix a setting, ready to paste: the only place that spells them.

Each command names the stack of this run, so that it changes the file that the message is about.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PREFIX = "pocdeploy:"
_stacks = ["dev"]
"""The last one is the stack of this run; the first one is the default of all commands."""
_PLAIN = re.compile(r"[A-Za-z0-9_./+-][\w./@:+-]*(?<!:)", re.ASCII)
"""Texts that `pocdeploy set` reads as they are."""
_WORD = re.compile(r"(?!(true|false|null|yes|no|on|off|y|n)$)[A-Za-z_/][\w./-]*", re.ASCII | re.IGNORECASE)
"""Texts that YAML reads as a string everywhere."""


@contextmanager
def for_stack(stack: str) -> Iterator[None]:
    """Let all commands in the block name ``stack``."""
    _stacks.append(stack)
    try:
        yield
    finally:
        _stacks.pop()


def stack() -> str:
    """Return the stack of this run, without its organisation."""
    return _stacks[-1].rpartition("/")[2]


def set_values(values: Mapping[str, Any], *, remove: tuple[str, ...] = ()) -> str:
    """Return the command that sets keys to values, plain data, and removes other keys in the same step."""
    words = [word for key, value in values.items() for word in (_short(key), as_text(value))]
    return _command("set", *words, *(word for key in remove for word in ("--unset", _short(key))))


def set_value(key: str, value: Any) -> str:
    """Return the command that sets a key to a value."""
    return set_values({key: value})


def set_text(key: str, text: str) -> str:
    """Return the command that sets a key to a value that a person has typed."""
    return _command("set", _short(key), text)


def set_secret(key: str) -> str:
    """Return the command that asks for a secret and stores it encrypted."""
    return _command("set", _short(key))


def move(old: str, new: str, values: Mapping[str, Any] | None = None) -> str:
    """Return the command that gives a key another name, and sets further keys in the same step."""
    words = [word for key, value in (values or {}).items() for word in (_short(key), as_text(value))]
    return _command("set", *words, _short(new), "--from", _short(old))


def unset(*keys: str) -> str:
    """Return the command that removes keys."""
    return _command("unset", *map(_short, keys))


def edit(file: str, line: int | None = None) -> str:
    """Return the command that opens a file at a line."""
    return f"${{EDITOR:-vi}} {f'+{line} ' if line else ''}{shlex.quote(file)}"


def as_text(value: Any) -> str:
    """Return a value as `pocdeploy set` reads it: simple texts without quotes, all others as in JSON."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value != "null" else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_item(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


def is_ambiguous(text: str) -> bool:
    """Return whether YAML reads a text as something else than a string, unless it has quotes."""
    return _WORD.fullmatch(text) is None and re.fullmatch(r"[\w.+-]*", text) is not None


def _item(value: Any) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _short(key: str) -> str:
    return key.removeprefix(PREFIX)


def _command(verb: str, *words: str) -> str:
    # An installed command is called by its name. Everything else runs in the virtualenv that make creates.
    program = "pocdeploy" if Path(sys.argv[0]).name == "pocdeploy" else ".venv/bin/python -m pocdeploy"
    return f"{program} {shlex.join([verb, *words, '--stack', stack()])}"
