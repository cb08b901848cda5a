"""Changes in migrations of Active Record; nothing of them is run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.migrations import sql
from pocdeploy.source.migrations.changes import Change

GLOBS = ("db/migrate/*.rb",)
_CALL = re.compile(
    r"^[ \t]*(?P<name>create_table|drop_table|rename_table|add_column|remove_column|remove_columns|remove_reference"
    r"|remove_belongs_to|rename_column|change_column|change_column_null|execute)\b[ (]*"
    r"(?P<rest>[^\n]*(?:(?<=,)\n[^\n]*)*)",
    re.M,
)
_BLOCK = re.compile(
    r"change_table[ (]+[:\"'](?P<table>\w+).*?do \|(?P<name>\w+)\|(?P<body>.*?)^[ \t]*end\b", re.M | re.S
)
_WORD = re.compile(r"(?<![\w:]):(\w+)|[\"']([\w.]+)[\"']")
_HEREDOC = re.compile(r"<<[~-]?[\"']?(?P<end>\w+)[\"']?.*?\n(?P<text>.*?)^[ \t]*(?P=end)$", re.M | re.S)
_DOWN = re.compile(r"^[ \t]*def (?:self\.)?down\b.*?^  end\b", re.M | re.S)
_TYPES = {
    "bigint": "bigint",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp",
    "decimal": "numeric",
    "float": "double precision",
    "integer": "integer",
    "string": "character varying",
    "text": "text",
    "uuid": "uuid",
}
"""Type of Active Record -> that of PostgreSQL; others are not compared."""


def read(files: SourceFiles) -> list[Change]:
    """Return the changes of all migrations, in the order of their versions."""
    return [change for name in sorted(files.matching(*GLOBS)) for change in _migration(files.text(name), name)]


def _migration(text: str, where: str) -> Iterator[Change]:
    text = _DOWN.sub("", re.sub(r"(?m)^\s*#.*$", "", text))
    for block in _BLOCK.finditer(text):
        yield from _block(block["table"], block["name"], block["body"], where)
    for call in _CALL.finditer(text):
        if call["name"] == "execute":
            heredoc = _HEREDOC.match(text, call.start("rest"))
            yield from sql.statements(heredoc["text"] if heredoc else call["rest"].strip("() \"'"), where)
        elif words := _words(call["rest"]):
            yield from _operation(call["name"], words, call["rest"], where)


def _block(table: str, name: str, body: str, where: str) -> Iterator[Change]:
    """Yield the changes in a block of ``change_table``."""
    for called, rest in re.findall(rf"^\s*{name}\.(remove|rename)[ (]+(.*)$", body, re.M):
        columns = _words(rest)
        if called == "remove":
            yield from (Change("drop_column", table, column, where=where) for column in columns)
        else:
            yield from _operation("rename_column", [table, *columns], rest, where)


def _words(rest: str) -> list[str]:
    return [symbol or text for symbol, text in _WORD.findall(rest)]


def _operation(name: str, words: list[str], rest: str, where: str) -> Iterator[Change]:
    table, column = words[0], words[1] if len(words) > 1 else ""
    match name:
        case "create_table":
            yield Change("create_table", table, where=where)
        case "drop_table":
            yield Change("drop_table", table, where=where)
        case "rename_table":
            yield Change("rename_table", table, where=where)
        case "add_column":
            mandatory = bool(re.search(r"null:\s*false", rest)) and "default:" not in rest
            yield Change("add_mandatory" if mandatory else "add_column", table, column, where=where)
        case "remove_column":
            yield Change("drop_column", table, column, where=where)
        case "remove_columns":
            yield from (Change("drop_column", table, each, where=where) for each in words[1:])
        case "remove_reference" | "remove_belongs_to":
            yield Change("drop_column", table, f"{column}_id", where=where)
        case "rename_column":
            yield Change("rename_column", table, column, where=where)
            yield from (Change("add_column", table, each, where=where) for each in words[2:3])
        case "change_column_null":
            mandatory = bool(re.search(r",\s*false\b", rest))
            yield Change("not_null" if mandatory else "nullable", table, column, where=where)
        case "change_column":
            if known := _TYPES.get(words[2] if len(words) > 2 else ""):
                yield Change("type", table, column, type=known, where=where)
            if re.search(r"null:\s*false", rest):
                yield Change("not_null", table, column, where=where)
