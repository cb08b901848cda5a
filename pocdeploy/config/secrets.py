"""Checks of ``pocdeploy:secrets``: only names are looked at, the values are for Pulumi alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pocdeploy.config.apps import RESERVED_VARIABLES
from pocdeploy.config.monitoring import Receiver
from pocdeploy.errors import Finding

KEY = "pocdeploy:secrets"
ALERTMANAGER = "alertmanager"
"""Where the secrets of the receiver of alerts are, beside those of the applications."""
SHAPE = "application, then variable, for example pocdeploy:secrets.shop.SECRET_KEY"


def check_secrets(names: Any, *, encrypted: bool, apps: set[str]) -> list[Finding]:
    """Return what is wrong with the secrets; values are never part of it.

    Args:
        names: the decoded value of the key: application -> variable -> secret.
        encrypted: whether Pulumi keeps the key as a secret.
        apps: names of the applications of this stack; ``alertmanager`` stands beside them.
    """
    if not isinstance(names, dict):
        return [Finding(where=KEY, what="this is no map", expected=SHAPE, fix=f"pulumi config rm {KEY}")]
    findings = []
    if not encrypted:
        findings.append(in_clear(KEY))
    for app, variables in names.items():
        findings += _check_app(app, variables, apps | {ALERTMANAGER})
    return findings


def check_receiver(names: Any, receiver: Receiver | None) -> list[Finding]:
    """Return a finding for each secret of the receiver of alerts that is missing, or that nothing would read.

    Args:
        names: the decoded value of the key.
        receiver: who is told of alerts.
    """
    given = names.get(ALERTMANAGER, {}) if isinstance(names, dict) else {}
    if not isinstance(given, dict):  # check_secrets says so
        return []
    wanted = receiver.secrets if receiver else ()
    path = f"{KEY}.{ALERTMANAGER}"
    missing = [
        Finding(
            where=f"{path}.{name}",
            what=f"a receiver of type {receiver.type} needs this secret" if receiver else "",
            expected="an encrypted value",
            fix=f"pulumi config set --secret --path '{path}.{name}'",
        )
        for name in wanted
        if name not in given
    ]
    unread = [
        Finding(
            where=f"{path}.{name}",
            what="no receiver of alerts has such a secret",
            actual=str(name),
            expected=f"one of {', '.join(wanted)}" if wanted else "none, unless monitoring.receiver is set",
            fix=f"pulumi config rm --path '{path}.{name}'",
        )
        for name in given
        if name not in wanted
    ]
    return missing + unread


def secrets_in_clear(written: Any) -> list[Finding]:
    """Return a finding for each unencrypted value of the key in the stack's file.

    Pulumi marks a whole key as secret as soon as one value is, so only the file shows an unencrypted value beside an
    encrypted one.
    """
    return [in_clear(path) for path in _plain_leaves(KEY, written)] if written is not None else []


def _plain_leaves(path: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield path
    elif set(value) != {"secure"}:
        for name, inner in value.items():
            yield from _plain_leaves(f"{path}.{name}", inner)


def in_clear(path: str) -> Finding:
    """Return the finding that a secret can be read by everyone who has the stack's file."""
    return Finding(
        where=path,
        what="a secret stands in clear in the stack's configuration",
        expected="an encrypted value",
        fix=f"pulumi config set --secret --path '{path}'",
    )


def _check_app(app: str, variables: Any, apps: set[str]) -> Iterator[Finding]:
    path = f"{KEY}.{app}"
    remove = f"pulumi config rm --path '{path}'"
    if app not in apps:
        known = ", ".join(sorted(apps))
        yield Finding(
            where=path, what="there is no such application", actual=app, expected=f"one of {known}", fix=remove
        )
    if not isinstance(variables, dict):
        yield Finding(where=path, what="this is no map of variables", expected=SHAPE, fix=remove)
        return
    for name, value in variables.items():
        where = f"{path}.{name}"
        remove = f"pulumi config rm --path '{where}'"
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)):
            yield Finding(
                where=where, what="this is no name of a variable", actual=str(name), expected=SHAPE, fix=remove
            )
        if name in RESERVED_VARIABLES - {"SECRET_KEY"}:
            yield Finding(where=where, what="pocdeploy sets this variable itself", actual=name, fix=remove)
        if not isinstance(value, str) or not value:
            yield Finding(
                where=where,
                what="the secret is not a text, or it is empty",
                expected="a text of one character or more",
                fix=f"pulumi config set --secret --path '{where}'",
            )
