"""The settings of an application as they are resolved, each with where its value comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pocdeploy import redact
from pocdeploy.config import defaults, stack_file
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.frameworks import with_defaults
from pocdeploy.config.keys import PREFIX
from pocdeploy.config.load import APPS, SECRETS, load_stack
from pocdeploy.errors import Finding, SettingsError

DEFAULT = "default"


@dataclass(frozen=True)
class Resolved:
    """One setting."""

    key: str
    """Below the application, for example ``database.instances``."""
    value: Any
    """Plain data; a secret is masked."""
    origin: str
    """``default``, ``framework flask``, ``Procfile``, ``source``, or the stack's file."""


Complete = Callable[[str, AppSettings], AppSettings]
"""Completes the settings of an application, by its name, with what its source says."""
PROCFILE, SOURCE = "Procfile", "source"
_OF_A_PROCFILE = ("processes.", "command", "commands.migrate")


def resolved(root: Path, stack: str, name: str, complete: Complete | None = None) -> list[Resolved]:
    """Return the settings of an application; raises SettingsError if they are invalid or there is no such application.

    Args:
        root: directory of Pulumi.yaml.
        stack: the stack.
        name: the application, by its key in the stack's file or by the name that it was deployed with.
        complete: completes the settings; what it changes has the origin ``Procfile`` or ``source``. None for nothing.
    """
    settings = load_stack(root, stack)
    key, deployed = stack_file.application(root, stack, name)
    app = settings.apps.get(deployed)
    if app is None:
        known = ", ".join(settings.apps)
        finding = Finding(
            where=f"{PREFIX}{APPS}.{name}",
            what="unknown application",
            expected=f"one of {known}",
            fix=f"pocdeploy config {next(iter(settings.apps))} --stack {stack}",
        )
        raise SettingsError([finding])
    written = (stack_file.config(root, stack) or {}).get(f"{PREFIX}{APPS}") or {defaults.APP: {}}
    given = written.get(key) or {}
    below = with_defaults(deployed, given, root) or {}
    origins = _Origins(stack_file.path(root, stack).name, given, below, app)
    found = [*_leaves(app, (), origins)]
    if complete is not None:
        found = [*_completed(found, _leaves(complete(deployed, app), (), origins))]
    return [*found, *_secrets(root, stack, key)]


def _completed(before: Sequence[Resolved], after: Iterable[Resolved]) -> Iterator[Resolved]:
    known = {each.key: each.value for each in before}
    for each in after:
        if each.key in known and known[each.key] == each.value:
            yield each
        else:
            yield replace(each, origin=PROCFILE if each.key.startswith(_OF_A_PROCFILE) and each.value else SOURCE)


@dataclass(frozen=True)
class _Origins:
    file: str
    given: Mapping[str, Any]
    """As the stack's file has it."""
    below: Mapping[str, Any]
    """With the defaults of the framework."""
    app: AppSettings

    def __call__(self, path: tuple[str, ...]) -> str:
        if _has(self.given, path):
            return self.file
        if _has(self.below, path):
            return f"framework {self.app.framework}"
        return DEFAULT


def _has(values: Any, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(values, Mapping):
            return True  # a shorter form, such as `database: false`
        if key not in values:
            return False
        values = values[key]
    return True


def _leaves(model: BaseModel, path: tuple[str, ...], origins: _Origins) -> Iterator[Resolved]:
    for field, about in type(model).model_fields.items():
        here, value = (*path, about.alias or field), getattr(model, field)
        if isinstance(value, BaseModel):
            yield from _leaves(value, here, origins)
        elif isinstance(value, dict) and value:
            for key, inner in value.items():
                if isinstance(inner, BaseModel):
                    yield from _leaves(inner, (*here, str(key)), origins)
                else:
                    yield _one((*here, str(key)), inner, origins)
        else:
            yield _one(here, value, origins)


def _one(path: tuple[str, ...], value: Any, origins: _Origins) -> Resolved:
    plain = _plain(value)
    # The name of a variable is no secret, its value may be one.
    is_value = path[0] in {"env", "buildArgs"}
    return Resolved(".".join(path), redact.structure(plain, key=path[-1] if is_value else ""), origins(path))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, mode="json")
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _secrets(root: Path, stack: str, key: str) -> Iterator[Resolved]:
    written = ((stack_file.config(root, stack) or {}).get(f"{PREFIX}{SECRETS}") or {}).get(key)
    for name in written if isinstance(written, Mapping) else ():
        yield Resolved(f"secrets.{name}", redact.MASKED, stack_file.path(root, stack).name)
