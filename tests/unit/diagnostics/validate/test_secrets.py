"""Validate: certificates that expire and old secrets, whose values are never shown."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from tests.unit.goodstack import NOW, api, bad, certificate, change, context, look

SECRETS = "/api/v1/namespaces/polls/secrets"


@pytest.mark.parametrize(
    ("days", "severity", "what"),
    [(2, "warn", "polls/polls-db-server expires in 2 days"), (-2, "fail", "polls/polls-db-server expired 2 days ago")],
)
def test_a_certificate_that_expires(days: int, severity: str, what: str) -> None:
    made = change(f"{SECRETS}/polls-db-server", data={"tls.crt": certificate(NOW + timedelta(days=days))})
    assert [(found.severity, found.what) for found in bad(context(api=made), "certificates")] == [(severity, what)]


def test_the_certificate_of_the_kubeconfig(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    encoded = certificate(NOW + timedelta(days=3))
    file.write_text(yaml.safe_dump({"users": [{"user": {"client-certificate-data": encoded}}]}))
    given = context(outputs={"kubeconfigPath": str(file)})
    assert [found.what for found in bad(given, "certificates")] == ["kubeconfig expires in 3 days"]


def test_no_certificates() -> None:
    made = api()
    del made.objects[f"{SECRETS}/polls-db-server"]
    assert [found.what for found in look(context(api=made), "certificates")] == ["no certificates"]


def test_old_secrets() -> None:
    created = (NOW - timedelta(days=366)).isoformat()
    made = change(f"{SECRETS}/polls-env", metadata={"name": "e", "creationTimestamp": created})
    (found,) = bad(context(api=made), "secrets")
    assert (found.severity, found.what) == ("warn", "polls: older than a year: e")


def test_no_secret_is_shown() -> None:
    made = change(f"{SECRETS}/polls-env", data={"SECRET_KEY": base64.b64encode(b"canary").decode()})
    shown = json.dumps([result.plain() for result in look(context(api=made))])
    assert "polls: 1, the oldest is 31 days old" in shown
    assert "canary" not in shown
    assert base64.b64encode(b"canary").decode() not in shown
