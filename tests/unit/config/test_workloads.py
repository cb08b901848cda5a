"""Processes and scheduled commands of an application."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from tests.unit.configuration import Bad, app, assert_refused


def worker(value: Any) -> dict[str, Any]:
    return app(processes={"worker": value})


ENTRY = {"name": "clean", "schedule": "@daily", "command": "./clean"}
BAD: list[Bad] = [
    (app(processes=["worker"]), "apps.polls.processes", "a map"),
    (app(processes="celery worker"), "apps.polls.processes", "a map"),
    (app(processes={"Worker": "./work"}), "apps.polls.processes.Worker", "lower-case letters"),
    (app(processes={"mail_worker": "./work"}), "apps.polls.processes.mail_worker", "lower-case letters"),
    (app(processes={"w" * 21: "./work"}), f"apps.polls.processes.{'w' * 21}", "at most 20 characters"),
    (worker(3), "apps.polls.processes.worker", "a command, a map"),
    (worker(1.5), "apps.polls.processes.worker", "a command, a map"),
    (worker(""), "apps.polls.processes.worker.command", "a line for the image's shell"),
    (worker([]), "apps.polls.processes.worker.command", "a list of words"),
    (worker([["celery"]]), "apps.polls.processes.worker.command", "a list of words"),
    (worker({"command": {"run": "x"}}), "apps.polls.processes.worker.command", "a list of words"),
    (worker({"cmd": "./work"}), "apps.polls.processes.worker.cmd", "did you mean command?"),
    (worker({"command": "x", "replicas": -1}), "apps.polls.processes.worker.replicas", "greater than or equal to 0"),
    (worker({"command": "x", "replicas": "2"}), "apps.polls.processes.worker.replicas", "a whole number"),
    (worker({"command": "x", "stopSeconds": 0}), "apps.polls.processes.worker.stopSeconds", "greater than or equal to"),
    (worker({"command": "x", "resources": "1Gi"}), "apps.polls.processes.worker.resources", "a map of settings"),
    (app(cron={"name": "clean"}), "apps.polls.cron", "a list"),
    (app(cron=["@daily ./clean"]), "apps.polls.cron[0]", "a map of settings"),
    (app(cron=[{**ENTRY, "name": "Clean"}]), "apps.polls.cron[0].name", "lower-case letters"),
    (app(cron=[{**ENTRY, "command": ""}]), "apps.polls.cron[0].command", "a list of words"),
    (app(cron=[{"name": "clean", "schedule": "@daily"}]), "apps.polls.cron[0].command", "a value"),
    (app(cron=[{**ENTRY, "concurrency": 1}]), "apps.polls.cron[0].concurrency", "one of name, schedule"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_process_is_a_line_a_list_a_map_or_null() -> None:
    processes = {"a": "./work", "b": ["./work", "-v"], "c": {"command": "./work", "replicas": 3}, "d": None}
    app = AppSettings.model_validate({"processes": processes})
    commands = {name: it and (it.command, it.replicas) for name, it in app.processes.items()}

    assert commands == {
        "a": (("sh", "-c", "exec ./work"), 1),
        "b": (("./work", "-v"), 1),
        "c": (("sh", "-c", "exec ./work"), 3),
        "d": None,
    }
