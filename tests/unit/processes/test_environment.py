"""Environment variables and secrets of an application without Docker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pocdeploy.processes.environment import application_variables, inherited, load_secrets


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
