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

    assert app_settings.find(tmp_path, "shop").app.database_env == {"DATABASE_HOST": "PGHOST"}
    assert app_settings.find(tmp_path, "polls").app.port == 8000
    assert app_settings.find(tmp_path, "unknown").app.env == {}


def test_invalid_settings_are_named_by_their_key(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": {"shop": {"prot": 1}}}}))

    with pytest.raises(SettingsError) as caught:
        app_settings.find(tmp_path, "shop")
    assert caught.value.findings[0].where == "pocdeploy:apps.shop.prot"


def test_the_defaults_of_the_framework_apply(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "requirements.txt").write_text("flask\n")
    app = app_settings.find(tmp_path, "shop", tmp_path / "other").app

    assert (app.framework, app.commands.migrate, app.path) == ("flask", None, str(tmp_path / "other"))


def test_a_reference_that_nothing_defines_is_named(tmp_path: Path) -> None:
    apps = {"shop": {"env": {"A": "$(NOTHING)"}}}
    (tmp_path / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"pocdeploy:apps": apps}}))

    with pytest.raises(SettingsError, match="refers to a variable that nothing defines"):
        app_settings.find(tmp_path, "shop")
