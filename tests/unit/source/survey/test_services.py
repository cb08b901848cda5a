"""Caches and services on the internet are recognised by packages and variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.source.survey.test_database import draft_of


@pytest.mark.parametrize(
    ("packages", "code", "cache"),
    [
        ("redis\n", 'os.environ["REDIS_URL"]', True),
        ("rq\n", "", {"queue": True}),
        ("celery\n", 'broker = os.environ["CELERY_BROKER_URL"]', None),
        ("celery\nredis\n", 'broker = os.environ["CELERY_BROKER_URL"]', {"queue": True}),
        ("huey\n", "", None),
        ("", 'os.environ.get("REDIS_URL")', None),
    ],
)
def test_a_cache_is_added_where_there_is_a_package(packages: str, code: str, cache: Any, tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"requirements.txt": f"flask\n{packages}", "app.py": code})

    assert draft.get("cache") == cache


def test_other_names_of_the_url_get_it(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\ncelery\nredis\n", "app.py": 'env("CELERY_BROKER_URL"); env("REDIS_URL")'}

    assert draft_of(tmp_path, files).get("env") == {"CELERY_BROKER_URL": "$(REDIS_URL)"}


@pytest.mark.parametrize(
    ("packages", "code", "opened"),
    [("stripe\n", "", True), ("", 'os.getenv("SMTP_HOST")', True), ("jinja2\n", "", None)],
)
def test_the_internet_is_opened_for_a_reason(packages: str, code: str, opened: bool | None, tmp_path: Path) -> None:
    draft = draft_of(tmp_path, {"requirements.txt": f"flask\n{packages}", "app.py": code})

    assert draft.get("connections", "internet") is opened
