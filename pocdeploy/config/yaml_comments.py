"""Write comments beside the keys of a YAML document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ruamel.yaml.nodes import MappingNode

from pocdeploy.config.yaml_editor import YamlText
from pocdeploy.config.yaml_reader import key_of, parse

WIDTH = 120
"""A comment that makes its line longer stands above it."""


def with_comments(document: YamlText, comments: Mapping[tuple[str, ...], str], name: str) -> YamlText:
    """Return the document with a comment beside each of the given keys.

    Keys that are written in a map on one line, or have a comment already, get none. ``name`` is that of the file.
    """
    root, _ = parse(document.text, name)
    lines = document.text.split("\n")
    places = {_line(root, path): text for path, text in comments.items()}
    for number in sorted((number for number in places if number is not None), reverse=True):
        line, text = lines[number].rstrip("\r"), " ".join(places[number].split())
        end = "\r" if lines[number].endswith("\r") else ""
        if " #" in line:
            continue
        if len(line) + len(text) + 4 <= WIDTH:
            lines[number] = f"{line} # {text}{end}"
        else:
            indent = line[: len(line) - len(line.lstrip())]
            lines.insert(number, f"{indent}# {text}{end}")
    changed = YamlText("\n".join(lines), name)
    return changed if changed.data == document.data else document


def _line(root: Any, path: tuple[str, ...]) -> int | None:
    """Return the line of the last key of a path; None if it has no line of its own."""
    node, line = root, None
    for key in path:
        if not isinstance(node, MappingNode) or node.flow_style:
            return None
        found = next(((each, value) for each, value in node.value if key_of(each) == key), None)
        if found is None:
            return None
        line, node = found[0].start_mark.line, found[1]
    return line
