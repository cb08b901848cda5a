"""Read the stack's last state, before any resource is registered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any

import pulumi
from google.protobuf import json_format  # type: ignore[import-untyped]
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2

from pocdeploy import process
from pocdeploy.stacks.deployed import Deployed, from_export, from_outputs


def read() -> Deployed:
    """Return the state before this run; empty for a new stack. Nothing is registered, and it works in previews."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    if not _ask("readStackOutputs", name=stack):
        return _first_run(stack)
    return from_outputs(_ask("readStackResourceOutputs", stackName=stack))


def _ask(function: str, **arguments: str) -> Mapping[str, Any]:
    """Return the outputs that a function of the engine gives.

    `pulumi.runtime.invoke` accepts references to resources, and fails because those of this run do not exist yet.
    """
    request = resource_pb2.ResourceInvokeRequest(tok=f"pulumi:pulumi:{function}", acceptResources=False)
    request.args.update(arguments)
    monitor = pulumi.runtime.settings.get_monitor()
    assert monitor is not None, "a program runs with an engine"  # for mypy
    response = monitor.Invoke(request)
    return dict(_plain(json_format.MessageToDict(getattr(response, "return"))["outputs"]))


def _plain(value: Any) -> Any:
    """Return a value without the marks of secrets, and with integers, which protobuf does not have."""
    if isinstance(value, dict):
        is_secret = value.get(rpc._special_sig_key) == rpc._special_secret_sig
        return _plain(value["value"]) if is_secret else {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _first_run(stack: str) -> Deployed:
    """Return what a first run that failed has left.

    A stack without outputs may have no state at all, and for such a stack the engine ends in a nil pointer when its
    resources are read. The CLI does not.
    """
    program = shutil.which("pulumi")
    if program is None:
        return Deployed()
    result = process.run([program, "stack", "export", "--stack", stack])
    return from_export(json.loads(result.stdout)) if result.code == 0 else Deployed()
