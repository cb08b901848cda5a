"""Check ``pocdeploy:secrets``. Only names appear in findings: the values stay with Pulumi."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pocdeploy import fixes, redact
from pocdeploy.config import keys
from pocdeploy.config.apps import AppSettings
from pocdeploy.config.backups import Backups
from pocdeploy.config.monitoring import Receiver
from pocdeploy.config.variables import RESERVED_VARIABLES
from pocdeploy.errors import Finding

KEY = "pocdeploy:secrets"
SECRETS = "secrets"
ALERTMANAGER = "alertmanager"
"""Key of the secrets of the alert receiver, beside those of the applications."""
BACKUPS = "backups"
"""Key of the credentials of the store of backups."""
STORE_CREDENTIALS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
SHAPE = "<application>.<variable>, for example pocdeploy:secrets.shop.SECRET_KEY"


def check_secrets(names: Any, *, encrypted: bool, apps: set[str]) -> list[Finding]:
    """Return a finding for each problem of the secrets, without their values.

    Args:
        names: the decoded value of the key: application -> variable -> secret.
        encrypted: whether Pulumi encrypts the key.
        apps: names of the applications of this stack; ``alertmanager`` and ``backups`` are also valid.
    """
    if not isinstance(names, dict):
        return [Finding(where=KEY, what="not a map", expected=SHAPE, fix=fixes.unset(KEY))]
    findings = []
    if not encrypted:
        findings.append(unencrypted(KEY))
    for app, variables in names.items():
        findings += _check_app(app, variables, apps | {ALERTMANAGER, BACKUPS})
    return findings


def check_variables(names: Any, apps: Mapping[str, AppSettings]) -> list[Finding]:
    """Return a finding for each secret with the name of a plain variable, which Kubernetes would prefer to it.

    Args:
        names: the decoded value of the key.
        apps: settings of the applications.
    """
    secrets = names if isinstance(names, dict) else {}
    return [
        Finding(
            where=f"{KEY}.{app}.{variable}",
            what="this secret is not used: a plain variable has the same name",
            actual=variable,
            expected="a name that is not in env or databaseEnv",
            fix=fixes.unset(keys.written((SECRETS, app, variable))),
        )
        for app, settings in apps.items()
        if isinstance(secrets.get(app), dict)
        for variable in sorted(secrets[app].keys() & (settings.env.keys() | settings.made_variables))
        if variable not in RESERVED_VARIABLES  # check_secrets reports it
    ]


def check_receiver(names: Any, receiver: Receiver | None) -> list[Finding]:
    """Return a finding for each secret of the alert receiver that is missing or unused.

    Args:
        names: the decoded value of the key.
        receiver: the alert receiver.
    """
    wanted = receiver.secrets if receiver else ()
    needed_by = f"a receiver of type {receiver.type}" if receiver else ""
    return _section(names, ALERTMANAGER, wanted, needed_by, user="the alert receiver", key="monitoring.receiver")


def check_store(names: Any, backups: Backups) -> list[Finding]:
    """Return a finding for each credential of the store of backups that is missing or unused.

    A store without any is used with the role of the database's pods.

    Args:
        names: the decoded value of the key.
        backups: the store.
    """
    given = names.get(BACKUPS) if isinstance(names, dict) else None
    wanted = STORE_CREDENTIALS if backups.store == "s3" and (given or backups.endpoint) else ()
    return _section(names, BACKUPS, wanted, "the store s3", user="the store of backups", key="backups.store: s3")


def _section(
    names: Any, section: str, wanted: Collection[str], needed_by: str, *, user: str, key: str
) -> list[Finding]:
    """Return a finding for each secret of a section that is missing or unused."""
    given = names.get(section, {}) if isinstance(names, dict) else {}
    if not isinstance(given, dict):  # check_secrets reports it
        return []
    path = f"{KEY}.{section}"
    missing = [
        Finding(
            where=f"{path}.{name}",
            what=f"{needed_by} needs this secret",
            expected="an encrypted value",
            fix=fixes.set_secret(f"{path}.{name}"),
        )
        for name in wanted
        if name not in given
    ]
    unused = [
        Finding(
            where=f"{path}.{name}",
            what=f"{user} does not use this secret",
            actual=str(name),
            expected=f"one of {', '.join(wanted)}" if wanted else f"none, unless {key} is set",
            fix=fixes.unset(keys.written((SECRETS, section, name))),
        )
        for name in given
        if name not in wanted
    ]
    return missing + unused


def check_written_secrets(written: Any) -> list[Finding]:
    """Return a finding for each unencrypted value of the key in the stack's file.

    Pulumi marks a whole key as secret as soon as one value is, so only the file shows an unencrypted value beside an
    encrypted one.
    """
    return [unencrypted(path) for path in _plain_leaves(KEY, written)] if written is not None else []


def _plain_leaves(path: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield path
    elif set(value) != {"secure"}:
        for name, inner in value.items():
            yield from _plain_leaves(keys.written((*keys.parse(path), str(name))), inner)


def unencrypted(path: str) -> Finding:
    """Return the finding that everyone who has the stack's file can read a secret."""
    return Finding(
        where=path,
        what="secret is stored unencrypted in the stack's configuration",
        actual=redact.MASKED,
        expected="an encrypted value",
        fix=fixes.set_secret(path),
    )


def _check_app(app: str, variables: Any, apps: set[str]) -> Iterator[Finding]:
    path = keys.written((SECRETS, app))
    remove = fixes.unset(path)
    if app not in apps:
        known = ", ".join(sorted(apps))
        yield Finding(where=path, what="unknown application", actual=app, expected=f"one of {known}", fix=remove)
    if not isinstance(variables, dict):
        yield Finding(where=path, what="not a map of variables", expected=SHAPE, fix=remove)
        return
    for name, value in variables.items():
        where = keys.written((SECRETS, app, str(name)))
        remove = fixes.unset(where)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)):
            yield Finding(where=where, what="invalid variable name", actual=str(name), expected=SHAPE, fix=remove)
        if name in RESERVED_VARIABLES - {"SECRET_KEY"}:
            yield Finding(where=where, what="pocdeploy sets this variable itself", actual=name, fix=remove)
        if not isinstance(value, str) or not value:
            yield Finding(
                where=where,
                what="the secret is empty or not a string",
                expected="a string of at least one character",
                fix=fixes.set_secret(where),
            )
