"""Read the stack's configuration: settings, secrets and patched sources, before any resource is created."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.cluster import Access, connect
from components.image import Source
from components.stack import deployed as state
from pocdeploy import fixes
from pocdeploy.config import AppSettings, Settings, load, stack_file
from pocdeploy.config.cluster import is_protected
from pocdeploy.config.frameworks import own_files
from pocdeploy.errors import Finding, PatchError, PocdeployError
from pocdeploy.source import build_context, image_source, resolve
from pocdeploy.stacks import data_loss, databases, refusals
from pocdeploy.stacks.deployed import Deployed
from pocdeploy.stacks.effective import effective
from pocdeploy.stacks.facts import Facts

SECRETS = "secrets"
REGISTRY_PASSWORD = "registryPassword"  # noqa: S105 -- name of a key


@dataclass(frozen=True, kw_only=True)
class Program:
    """The checked configuration of the stack."""

    settings: Settings
    """All settings without the secrets, with what stays as deployed (pocdeploy/stacks/effective.py)."""
    deployed: Deployed
    """State of the stack before this run."""
    access: Access | None
    """Connection to an existing cluster; None for other types of cluster."""
    sources: Mapping[str, Source]
    """Application -> patched copy of its source."""
    secrets: Mapping[str, Mapping[str, pulumi.Output[str]]]
    """Application -> environment variable -> value that was set with ``pocdeploy set``."""
    registry_password: pulumi.Output[str] | None = None
    """Password of the registry, if one was set in the same way."""


def read() -> Program:
    """Return the checked configuration of the stack, with the applications' sources prepared.

    Raises:
        pulumi.RunError: with all problems. Nothing has been registered then.
    """
    with fixes.for_stack(pulumi.get_stack()):
        return _read()


def _read() -> Program:
    config = pulumi.Config("pocdeploy")
    # pulumi.Config cannot list the keys, which shows a misspelt one, and cannot say which values are encrypted.
    raw, secret_keys = pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
    try:
        asked = load(raw, root=Path.cwd(), secret_keys=secret_keys, stack=pulumi.get_stack())
        deployed = state.read()
        settings = effective(asked, deployed)
        for line in databases.postponed(asked, settings):
            pulumi.log.info(line)
        access = connect(settings)
        refusals.check(settings, deployed, Facts(inventory=access.inventory if access else None))
        _check_data(settings, deployed)
        sources = _sources(settings)
        settings = _resolved(settings, sources)
        return Program(
            settings=settings,
            deployed=deployed,
            access=access,
            sources=sources,
            secrets=_secrets(config),
            registry_password=config.get_secret(REGISTRY_PASSWORD) if config.get(REGISTRY_PASSWORD) else None,
        )
    except PocdeployError as error:
        placed = error.placed(stack_file.place(Path.cwd(), pulumi.get_stack()))
        raise pulumi.RunError(str(placed)) from None


def _check_data(settings: Settings, deployed: Deployed) -> None:
    """Stop before anything is registered if the settings delete data, unless that is allowed."""
    stack, is_preview = pulumi.get_stack(), pulumi.runtime.is_dry_run()
    data_loss.check(
        data_loss.losses(settings, deployed),
        stack=stack,
        allowed=os.environ.get(data_loss.ALLOWED, "").split(),
        is_preview=is_preview,
        protect=deployed.is_protected or is_protected(settings.cluster, stack),
    )


def _sources(settings: Settings) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    findings: list[Finding] = []
    for name, app in settings.apps.items():
        try:
            sources[name] = _prepare(name, app)
        except PatchError as error:
            findings += error.findings
    if findings:
        raise PatchError(findings)
    return sources


def _prepare(name: str, app: AppSettings) -> Source:
    # A relative path, so that a checkout in another folder builds the same image.
    tree = Path(".pocdeploy", "build", pulumi.get_stack(), name)
    build_context.prepare(
        Path(str(app.path)),
        tree,
        patches=Path(app.patches) if app.patches else None,
        requirements=Path(app.requirements) if app.requirements else None,
        own_files=own_files(app.framework, Path(str(app.path)) / (app.context or "")),
        context=app.context,
    )
    file = image_source.dockerfile(name, app, Path(), tree)
    return Source(tree=str(tree), context=str(tree / (app.context or "")), dockerfile=str(file))


def _resolved(settings: Settings, sources: Mapping[str, Source]) -> Settings:
    """Return the settings completed by the sources: processes of a Procfile, and Django's commands only for Django."""
    apps = {}
    findings: list[Finding] = []
    for name, app in settings.apps.items():
        try:
            source = sources[name]
            found = resolve.resolve(name, app, Path(source.tree), Path(source.dockerfile))
        except PatchError as error:
            findings += error.findings
            continue
        apps[name] = found.app
        for note in found.notes:
            pulumi.log.info(note)
    if findings:
        raise PatchError(findings)
    return settings.model_copy(update={"apps": apps})


def _secrets(config: pulumi.Config) -> dict[str, dict[str, pulumi.Output[str]]]:
    # Not get_secret_object: the names have to be known while resources are declared, only the values are secret.
    values = config.get_object(SECRETS) or {}
    apps = config.get_object("apps") or {}
    before = {name: (app or {}).get("renamedFrom") or name for name, app in apps.items()}
    return {
        before.get(app, app): {name: pulumi.Output.secret(value) for name, value in named.items()}
        for app, named in values.items()
    }
