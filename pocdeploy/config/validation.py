"""Describe what pydantic found in settings as findings with the config key, the value and the command."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pocdeploy import redact
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.config.settings import Settings
from pocdeploy.errors import Finding
from pocdeploy.secret_names import names_a_secret

PREFIX = "pocdeploy:"
_ACCEPTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "model_type": "a map of settings",
    "model_attributes_type": "a map of settings",
    "dict_type": "a map",
    "tuple_type": "a list",
    "missing": "a value",
}


def validation_findings(error: ValidationError) -> list[Finding]:
    """Return a finding for each error in the settings of a stack."""
    return [_finding(detail) for detail in error.errors()]


def _finding(error: ErrorDetails) -> Finding:
    # pydantic adds names of alternatives to the path.
    path = [part for part in error["loc"] if not str(part).startswith(("tuple[", "literal["))]
    is_name = "[key]" in path
    path = [part for part in path if part != "[key]"]
    below = [part for part in str(error.get("ctx", {}).get("key", "")).split(".") if part]
    value, path = _below(error["input"], below), [*path, *below]
    kind = CLUSTERS["kind"]
    if path[0:1] == ["cluster"] and len(path) > 1:
        kind = CLUSTERS[str(path.pop(1))]  # pydantic adds the cluster type, which is not a key
    if error["type"].startswith("union_tag"):
        return _unknown_type(error)
    where = PREFIX + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    if error["type"] == "extra_forbidden":
        return _unknown_key(where, path, error, kind)
    if not path:
        return Finding(where="pocdeploy", what="conflicting settings", expected=_accepted(error))
    fix = str(error.get("ctx", {}).get("fix", "")).replace("{app}", str(path[1] if len(path) > 1 else ""))
    plain = f"pulumi config rm --path '{where}'" if is_name else f"pulumi config set --path '{where}' <value>"
    return Finding(
        where=where,
        what="invalid name" if is_name else "invalid value",
        actual=_actual(path, value) if value is not None or not below else None,
        expected=_accepted(error),
        fix=fix or plain,
    )


def _below(value: Any, keys: list[str]) -> Any:
    """Return the value at a path below another one; None if there is none: then a default is wrong."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _actual(path: list[int | str], value: Any) -> str | None:
    """Return a masked value for a message; None where each value may be a secret: a variable, a receiver's URL."""
    return None if {"env", "buildArgs", "receiver"} & set(path) else _shown(redact.structure(value))


def _unknown_type(error: ErrorDetails) -> Finding:
    where = f"{PREFIX}cluster.type"
    return Finding(
        where=where,
        what="unknown cluster type",
        actual=_shown(error["input"].get("type")) if isinstance(error["input"], dict) else _shown(error["input"]),
        expected=_one_of(CLUSTERS),
        fix=f"pulumi config set --path '{where}' <type>",
    )


def _one_of(names: Collection[str]) -> str:
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}"


def _unknown_key(where: str, path: list[int | str], error: ErrorDetails, kind: type[BaseModel]) -> Finding:
    known = _known_keys(path[:-1], kind)
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return Finding(
        where=where,
        what="unknown setting",
        actual=redact.MASKED if names_a_secret(str(path[-1])) else _actual(path, error["input"]),
        expected=f"{hint}one of {', '.join(known)}",
        fix=f"pulumi config rm --path '{where}'",
    )


def _known_keys(path: list[int | str], kind: type[BaseModel]) -> list[str]:
    """Return the keys of the model at this path, in a stack with a cluster of this kind."""
    annotation: Any = Settings
    if path[:1] == ["cluster"]:
        annotation, path = kind, path[1:]
    for part in path:
        if get_origin(annotation) is dict:  # the name of an application
            annotation = get_args(annotation)[1]
            continue
        if isinstance(part, int):  # an entry of a list
            continue
        fields = _model_in(annotation).model_fields
        annotation = next(field.annotation for name, field in fields.items() if part in (name, field.alias))
    return [field.alias or name for name, field in _model_in(annotation).model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel]:
    """Return the model in an annotation such as ``Model | None`` or ``tuple[Model, ...]``."""
    return next(option for option in _parts(annotation) if isinstance(option, type) and issubclass(option, BaseModel))


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


def _accepted(error: ErrorDetails) -> str:
    if error["type"] == "pocdeploy":
        return error["msg"]
    return _ACCEPTED.get(error["type"]) or error["msg"].removeprefix("Input should be ")


def _shown(value: Any) -> str:
    """Return a value as written in a stack file, shortened."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."
