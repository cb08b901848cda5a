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

H = "hunter2hunter2hunter2"
FORMS = [
    f"git clone https://ci:{H}@git.example.com/a.git",
    f"https://ci:p@ss{H}@git.example.com",
    f"amqp://guest:{H}@mq:5672//",
    f"mongodb+srv://a:{H}@c0.example.net/db?retryWrites=true",
    f"https://{H}@github.com/a/b",
    f"postgres%3A%2F%2Fu%3A{H}%40db%2Fpolls",
    f"?password={H}&x=1",
    f"redirect?next=%2F&token%3D{H}%26x",
    f"%22apiKey%22%3A%22{H}%22",
    f"psql --password {H}",
    f"--token={H}",
    f"login --registry-password '{H} x'",
    f'["--api-key", "{H}"]',
    f"curl -u admin:{H}",
    f"curl --user admin:{H} http://x",
    f"sshpass -p {H} ssh x",
    f"kubectl create secret generic x --from-literal=password={H}",
    f"PGPASSWORD={H} psql -h db",
    f"export AWS_SECRET_ACCESS_KEY={H}",
    f"DJANGO_SECRET_KEY: '{H}'",
    f"APP_KEY=base64:{H}=",
    f"RAILS_MASTER_KEY={H}",
    f"Authorization: Basic {H}",
    f"authorization: bearer {H}",
    f"Bearer {H}",
    f"'Authorization': 'Token {H}'",
    f"Set-Cookie: sessionid={H}; Path=/",
    f"Cookie: csrftoken={H}",
    f"password: |\n  {H}\n  {H}",
    f"password:\n  value: {H}",
    f"secrets:\n  polls:\n    SMTP_URL: {H}\n    OTHER: '{H}'",
    f"tokens:\n  - {H}\n  - {H}",
    f"db:\n  password: >-\n    {H}",
    f'{{"password": "{H}", "user": "a"}}',
    f"{{'token': '{H}'}}",
    f'{{\\"secret\\": \\"{H}\\"}}',
    f"{{\\u0022password\\u0022: \\u0022{H}\\u0022}}",
    f'{{"db": {{"passwd": "{H}"}}}}',
    f"{{password: {H}, user: a}}",
    f"X-Api-Key: {H}",
    f"x-auth-token: {H}",
    f"client_secret={H}",
    f"AccountKey={H}==",
    f"SharedAccessKey={H}=",
    f"https://x.blob.core.windows.net/c?sv=1&sig={H}",
    f"https://discord.com/api/webhooks/123/{H}",
    f"passphrase = {H}",
    f'password = "{H}"',
    f"secret={H}",
    f"mysql_pwd: {H}",
    f"SMTP_PASS={H}",
    f"the token: {H}",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2",
    f"pbkdf2_sha256$870000$salt${H}=",
    f"$2b$12$hunter2{'a' * 50}",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$hunter2hunter2$x",
    f"glpat-{H}",
    f"sk_live_{H}",
    f"sk-proj-{H}",
    f"SG.{H}.{H}",
    f"npm_{H}{H}",
    f"dckr_pat_{H}",
    f"hf_{H}{H}",
    f"hvs.{H}",
    f"xoxb-1-{H}",
    f"whsec_{H}",
    f"pypi-AgEI{H}{H}",
]
"""Secrets by name, by form, below a name, in an option, quoted, escaped and percent-encoded."""
PLAIN = [
    "http://host:8080/path?email=a@b.example",
    "git@github.com:org/repo.git",
    "see user@example.com: the password is wrong",
    "secret/polls-db-app configured",
    'Secret "polls" not found',
    "secretName: polls-tls",
    "secretKeyRef: {name: polls, key: uri}",
    "ACCESS_TOKEN_EXPIRE_MINUTES=30",
    "PASSWORD_RESET_TIMEOUT=259200",
    "SECRET_KEY_FILE=/run/secrets/key",
    "MAX_TOKENS=4096",
    "tokenizer: gpt",
    "topologyKey: kubernetes.io/hostname",
    "primary_key=True",
    "key: value",
    "monkey=banana",
    "KEYCLOAK_URL=https://id.example.com/auth",
    "pulumi config set --secret --path 'pocdeploy:secrets.shop.SECRET_KEY'",
    "docker login --password-stdin",
    "cat --show-secrets --json",
    "sha256:" + "a" * 64,
    "ghcr.io/a/b@sha256:" + "b" * 64,
    "urn:pulumi:dev::pocdeploy::kubernetes:core/v1:Secret::polls",
    "volumes:\n  - name: x\n    secret:\n      secretName: polls",
    "imagePullSecrets:\n  - name: registry",
    "env:\n  - name: A\n    value: b",
    "https://[::1]:8080/",
    "postgres://db:5432/polls",
    "tokens per minute, see the page",
    "automountServiceAccountToken: false",
    "2026-11-28T10:00:00Z GET /token 200",
    "kubectl --namespace polls get secrets",
    "publicKey: abc",
    "STRIPE_PUBLISHABLE_KEY=pk_live_abc",
    "PASSWORD_HASHERS=argon2",
    "tokenExpirationSeconds: 3600",
    "existingSecret: grafana-admin",
    "ssh -p 22 host",
    "apt install pass",
    "compass: north",
]


@pytest.mark.parametrize("secret", FORMS)
def test_every_form_of_a_secret_is_masked(secret: str) -> None:
    masked = redact.text(secret if "\n" in secret else f"before {secret} after")

    assert "hunter2" not in masked
    assert "[secret]" in masked
    assert redact.text(masked) == masked


@pytest.mark.parametrize("plain", PLAIN)
def test_texts_that_only_look_like_secrets_stay(plain: str) -> None:
    assert redact.text(plain) == plain


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
        (
            {"password": 12345678, "tokens": [1.5], "token": True},
            {"password": "[secret]", "tokens": ["[secret]"], "token": True},
        ),
        ({"kind": "Secret", "data": {"uri": "eA=="}}, {"kind": "Secret", "data": {"uri": "[secret]"}}),
        ({"secrets": {"polls": {"SMTP_URL": "hunter2"}}}, {"secrets": {"polls": {"SMTP_URL": "[secret]"}}}),
        ({"secret": {"secretName": "a", "items": [{"key": "b", "path": "c"}]}},) * 2,
        ({"imagePullSecrets": [{"name": "registry"}]},) * 2,
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
