"""Store a secret in the file of a stack. Pulumi encrypts it, and everything else in the file stays as it is."""

from __future__ import annotations

from pocdeploy.config import keys, stack_file
from pocdeploy.errors import Finding, PreflightError
from pocdeploy.stacks.pulumi import Pulumi

OF_ENCRYPTION = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""What the file of a stack needs beside encrypted values."""


def store_secret(pulumi: Pulumi, stack: str, key: str, value: str) -> None:
    """Store ``value`` under ``key``; raise PreflightError, and change nothing, if Pulumi cannot encrypt it.

    The value goes to Pulumi's stdin, so that no list of processes shows it. Pulumi encrypts only for a stack that it
    knows, so an empty one is created if need be.
    """
    file = stack_file.path(pulumi.root, stack)
    before = stack_file.document(file)
    changed = before
    try:
        for command in (
            ("stack", "select", "--create", "--stack", stack),
            ("config", "set", "--secret", "--path", key, "--stack", stack),
        ):
            done = pulumi.capture(*command, stdin=value if command[0] == "config" else "")
            if done.code:
                what = f"pulumi {' '.join(command[:2])} ended with {done.code}; the secret was not stored"
                finding = Finding(where=key, what=what, actual=done.stderr.strip()[-300:], fix="make doctor")
                raise PreflightError([finding])
        written = stack_file.document(file)
        place = stack_file.in_document(written, keys.parse(key))
        changed = before.set(place, keys.get(written.data, place))
        for name in OF_ENCRYPTION:
            if written.has((name,)):
                changed = changed.set((name,), written.data[name])
    finally:
        stack_file.write(file, changed.text)
