"""What is run before an application serves."""

from __future__ import annotations

import os
from pathlib import Path

from pocdeploy.config import AppSettings
from pocdeploy.processes.preparation import prepare_application


def test_migrations_come_first_then_the_administrator(tmp_path: Path) -> None:
    admin = ("sh", "-c", 'cat steps; echo "$ADMIN_USERNAME $ADMIN_EMAIL $ADMIN_PASSWORD"')
    commands = {"migrate": ("sh", "-c", "echo migrated > steps"), "admin": admin}
    app = AppSettings.model_validate({"commands": commands, "admin": {"username": "root", "email": "a@example.com"}})
    lines: list[str] = []
    prepare_application(app, tmp_path, os.environ, admin_script=tmp_path, password="p", log=lines.append)
    assert lines == ["migrating the database", "migrated\nroot a@example.com p"]


def test_without_a_database_nothing_is_migrated(tmp_path: Path) -> None:
    app = AppSettings.model_validate({"database": False})
    prepare_application(app, tmp_path, os.environ, admin_script=tmp_path, password="p", log=lambda _: None)
    assert list(tmp_path.iterdir()) == []
