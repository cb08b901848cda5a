"""Check when certificates expire, and how old secrets are. No value of a secret is ever shown."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from pocdeploy import fixes
from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext

DAY = 86400.0
EXPIRES_SOON = 5.0
"""Days. CloudNativePG renews its certificates 7 days before they expire: with fewer days left, a renewal has failed."""
MAX_AGE = 365.0
"""Days after which a secret should be changed."""


def certificates(context: ValidationContext) -> Iterator[CheckResult]:
    """Check when the certificates in the stack's namespaces and in the kubeconfig expire."""
    expiries = dict(_in_cluster(context))
    expiries |= dict(_in_kubeconfig(Path(str(context.outputs.get("kubeconfigPath", "")))))
    if not expiries:
        yield ok("certificates", "no certificates")
        return
    days_left = {name: (expiry - time.time()) / DAY for name, expiry in expiries.items()}
    why = "connections are refused after that"
    for name, days in days_left.items():
        if days < 0:
            yield fail("certificates", f"{name} expired {-days:.0f} days ago", why=why)
        elif days < EXPIRES_SOON:
            yield warn("certificates", f"{name} expires in {days:.0f} days", why=why)
    first = min(days_left, key=lambda name: days_left[name])
    if days_left[first] >= EXPIRES_SOON:
        count = len(days_left)
        yield ok("certificates", f"{count}, the first ({first}) expires in {days_left[first]:.0f} days")


def _in_cluster(context: ValidationContext) -> Iterator[tuple[str, float]]:
    for namespace in context.namespaces:
        path = f"/api/v1/namespaces/{namespace}/secrets"
        for secret in context.api.items(path, fieldSelector="type=kubernetes.io/tls"):
            expiry = _expiry((secret.get("data") or {}).get("tls.crt", ""))
            if expiry is not None:
                yield f"{namespace}/{secret['metadata']['name']}", expiry


def _in_kubeconfig(file: Path) -> Iterator[tuple[str, float]]:
    try:
        users = yaml.safe_load(file.read_text("utf-8"))["users"]
        certificate = users[0]["user"]["client-certificate-data"]
    except (OSError, KeyError, IndexError, TypeError, yaml.YAMLError):
        return  # it has other credentials, or is on another machine
    expiry = _expiry(certificate)
    if expiry is not None:
        yield "kubeconfig", expiry


def _expiry(encoded: str) -> float | None:
    """Return when the first certificate of a PEM text in base64 expires, in seconds since 1970; None if it has none."""
    from cryptography import x509  # noqa: PLC0415 -- only here

    try:
        certificate = x509.load_pem_x509_certificate(base64.b64decode(encoded))
    except (ValueError, binascii.Error):
        return None
    return certificate.not_valid_after_utc.timestamp()


def ages(context: ValidationContext) -> Iterator[CheckResult]:
    """Check how old the secrets of the applications are."""
    for name in context.settings.apps:
        found = context.api.items(f"/api/v1/namespaces/{name}/secrets", fieldSelector="type=Opaque")
        days = {secret["metadata"]["name"]: _age(secret) for secret in found}
        old = sorted(secret for secret, age in days.items() if age > MAX_AGE)
        if old:
            yield warn(
                "secrets",
                f"{name}: older than a year: {', '.join(old)}",
                why="everyone who has seen one can still use it",
                fix=f"{fixes.set_secret(f'secrets.{name}.SECRET_KEY')} && make up STACK={context.stack}",
            )
        else:
            yield ok("secrets", f"{name}: {len(days)}, the oldest is {max(days.values(), default=0):.0f} days old")


def _age(secret: Mapping[str, Any]) -> float:
    created = datetime.fromisoformat(secret["metadata"]["creationTimestamp"])
    return (time.time() - created.timestamp()) / DAY
