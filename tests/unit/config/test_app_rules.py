"""Rules for several settings of one application."""

from __future__ import annotations

from typing import Any

import pytest

from pocdeploy.config import AppSettings
from tests.unit.configuration import Bad, app, assert_refused

MEDIA = {"path": "/app/media", "size": "1Gi"}
ENTRY = {"name": "clean", "schedule": "@daily", "command": "./clean"}
BAD: list[Bad] = [
    (app(port=80), "apps.polls.port", "at least 1024"),
    (app(metricsPort=443), "apps.polls.metricsPort", "at least 1024"),
    (app(databaseEnv={"DATABASE_HOST": "PGHOST"}, env={"PGHOST": "x"}), "apps.polls.databaseEnv", "(PGHOST)"),
    (app(databaseEnv={"DATABASE_PORT": "PORT"}), "apps.polls.databaseEnv", "(PORT)"),
    (app(databaseEnv={"DATABASE_URL": "DB_URL"}, env={"DB_URL": "x"}), "apps.polls.databaseEnv", "(DB_URL)"),
    (app(secretKeyEnv="PORT"), "apps.polls.secretKeyEnv", "(PORT is)"),
    (app(secretKeyEnv="DATABASE_PASSWORD"), "apps.polls.secretKeyEnv", "(DATABASE_PASSWORD is)"),
    (app(secretKeyEnv="GREETING", env={"GREETING": "hello"}), "apps.polls.secretKeyEnv", "(GREETING is)"),
    (app(cache=True, env={"REDIS_URL": "redis://x"}), "apps.polls.env.REDIS_URL", "cache sets it"),
    (app(hosts=["localhost"]), "apps.polls.hosts", "localhost is there twice"),
    (app(hosts=["a.example", "a.example"]), "apps.polls.hosts", "a.example is there twice"),
    (app(command="./web", processes={"web": "./serve"}), "apps.polls.processes.web", "one command that serves"),
    (app(args=["serve"], processes={"web": "./serve"}), "apps.polls.processes.web", "processes.web or args"),
    (
        app(commands={"migrate": ["./migrate"]}, processes={"release": "./release"}),
        "apps.polls.processes.release",
        "one command before each release",
    ),
    (app(processes={"migrate": "./migrate"}), "apps.polls.processes.migrate", "another name"),
    (app(processes={"cron-clean": "./clean"}), "apps.polls.processes.cron-clean", "another name"),
    (app(processes={"web": {"command": "x", "replicas": 2}}), "apps.polls.processes.web", "a command alone"),
    (app(processes={"beat": {"command": "x", "replicas": 2}}), "apps.polls.processes.beat", "at most 1 replica"),
    (app(cron=[ENTRY, ENTRY]), "apps.polls.cron", "clean is there twice"),
    (app(writable=["/app/log", "/app/log"]), "apps.polls.writable", "/app/log is there twice"),
    (app(writable=["/app", "/app/log"]), "apps.polls.writable", "/app/log is inside of /app"),
    (app(writable=["/app/media/tmp"], volumes={"media": MEDIA}), "apps.polls.volumes", "is inside of /app/media"),
    (app(volumes={"media": MEDIA}, replicas={"min": 2, "max": 2}), "apps.polls.replicas.max", "no two pods can share"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)


def test_application_with_a_volume_has_one_pod() -> None:
    one, shared = (AppSettings.model_validate({"volumes": {"media": {**MEDIA, **more}}}) for more in ({}, SHARED))

    assert (one.is_single, one.replicas.min, one.replicas.max) == (True, 1, 1)
    assert (shared.is_single, shared.replicas.min, shared.replicas.max) == (False, 2, 5)


SHARED = {"shared": True}


def test_settings_that_go_together_are_accepted() -> None:
    app = AppSettings.model_validate(
        {
            "metricsPort": 8000,
            "secretKeyEnv": "SECRET_KEY_BASE",
            "processes": {"web": "./serve", "worker": ["./work"], "beat": None, "release": "./release"},
            "writable": ["/app/log", "/app/log2"],
            "env": {"DATABASE_URL": "$(OTHER)"},
        }
    )

    assert app.metrics_port == app.port
    assert app.database_url is None
