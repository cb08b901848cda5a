"""The application as it lies in app/, and what its patches do to it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.app import support

PATCHES = sorted(support.PATCHES.glob("*.patch"))
SETTINGS, GUNICORN = "mysite/settings.py", "gunicorn.conf.py"

TOUCHED = {
    "0001-settings-from-environment": {SETTINGS},
    "0002-polls-at-root": {"mysite/urls.py"},
    "0003-hashed-static-files-by-whitenoise": {SETTINGS},
    "0004-health-and-readiness": {SETTINGS, "mysite/health.py"},
    "0005-prometheus-metrics-on-their-own-port": {SETTINGS, GUNICORN, "polls/metrics.py", "polls/views.py"},
    "0006-json-logs-with-request-id": {SETTINGS, GUNICORN, "mysite/logs.py", "mysite/request_id.py"},
    "0007-metrics-of-capacity-and-migrations": {
        SETTINGS,
        GUNICORN,
        "mysite/metrics.py",
        "mysite/postgresql/__init__.py",
        "mysite/postgresql/base.py",
    },
    # Without __init__.py, which another patch with a command may add.
    "0011-seed-command": {"polls/management/commands/seed.py"},
    "0010-smoke-check": {
        f"polls/management/{name}.py" for name in ("__init__", "commands/__init__", "commands/smoke_check")
    },
    "0012-identity-on-each-page": {
        SETTINGS,
        "mysite/identity.py",
        "polls/templates/polls/base.html",
        "polls/static/polls/style.css",
    },
    "0013-branded-administration": {"polls/templates/admin/base_site.html", "polls/static/polls/admin.css"},
}
REMOVED = {
    "0001-settings-from-environment": [
        '"""Settings for development, as ``startproject`` makes them: SQLite, debug pages, a key that is no secret."""',
        "# Only good for development: anyone can read this key.",
        'SECRET_KEY = "django-insecure-…"  # noqa: S105',
        "DEBUG = True",
        "ALLOWED_HOSTS = []",
        '"ENGINE": "django.db.backends.sqlite3",',
        '"NAME": BASE_DIR / "db.sqlite3",',
    ],
    "0002-polls-at-root": ['path("polls/", include("polls.urls")),'],
    "0003-hashed-static-files-by-whitenoise": [
        "# Where ``collectstatic`` puts the files; the development server does not need it."
    ],
    "0004-health-and-readiness": [],
    "0005-prometheus-metrics-on-their-own-port": ['"ENGINE": "django.db.backends.postgresql",'],
    "0006-json-logs-with-request-id": [],
    "0007-metrics-of-capacity-and-migrations": [
        '"django_prometheus.middleware.PrometheusBeforeMiddleware",',
        '"django_prometheus.middleware.PrometheusAfterMiddleware",',
        '"ENGINE": "django_prometheus.db.backends.postgresql",',
    ],
    "0011-seed-command": [],
    "0010-smoke-check": [],
    "0012-identity-on-each-page": [],
    "0013-branded-administration": [],
}


def copy(target: Path) -> Path:
    return shutil.copytree(
        support.SOURCE, target, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3", "staticfiles")
    )


def manage(python: Path, tree: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "manage.py", *arguments]
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command", [["test"], ["makemigrations", "--check", "--dry-run"], ["collectstatic", "--noinput"]]
)
def test_runs_unpatched_without_any_setting(command: list[str], app_python: Path, tmp_path: Path) -> None:
    done = manage(app_python, copy(tmp_path / "polls"), *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_patch_touches_and_removes_only_what_it_is_about() -> None:
    texts = {patch.stem: patch.read_text() for patch in PATCHES}
    assert {name: set(re.findall(r"^diff --git a/(\S+)", text, re.M)) for name, text in texts.items()} == TOUCHED
    removed = {name: re.findall(r"^-(?!-- )\s*(\S.*)$", text, re.M) for name, text in texts.items()}
    shown = {
        name: [re.sub('insecure-[^"]*"', 'insecure-…"', line) for line in lines] for name, lines in removed.items()
    }
    assert shown == REMOVED


def test_each_patch_applies_and_leaves_a_working_project(app_python: Path, tmp_path: Path) -> None:
    tree = copy(tmp_path / "polls")
    env = {**os.environ, "GIT_DIR": os.devnull}
    results = {}
    for patch in PATCHES:
        for option in (["--check"], []):
            done = subprocess.run(
                ["git", "apply", *option, str(patch)], cwd=tree, env=env, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), patch.name
        results[patch.stem] = manage(app_python, tree, "check", SECRET_KEY="x").returncode
    assert results == dict.fromkeys(TOUCHED, 0)
