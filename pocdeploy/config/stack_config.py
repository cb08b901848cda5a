"""The configuration of a stack as its files give it, without the Pulumi CLI: before there is a stack to ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from pocdeploy.errors import Finding, PreflightError

SECRETS = ("pocdeploy:secrets", "pocdeploy:registryPassword")


class _Loader(yaml.SafeLoader):
    """Reads plain values as Pulumi does: YAML 1.2, in which ``off`` and ``12:30`` are texts."""

    yaml_implicit_resolvers = {}


for _kind, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_pattern})$"), list(_first))


def read(root: Path, stack: str) -> dict[str, str]:
    """Give the configuration of ``stack`` in the form in which Pulumi hands it to the program.

    ``root`` has Pulumi.yaml, whose defaults count where Pulumi.<stack>.yaml has no such key; either file may be
    missing. Secrets are left out, and any other encrypted value is an arbitrary text: nothing can be
    decrypted here. Raises PreflightError when a file cannot be read or is no YAML.
    """
    project = _document(root / "Pulumi.yaml")
    name = str(project.get("name", ""))
    defaults = {key: _default(declared) for key, declared in _config(project).items()}
    values = {key: value for key, value in defaults.items() if value is not None}
    values |= _config(_document(root / f"Pulumi.{stack}.yaml"))
    raw = {key if ":" in key else f"{name}:{key}": _plain(value) for key, value in values.items()}
    plain = {key: value for key, value in raw.items() if key not in SECRETS}
    return {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in plain.items()}


def _document(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 -- a SafeLoader
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        # The text of a YAML error quotes the file, in which a secret may stand: only the place is shown.
        mark = getattr(error, "problem_mark", None)
        got = f"trouble in line {mark.line + 1}" if mark else type(error).__name__
        finding = Finding(where=file.name, what="this file cannot be read as YAML", actual=got, fix=f"edit {file.name}")
        raise PreflightError([finding]) from error
    return content if isinstance(content, dict) else {}


def _config(document: dict[str, Any]) -> dict[str, Any]:
    config = document.get("config")
    return {str(key): value for key, value in config.items()} if isinstance(config, dict) else {}


def _default(declared: Any) -> Any:
    """Give what Pulumi.yaml says of a key: the value itself, or a declaration with ``default`` or ``value``."""
    return declared.get("default", declared.get("value")) if isinstance(declared, dict) else declared


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return "encrypted"
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    # Pulumi hands numbers over as JSON, where 1.0 is 1.
    return int(value) if isinstance(value, float) and value.is_integer() else value
