"""What the changes of a stack do: many previewed at once, each step attributed to one row.

A preview is that of the planner (`tests/program/changing.py`) or of the real engine (`tests/engine/changing.py`).
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pocdeploy.config import load
from pocdeploy.errors import Finding, PocdeployError
from pocdeploy.stacks import data_loss, refusals
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.facts import Facts
from tests.changing import stacks
from tests.changing.outcomes import NAME, Outcome, Unit, expand, general
from tests.changing.rows import ROWS, Row
from tests.changing.stacks import APPS

_NO_STEP = ("same", "read", "discard", "create-replacement", "delete-replaced")
"""Operations that change nothing outside of the state, and the parts of a replacement."""
_WHOLE = {"PrometheusRule": "spec", "ConfigMap dashboard": "data"}
"""Objects about all applications: their properties are numbered, and so not those of one application."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a preview has shown."""

    units: set[Unit]
    refused: str = ""
    """The errors of a program that has ended before it registered anything."""


class Stack(Protocol):
    """A deployed stack."""

    config: stacks.Config
    state: Deployed
    root: Path
    """Folder of the project."""

    def preview(self, batch: Mapping[Row, str]) -> Preview:
        """Preview all changes of a batch: row -> application that is changed."""


def units(steps: Iterable[tuple[str, str, Collection[str]]]) -> set[Unit]:
    """Return each step with each property that differs, from operation, kind and name, and properties."""
    found = set()
    for op, name, paths in steps:
        if op in _NO_STEP or name.startswith("pulumi "):
            continue
        whole = next((path for start, path in _WHOLE.items() if name.startswith(start)), None)
        given = paths if op in ("update", "replace") else ()
        # Without indices: another variable before it must not be another outcome.
        found |= {
            (f"{op} {name}", re.sub(r"\[\d+\]", "[]", path)) for path in ([whole] if whole and given else given or [""])
        }
    return found


def after(stack: Stack, batch: Mapping[Row, str]) -> stacks.Config:
    """Return the configuration with all changes of a batch."""
    config = copy.deepcopy(stack.config)
    for row, app in batch.items():
        for path, value in row.paths(app).items():
            stacks.put(config, path, value)
    return config


def stopped(stack: Stack, row: Row) -> Outcome | None:
    """Return what pocdeploy says to a change before it starts the engine; None if nothing."""
    app = row.app or APPS[0]
    raw = {f"pocdeploy:{key}": json.dumps(_opened(value)) for key, value in after(stack, {row: app}).items()}
    name = app if row.is_app else ""
    try:
        settings = effective(load(raw, root=stack.root, secret_keys=raw), stack.state)
    except PocdeployError as error:
        return {"refused": [_said(it, name) for it in error.findings]}
    if found := refusals.refused(settings, stack.state, Facts()):
        return {"refused": [_said(it, name) for it in found]}
    if lost := data_loss.losses(settings, stack.state):
        return {"loses": sorted(_general(it.what, name) for it in lost)}
    return None


def _opened(value: Any) -> Any:
    """Return a value with a text in place of each encrypted one, as a program gets it."""
    if not isinstance(value, dict):
        return value
    return "opened" if "secure" in value else {key: _opened(inner) for key, inner in value.items()}


_OF_SETTINGS = ("invalid value", "conflicting settings")
"""Texts that say nothing without the expected value."""


def _said(finding: Finding, app: str) -> str:
    what = "" if finding.what in _OF_SETTINGS else finding.what
    return _general("; ".join(filter(None, (what, finding.expected and f"expected {finding.expected}"))), app)


def _general(text: str, app: str) -> str:
    return re.sub(rf"\b{app}\b", NAME, text) if app else text


def batches(rows: Iterable[Row], known: Mapping[str, Outcome], apps: Sequence[str] = APPS) -> Iterator[dict[Row, str]]:
    """Yield rows that are previewed together, with one of ``apps`` for each: no step belongs to two of them."""
    waiting = list(rows)
    while waiting:
        batch: dict[Row, str] = {}
        taken: set[Unit] = set()
        for row in waiting:
            for app in (row.app,) if row.app else apps if row.is_app else apps[:1]:
                own = expand(known[row.name], app)
                if not _is_mixed(own, taken) and not any(
                    _is_shared(row.paths(app), other.paths(batch[other])) for other in batch
                ):
                    batch[row] = app
                    taken |= own
                    break
        waiting = [row for row in waiting if row not in batch]
        yield batch


def _is_mixed(own: set[Unit], taken: set[Unit]) -> bool:
    """Return whether a step is in both, or a resource with two operations, of which the engine makes one."""
    operations = {name: op for op, name in (step.split(" ", 1) for step, _ in taken)}
    is_other = any(operations.get(name, op) != op for op, name in (step.split(" ", 1) for step, _ in own))
    return is_other or any(step == other and _overlap(path, more) for step, path in own for other, more in taken)


def _is_shared(keys: Iterable[str], others: Collection[str]) -> bool:
    """Return whether a key is among others, or in one of them."""
    return any(_overlap(one, other) for one in keys for other in others)


def _overlap(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))


def alone(stack: Stack, row: Row) -> Outcome:
    """Return what a change does, from a preview of its own."""
    if said := stopped(stack, row):
        return said
    app = row.app or APPS[0]
    found = stack.preview({row: app})
    if found.refused:
        return {"refused": [line.strip() for line in found.refused.splitlines() if line.strip()]}
    return {"steps": general(found.units, app if row.is_app else "")}


def observed(stack: Stack, rows: Iterable[Row], known: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Return name of a row -> what its change does. ``known`` are the expected outcomes.

    Rows that the guards stop need no engine. All others are previewed in batches: each step belongs to one row.
    If a batch has other steps than expected, its rows are previewed one by one.
    """
    found: dict[str, Outcome] = {}
    rest: list[Row] = []
    for row in rows:
        if said := stopped(stack, row):
            found[row.name] = said
        elif "steps" in known.get(row.name, {}):
            rest.append(row)
        else:
            found[row.name] = alone(stack, row)
    for batch in batches(rest, known):
        run = stack.preview(batch)
        expected = {row: expand(known[row.name], app) for row, app in batch.items()}
        others = batch.keys() if run.refused else _suspects(batch, expected, run.units)
        found |= {row.name: alone(stack, row) if row in others else known[row.name] for row in batch}
    return found


def _suspects(batch: Mapping[Row, str], expected: Mapping[Row, set[Unit]], steps: set[Unit]) -> Collection[Row]:
    """Return the rows of a batch that may have other steps than expected: all of them, if it cannot be told which."""
    differing = steps ^ set().union(*expected.values())
    own = {
        row: {it for it in differing if it in expected[row] or (row.is_app and re.search(rf"\b{app}\b", it[0]))}
        for row, app in batch.items()
    }
    is_known = differing == set().union(*own.values())
    return [row for row in batch if own[row]] if is_known else batch.keys()


def rows_of(cluster: str) -> list[Row]:
    return [row for row in ROWS if cluster in row.on]
