"""Environment variables and secrets of an application without Docker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocdeploy.config import AppSettings
from pocdeploy.processes.environment import application_variables, inherited, load_secrets, whole_environment


def test_variables_for_another_program_are_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"PATH": "/bin", "DEBUG": "1"}
    foreign = {"DJANGO_SETTINGS_MODULE": "other.settings", "PYTHONPATH": "/other"}
    monkeypatch.setattr(os, "environ", {**wanted, **foreign})

    assert inherited() == wanted


def test_variables_are_those_of_the_cluster() -> None:
    assert application_variables({"DATABASE_NAME": "x"}, secret_key="s", port=8000, metrics_port=8001) == {
        "DATABASE_NAME": "x",
        "SECRET_KEY": "s",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": "http://localhost:8000,http://127.0.0.1:8000",
        "LISTEN_ADDRESS": "127.0.0.1",
        "PORT": "8000",
        "METRICS_PORT": "8001",
        "PYTHONUNBUFFERED": "1",
    }


def test_secrets_are_generated_once_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.with_suffix(".new").write_text("of a killed run")
    first = load_secrets(file)

    assert load_secrets(file) == first
    assert {name: len(value) >= 20 for name, value in first.items()} == {"SECRET_KEY": True, "ADMIN_PASSWORD": True}
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


DATABASE = {
    "DATABASE_NAME": "app",
    "DATABASE_USER": "app",
    "DATABASE_PASSWORD": "unused",
    "DATABASE_HOST": "/sock/x",
    "DATABASE_PORT": "5432",
}
PARTS = "$(DATABASE_USER):$(DATABASE_PASSWORD)@$(DATABASE_HOST):$(DATABASE_PORT)/$(DATABASE_NAME)"


def whole(**settings: object) -> dict[str, str]:
    app = AppSettings.model_validate(settings)
    secrets = {"SECRET_KEY": "s", "ADMIN_PASSWORD": "p", "API_KEY": "k"}
    return whole_environment(app, DATABASE, secret_values=secrets, port=8000, metrics_port=8001)


def test_variables_have_the_names_of_the_settings() -> None:
    found = whole(databaseEnv={"DATABASE_HOST": "PGHOST", "DATABASE_URL": "PG_URL"}, secretKeyEnv="APP_KEY")

    assert {
        name: found.get(name) for name in ("PGHOST", "DATABASE_HOST", "PG_URL", "APP_KEY", "SECRET_KEY", "API_KEY")
    } == {
        "PGHOST": "/sock/x",
        "DATABASE_HOST": None,
        "PG_URL": "postgresql://app:unused@/app?host=/sock/x&port=5432",
        "APP_KEY": "s",
        "SECRET_KEY": None,
        "API_KEY": "k",
    }
    assert "ADMIN_PASSWORD" not in found


def test_references_are_replaced_in_their_order() -> None:
    found = whole(env={"B": "$(A)!", "A": "$(PORT)", "DATABASE_URL": f"postgresql+asyncpg://{PARTS}"})

    assert (found["A"], found["B"]) == ("8000", "8000!")
    assert found["DATABASE_URL"] == "postgresql+asyncpg://app:unused@/app?host=/sock/x&port=5432"


def test_without_a_database_there_are_no_variables_of_one() -> None:
    assert not [name for name in whole(database=False) if name.startswith("DATABASE")]
