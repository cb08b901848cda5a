"""Processes beside the one that serves are found by their packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.source.survey.test_database import draft_of

CELERY = {"requirements.txt": "flask\ncelery\nredis\n"}


@pytest.mark.parametrize(
    ("files", "processes"),
    [
        ({**CELERY, "tasks.py": "app = Celery('x')\n"}, {"worker": "celery --app tasks worker --loglevel info"}),
        (
            {**CELERY, "shop/tasks.py": "queue = Celery('x')\n"},
            {"worker": "celery --app shop.tasks:queue worker --loglevel info"},
        ),
        (
            {**CELERY, "tasks.py": "app = Celery('x')\napp.conf.beat_schedule = {}\n"},
            {
                "worker": "celery --app tasks worker --loglevel info",
                "beat": "celery --app tasks beat --loglevel info --schedule /tmp/beat",
            },
        ),
        ({**CELERY, "tasks.py": "app = Celery('x')\n", "Procfile": "web: x\nworker: y\n"}, None),
        ({"requirements.txt": "flask\nrq\n", "a.py": "Queue('mail')\n"}, {"worker": "rq worker --url $REDIS_URL mail"}),
        ({"requirements.txt": "django\ndjango-q2\n", "manage.py": ""}, {"worker": "python manage.py qcluster"}),
        (
            {"Gemfile": "gem 'rails'\ngem 'good_job'\n", "config/application.rb": ""},
            {"worker": "bundle exec good_job start"},
        ),
        ({"package.json": '{"scripts": {"start:worker": "node w.js"}}'}, {"worker": "npm run start:worker"}),
        ({"requirements.txt": "flask\n"}, None),
    ],
)
def test_processes_of_a_source(files: dict[str, str], processes: Any, tmp_path: Path) -> None:
    assert draft_of(tmp_path, files).get("processes") == processes
