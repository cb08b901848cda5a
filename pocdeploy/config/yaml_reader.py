"""Read YAML as Pulumi reads it, with the position of each value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.resolver import BaseResolver

from pocdeploy import fixes
from pocdeploy.errors import Finding, SettingsError

TAG = "tag:yaml.org,2002:"
# Tag -> pattern of its plain scalars, and their first characters, as in https://github.com/go-yaml/yaml (v3), which
# Pulumi uses: `off` and `12:30` are strings.
_PLAIN_SCALARS = {
    f"{TAG}bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    f"{TAG}int": (
        r"[-+]?(?:0[bB]_*[01][01_]*|0[oO]_*[0-7][0-7_]*|0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0[0-7_]*|[1-9][0-9_]*)",
        "-+0123456789",
    ),
    f"{TAG}float": (r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    f"{TAG}null": (r"~|null|Null|NULL|", ("~", "n", "N", "")),
    f"{TAG}timestamp": (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", "0123456789"),
    f"{TAG}merge": (r"<<", "<"),
}


class _InvalidError(Exception):
    """What is wrong in the text, and in which line. Never quotes the text: a secret may stand in it."""

    def __init__(self, what: str, mark: Any = None) -> None:
        super().__init__(what)
        self.line: int | None = mark.line + 1 if mark else None


class Alias:
    """A use of an anchor: where it is written, and the value it refers to."""

    def __init__(self, node: Node, event: AliasEvent) -> None:
        self.node = node
        self.start_mark = event.start_mark
        self.end_mark = event.end_mark


class _Composer(Composer):
    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False  # legal, and the warning quotes the text

    def compose_node(self, parent: Any, index: Any) -> Any:
        if not self.parser.check_event(AliasEvent):
            return super().compose_node(parent, index)
        event = self.parser.peek_event()
        return Alias(super().compose_node(parent, index), event)


class PulumiResolver(BaseResolver):
    """Tells the type of a plain scalar."""

    processing_version = (1, 2)

    def __init__(self, loader: Any, **_: Any) -> None:
        super().__init__(loader)


for _tag, (_pattern, _first) in _PLAIN_SCALARS.items():
    PulumiResolver.add_implicit_resolver_base(_tag, re.compile(rf"(?:{_pattern})\Z"), list(_first))


def unusable(
    name: str, what: str, line: int | None = None, *, fix: str | None = None, expected: str | None = None
) -> SettingsError:
    """Return the error for a file that Pulumi refuses, or that no program can change."""
    return SettingsError(
        [Finding(where=name, what=what, fix=fix or fixes.edit(name, line), file=name, line=line, expected=expected)]
    )


def parse(text: str, name: str) -> tuple[Any, Any]:
    """Return the nodes of the first document of a file, and their plain value; None, None if there is no document.

    Raises SettingsError for text that is not YAML, and for what Pulumi refuses: a key that occurs twice.
    """
    parser = YAML(typ="safe", pure=True)
    parser.Composer, parser.Resolver = _Composer, PulumiResolver
    try:
        root = next(parser.compose_all(text), None)
        return root, plain(root)
    except _InvalidError as error:
        expected = "each key once in a map" if "already" in str(error) else None
        raise unusable(name, str(error), error.line, expected=expected) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _invalid(text, name, mark.line + 1 if mark else None, error) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise unusable(name, "this file contains a character that YAML does not allow", line) from None
    except YAMLError:
        raise unusable(name, "this file is not valid YAML") from None
    except RecursionError:
        raise unusable(name, "this file is nested too deeply, or an anchor contains itself") from None


def _invalid(text: str, name: str, line: int | None, error: MarkedYAMLError) -> SettingsError:
    """Return the error for text that is not YAML, with the line that a person has to change."""
    lines = text.splitlines()
    tabs = [number for number, each in enumerate(lines, start=1) if re.match(r"[ -]*\t", each)]
    if tabs:
        what = "this file is not valid YAML: this line is indented with a tab instead of spaces"
        return unusable(name, what, tabs[0], fix=_expand(text, name), expected="spaces, for example two for each level")
    opened = [number for number, each in enumerate(lines[:line], start=1) if _OPEN_QUOTE.match(each)]
    if opened:
        what = "this file is not valid YAML: a quote in this line is not closed"
        return unusable(name, what, opened[0], expected='a quote at both ends, for example name: "test"')
    start = error.context_mark
    if start and error.context and "flow" in error.context:
        what = "this file is not valid YAML: a bracket in this line is not closed"
        return unusable(name, what, start.line + 1, expected="brackets in pairs, for example [a, b] or {a: b}")
    expected = "key: value, the keys of a map below each other, for example name: test"
    return unusable(name, "this file is not valid YAML", line, expected=expected)


_OPEN_QUOTE = re.compile(
    r"""[^"'#]*[:\-\[{,][ ]+(?:"(?:[^"\\]|\\.)*|'(?:[^']|'')*)$""",
)
"""A line whose value begins with a quote that the line does not end."""


def _expand(text: str, name: str) -> str | None:
    """Return the command that replaces tabs by spaces, if that makes the text valid."""
    for width in (2, 4, 8):
        try:
            parse(text.expandtabs(width), name)
        except SettingsError:
            continue
        return f"expand -t {width} {name} >{name}.new && mv {name}.new {name}"
    return None


def plain(node: Any) -> Any:
    """Return the value of a node as plain data. Numbers are as in JSON, where 1.0 is 1."""
    if node is None:
        return None
    if isinstance(node, Alias):
        return plain(node.node)
    if isinstance(node, MappingNode):
        return _mapping(node)
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    try:
        return _SCALARS.get(str(node.tag), str)(node.value)
    except (ValueError, KeyError):
        raise _InvalidError("this value does not fit its tag", node.start_mark) from None


def key_of(node: Any) -> str:
    """Return a mapping's key as Pulumi names it: a number or a boolean is written as in JSON."""
    key = plain(node)
    if isinstance(key, dict | list):
        raise _InvalidError("this key is not a string", node.start_mark)
    return key if isinstance(key, str) else json.dumps(key)


def is_merge(key: Any) -> bool:
    """Return whether a key is ``<<``, which includes another mapping."""
    return isinstance(key, ScalarNode) and key.tag == f"{TAG}merge"


def _mapping(node: MappingNode) -> dict[str, Any]:
    lines: dict[str, int] = {}
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, value in node.value:
        name, line = key_of(key), key.start_mark.line + 1
        written = str(getattr(key, "value", name))
        if written in lines:
            raise _InvalidError(f"this key is already defined in line {lines[written]}", key.start_mark)
        lines[written] = line
        if is_merge(key):
            merged = _merged(value)
        else:
            own[name] = plain(value)
    return {**merged, **own}


def _merged(node: Any) -> dict[str, Any]:
    values = plain(node)
    result: dict[str, Any] = {}
    for each in values if isinstance(values, list) else [values]:
        if not isinstance(each, dict):
            raise _InvalidError("only a map can be merged with <<", node.start_mark)
        result = {**each, **result}
    return result


def _whole(text: str) -> int:
    digits = text.replace("_", "")
    return int(digits, 8 if re.fullmatch(r"[-+]?0[0-7]+", digits) else 0)


def _number(text: str) -> int | float:
    value = float(text.replace("_", ""))
    return int(value) if value.is_integer() else value


def _date(text: str) -> str:
    """Return a date as Go writes it; an impossible one is a string."""
    try:
        return f"{date(*map(int, text.split('-')))} 00:00:00 +0000 UTC"
    except ValueError:
        return text


_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{TAG}bool": lambda text: {"true": True, "false": False}[text.lower()],
    f"{TAG}int": _whole,
    f"{TAG}float": _number,
    f"{TAG}null": lambda _: None,
    f"{TAG}timestamp": _date,
}
