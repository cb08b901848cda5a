"""Complete the settings of an application with what its patched source says: a Procfile, and whether it is Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pocdeploy import fixes
from pocdeploy.config import AppSettings
from pocdeploy.config.commands import shell
from pocdeploy.config.workloads import RELEASE, WEB, Process
from pocdeploy.errors import Finding, PatchError
from pocdeploy.source import app_tree, entrypoint, procfile

DJANGO = "django"
MANAGE = "manage.py"


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """An application with all that its source decides."""

    app: AppSettings
    """Settings: each process has a command, and only Django has Django's commands."""
    notes: tuple[str, ...] = ()
    """What the source has decided, one line each, for people."""


def resolve(name: str, app: AppSettings, tree: Path, dockerfile: Path | None = None) -> Resolved:
    """Return the settings of the application ``name`` completed by its patched copy ``tree`` and its ``dockerfile``.

    What the settings say has priority over a Procfile. Raises PatchError for a Procfile that is none, a process without
    a command, and Django's commands without Django.
    """
    place = procfile.NAME
    if app.context and (tree / app.context / procfile.NAME).exists():
        place = f"{app.context}/{procfile.NAME}"
    lines = procfile.read(tree / place, f"{app.path}/{place}")
    has_django = any(path.name == MANAGE for path in app_tree.walk(tree))
    where = f"pocdeploy:apps.{name}"
    found: dict[str, Process] = {}
    for part in dict.fromkeys([*lines, *app.processes]):
        given = app.processes.get(part, Process())
        if given is not None:
            line = shell(lines[part]) if part in lines else None
            found[part] = given.model_copy(update={"command": given.command or line})
    findings = [*_without_command(where, found), *([] if has_django else _foreign(where, app))]
    if findings:
        raise PatchError(findings)
    done = _resolved(name, app, found, lines, has_django=has_django)
    words = entrypoint.wrapper(dockerfile, tree) if dockerfile else ()
    return replace(done, app=done.app.with_entrypoint(words)) if words else done


def _resolved(name: str, app: AppSettings, found: dict[str, Process], lines: Any, *, has_django: bool) -> Resolved:
    web, release = found.pop(WEB, None), found.pop(RELEASE, None)
    changes: dict[str, Any] = {"processes": found}
    used = [part for part in lines if part in found]
    commands: dict[str, Any] = (
        {} if has_django else {key: None for key in _djangos(app) if key not in app.commands.model_fields_set}
    )
    if release is not None and "migrate" not in app.commands.model_fields_set:
        commands["migrate"] = release.command
        used += [RELEASE] if RELEASE in lines else []
    if web is not None and app.command is None and app.args is None:
        changes["command"] = web.command
        used += [WEB] if WEB in lines else []
    if commands:
        changes["commands"] = app.commands.model_copy(update=commands)
    notes = [f"{name}: the Procfile gives {', '.join(sorted(used))}"] if used else []
    left = sorted(key for key, value in commands.items() if value is None)
    if left:
        notes.append(f"{name}: no {MANAGE} in its source, so none of Django's commands ({', '.join(left)})")
    done = app.model_copy(update=changes)
    if done.database and done.commands.migrate and done.commands.check_migrations is None:
        notes.append(f"{name}: its migrations are not checked for what breaks the running release (checkMigrations)")
    return Resolved(app=done, notes=tuple(notes))


def _without_command(where: str, found: dict[str, Process]) -> Iterator[Finding]:
    for part, process in found.items():
        if process.command is None:
            yield Finding(
                where=f"{where}.processes.{part}",
                what="a process without a command",
                expected=f"a command, or a line `{part}: …` in the Procfile of the source",
                fix=fixes.set_value(f"{where}.processes.{part}.command", ["python", f"{part}.py"]),
            )


def _djangos(app: AppSettings) -> list[str]:
    """Return the commands that are Django's."""
    commands = app.commands
    words = {key: getattr(commands, key) for key in type(commands).model_fields}
    return [key for key, it in words.items() if it == DJANGO or (isinstance(it, tuple) and MANAGE in it)]


def _foreign(where: str, app: AppSettings) -> Iterator[Finding]:
    """Yield a finding for each command that was set to the one of Django, in an application without it."""
    for key in sorted(set(_djangos(app)) & app.commands.model_fields_set):
        if getattr(app.commands, key) == DJANGO:
            alias = type(app.commands).model_fields[key].alias
            yield Finding(
                where=f"{where}.commands.{alias}",
                what=f"django needs a {MANAGE}, which the patched source does not have",
                actual=DJANGO,
                expected="a command of this application, or null",
                fix=fixes.unset(f"{where}.commands.{alias}"),
            )
