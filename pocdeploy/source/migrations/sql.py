"""Changes in SQL files of migrations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.migrations.changes import Change

GLOBS = (
    "**/migrations/*.sql",
    "**/migrations/*/migration.sql",
    "**/migrate/*.sql",
    "**/db/migration/*.sql",
    "**/drizzle/*.sql",
)
"""Folders that tools for migrations in SQL use."""
_DOWN = re.compile(r"(?im)^[ \t]*--[ \t]*(?:\+?\w+[ \t:]+)?(?:down\b|rollback\b).*")
_UP = re.compile(r"(?im)^[ \t]*--[ \t]*(?:\+?\w+[ \t:]+)?up\b.*")
_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[(),;]|[^\s'\"(),;]+", re.S
)
_NAME = r"(?:if exists |if not exists |only )*(?P<name>\S+)"
_CREATE = re.compile(rf"create (?:unlogged )?table {_NAME}")
_DROP = re.compile(r"drop table (?:if exists )?(?P<names>.+?)(?: cascade| restrict)?$")
_ALTER = re.compile(rf"alter table {_NAME} (?P<rest>.+)")
_HAS_VALUE = re.compile(r"\bdefault\b|\bgenerated\b|^\S+ (?:small|big)?serial\b")


def read(files: SourceFiles) -> list[Change]:
    """Return the changes of all migrations in SQL, in the order of their files."""
    names = [name for name in files.matching(*GLOBS) if not re.search(r"[._-](down|undo|rollback)\.sql$", name)]
    return [change for name in sorted(names, key=_natural) for change in statements(files.text(name), name)]


def statements(text: str, where: str) -> Iterator[Change]:
    """Yield the changes of tables in SQL; the part of a file that takes its changes back is left out."""
    for statement in _statements(_forwards(text)):
        if match := _CREATE.match(statement):
            yield Change("create_table", _name(match["name"]), where=where)
        elif match := _DROP.match(statement):
            yield from (Change("drop_table", _name(name), where=where) for name in match["names"].split(","))
        elif match := _ALTER.match(statement):
            for action in _parts(match["rest"]):
                yield from _action(action, _name(match["name"]), where)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts V2 before V10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _forwards(text: str) -> str:
    if (down := _DOWN.search(text)) is None:
        return text
    up = _UP.search(text, down.end())
    return text[: down.start()] + (text[up.start() :] if up else "")


def _statements(text: str) -> Iterator[str]:
    """Yield each statement as one line in lower case, with quoted names as they are and other quoted text as ''."""
    words: list[str] = []
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part == ";":
            yield " ".join(words)
            words = []
        elif part.startswith(("--", "/*")):
            continue
        elif part.startswith(("'", "$")):
            words.append("''")
        elif words and (part.startswith(".") or words[-1].endswith(".")):
            words[-1] += part if part.startswith('"') else part.lower()
        else:
            words.append(part if part.startswith('"') else part.lower())
    yield " ".join(words)


def _parts(rest: str) -> Iterator[str]:
    """Yield the actions of ALTER TABLE, which commas outside of parentheses separate."""
    depth, words = 0, list[str]()
    for word in rest.split():
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            yield " ".join(words)
            words = []
        else:
            words.append(word)
    yield " ".join(words)


def _name(word: str) -> str:
    return ".".join(part.strip('"').strip() for part in word.strip().split("."))


def _action(action: str, table: str, where: str) -> Iterator[Change]:
    words = re.sub(r"\b(if not exists|if exists|column) ", "", action)
    first, _, rest = words.partition(" ")
    column = _name(rest.partition(" ")[0])
    if first == "rename":
        if rest.startswith("to "):
            yield Change("rename_table", table, where=where)
        elif not rest.startswith("constraint "):
            yield Change("rename_column", table, column, where=where)
            yield Change("add_column", table, _name(rest.rpartition(" ")[2]), where=where)
    elif first == "set" and rest.startswith("schema "):
        yield Change("rename_table", table, where=where)
    elif first == "drop" and not rest.startswith("constraint "):
        yield Change("drop_column", table, column, where=where)
    elif first == "add" and not re.match(r"(constraint|primary|foreign|unique|check|exclude)\b", rest):
        mandatory = "not null" in rest and not _HAS_VALUE.search(rest)
        yield Change("add_mandatory" if mandatory else "add_column", table, column, where=where)
    elif first == "alter":
        yield from _altered(rest.partition(" ")[2], table, column, where)


def _altered(change: str, table: str, column: str, where: str) -> Iterator[Change]:
    if change.startswith(("set not null", "drop not null")):
        yield Change("not_null" if change.startswith("set") else "nullable", table, column, where=where)
    elif match := re.match(r"(?:set data )?type (?P<type>.+?)(?: using .*| collate .*)?$", change):
        kind = re.sub(r"\s*([(),])\s*", r"\1", match["type"]).strip()
        yield Change("type", table, column, type=kind, where=where)
