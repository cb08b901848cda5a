"""Load the settings of a stack: check Pulumi's raw configuration and report all problems at once."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pocdeploy.config import defaults, stack_file
from pocdeploy.config.files import check_files
from pocdeploy.config.frameworks import with_defaults
from pocdeploy.config.keys import PREFIX
from pocdeploy.config.references import check_references
from pocdeploy.config.secrets import (
    check_receiver,
    check_secrets,
    check_store,
    check_variables,
    check_written_secrets,
    unencrypted,
)
from pocdeploy.config.settings import Settings, deployed_name
from pocdeploy.config.stores import check_prefix
from pocdeploy.config.validation import (
    Check,
    InFile,
    other_namespaces,
    problem_keys,
    validated,
    validation_findings,
)
from pocdeploy.errors import Finding, SettingsError

if TYPE_CHECKING:
    from pocdeploy.config.yaml_editor import YamlText

APPS = "apps"
SECRETS = "secrets"
REGISTRY_PASSWORD = "registryPassword"  # noqa: S105 -- name of a key


def load(
    raw: Mapping[str, str],
    *,
    root: Path,
    secret_keys: Collection[str] = (),
    stack: str | None = None,
    document: YamlText | None = None,
) -> Settings:
    """Return the settings of a stack, with each application under the name that it was deployed with.

    Args:
        raw: configuration as Pulumi passes it to a program: full keys, and JSON for structured values.
        root: directory of Pulumi.yaml, where relative paths start.
        secret_keys: keys whose values Pulumi encrypts.
        stack: name of the stack; its file is searched for unencrypted secrets, and for the lines of problems.
        document: the document of the stack, if its content differs from the file.

    Raises:
        SettingsError: with a finding for each problem.
    """
    values = {key.removeprefix(PREFIX): _decode(value) for key, value in raw.items() if key.startswith(PREFIX)}
    secrets, password = values.pop(SECRETS, None), values.pop(REGISTRY_PASSWORD, None)
    apps = values.get(APPS, {defaults.APP: {}})
    names = set(apps) if isinstance(apps, dict) else set()
    written = _written(root, stack, secrets, names, document)
    if names:
        ordered = stack_file.in_written_order(apps, written.get(f"{PREFIX}{APPS}"))
        values[APPS] = {name: with_defaults(deployed_name(name, app), app, root) for name, app in ordered.items()}
    in_file = _in_file(root, stack, document)
    findings = [*other_namespaces(raw, in_file)]
    if password and f"{PREFIX}{REGISTRY_PASSWORD}" not in secret_keys:
        findings.append(unencrypted(f"{PREFIX}{REGISTRY_PASSWORD}"))
    known = secrets or written.get(f"{PREFIX}{SECRETS}") or {}  # only Pulumi passes secrets, but a file names them
    settings = None
    try:
        settings = validated(values)
        findings += _of_several(settings, known, root)
        findings += check_prefix(settings.backups, root, stack.rpartition("/")[2]) if stack else []
    except ValidationError as error:
        findings += validation_findings(error, values, check=_checker(root), in_file=in_file)
    if secrets:
        findings += check_secrets(secrets, encrypted=f"{PREFIX}{SECRETS}" in secret_keys, apps=names)
    findings += _of_file(written, names, passed=bool(secrets))
    if findings or settings is None:
        placed = stack_file.place(root, stack, document) if stack else lambda finding: finding
        raise SettingsError([placed(finding) for finding in dict.fromkeys(findings)])
    return settings.with_deployed_names()


def _of_file(written: Mapping[str, Any], apps: set[str], *, passed: bool) -> Iterator[Finding]:
    """Yield the problems of secrets in the stack's file. Their names are checked unless Pulumi has ``passed`` them."""
    if isinstance(written.get(f"{PREFIX}{REGISTRY_PASSWORD}"), str):
        yield unencrypted(f"{PREFIX}{REGISTRY_PASSWORD}")
    secrets = written.get(f"{PREFIX}{SECRETS}")
    if not passed and isinstance(secrets, dict) and secrets.keys() != {"secure"}:
        yield from check_secrets(stack_file.without_secrets(secrets), encrypted=True, apps=apps)
    yield from check_written_secrets(secrets)


def _of_several(settings: Settings, secrets: Any, root: Path) -> list[Finding]:
    """Return the problems of valid settings with files, secrets and references."""
    return [
        *check_files(settings, root),
        *check_receiver(secrets, settings.monitoring.receiver),
        *check_store(secrets, settings.backups),
        *check_variables(secrets, settings.apps),
        *check_references(secrets, settings.apps),
    ]


def load_stack(root: Path, stack: str) -> Settings:
    """Return the settings that the files of a stack contain; raises SettingsError."""
    name = stack.rpartition("/")[2]
    return load(stack_file.read(root, name), root=root, stack=name)


def _checker(root: Path) -> Check:
    """Return what finds the keys with a problem, files included."""

    def check(values: Mapping[str, Any]) -> set[str]:
        try:
            return {finding.where for finding in check_files(validated(values), root)}
        except ValidationError:
            return problem_keys(values)

    return check


def _in_file(root: Path, stack: str | None, document: YamlText | None) -> InFile:
    """Return what finds a value in the file of a stack, which is read only if there is a problem."""
    if stack is None:
        return InFile()

    @functools.cache
    def text() -> YamlText:
        return document or stack_file.document(stack_file.path(root, stack))

    return InFile(
        typed=lambda path: text().typed(stack_file.in_document(text(), path)),
        has=lambda path: text().has(stack_file.in_document(text(), path)),
    )


def _written(
    root: Path, stack: str | None, secrets: Any, apps: Collection[str], document: YamlText | None
) -> Mapping[str, Any]:
    """Return the configuration in the stack's file, which has the order of applications and unencrypted secrets.

    It is empty where it makes no difference: for one application, and without secrets (Pulumi.yaml's default is {}).
    """
    if stack is None or (secrets == {} and len(apps) < 2):
        return {}
    return stack_file.config(root, stack, document) or {}


def _decode(text: Any) -> Any:
    """Return a structured value; text that is not JSON is a plain string, as in Pulumi."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
