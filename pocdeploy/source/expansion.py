"""Expand the variables in a word of a Dockerfile as BuildKit does, which follows the shell.

See frontend/dockerfile/shell/lex.go in https://github.com/moby/buildkit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]")
_OPERATOR = re.compile(r":[-+?]|[-+?]|##?|%%?|//?")


class _UnsetError(Exception):
    """A variable has no value."""


def expand(text: str, values: Mapping[str, str]) -> str | None:
    """Return ``text`` without quotes and with the ``values`` of its variables; None if a variable has no value."""
    try:
        return _Reader(text, values).read()
    except _UnsetError:
        return None


class _Reader:
    def __init__(self, text: str, values: Mapping[str, str]) -> None:
        self.text = text
        self.values = values
        self.position = 0

    def read(self, until: str = "") -> str:
        """Return what is before one of the characters ``until``, or the end, expanded."""
        parts = []
        while self.position < len(self.text) and self._next() not in until:
            parts.append(self._part())
        return "".join(parts)

    def _next(self) -> str:
        return self.text[self.position : self.position + 1]

    def _take(self) -> str:
        self.position += 1
        return self.text[self.position - 1]

    def _part(self) -> str:
        match self._take():
            case "\\":
                return self._take() if self._next() else ""
            case "'":
                return self._to("'")
            case '"':
                inner = self._double_quoted()
                self.position += 1
                return inner
            case "$":
                return self._variable()
            case character:
                return character

    def _to(self, end: str) -> str:
        start, found = self.position, self.text.find(end, self.position)
        self.position = len(self.text) if found < 0 else found + 1
        return self.text[start:found] if found >= 0 else self.text[start:]

    def _double_quoted(self) -> str:
        parts = []
        while self._next() not in ('"', ""):
            character = self._take()
            if character == "$":
                parts.append(self._variable())
            elif character == "\\" and self._next() in ('"', "$", "\\"):
                parts.append(self._take())
            else:
                parts.append(character)
        return "".join(parts)

    def _variable(self) -> str:
        is_braced = self._next() == "{"
        self.position += is_braced
        match = _NAME.match(self.text, self.position)
        if match is None:
            return "${" if is_braced else "$"
        self.position = match.end()
        value = self.values.get(match[0])
        if is_braced:
            value = self._operated(value)
            self.position += 1  # the closing brace
        if value is None:
            raise _UnsetError
        return value

    def _operated(self, value: str | None) -> str | None:
        """Return the value after what follows the name in the braces."""
        match = _OPERATOR.match(self.text, self.position)
        if match is None:
            return value
        self.position = match.end()
        operator = match[0]
        if operator[-1] in "-+?":
            is_there = value is not None and (value != "" or operator[0] != ":")
            return self._alternative(operator[-1], value, is_there=is_there)
        pattern = self.read("/}" if operator[0] == "/" else "}")
        replacement = ""
        if operator[0] == "/" and self._next() == "/":
            self.position += 1
            replacement = self.read("}")
        return None if value is None else _edited(value, operator, pattern, replacement)

    def _alternative(self, kind: str, value: str | None, *, is_there: bool) -> str | None:
        start = self.position
        try:
            word: str | None = self.read("}")
        except _UnsetError:  # matters only if the word is used
            word = None
            self.position = _closing(self.text, start)
        if kind == "+":
            return word if is_there else ""
        return value if is_there else (word if kind == "-" else None)


def _closing(text: str, start: int) -> int:
    """Return where the brace that is open at ``start`` closes."""
    depth = 0
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth < 0:
            return position
    return len(text)


def _edited(value: str, operator: str, pattern: str, replacement: str) -> str:
    is_greedy = len(operator) == 2 or operator == "/"
    found = re.compile(_regex(pattern, greedy=is_greedy), re.S)
    if operator[0] == "/":
        return found.sub(lambda _: replacement, value, count=0 if operator == "//" else 1) if pattern else value
    if operator[0] == "#":
        match = found.match(value)
        return value[match.end() :] if match else value
    starts = range(len(value) + 1) if is_greedy else range(len(value), -1, -1)
    return value[: next((start for start in starts if found.fullmatch(value, start)), len(value))]


def _regex(pattern: str, *, greedy: bool) -> str:
    """Return the regular expression for a pattern of a shell."""
    many = ".*" if greedy else ".*?"
    return "".join({"*": many, "?": "."}.get(each, re.escape(each)) for each in pattern)
