"""Load the settings of a stack: check Pulumi's raw configuration and report all problems at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pocdeploy.config import defaults, stack_file
from pocdeploy.config.files import check_files
from pocdeploy.config.frameworks import with_defaults
from pocdeploy.config.references import check_references
from pocdeploy.config.secrets import (
    check_receiver,
    check_secrets,
    check_variables,
    check_written_secrets,
    unencrypted,
)
from pocdeploy.config.settings import Settings, deployed_name
from pocdeploy.config.validation import PREFIX, validation_findings
from pocdeploy.errors import Finding, SettingsError

APPS = "apps"
SECRETS = "secrets"
REGISTRY_PASSWORD = "registryPassword"  # noqa: S105 -- name of a key


def load(
    raw: Mapping[str, str],
    *,
    root: Path,
    secret_keys: Collection[str] = (),
    stack: str | None = None,
) -> Settings:
    """Return the settings of a stack, with each application under the name that it was deployed with.

    Args:
        raw: configuration as Pulumi passes it to a program: full keys, and JSON for structured values.
        root: directory of Pulumi.yaml, where relative paths start.
        secret_keys: keys whose values Pulumi encrypts.
        stack: name of the stack; its file is searched for unencrypted secrets.

    Raises:
        SettingsError: with a finding for each problem.
    """
    values = {key.removeprefix(PREFIX): _decode(value) for key, value in raw.items() if key.startswith(PREFIX)}
    secrets, password = values.pop(SECRETS, None), values.pop(REGISTRY_PASSWORD, None)
    apps = values.get(APPS, {defaults.APP: {}})
    names = set(apps) if isinstance(apps, dict) else set()
    written = _written(root, stack, secrets, names)
    if names:
        ordered = stack_file.in_written_order(apps, written.get(f"{PREFIX}{APPS}"))
        values[APPS] = {name: with_defaults(deployed_name(name, app), app, root) for name, app in ordered.items()}
    findings: list[Finding] = []
    if password and f"{PREFIX}{REGISTRY_PASSWORD}" not in secret_keys:
        findings.append(unencrypted(f"{PREFIX}{REGISTRY_PASSWORD}"))
    settings = None
    try:
        settings = Settings.model_validate(values)
        findings += check_files(settings, root)
        known = secrets or written.get(f"{PREFIX}{SECRETS}") or {}  # only Pulumi passes secrets, but a file names them
        findings += check_receiver(known, settings.monitoring.receiver)
        findings += check_variables(known, settings.apps)
        findings += check_references(known, settings.apps)
    except ValidationError as error:
        findings += validation_findings(error)
    if secrets:
        findings += check_secrets(secrets, encrypted=f"{PREFIX}{SECRETS}" in secret_keys, apps=names)
    findings += check_written_secrets(written.get(f"{PREFIX}{SECRETS}"))
    if findings or settings is None:
        raise SettingsError(list(dict.fromkeys(findings)))
    return settings.with_deployed_names()


def load_stack(root: Path, stack: str) -> Settings:
    """Return the settings that the files of a stack contain; raises SettingsError or PreflightError."""
    name = stack.rpartition("/")[2]
    return load(stack_file.read(root, name), root=root, stack=name)


def _written(root: Path, stack: str | None, secrets: Any, apps: Collection[str]) -> Mapping[str, Any]:
    """Return the configuration in the stack's file, which has the order of applications and unencrypted secrets.

    It is empty where it makes no difference: for one application, and without secrets (Pulumi.yaml's default is {}).
    """
    if stack is None or (secrets == {} and len(apps) < 2):
        return {}
    return stack_file.config(root, stack) or {}


def _decode(text: Any) -> Any:
    """Return a structured value; text that is not JSON is a plain string, as in Pulumi."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
