"""Certificates that end, and secrets that grow old. No value of a secret is ever shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from pocdeploy.diagnostics.result import CheckResult, fail, ok, warn
from pocdeploy.diagnostics.validate.context import ValidationContext

DAY = 86400.0
SOON = 5.0
"""Days; CloudNativePG renews its own certificates 7 days before they end, so one with fewer was forgotten."""
OLD = 365.0
"""Days after which a secret is to be changed."""


def certificates(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look when the certificates in the stack's namespaces end, and the one of the kubeconfig."""
    ends = dict(_in_cluster(subject))
    ends |= dict(_in_kubeconfig(Path(str(subject.outputs.get("kubeconfigPath", "")))))
    if not ends:
        yield ok("certificates", "there are none")
        return
    soon = {name: (end - subject.now()) / DAY for name, end in ends.items() if end - subject.now() < SOON * DAY}
    for name, days in soon.items():
        why = "connections under it are refused when it has ended"
        if days < 0:
            yield fail("certificates", f"{name} ended {-days:.0f} days ago", why=why)
        else:
            yield warn("certificates", f"{name} ends in {days:.0f} days", why=why)
    if not soon:
        first = min(ends, key=lambda name: ends[name])
        days = (ends[first] - subject.now()) / DAY
        yield ok("certificates", f"{len(ends)}, the first ({first}) ends in {days:.0f} days")


def _in_cluster(subject: ValidationContext) -> Iterator[tuple[str, float]]:
    for namespace in subject.namespaces:
        path = f"/api/v1/namespaces/{namespace}/secrets"
        for secret in subject.api.items(path, fieldSelector="type=kubernetes.io/tls"):
            end = _end((secret.get("data") or {}).get("tls.crt", ""))
            if end is not None:
                yield f"{namespace}/{secret['metadata']['name']}", end


def _in_kubeconfig(file: Path) -> Iterator[tuple[str, float]]:
    try:
        users = yaml.safe_load(file.read_text("utf-8"))["users"]
        certificate = users[0]["user"]["client-certificate-data"]
    except (OSError, KeyError, IndexError, TypeError, yaml.YAMLError):
        return  # it proves itself in another way, or is not here
    end = _end(certificate)
    if end is not None:
        yield "kubeconfig", end


def _end(encoded: str) -> float | None:
    """Return when the first certificate of a PEM text in base64 ends, in seconds since 1970; None if it is none."""
    from cryptography import x509  # noqa: PLC0415 -- only here

    try:
        certificate = x509.load_pem_x509_certificate(base64.b64decode(encoded))
    except (ValueError, binascii.Error):
        return None
    return certificate.not_valid_after_utc.timestamp()


def ages(subject: ValidationContext) -> Iterator[CheckResult]:
    """Look how old the applications' own secrets are."""
    for name in subject.settings.apps:
        found = subject.api.items(f"/api/v1/namespaces/{name}/secrets", fieldSelector="type=Opaque")
        days = {secret["metadata"]["name"]: _age(subject, secret) for secret in found}
        old = sorted(secret for secret, age in days.items() if age > OLD)
        if old:
            yield warn(
                "secrets",
                f"{name}: older than a year: {', '.join(old)}",
                why="whoever has seen one since can still use it",
                fix=f"pulumi config set --secret --path 'pocdeploy:secrets.{name}.<NAME>', then make up",
            )
        else:
            yield ok("secrets", f"{name}: {len(days)}, the oldest is {max(days.values(), default=0):.0f} days old")


def _age(subject: ValidationContext, secret: Mapping[str, Any]) -> float:
    created = datetime.fromisoformat(secret["metadata"]["creationTimestamp"])
    return (subject.now() - created.timestamp()) / DAY
