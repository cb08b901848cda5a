"""Ask the engine for states that are already saved. Nothing is registered, and it works in previews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc  # type: ignore[import-untyped]
import pulumi
from google.protobuf import json_format  # type: ignore[import-untyped]
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2


def stack_outputs(stack: str) -> Mapping[str, Any]:
    """Return the outputs of a stack, given by its full name; raises LookupError. They can contain secrets."""
    return _ask("readStackOutputs", name=stack)


def resource_outputs(stack: str) -> Mapping[str, Any]:
    """Return the resources in the state of a stack that was deployed: URN -> ``type`` and ``outputs``.

    They can contain secrets. Raises LookupError. Of a stack that was never deployed, the engine ends in a nil pointer.
    """
    return _ask("readStackResourceOutputs", stackName=stack)


def _ask(function: str, **arguments: str) -> Mapping[str, Any]:
    """Call a function of the engine.

    `pulumi.runtime.invoke` accepts references to resources, and fails because those of this run do not exist yet.
    """
    request = resource_pb2.ResourceInvokeRequest(tok=f"pulumi:pulumi:{function}", acceptResources=False)
    request.args.update(arguments)
    monitor = pulumi.runtime.settings.get_monitor()
    assert monitor is not None, "a program runs with an engine"  # for mypy
    try:
        response = monitor.Invoke(request)
    except grpc.RpcError as error:
        raise LookupError(error.details()) from None
    return dict(_plain(json_format.MessageToDict(getattr(response, "return"))["outputs"]))


def _plain(value: Any) -> Any:
    """Return a value without the marks of secrets, and with integers, which protobuf does not have."""
    if isinstance(value, dict):
        is_secret = value.get(rpc._special_sig_key) == rpc._special_secret_sig
        return _plain(value["value"]) if is_secret else {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
