"""Settings of an application without Docker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pocdeploy.errors import SettingsError
from pocdeploy.processes import app_settings


def test_settings_come_from_the_stack_with_the_application(tmp_path: Path) -> None:
    shop = {"databaseEnv": {"DATABASE_HOST": "PGHOST"}, "env": {"A": "b"}}
    for stack, apps in {"dev": {"polls": None}, "both": {"polls": {"port": 9000}, "shop": shop}}.items():
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": apps}}))

    assert app_settings.find(tmp_path, "shop").database_env == {"DATABASE_HOST": "PGHOST"}
    assert app_settings.find(tmp_path, "polls").port == 8000
    assert app_settings.find(tmp_path, "unknown").env == {}


def test_invalid_settings_are_named_by_their_key(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": {"shop": {"prot": 1}}}}))

    with pytest.raises(SettingsError) as caught:
        app_settings.find(tmp_path, "shop")
    assert caught.value.findings[0].where == "pocdeploy:apps.shop.prot"
