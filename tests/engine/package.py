"""What the behaviours of all packages have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.engine import values
from tests.engine.calls import Call
from tests.engine.world import World


@dataclass
class Change:
    """What a diff comes to."""

    paths: dict[str, str]
    """Path -> add, update or delete."""
    replaces: list[str] = field(default_factory=list)
    delete_first: bool = False


class Package:
    """The behaviour of a package: by default a resource comes to what was put in, and is updated in place."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder

    def check(self, call: Call, old: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
        """Return the inputs with what the provider itself adds."""
        return call.inputs

    def diff(self, kind: str, old: dict[str, Any], new: dict[str, Any]) -> Change:
        return Change(values.differences(old, new))

    def diff_config(self, old: dict[str, Any], new: dict[str, Any]) -> Change:
        return Change(values.differences(old, new))

    def preview(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        """Return what is known of the outputs before the operation; what is missing is unknown to the program."""
        return call.inputs

    def create(self, call: Call, config: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Return id and outputs."""
        raise NotImplementedError

    def update(self, call: Call, old: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        raise NotImplementedError

    def delete(self, call: Call, config: Mapping[str, str]) -> None:
        raise NotImplementedError

    def read(self, identity: str, known: dict[str, Any], config: Mapping[str, str]) -> dict[str, Any]:
        """Return what is there under an id; by default what is known of it."""
        return known

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return a function's answer."""
        raise NotImplementedError
