"""Recorded previews, made by `python -m tests.engine.previews`, and events as the engine writes them."""

from __future__ import annotations

import json
from typing import Any

from pocdeploy.pull_requests.preview import Preview
from pocdeploy.pull_requests.preview_parser import read
from tests.paths import UNIT

PREVIEWS = UNIT / "previews"
PRELUDE = {"preludeEvent": {"config": {"pocdeploy:apps": '{"polls":{},"shop":{}}'}}}
SUMMARY = {"summaryEvent": {"resourceChanges": {"same": 50}}}


def recorded(name: str) -> Preview:
    (file,) = PREVIEWS.glob(f"{name}.*")
    return read(file.read_text("utf-8"))


def stream(*events: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(event)}\n" for event in events)


def error(message: str) -> dict[str, Any]:
    return {"diagnosticEvent": {"message": message, "severity": "error"}}


def step(type_: str, name: str, op: str = "create", **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::pocdeploy::{type_}::{name}"
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn, "type": type_, **more}}}
