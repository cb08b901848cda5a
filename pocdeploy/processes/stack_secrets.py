"""Decrypt ``pocdeploy:secrets`` of a stack file, without the Pulumi CLI and its state.

Pulumi derives the key from the passphrase with PBKDF2, and encrypts with AES-256-GCM. ``encryptionsalt`` contains the
salt and a known text, which shows whether a passphrase is the right one.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pocdeploy.config import stack_file
from pocdeploy.config.secrets import ALERTMANAGER, KEY, check_secrets
from pocdeploy.errors import Finding, PreflightError, SettingsError
from pocdeploy.toolchain.pulumi_env import pulumi_environment

ITERATIONS = 1_000_000
KNOWN_TEXT = "pulumi"
Decrypt = Callable[[str], str]


def read(root: Path, stack: str, apps: set[str]) -> dict[str, dict[str, str]]:
    """Return application -> variable -> secret of the stack's file; empty without encrypted values.

    Raises PreflightError if the passphrase is missing or wrong, SettingsError for an invalid entry.
    """
    file = stack_file.path(root, stack)
    data = stack_file.document(file).data
    found = (stack_file.config(root, stack) or {}).get(KEY)
    if not found or not isinstance(data, Mapping):
        return {}
    decrypt = _decrypter(root, file, str(data.get("encryptionsalt") or ""))
    secrets = _plain(found, decrypt)
    if findings := check_secrets(secrets, encrypted=True, apps=apps):
        raise SettingsError(findings)
    return {app: dict(variables) for app, variables in secrets.items() if app != ALERTMANAGER}


def _plain(value: Any, decrypt: Decrypt) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            return decrypt(str(value["secure"]))
        return {str(key): _plain(inner, decrypt) for key, inner in value.items()}
    return value


def _decrypter(root: Path, file: Path, salt: str) -> Decrypt:
    """Return what decrypts the values of a stack file; raises PreflightError."""
    version, _, rest = salt.partition(":")
    encoded, _, known = rest.partition(":")
    if version != "v1" or not known:
        finding = Finding(
            where=file.name,
            what="its secrets are not encrypted with a passphrase, so only the Pulumi CLI can read them",
            expected="encryptionsalt: v1:... in the stack file",
            fix="pulumi stack change-secrets-provider passphrase",
        )
        raise PreflightError([finding])
    decrypt = _aes(_passphrase(root), base64.b64decode(encoded))
    if decrypt(known) != KNOWN_TEXT:
        raise PreflightError([_wrong_passphrase()])
    return decrypt


def _aes(passphrase: str, salt: bytes) -> Decrypt:
    # Imported here: most stacks have no secrets in their file.
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ITERATIONS, 32))

    def decrypt(text: str) -> str:
        _, nonce, encrypted = text.split(":")
        try:
            return cipher.decrypt(base64.b64decode(nonce), base64.b64decode(encrypted), None).decode()
        except InvalidTag:
            raise PreflightError([_wrong_passphrase()]) from None

    return decrypt


def _wrong_passphrase() -> Finding:
    return Finding(
        where="PULUMI_CONFIG_PASSPHRASE",
        what="is not the passphrase of the stack's secrets",
        expected="the passphrase in .pocdeploy/passphrase of the machine that encrypted them",
        fix="export PULUMI_CONFIG_PASSPHRASE_FILE=.pocdeploy/passphrase",
    )


def _passphrase(root: Path) -> str:
    env = pulumi_environment(root, os.environ)
    if "PULUMI_CONFIG_PASSPHRASE" in env:
        return env["PULUMI_CONFIG_PASSPHRASE"]
    return Path(env["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text("utf-8").strip()
