"""Secrets in the configuration: what is refused, without showing any, and what a receiver of alerts needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pocdeploy.config import load, load_stack
from pocdeploy.errors import SettingsError
from tests.paths import ROOT
from tests.unit.configuration import MAIL, findings

BAD_SECRETS: list[tuple[Any, str, str]] = [
    ("canary", "secrets", "not a map"),
    ({"blog": {"A": "canary"}}, "secrets.blog", "unknown application"),
    ({"polls": "canary"}, "secrets.polls", "not a map of variables"),
    ({"polls": {"A-B": "canary"}}, "secrets.polls.A-B", "invalid variable name"),
    ({"polls": {"DATABASE_PASSWORD": "canary"}}, "secrets.polls.DATABASE_PASSWORD", "sets this variable itself"),
    ({"polls": {"TOKEN": 1234}}, "secrets.polls.TOKEN", "not a string"),
    ({"polls": {"TOKEN": ""}}, "secrets.polls.TOKEN", "empty"),
    ({"alertmanager": {"URL": "canary"}}, "secrets.alertmanager.URL", "does not use this secret"),
]


@pytest.mark.parametrize(("secrets", "key", "what"), BAD_SECRETS)
def test_bad_secrets_are_named_but_never_shown(secrets: Any, key: str, what: str) -> None:
    found = findings({"secrets": secrets}, secret_keys=["pocdeploy:secrets"])

    assert [finding.where for finding in found] == [f"pocdeploy:{key}"]
    assert what in found[0].what
    assert "canary" not in str(found[0])
    assert "1234" not in str(found[0])


@pytest.mark.parametrize("app", [{"env": {"PGHOST": "x"}}, {"databaseEnv": {"DATABASE_HOST": "PGHOST"}}])
def test_secret_that_a_plain_variable_would_hide_is_refused(app: dict[str, Any]) -> None:
    config = {"apps": {"polls": app}, "secrets": {"polls": {"PGHOST": "canary", "OTHER": "canary"}}}
    found = findings(config, secret_keys=["pocdeploy:secrets"])

    assert [finding.where for finding in found] == ["pocdeploy:secrets.polls.PGHOST"]
    assert found[0].fix == ".venv/bin/python -m pocdeploy unset secrets.polls.PGHOST --stack dev"


RECEIVERS: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    ({"type": "webhook"}, {}, [("URL", "pocdeploy set secrets.alertmanager.URL")]),
    ({"type": "webhook"}, {"URL": "canary"}, []),
    (
        {"type": "slack", "channel": "#alerts"},
        {"PASSWORD": "canary"},
        [("URL", "pocdeploy set"), ("PASSWORD", "pocdeploy unset")],
    ),
    ({"type": "email", **MAIL}, {}, []),
    ({"type": "email", **MAIL, "username": "alerts"}, {}, [("PASSWORD", "pocdeploy set")]),
]


@pytest.mark.parametrize(("receiver", "secrets", "wrong"), RECEIVERS)
def test_a_receiver_has_the_secrets_that_it_needs_and_no_others(
    receiver: dict[str, Any], secrets: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    config = {"monitoring": {"receiver": receiver}, "secrets": {"alertmanager": secrets}}
    raw = {f"pocdeploy:{key}": json.dumps(value) for key, value in config.items()}
    found = []
    try:
        load(raw, root=ROOT, secret_keys=["pocdeploy:secrets"])
    except SettingsError as error:
        found = list(error.findings)

    assert [finding.where for finding in found] == [f"pocdeploy:secrets.alertmanager.{name}" for name, _ in wrong]
    assert all(command in str(finding.fix) for finding, (_, command) in zip(found, wrong, strict=True))
    assert "canary" not in str(found)


def test_a_receiver_with_profile_off_is_refused() -> None:
    found = findings({"monitoring": {"profile": "off", "receiver": {"type": "email", **MAIL}}})

    assert [(finding.where, finding.expected) for finding in found] == [
        ("pocdeploy:monitoring.profile", "light or full, or no receiver: the profile off does not install Alertmanager")
    ]


def test_secrets_that_pulumi_does_not_encrypt_are_refused() -> None:
    found = findings({"secrets": {"polls": {"SECRET_KEY": "canary"}}})

    assert [finding.what for finding in found] == ["secret is stored unencrypted in the stack's configuration"]
    assert "canary" not in str(found[0])


def test_an_unencrypted_value_beside_an_encrypted_one_is_found(tmp_path: Path) -> None:
    stack = {"config": {"pocdeploy:secrets": {"polls": {"A": {"secure": "v1:x"}, "B": "canary"}}}}
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack))
    for name in ("app", "patches"):
        (tmp_path / name).symlink_to(ROOT / name)

    found = findings(
        {"secrets": {"polls": {"A": "x", "B": "canary"}}},
        tmp_path,
        secret_keys=["pocdeploy:secrets"],
        stack="dev",
    )

    assert [(finding.where, finding.fix) for finding in found] == [
        ("pocdeploy:secrets.polls.B", ".venv/bin/python -m pocdeploy set secrets.polls.B --stack dev")
    ]


def test_good_secrets_leave_no_trace_in_the_settings() -> None:
    settings = load(
        {"pocdeploy:secrets": json.dumps({"polls": {"SECRET_KEY": "canary"}})},
        root=ROOT,
        secret_keys=["pocdeploy:secrets"],
    )

    assert "canary" not in repr(settings)


def test_no_secrets_at_all_is_fine() -> None:
    assert load({"pocdeploy:secrets": "{}"}, root=ROOT).apps


def test_secrets_in_the_file_satisfy_a_receiver(tmp_path: Path) -> None:
    """Commands read a stack's file, in which secrets are encrypted. Pulumi is not asked for them."""
    (tmp_path / "Pulumi.yaml").write_text("name: pocdeploy\n", "utf-8")
    (tmp_path / "app" / "polls").mkdir(parents=True)
    (tmp_path / "app" / "polls" / "Dockerfile").touch()
    config = {
        "pocdeploy:monitoring": {"receiver": {"type": "webhook"}},
        "pocdeploy:secrets": {"alertmanager": {"URL": {"secure": "v1:abc"}}},
    }
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": config}), "utf-8")
    settings = load_stack(tmp_path, "dev")
    file.write_text(yaml.safe_dump({"config": {"pocdeploy:monitoring": config["pocdeploy:monitoring"]}}), "utf-8")

    assert settings.monitoring.receiver is not None
    with pytest.raises(SettingsError, match="needs this secret"):
        load_stack(tmp_path, "dev")
