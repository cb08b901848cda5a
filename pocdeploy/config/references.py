"""References of variables to other ones, ``$(NAME)``: whether they are defined, and the order that Kubernetes needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pocdeploy import fixes
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.commands import is_shell
from pocdeploy.config.variables import ADMIN_PASSWORD
from pocdeploy.errors import Finding

_REFERENCE = re.compile(r"\$\$|\$\((?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\)")
"""``$$(NAME)`` is the text ``$(NAME)`` itself."""


def names_in(text: str) -> list[str]:
    """Return the names of the variables that a text refers to."""
    return [match["name"] for match in _REFERENCE.finditer(text) if match["name"]]


def expanded(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its references replaced; one that has no value stays, as in Kubernetes."""

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        return values.get(name, match[0]) if name else "$"

    return _REFERENCE.sub(value, text)


def in_order(env: Mapping[str, str]) -> dict[str, str]:
    """Return variables so that each one comes after those that it refers to, otherwise in their own order.

    Raises CycleError if they refer to each other in a circle.
    """
    sorter = TopologicalSorter({name: [it for it in names_in(env[name]) if it in env] for name in env})
    return {name: env[name] for name in sorter.static_order()} if _has_references(env) else dict(env)


def _has_references(env: Mapping[str, str]) -> bool:
    return any(name in env for text in env.values() for name in names_in(text))


def check_references(names: Any, apps: Mapping[str, AppSettings]) -> list[Finding]:
    """Return a finding for each reference that nothing defines, and for variables that refer to each other.

    Args:
        names: the decoded value of ``pocdeploy:secrets``: application -> variable -> secret.
        apps: settings of the applications.
    """
    given = names if isinstance(names, dict) else {}
    return [
        finding
        for name, app in apps.items()
        for finding in _check(f"pocdeploy:apps.{name}", app, _defined(app, given.get(name)))
    ]


def _defined(app: AppSettings, secrets: Any) -> set[str]:
    """Return the names of the variables in a container of an application."""
    own = set(secrets) if isinstance(secrets, dict) else set()
    return {
        *app.env,
        *(own - {ADMIN_PASSWORD}),
        *app.made_variables,
        *([app.database_url] if app.database_url else []),
        app.secret_key_env,
        "PORT",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        *(["METRICS_PORT"] if app.metrics_port else []),
    }


def _texts(app: AppSettings) -> Iterator[tuple[str, str]]:
    """Yield each text in which Kubernetes replaces references, with its key. A shell reads its own lines."""
    yield from ((f"env.{name}", value) for name, value in app.env.items())
    commands = {
        "command": app.command,
        "args": app.args,
        **{f"processes.{name}.command": it.command for name, it in app.processes.items() if it},
        **{f"cron[{index}].command": it.command for index, it in enumerate(app.cron)},
    }
    for key, words in commands.items():
        if words and not is_shell(words):
            yield from ((key, word) for word in words)


def _check(where: str, app: AppSettings, defined: set[str]) -> Iterator[Finding]:
    for key, text in _texts(app):
        if unknown := [name for name in names_in(text) if name not in defined]:
            yield Finding(
                where=f"{where}.{key}",
                what="refers to a variable that nothing defines",
                actual=", ".join(f"$({name})" for name in unknown),
                expected=f"one of {', '.join(sorted(defined))}; $$(NAME) for the text itself",
                fix=fixes.unset(f"{where}.{key}"),
            )
    try:
        in_order(app.env)
    except CycleError as error:
        circle = [str(name) for name in error.args[1]]
        yield Finding(
            where=f"{where}.env.{circle[0]}",
            what="variables refer to each other in a circle",
            actual=" -> ".join(circle),
            expected="references to variables that do not lead back",
            fix=fixes.unset(f"{where}.env.{circle[0]}"),
        )
