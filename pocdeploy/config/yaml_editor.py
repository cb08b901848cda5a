"""Change single values of YAML text; every other byte stays as it was typed.

ruamel.yaml gives the position of each value and writes the new ones. Its own round trip would keep comments too, but
not CRLF line ends, aligned columns, ``+5``, or a map that is written on several lines.
"""

from __future__ import annotations

import copy
import io
import re
import sys
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.representer import SafeRepresenter
from ruamel.yaml.resolver import implicit_resolvers

from pocdeploy import textfile
from pocdeploy.config import keys
from pocdeploy.config.keys import Path
from pocdeploy.config.yaml_reader import TAG, Alias, PulumiResolver, key_of, parse, plain, unusable
from pocdeploy.errors import SettingsError


class YamlText:
    """A YAML document: its text, and its value as plain data."""

    def __init__(self, text: str, name: str) -> None:
        """Raise SettingsError, with the file's ``name`` and the line, for text that Pulumi cannot read."""
        self.text = text
        self._name = name
        self._root, self.data = parse(text, name)

    @classmethod
    def decode(cls, content: bytes, name: str) -> YamlText:
        """Return the document in the content of a file; raises SettingsError."""
        if finding := textfile.not_utf8(content, name):
            raise SettingsError([finding])
        return cls(content.decode(), name)

    def set(self, path: Path, value: Any) -> YamlText:
        """Return the document with a value at a path of keys, and of numbers in lists.

        Maps on the way are added where there are none. The number behind the last one of a list adds an item. Raises
        SettingsError if the path leads through another value than a map or a list.
        """
        text = self._with(path, value)
        return self._checked(text, keys.put(_as_map(self.data), path, value))

    def unset(self, path: Path) -> YamlText:
        """Return the document without the last key of a path; unchanged if there is no such key."""
        expected = copy.deepcopy(self.data)
        parent = _parent(expected, path)
        if not keys.has(parent, path[-1]):
            return self
        del parent[path[-1]]
        return self._checked(self._without(path), expected)

    def has(self, path: Path) -> bool:
        """Return whether there is a value at a path, also null."""
        return keys.has(_parent(self.data, path), path[-1])

    def line(self, path: Path) -> int | None:
        """Return the line of a key, or of the key above it if it is not there; None if neither is."""
        node, line = self._root, None
        for key in path:
            node = node.node if isinstance(node, Alias) else node
            index = _index(node, key)
            if index < 0:
                break
            entry = node.value[index]
            line, node = (entry[0] if isinstance(entry, tuple) else entry).start_mark.line + 1, _value(entry)
        return line

    def typed(self, path: Path) -> str | None:
        """Return a value as it was typed, without quotes; None for maps, lists, and what is not there."""
        node = self._root
        for key in path:
            index = _index(node, key)
            if index < 0:
                return None
            node = _value(node.value[index])
        return str(node.value) if isinstance(node, ScalarNode) else None

    def rename(self, path: Path, key: str) -> YamlText:
        """Return the document with another name for the last key of a path; unchanged if there is no such key."""
        expected = copy.deepcopy(self.data)
        parent = _parent(expected, path)
        if path[-1] not in parent:
            return self
        parent[key] = parent.pop(path[-1])
        container, index = self._find(path)
        node = container.value[index][0]
        return self._checked(self._splice(node.start_mark.index, node.end_mark.index, _inline(key)), expected)

    def _checked(self, text: str, expected: Any) -> YamlText:
        """Return the changed document; a change that would also have changed something else is refused."""
        changed = YamlText(text, self._name)
        if _as_map(changed.data) != expected:
            raise self._refused()
        return changed

    def _refused(self) -> SettingsError:
        return unusable(self._name, "this key is written in a way that only a person can change")

    def _find(self, path: Path) -> tuple[Any, int]:
        """Return the map or list that has the last key of a path, and the key's place in it."""
        node, container, index = self._root, self._root, 0
        for key in path:
            container, index = node, _index(node, key)
            if index < 0:  # it comes from an anchor, which has other uses
                raise self._refused()
            node = _value(node.value[index])
        return container, index

    def _with(self, path: Path, value: Any) -> str:
        node, index = self._root, 0
        container: Any = None
        for depth, key in enumerate(path):
            kind = SequenceNode if isinstance(key, int) else MappingNode
            if isinstance(node, kind):
                index = _index(node, key)
                if index < 0:
                    return self._added(node, key, _nested(path[depth + 1 :], value))
                container, node = node, _value(node.value[index])
            elif plain(node) is not None:
                above = ".".join(map(str, path[:depth])).removeprefix("config.") or "this file"
                what = f"{above} is not a {'list' if isinstance(key, int) else 'map'}"
                raise unusable(self._name, what, node.start_mark.line + 1)
            elif container is None:
                return self._appended(_nested(path, value))
            else:
                return self._replaced(container, index, _nested(path[depth:], value))
        return self._replaced(container, index, value)

    def _added(self, container: Any, key: str | int, value: Any) -> str:
        if isinstance(key, int):
            return self._item_added(container, value)
        return self._inserted(container, {key: value})

    def _item_added(self, container: SequenceNode, value: Any) -> str:
        """Return the text with a value at the end of a list."""
        end = self._span(None, container.value[-1])[1] if container.value else container.end_mark.index - 1
        if container.flow_style:
            return self._splice(end, end, f"{', ' if container.value else ''}{_inline(value)}")
        item = " " * container.start_mark.column + f"- {_inline(value)}"
        end = self._line_end(end)
        if self.text[:end].endswith("\n"):
            return self._splice(end, end, item + self._newline)
        return self._splice(end, end, self._newline + item)

    def _item_replaced(self, container: SequenceNode, index: int, value: Any) -> str:
        start, end = self._span(None, container.value[index])
        rest = self._newline if self.text[start:end].endswith("\n") else ""
        return self._splice(start, end, _inline(value) + rest)

    def _appended(self, entries: dict[str, Any]) -> str:
        """Return the text of a document that has no value yet with its first entries."""
        if not self.text or self.text.endswith("\n"):
            return self.text + self._block(entries, 0) + self._newline
        return self.text + self._newline + self._block(entries, 0)

    def _inserted(self, container: MappingNode, entries: dict[str, Any]) -> str:
        """Return the text with entries at the end of a map."""
        if container.flow_style:
            if not container.value:
                end = container.end_mark.index - 1
                return self._splice(end, end, _inline(entries)[1:-1])
            end = self._span(*container.value[-1])[1]
            gap = " " if self.text[:end].endswith(":") else ""  # `a:,` would be a key
            return self._splice(end, end, f"{gap}, {_inline(entries)[1:-1]}")
        key, value = container.value[-1]
        block = self._block(entries, container.value[0][0].start_mark.column)
        end = self._line_end(self._span(key, value)[1])
        if self.text[:end].endswith("\n"):
            return self._splice(end, end, block + self._newline)
        if _is_block(_last(value)):  # a line end would become part of this text
            start = self._line_start(key.start_mark.index)
            return self._splice(start, start, block + self._newline)
        return self._splice(end, end, self._newline + block)

    def _replaced(self, container: Any, index: int, value: Any) -> str:
        """Return the text with another value of one entry of a map or list."""
        if isinstance(container, SequenceNode):
            return self._item_replaced(container, index, value)
        key, old = container.value[index]
        start, end = self._span(key, old)
        as_block = isinstance(value, dict) and value and not container.flow_style
        if start < end and not as_block and not _is_block(old):
            return self._splice(start, end, _inline(value))
        rest = self._newline if self.text[start:end].endswith("\n") else ""
        column = container.value[0][0].start_mark.column + _INDENT
        new = self._newline + self._block(value, column) if as_block else f" {_inline(value)}"
        return self._splice(key.end_mark.index, end, f":{new}{rest}")

    def _without(self, path: Path) -> str:
        """Return the text without one entry of a map or list."""
        container, index = self._find(path)
        entries = [entry if isinstance(entry, tuple) else (None, entry) for entry in container.value]
        starts = [(key or value).start_mark.index for key, value in entries]
        start, end = starts[index], self._span(*entries[index])[1]
        following = starts[index + 1] if index + 1 < len(starts) else None
        if container.flow_style:
            if index:
                return self._splice(self._span(*entries[index - 1])[1], end, "")
            comma = re.compile(r"\s*,").match(self.text, end)
            return self._splice(start, following or (comma.end() if comma else end), "")
        if len(entries) == 1 and len(path) > 1:
            return self._replaced(*self._find(path[:-1]), {} if isinstance(container, MappingNode) else [])
        line = self._line_start(start)
        before = self.text[line:start].strip()
        if before and isinstance(container, MappingNode):  # the first key of an item of a list
            return self._splice(start, following or end, "")
        if before not in ("", "-"):
            raise self._refused()
        end = self._line_end(end)
        is_needed = index > 0 and _is_block(_last(entries[index - 1][1]))  # part of the text before it
        if self.text[line - 1 : line] == "\n" and not self.text[:end].endswith("\n") and not is_needed:
            line -= len(self._newline)
        return self._splice(line, end, "")

    def _span(self, key: Any, value: Any) -> tuple[int, int]:
        """Return where a value begins and ends; a block ends with its last value, not with the comments after it."""
        start, end = value.start_mark.index, value.end_mark.index
        if isinstance(value, MappingNode | SequenceNode) and not value.flow_style:
            last = value.value[-1]
            return start, self._span(*(last if isinstance(last, tuple) else (None, last)))[1]
        colon = re.compile(r"\s*:").match(self.text, key.end_mark.index) if key and start == end else None
        # ruamel.yaml reports the position of the next key for an empty value that is followed by a comment.
        return (colon.end(), colon.end()) if colon else (start, end)

    def _splice(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1 or int(self.text.startswith("\ufeff"))

    def _line_end(self, position: int) -> int:
        if self.text[:position].endswith("\n"):  # after a text of several lines
            return position
        return (self.text.find("\n", position) + 1) or len(self.text)

    def _block(self, entries: dict[str, Any], column: int) -> str:
        lines = _written(entries, flow=False).rstrip("\n").split("\n")
        return self._newline.join(" " * column + line for line in lines)


_INDENT = 2


class _Resolver(PulumiResolver):
    """Takes a plain scalar for a string only if Pulumi does, YAML 1.1 and YAML 1.2; all others are quoted."""


for _versions, _tag, _pattern, _first in implicit_resolvers:
    _Resolver.add_implicit_resolver_base(_tag, _pattern, _first)


class _Representer(SafeRepresenter):
    """Writes maps as blocks, lists on one line, and quotes all but simple strings."""

    def represent_list(self, data: Any) -> Any:
        return self.represent_sequence(f"{TAG}seq", data, flow_style=True)

    def represent_str(self, data: Any) -> Any:
        simple = re.fullmatch(r"(pocdeploy:)?\w[\w ./@-]*", data, re.ASCII)
        return self.represent_scalar(f"{TAG}str", data, style=None if simple else '"')


_Representer.add_representer(list, _Representer.represent_list)
_Representer.add_representer(str, _Representer.represent_str)


def _written(value: Any, *, flow: bool) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.Resolver, yaml.Representer = _Resolver, _Representer
    yaml.default_flow_style, yaml.width = flow, sys.maxsize
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _inline(value: Any) -> str:
    """Return a value on one line."""
    return _written([value], flow=True).strip()[1:-1]


def _index(node: Any, key: str | int) -> int:
    if isinstance(key, int):
        return key if isinstance(node, SequenceNode) and key < len(node.value) else -1
    known = [key_of(each) for each, _ in node.value] if isinstance(node, MappingNode) else []
    return known.index(key) if key in known else -1


def _value(entry: Any) -> Any:
    """Return the value of an entry of a map or list."""
    return entry[1] if isinstance(entry, tuple) else entry


def _is_block(node: Any) -> bool:
    is_collection = isinstance(node, MappingNode | SequenceNode)
    return not node.flow_style if is_collection else getattr(node, "style", None) in ("|", ">")


def _last(node: Any) -> Any:
    """Return the last scalar of a value."""
    while isinstance(node, MappingNode | SequenceNode) and node.value:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return node


def _nested(path: Path, value: Any) -> Any:
    for key in reversed(path):
        value = [value] if isinstance(key, int) else {key: value}
    return value


def _as_map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parent(data: Any, path: Path) -> Any:
    """Return the map or list that the last key of a path belongs to; an empty map if there is none."""
    for key in path[:-1]:
        data = data[key] if keys.has(data, key) else None
    return data if isinstance(data, list) else _as_map(data)
