"""Options of all commands, which may stand before or behind the command: ``doctor --json``, ``--json doctor``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

SWITCHES = {
    "--json": ("json", 1),
    "-q": ("quiet", 1),
    "--quiet": ("quiet", 1),
    "-v": ("verbose", 1),
    "-vv": ("verbose", 2),
}
"""Option -> parameter of the whole command line, and by how much it counts."""


def take_common_options(params: dict[str, Any], arguments: list[str], *, own: Collection[str]) -> list[str]:
    """Take the common options out of a command's arguments, and note them in ``params``; give the other arguments.

    Left alone is what the command has an option for itself (``own``), what stands behind ``--``, and ``-v 9``, which is
    Pulumi's.
    """
    rest: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return [*rest, *arguments[index:]]
        follows = arguments[index + 1] if index + 1 < len(arguments) else ""
        if argument not in SWITCHES or argument in own or (argument == "-v" and follows.isdigit()):
            rest.append(argument)
            continue
        name, amount = SWITCHES[argument]
        params[name] = params.get(name, 0) + amount if name == "verbose" else True
    return rest
