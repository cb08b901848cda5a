"""The patched application from the command line: its own tests, its settings, its administrator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.app.support import App

ADMIN = {"ADMIN_USERNAME": "chief", "ADMIN_EMAIL": "chief@example.com", "ADMIN_PASSWORD": "first-Passw0rd"}
CUSTOM_USER = """
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

class Account(AbstractBaseUser):
    USERNAME_FIELD = EMAIL_FIELD = "email"
    email = models.EmailField(unique=True)
    is_superuser = models.BooleanField(default=False)

    class Meta:
        app_label = "accounts"
"""
CUSTOM_SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["accounts", "django.contrib.auth", "django.contrib.contenttypes"]
AUTH_USER_MODEL = "accounts.Account"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""


def test_own_tests_pass_on_postgresql(app: App) -> None:
    done = app.manage("test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OK" in done.stderr


def test_settings_are_fit_for_production(app: App) -> None:
    code = (
        "from django.conf import settings as s; d = s.DATABASES['default']\n"
        "print(s.DEBUG, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, d['ENGINE'].rpartition('.')[2], d['CONN_MAX_AGE'],\n"
        "d['CONN_HEALTH_CHECKS'], d['OPTIONS']['connect_timeout'], s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    )
    lists = {"ALLOWED_HOSTS": "a.example, b.example,", "CSRF_TRUSTED_ORIGINS": "https://a.example"}
    found = {
        setting: app.manage("shell", "-v", "0", "-c", code, **lists, **{setting: "1"}).stdout.split()
        for setting in ("NONE", "DEBUG", "SECURE_COOKIES")
    }
    middle = ["['a.example',", "'b.example']", "['https://a.example']", "postgresql", "60", "True", "3"]
    assert found == {
        "NONE": ["False", *middle, "False", "False"],
        "DEBUG": ["True", *middle, "False", "False"],
        "SECURE_COOKIES": ["False", *middle, "True", "True"],
    }


@pytest.mark.parametrize("value", [None, ""])
def test_missing_secret_key_is_said_clearly(app: App, value: str | None) -> None:
    done = app.manage("check", SECRET_KEY=value)
    assert done.returncode != 0
    assert "The environment variable SECRET_KEY is not set." in done.stderr.splitlines()[-1]


def test_administrator_is_created_once_and_then_corrected(app: App) -> None:
    runs = [
        app.ensure_admin(**ADMIN),
        app.ensure_admin(**ADMIN),
        app.ensure_admin(**{**ADMIN, "ADMIN_PASSWORD": "second-Passw0rd", "ADMIN_EMAIL": "new@example.com"}),
    ]
    app.shell("User.objects.filter(username='chief').update(is_active=False, is_superuser=False, is_staff=False)")
    runs.append(app.ensure_admin(**{**ADMIN, "ADMIN_PASSWORD": "second-Passw0rd", "ADMIN_EMAIL": "new@example.com"}))
    assert [(run.returncode, run.stdout, run.stderr) for run in runs] == [
        (0, "administrator 'chief': created\n", ""),
        (0, "administrator 'chief': nothing to do\n", ""),
        (0, "administrator 'chief': corrected email, password\n", ""),
        (0, "administrator 'chief': corrected is_active, is_staff, is_superuser\n", ""),
    ]
    check = (
        "u = User.objects.get(username='chief')\n"
        "print(u.is_active, u.is_staff, u.is_superuser, u.email, u.check_password('second-Passw0rd'))"
    )
    assert app.shell(check) == "True True True new@example.com True"


def test_administrator_needs_all_variables_and_shows_none(app: App) -> None:
    done = app.ensure_admin(**{**ADMIN, "ADMIN_EMAIL": "", "ADMIN_USERNAME": None})
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == ("", "not set in the environment: ADMIN_USERNAME, ADMIN_EMAIL\n")


def test_administrator_of_a_user_model_with_other_fields(app: App, tmp_path: Path) -> None:
    package = tmp_path / "accounts"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text(CUSTOM_USER)
    (tmp_path / "custom.py").write_text(CUSTOM_SETTINGS)
    (tmp_path / "manage.py").write_text((app.tree / "manage.py").read_text())
    other = App(tmp_path, app.python, {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "custom", **ADMIN})
    assert other.manage("migrate", "--run-syncdb").returncode == 0
    outputs = [other.ensure_admin().stdout for _ in range(2)]
    assert outputs == [
        "administrator 'chief@example.com': created\n",
        "administrator 'chief@example.com': nothing to do\n",
    ]
    assert other.shell("a = Account.objects.get(); print(a.is_superuser, a.check_password('first-Passw0rd'))") == (
        "True True"
    )
