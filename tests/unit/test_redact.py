"""Masking of secrets in all outputs."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pocdeploy import redact
from pocdeploy.config import load
from pocdeploy.diagnostics import result
from pocdeploy.errors import Finding, SettingsError
from tests.paths import ROOT

TEXTS = [
    "postgres://polls:hunter2hunter2@db/polls",
    "redis://:hunter2hunter2@cache/0",
    "DATABASE_PASSWORD=hunter2hunter2 psql",
    "PASSWORD='hunter2 hunter2'",
    "api_token: hunter2hunter2",
    '{"adminPassword": "hunter2 hunter2", "b": 1}',
    json.dumps({"message": json.dumps({"apiToken": "hunter2 hunter2"})}),
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2\n-----END RSA PRIVATE KEY-----",
    "ghp_hunter2hunter2hunter2hunter2",
    "github_pat_hunter2hunter2hunter2hunter2",
    "Authorization: Bearer hunter2hunter2",
    "secure: v1:hunter2:hunter2hunter2=",
    '"secure": "hunter2hunter2hunter2hunter2"',
    "PULUMI_CONFIG_PASSPHRASE=hunter2hunter2",
    "https://hooks.slack.com/services/T0/B0/hunter2hunter2",
]


@pytest.mark.parametrize("secret", TEXTS)
def test_secrets_in_texts_are_masked(secret: str) -> None:
    masked = redact.text(f"before {secret} after")

    assert "hunter2" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert redact.text(masked) == masked


@pytest.mark.parametrize(
    "plain",
    [
        "a plain text about a token, with http://host:80/path",
        "pulumi config set --secret --path 'pocdeploy:secrets.shop.SECRET_KEY'",
        "PULUMI_CONFIG_PASSPHRASE_FILE=passphrase",
        "secure: true",
        '{"tokens": ["a"], "password": null}',
    ],
)
def test_plain_texts_stay(plain: str) -> None:
    assert redact.text(plain) == plain


def test_a_masked_json_line_is_still_json() -> None:
    line = json.dumps({"password": 'hunt"er2', "api_key": 12, "message": json.dumps({"token": 1}), "id": 2})

    assert json.loads(redact.text(line)) == {
        "password": "[secret]",
        "api_key": "[secret]",
        "message": '{"token": "[secret]"}',
        "id": 2,
    }


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"grafana": {"adminPassword": "hunter2"}}, {"grafana": {"adminPassword": "[secret]"}}),
        ([{"name": "API_TOKEN", "value": "hunter2"}], [{"name": "API_TOKEN", "value": "[secret]"}]),
        ({"AWS_SECRET_ACCESS_KEY": ["hunter2"]}, {"AWS_SECRET_ACCESS_KEY": ["[secret]"]}),
        ({"x": {"4dabf18193072939515e22adb298388d": "1b47", "value": "hunter2"}}, {"x": "[secret]"}),
        ({"SMTP": {"secure": "hunter2"}}, {"SMTP": "[secret]"}),
        ({"password": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}, {"password": "(known after the update)"}),
        ({"url": "http://a:hunter2@b"}, {"url": "http://a:[secret]@b"}),
        ({"secretName": "polls", "token": "", "port": 80}, {"secretName": "polls", "token": "", "port": 80}),
    ],
)
def test_secrets_in_structures_are_masked(value: Any, masked: Any) -> None:
    assert redact.structure(value) == masked


def test_short_and_public_values_are_not_secret() -> None:
    data = {
        key: base64.b64encode(value).decode() for key, value in {"a": b"short", "username": b"administrator"}.items()
    }
    mask = redact.Mask(redact.values_of([{"data": data}, {"data": {"binary": "/////w=="}}, {}]))

    assert mask("short administrator") == "short administrator"


def test_the_longer_of_two_secrets_is_masked_as_a_whole() -> None:
    assert redact.Mask(["secret", "secret-longer"])("it is secret-longer") == "it is [secret]"


def test_lines_and_the_encoded_form_of_a_value_are_masked() -> None:
    encoded = base64.b64encode(b"line-one\nline-two").decode()
    mask = redact.Mask(redact.values_of([{"data": {"key": encoded}}]))

    assert mask(f"line-two {encoded}") == "[secret] [secret]"


def test_a_mask_also_knows_the_form_of_secrets() -> None:
    assert redact.Mask(["known-value"])("known-value TOKEN=hunter2") == "[secret] TOKEN=[secret]"


def test_findings_and_check_results_are_masked() -> None:
    finding = Finding(where="database", what="cannot reach postgres://a:hunter2@b", actual="PASSWORD=hunter2")
    checked = result.fail("database", "cannot reach postgres://a:hunter2@b")

    assert (finding.what, finding.actual) == ("cannot reach postgres://a:[secret]@b", "PASSWORD=[secret]")
    assert checked.what == "cannot reach postgres://a:[secret]@b"


@pytest.mark.parametrize(
    "app",
    [
        {"adminPassword": "hunter2"},
        {"secrets": {"SMTP_URL": "hunter2"}},
        {"port": {"secure": "hunter2"}},
        {"commands": {"apiToken": {"x": "hunter2"}}},
        {"env": {"SMTP": {"x": "hunter2"}}},
        {"buildArgs": {"X": ["hunter2"]}},
    ],
)
def test_a_settings_error_shows_no_secret(app: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as error:
        load({"pocdeploy:apps": json.dumps({"polls": app})}, root=ROOT)

    assert "hunter2" not in str(error.value)
    assert "hunter2" not in json.dumps(error.value.plain())
