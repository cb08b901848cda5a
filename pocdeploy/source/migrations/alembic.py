"""Changes in the modules of Alembic; nothing of them is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pocdeploy.config.source_files import SourceFiles
from pocdeploy.source.migrations import sql
from pocdeploy.source.migrations.changes import Change

GLOBS = ("**/versions/*.py",)
_TYPES = {
    "BigInteger": "bigint",
    "Boolean": "boolean",
    "Date": "date",
    "DateTime": "timestamp",
    "Float": "double precision",
    "Integer": "integer",
    "Numeric": "numeric",
    "SmallInteger": "smallint",
    "String": "character varying",
    "Text": "text",
    "Unicode": "character varying",
    "Uuid": "uuid",
}
"""Type of SQLAlchemy -> that of PostgreSQL; others are not compared."""


def read(files: SourceFiles) -> list[Change]:
    """Return the changes of all modules, in the order in which each follows another one."""
    modules: dict[str, tuple[set[str], str, ast.Module]] = {}
    for name in files.matching(*GLOBS):
        try:
            tree = ast.parse(files.text(name))
        except SyntaxError:
            continue
        if (revision := _assigned(tree, "revision")) is not None:
            for own in revision:
                modules[own] = (_assigned(tree, "down_revision") or set(), name, tree)
    return [change for revision in _ordered(modules) for change in _module(*modules[revision][1:])]


def _assigned(tree: ast.Module, name: str) -> set[str] | None:
    """Return the texts that a module assigns to a name; None if it does not assign it."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                found = [it.value for it in ast.walk(node.value) if isinstance(it, ast.Constant)]
                return {text for text in found if isinstance(text, str)}
    return None


def _ordered(modules: dict[str, tuple[set[str], str, ast.Module]]) -> list[str]:
    """Return the revisions so that each comes after those that it follows; a circle ends at its beginning."""
    done: dict[str, None] = {}
    for first in sorted(modules, key=lambda revision: modules[revision][1]):
        waiting = [first]
        while waiting:
            before = [it for it in sorted(modules[waiting[-1]][0]) if it in modules and it not in (*done, *waiting)]
            waiting += before[:1] or [""]
            if waiting[-1] == "":
                waiting.pop()
                done.setdefault(waiting.pop())
    return list(done)


def _module(name: str, tree: ast.Module) -> Iterator[Change]:
    for function in tree.body:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name == "upgrade":
            yield from _calls(function, name)


def _calls(function: ast.AST, where: str) -> Iterator[Change]:
    batches = {
        item.optional_vars.id: _text(item.context_expr.args, 0)
        for node in ast.walk(function)
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name) and isinstance(item.context_expr, ast.Call)
    }
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        func = call.func
        assert isinstance(func, ast.Attribute)
        owner = func.value.id if isinstance(func.value, ast.Name) else ""
        if owner in batches:
            yield from _operation(func.attr, batches[owner], call.args, call, where)
        elif owner == "op" and func.attr == "execute":
            yield from sql.statements("; ".join(_all_text(call.args[:1])), where)
        elif owner == "op":
            yield from _operation(func.attr, _text(call.args, 0), call.args[1:], call, where)


def _operation(name: str, table: str, rest: list[ast.expr], call: ast.Call, where: str) -> Iterator[Change]:
    keywords = {it.arg: it.value for it in call.keywords if it.arg}
    table = ".".join(filter(None, [_text([keywords["schema"]], 0) if "schema" in keywords else "", table]))
    match name:
        case "create_table" | "drop_table" | "rename_table":
            yield Change(name, table, where=where)
        case "drop_column":
            yield Change("drop_column", table, _text(rest, 0), where=where)
        case "add_column" if rest and isinstance(rest[0], ast.Call):
            column = rest[0]
            given = {it.arg: it.value for it in column.keywords if it.arg}
            mandatory = _is_false(given.get("nullable")) and "server_default" not in given
            yield Change("add_mandatory" if mandatory else "add_column", table, _text(column.args, 0), where=where)
        case "alter_column":
            yield from _altered(table, _text(rest, 0), keywords, where)


def _altered(table: str, column: str, keywords: dict[str, ast.expr], where: str) -> Iterator[Change]:
    if "nullable" in keywords:
        mandatory = _is_false(keywords["nullable"])
        yield Change("not_null" if mandatory else "nullable", table, column, where=where)
    if known := _TYPES.get(_type(keywords.get("type_"))):
        yield Change("type", table, column, type=known, where=where)
    if "new_column_name" in keywords:
        yield Change("rename_column", table, column, where=where)
        yield Change("add_column", table, _text([keywords["new_column_name"]], 0), where=where)


def _type(node: ast.expr | None) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _text(words: list[ast.expr], number: int) -> str:
    node = words[number] if number < len(words) else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _all_text(words: list[ast.expr]) -> list[str]:
    found = [it.value for word in words for it in ast.walk(word) if isinstance(it, ast.Constant)]
    return [re.sub(r";\s*$", "", it) for it in found if isinstance(it, str)]
