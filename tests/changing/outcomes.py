"""What the changes do, as it was recorded on the real engine: plain data in tests/golden/changes-*.json."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.changing.stacks import ALL_APPS, APPS
from tests.paths import GOLDEN

Outcome = dict[str, Any]
"""``steps`` (operation, type and name -> the properties that differ), ``refused`` or ``loses`` (texts)."""
Unit = tuple[str, str]
"""A step, and one of its properties."""
NAME, EACH = "<name>", "<each>"
"""Stand for the changed application, and for every application, in the names of steps."""


def file_of(cluster: str) -> Path:
    return GOLDEN / f"changes-{cluster}.json"


def recorded(cluster: str) -> dict[str, Outcome]:
    """Return name of a row -> outcome."""
    file = file_of(cluster)
    found: dict[str, Outcome] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def write(cluster: str, outcomes: Mapping[str, Outcome]) -> None:
    file_of(cluster).write_text(json.dumps(outcomes, indent=1, ensure_ascii=False) + "\n", "utf-8")


def general(units: Collection[Unit], app: str) -> dict[str, list[str]]:
    """Return steps with NAME for the changed application, if it is one, and EACH for what all of them have."""
    steps: dict[str, list[str]] = {}
    rest = set(units)
    for unit in sorted(units):
        each = (_replaced(unit[0], APPS[0], EACH), _replaced(unit[1], APPS[0], EACH))
        same = {_unit(each, EACH, name) for name in ALL_APPS}
        if not app and len(same) > 1 and same <= rest:
            steps.setdefault(each[0], []).append(each[1])
            rest -= same
    for step, path in sorted(rest):
        steps.setdefault(_replaced(step, app, NAME), []).append(_replaced(path, app, NAME))
    return dict(sorted(steps.items()))


def expand(outcome: Outcome, app: str, names: Sequence[str] = ALL_APPS) -> set[Unit]:
    """Return the steps of an outcome for one application, in a stack with the applications ``names``."""
    units = [(step, path) for step, paths in outcome["steps"].items() for path in paths]
    return {
        _unit(_unit(unit, NAME, app), EACH, name) for unit in units for name in (names if EACH in unit[0] else (app,))
    }


def _unit(unit: Unit, mark: str, name: str) -> Unit:
    return unit[0].replace(mark, name), unit[1].replace(mark, name)


def _replaced(text: str, name: str, mark: str) -> str:
    return re.sub(rf"\b{name}\b", mark, text) if name else text
