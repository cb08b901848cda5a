"""From Pulumi's raw configuration to checked settings: either all is well, or one error says everything that is not."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pocdeploy import redact
from pocdeploy.config import defaults, stack_file
from pocdeploy.config.cluster import CLUSTERS
from pocdeploy.config.files import check_files
from pocdeploy.config.secrets import check_receiver, check_secrets, in_clear, secrets_in_clear
from pocdeploy.config.settings import Settings
from pocdeploy.errors import Finding, SettingsError

PREFIX = "pocdeploy:"
SECRETS = "secrets"
REGISTRY_PASSWORD = "registryPassword"  # noqa: S105 -- name of a key

_ACCEPTED = {
    "string_type": "a text",
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


def load(
    raw: Mapping[str, str],
    *,
    root: Path,
    secret_keys: Collection[str] = (),
    stack: str | None = None,
) -> Settings:
    """Return the settings of a stack.

    Args:
        raw: Pulumi's configuration as it hands it over: full keys, JSON texts for structured values.
        root: directory of Pulumi.yaml, where relative paths start.
        secret_keys: the keys that Pulumi keeps encrypted.
        stack: name of the stack, to look into its file for secrets in clear.

    Raises:
        SettingsError: with a finding for everything that is not right.
    """
    values = {key.removeprefix(PREFIX): _decode(value) for key, value in raw.items() if key.startswith(PREFIX)}
    secrets = values.pop(SECRETS, None)
    apps = values.get("apps", {defaults.APP: {}})
    # The file is read only where it can matter: {} for the secrets is the default of Pulumi.yaml.
    is_needed = stack is not None and (secrets != {} or (isinstance(apps, dict) and len(apps) > 1))
    written = (stack_file.config(root, str(stack)) if is_needed else None) or {}
    if isinstance(apps, dict):
        apps = values["apps"] = stack_file.in_written_order(apps, written.get(f"{PREFIX}apps"))
    findings: list[Finding] = []
    if values.pop(REGISTRY_PASSWORD, None) and f"{PREFIX}{REGISTRY_PASSWORD}" not in secret_keys:
        findings.append(in_clear(f"{PREFIX}{REGISTRY_PASSWORD}"))
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        findings += [_finding(detail) for detail in error.errors()]
    else:
        findings += check_files(settings, root)
        findings += check_receiver(secrets or {}, settings.monitoring.receiver)
    if secrets:
        encrypted = f"{PREFIX}{SECRETS}" in secret_keys
        findings += check_secrets(secrets, encrypted=encrypted, apps=set(apps if isinstance(apps, dict) else ()))
    findings += secrets_in_clear(written.get(f"{PREFIX}{SECRETS}"))
    if findings or settings is None:
        raise SettingsError(list(dict.fromkeys(findings)))
    return settings


def load_stack(root: Path, stack: str) -> Settings:
    """Return the settings that the files of a stack contain; raises SettingsError or PreflightError."""
    name = stack.rpartition("/")[2]
    return load(stack_file.read(root, name), root=root, stack=name)


def _decode(text: Any) -> Any:
    """Return a structured value; what is no JSON is a plain text, as in Pulumi itself."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _finding(error: ErrorDetails) -> Finding:
    path = [part for part in error["loc"] if not str(part).startswith(("tuple[", "literal["))]  # branches of a union
    is_name = "[key]" in path
    path = [part for part in path if part != "[key]"]
    kind = CLUSTERS["kind"]
    if path[0:1] == ["cluster"] and len(path) > 1:
        kind = CLUSTERS[str(path.pop(1))]  # the branch that the type has chosen, which is no key of its own
    if error["type"].startswith("union_tag"):
        return _unknown_type(error)
    where = PREFIX + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    if error["type"] == "extra_forbidden":
        return _unknown_key(where, path, error, kind)
    if not path:
        return Finding(where="pocdeploy", what="these settings do not go together", expected=_accepted(error))
    fix = str(error.get("ctx", {}).get("fix", "")).replace("{app}", str(path[1] if len(path) > 1 else ""))
    plain = f"pulumi config rm --path '{where}'" if is_name else f"pulumi config set --path '{where}' <value>"
    return Finding(
        where=where,
        what="this name cannot be used" if is_name else "this value cannot be used",
        actual=_repeated(path, error["input"]),
        expected=_accepted(error),
        fix=fix or plain,
    )


def _repeated(path: list[int | str], value: Any) -> str | None:
    """Return a value for a message, masked; None where any value may be a secret: a variable, a receiver's URL."""
    return None if {"env", "buildArgs", "receiver"} & set(path) else _shown(redact.structure(value))


def _unknown_type(error: ErrorDetails) -> Finding:
    where = f"{PREFIX}cluster.type"
    return Finding(
        where=where,
        what="there is no such type of cluster",
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
        what="there is no such setting",
        actual=redact.MASKED if redact.names_a_secret(str(path[-1])) else _repeated(path, error["input"]),
        expected=f"{hint}one of {', '.join(known)}",
        fix=f"pulumi config rm --path '{where}'",
    )


def _known_keys(path: list[int | str], kind: type[BaseModel]) -> list[str]:
    """Return the keys that the model at this path has, in a stack with a cluster of this kind."""
    annotation: Any = Settings
    if path[:1] == ["cluster"]:
        annotation, path = kind, path[1:]
    for part in path:
        if get_origin(annotation) is dict:  # the part is a name that the user chose, an application's
            annotation = get_args(annotation)[1]
            continue
        if isinstance(part, int):  # an entry of a list
            annotation = get_args(annotation)[0]
            continue
        fields = _model_in(annotation).model_fields
        annotation = next(field.annotation for name, field in fields.items() if part in (name, field.alias))
    return [field.alias or name for name, field in _model_in(annotation).model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel]:
    """Return the model in an annotation such as ``Model | None``."""
    options = (annotation, *get_args(annotation))
    return next(option for option in options if isinstance(option, type) and issubclass(option, BaseModel))


def _accepted(error: ErrorDetails) -> str:
    if error["type"] == "pocdeploy":
        return error["msg"]
    return _ACCEPTED.get(error["type"]) or error["msg"].removeprefix("Input should be ")


def _shown(value: Any) -> str:
    """Return a value as a person would write it, shortened."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."
