"""Scheduled commands of an app.json."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.source.survey.test_database import draft_of


def test_each_command_gets_a_name_of_its_own(tmp_path: Path) -> None:
    entries = [
        {"schedule": "@daily", "command": "python manage.py send_mail"},
        {"schedule": "@hourly", "command": "python manage.py send_mail"},
        {"schedule": "@hourly", "command": "./123"},
        {"schedule": 5, "command": "x"},
        "nothing",
    ]
    draft = draft_of(tmp_path, {"manage.py": "", "app.json": json.dumps({"cron": entries})})

    assert [(each["name"], each["schedule"]) for each in draft.get("cron")] == [
        ("send-mail", "@daily"),
        ("job-2", "@hourly"),
        ("job-3", "@hourly"),
    ]
