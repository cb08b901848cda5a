"""Read a Dockerfile as BuildKit does.

The grammar is that of frontend/dockerfile/parser in https://github.com/moby/buildkit; the tests compare with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_HEREDOC = re.compile(r"(\d*)<<(-?)([^<]+)")
_WITH_HEREDOC = frozenset({"ADD", "COPY", "RUN"})
_WITH_JSON = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_BALANCED = re.compile(r"(?:\\.|\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\"'\\])*", re.S)
"""A line in which every quote is closed."""
_WORD = re.compile(r"(?:\\.|\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\s\"'\\]|[\"'\\])+", re.S)
"""A word of a shell, with its quotes."""


@dataclass(frozen=True)
class Instruction:
    """One instruction, without comments; continued lines are one."""

    name: str
    """In upper case."""
    text: str
    """What follows the name and the flags."""
    flags: tuple[str, ...] = ()
    """Options before the text: ``--from=build``."""
    words: tuple[str, ...] | None = None
    """The words of the JSON form; None for the form of a shell."""
    heredocs: tuple[str, ...] = ()
    """Contents of the here-documents."""
    line: int = 1
    """First line, from 1."""

    @property
    def command(self) -> tuple[str, ...]:
        """Return the words of CMD or ENTRYPOINT; the form of a shell is one text for it."""
        return ("sh", "-c", self.text) if self.words is None else self.words

    @property
    def arguments(self) -> list[str]:
        """Return the words, those of the form of a shell with their quotes."""
        return words_in(self.text) if self.words is None else list(self.words)

    def options(self, name: str) -> list[str]:
        """Return the values of a flag that may be repeated: those of ``--mount`` for ``mount``."""
        start = f"--{name}="
        return [flag.removeprefix(start) for flag in self.flags if flag.startswith(start)]


def directives(text: str) -> dict[str, str]:
    """Return the parser directives, as ``syntax`` and ``escape``: comments before everything else."""
    found: dict[str, str] = {}
    for line in text.removeprefix("\ufeff").split("\n"):
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            break
        found.setdefault(match[1].lower(), match[2])
    return found


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions. A byte order mark is ignored; what BuildKit refuses is read as far as possible."""
    escape = directives(text).get("escape", "\\")
    continued = re.compile(rf"(?:(?<=[^{re.escape(escape)}])|^){re.escape(escape)}[ \t]*\r?$")
    lines = enumerate(text.removeprefix("\ufeff").split("\n"), start=1)
    for number, line in lines:
        joined = "" if _is_comment(line) else line.lstrip()
        while continued.search(joined):
            joined = continued.sub("", joined)
            following = next((each for _, each in lines if each.strip() and not _is_comment(each)), None)
            if following is None:
                break
            joined += following
        if not joined.strip():
            continue
        instruction = _instruction(joined.strip(), number)
        bodies = []
        for end, strip_tabs in _heredocs(instruction):
            body = []
            for _, inner in lines:
                if (inner.lstrip("\t") if strip_tabs else inner).rstrip("\r") == end:
                    break
                body.append(inner)
            bodies.append("".join(f"{each}\n" for each in body))
        yield Instruction(**{**vars(instruction), "heredocs": tuple(bodies)}) if bodies else instruction


def words_in(text: str) -> list[str]:
    """Return the words of a line as a shell separates them, with their quotes."""
    return _WORD.findall(text)


def unquoted(word: str) -> str:
    """Return a word without its quotes and escapes."""
    return re.sub(r"'([^']*)'|\"|\\(.)", lambda match: match[1] or match[2] or "", word)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _instruction(line: str, number: int) -> Instruction:
    name, _, rest = re.sub(r"^(\S+)\s+", r"\1 ", line).partition(" ")
    flags = []
    while match := re.match(rf"--(?:{_WORD.pattern})\s*", rest, re.S):
        flags.append(unquoted(match[0].strip()))
        rest = rest[match.end() :]
        if flags[-1] == "--":
            break
    upper = name.upper()
    return Instruction(upper, rest, tuple(flags), _json(rest) if upper in _WITH_JSON else None, line=number)


def _json(text: str) -> tuple[str, ...] | None:
    try:
        # What follows the list is ignored.
        words = json.JSONDecoder().raw_decode(text)[0] if text.startswith("[") else None
    except ValueError:
        return None
    is_words = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return tuple(words) if words is not None and is_words else None


def _heredocs(instruction: Instruction) -> Iterator[tuple[str, bool]]:
    """Yield the last line of each here-document, and whether tabs before its lines are removed."""
    is_possible = instruction.name in _WITH_HEREDOC and instruction.words is None
    if not is_possible or not _BALANCED.fullmatch(instruction.text):
        return
    for word in words_in(instruction.text):
        match = _HEREDOC.fullmatch(word)
        if match and (end := unquoted(match[3])):
            yield end, bool(match[2])
