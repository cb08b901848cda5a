"""Scheduled commands of a source."""

from __future__ import annotations

import re
from typing import Any

from pocdeploy.config.dependencies import json_map
from pocdeploy.source.survey.application import Application
from pocdeploy.source.survey.report import Draft

_PROGRAMS = frozenset(
    {"python", "m", "manage", "py", "bundle", "exec", "rails", "npm", "npx", "run", "node", "js", "sh"}
)
"""Words that tell commands of one application not apart."""


def find_cron(draft: Draft, app: Application) -> None:
    """Add the scheduled commands of app.json, as Dokku reads them."""
    listed = json_map(app.files.text("app.json")).get("cron")
    entries: list[dict[str, str]] = []
    for number, entry in enumerate(listed if isinstance(listed, list) else [], start=1):
        given: dict[str, Any] = entry if isinstance(entry, dict) else {}
        command, schedule = given.get("command"), given.get("schedule")
        if isinstance(command, str) and isinstance(schedule, str):
            words = re.sub(r"[^a-z0-9]+", "-", command.lower()).strip("-").split("-")
            name = "-".join(word for word in words if word not in _PROGRAMS)[:20].strip("-")
            usable = (
                name if re.match(r"[a-z]", name) and name not in {each["name"] for each in entries} else f"job-{number}"
            )
            entries.append({"name": usable, "schedule": schedule, "command": command})
    if entries:
        draft.set("cron", value=entries, reason="app.json")
