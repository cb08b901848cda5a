"""Property bags between protobuf and plain Python: secrets keep their mark, unknown values stay unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN
"""The engine's sentinel for a value that only an update will know."""
_MARK = {rpc._special_sig_key: rpc._special_secret_sig}


def decode(bag: Struct) -> dict[str, Any]:
    """Return a property bag as plain values, with the marks of secrets kept and whole numbers as such."""
    decoded: dict[str, Any] = _whole(json_format.MessageToDict(bag))
    return decoded


def encode(values: Mapping[str, Any]) -> Struct:
    """Return plain values as a property bag."""
    return json_format.ParseDict(values, Struct())


def is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def secret(value: Any) -> dict[str, Any]:
    return {**_MARK, "value": value}


def reveal(value: Any) -> Any:
    """Return a value with the marks of secrets taken off."""
    if is_secret(value):
        return reveal(value["value"])
    if isinstance(value, dict):
        return {key: reveal(inner) for key, inner in value.items()}
    return [reveal(inner) for inner in value] if isinstance(value, list) else value


def has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    return any(map(has_unknown, value)) if isinstance(value, list) else value == UNKNOWN


def differences(old: Any, new: Any, path: str = "") -> dict[str, str]:
    """Return path -> add, delete or update, for every leaf that differs. An unknown value differs from all others."""
    if isinstance(old, dict) and isinstance(new, dict):
        found: dict[str, str] = {}
        for key in sorted({*old, *new}):
            inner = _join(path, key)
            if key not in new:
                found[inner] = "delete"
            elif key not in old:
                found[inner] = "add"
            else:
                found |= differences(old[key], new[key], inner)
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        found = {}
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            found |= differences(one, other, f"{path}[{index}]")
        return found
    return {} if old == new else {path: "update"}


def _join(path: str, key: str) -> str:
    if "." in key or "/" in key:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
