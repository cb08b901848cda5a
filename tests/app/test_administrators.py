"""The administrator's script with user models of many kinds; each is a small project of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.app.support import ROOT

SCRIPT = ROOT / "components" / "frontend" / "scripts" / "ensure_admin.py"
PASSWORD = "canary-password-31"
SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "people"]
AUTH_USER_MODEL = "people.Person"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
MANAGE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
HEAD = """
from django.contrib.auth.models import AbstractBaseUser, AbstractUser, BaseUserManager
from django.db import models

class Team(models.Model):
    name = models.CharField(max_length=9)
"""
JOINED = """
class People(BaseUserManager):
    def get_queryset(self):
        return super().get_queryset().select_related("team").distinct()

class Person(AbstractUser):
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE)
    objects = People()
"""
HIDING = """
class People(BaseUserManager):
    def get_queryset(self):
        return super().get_queryset().filter(is_active=False)

class Person(AbstractUser):
    objects = People()
"""
BY_MAIL = """
class Person(AbstractUser):
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
"""
NEEDS = """
class Person(AbstractUser):
    born = models.DateField()
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    joined = models.DateField(auto_now_add=True)
    note = models.TextField()
"""
PROPERTIES = """
class Person(AbstractBaseUser):
    username = models.CharField(max_length=99, unique=True)
    admin = models.BooleanField(default=False)
    USERNAME_FIELD = "username"
    objects = BaseUserManager()

    @property
    def is_staff(self):
        return self.admin
"""
FAILING = """
class Person(AbstractUser):
    def save(self, *args, **kwargs):
        raise ValueError(f"failing row contains ({self.password})")
"""


def run(python: Path, folder: Path, model: str, times: int = 1) -> list[subprocess.CompletedProcess[str]]:
    """Run the script in a project with a user model; return what each run did."""
    (folder / "people").mkdir()
    (folder / "people" / "__init__.py").touch()
    for name, text in {"settings.py": SETTINGS, "manage.py": MANAGE, "people/models.py": HEAD + model}.items():
        (folder / name).write_text(text)
    admin = {"ADMIN_USERNAME": "boss", "ADMIN_EMAIL": "boss@example.com", "ADMIN_PASSWORD": PASSWORD}
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **admin}

    def manage(*words: str) -> subprocess.CompletedProcess[str]:
        command = [python, "manage.py", *words]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)

    made = manage("migrate", "--run-syncdb", "-v", "0")
    assert made.returncode == 0, made.stderr
    return [manage("shell", "-v", "0", "-c", SCRIPT.read_text("utf-8")) for _ in range(times)]


@pytest.mark.parametrize(
    ("model", "name"),
    [(JOINED, "boss"), (HIDING, "boss"), (BY_MAIL, "boss@example.com")],
    ids=["joined", "hiding", "mail"],
)
def test_administrator_is_created_once(app_python: Path, tmp_path: Path, model: str, name: str) -> None:
    """The name in the line is the one to log in with."""
    first, second = run(app_python, tmp_path, model, times=2)

    assert first.stdout == f"administrator {name!r}: created\n", first.stderr
    assert second.stdout == f"administrator {name!r}: nothing to do\n", second.stderr


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (NEEDS, "the user model needs born, team, which pocdeploy does not know"),
        (PROPERTIES, "has no right is_staff"),
        (FAILING, "was not created: builtins.ValueError"),
    ],
    ids=["needed fields", "rights as properties", "a failing save"],
)
def test_failure_is_one_line_without_the_password(app_python: Path, tmp_path: Path, model: str, said: str) -> None:
    (done,) = run(app_python, tmp_path, model)

    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert PASSWORD not in done.stderr + done.stdout
    assert "md5$" not in done.stderr + done.stdout
