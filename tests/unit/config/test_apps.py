"""Settings of an application."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.configuration import Bad, app, assert_refused

RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}

BAD: list[Bad] = [
    (app(image="ghcr.io/owner/polls:1"), "apps.polls.image", "by its digest"),
    (app(businessMetrics=[{"title": " ", "query": "up"}]), "apps.polls.businessMetrics[0].title", "at most 60"),
    (app(businessMetrics=[{"title": "Orders", "query": ""}]), "apps.polls.businessMetrics[0].query", "a PromQL query"),
    ({"apps": {"Polls": {"path": "app/polls", "host": "x"}}}, "apps.Polls", "lower-case letters"),
    ({"apps": {"1st": {"path": "app/polls"}}}, "apps.1st", "beginning with a letter"),
    ({"apps": {"a" * 31: {"path": "app/polls"}}}, f"apps.{'a' * 31}", "at most 30 characters"),
    (app(version="1.2"), "apps.polls.version", "a semantic version"),
    (app(version="v1.2.0"), "apps.polls.version", "a semantic version"),
    (app(version="01.2.0"), "apps.polls.version", "a semantic version"),
    (app(version="1.2.0+build"), "apps.polls.version", "a semantic version"),
    (app(host="http://polls.example.com"), "apps.polls.host", "without scheme"),
    (app(host="polls_1.example.com"), "apps.polls.host", "a host name"),
    (app(env={"MY-VAR": "x"}), "apps.polls.env.MY-VAR", "letters, digits and '_'"),
    (app(databaseEnv={"DATABASE_URI": "URL"}), "apps.polls.databaseEnv.DATABASE_URI", "'DATABASE_NAME'"),
    (app(databaseEnv={"DATABASE_URL": "DATABASE_HOST"}), "apps.polls.databaseEnv", "a different name"),
    (app(context="/srv/backend"), "apps.polls.context", "inside of the source"),
    (app(context="../backend"), "apps.polls.context", "without .."),
    (app(context="backend/"), "apps.polls.context", "at its ends"),
    (app(hosts="a.example"), "apps.polls.hosts", "a list"),
    (app(hosts=["https://a.example"]), "apps.polls.hosts[0]", "without scheme"),
    (app(command=[]), "apps.polls.command", "a list of words"),
    (app(command=""), "apps.polls.command", "a line for the image's shell"),
    (app(command=["gunicorn", 8000]), "apps.polls.command", "a list of words"),
    (app(args="--verbose"), "apps.polls.args", "a list"),
    (app(args=[]), "apps.polls.args", "at least one"),
    (app(readyPath=""), "apps.polls.readyPath", "begins with '/'"),
    (app(secretKeyEnv="SECRET-KEY"), "apps.polls.secretKeyEnv", "letters, digits and '_'"),
    (app(env={"KEY_TOKEN": "$(PORT)canary"}), "apps.polls.env", "KEY_TOKEN"),
    (app(databaseEnv={"DATABASE_HOST": "DB HOST"}), "apps.polls.databaseEnv.DATABASE_HOST", "letters, digits and '_'"),
    (app(admin={"username": "the admin"}), "apps.polls.admin.username", "letters, digits"),
    (app(admin={"email": "admin"}), "apps.polls.admin.email", "an e-mail address"),
    (app(livePath="healthz"), "apps.polls.livePath", "begins with '/'"),
    (app(userId=0), "apps.polls.userId", "greater than or equal to 1"),
    (app(replicas={"min": 0}), "apps.polls.replicas.min", "greater than or equal to 1"),
    (app(replicas={"min": 6, "max": 2}), "apps.polls.replicas", "min is 6, max is 2"),
    (app(replicas={"cpuPercent": 500}), "apps.polls.replicas.cpuPercent", "less than or equal to 100"),
    (
        app(resources={**RESOURCES, "requests": {"cpu": "lots", "memory": "128Mi"}}),
        "apps.polls.resources.requests.cpu",
        "250m or 1",
    ),
    (
        app(resources={**RESOURCES, "requests": {"cpu": "2", "memory": "128Mi"}}),
        "apps.polls.resources",
        "cpu: 2 > 1",
    ),
    (
        app(resources={**RESOURCES, "limits": {"cpu": "1", "memory": "100Mi"}}),
        "apps.polls.resources",
        "memory: 128Mi > 100Mi",
    ),
    (app(databaseEnv={"DATABASE_HOST": "DATABASE_PORT"}), "apps.polls.databaseEnv", "a different name"),
    (app(env={"API_TOKEN": "canary"}), "apps.polls.env", "API_TOKEN"),
    (app(env={"APP_KEY": "canary"}), "apps.polls.env", "APP_KEY"),
    (app(env={"BROKER_URL": "amqp://guest:canary@mq"}), "apps.polls.env", "BROKER_URL"),
    (app(env={"DJANGO_SECRET_KEY": "canary"}), "apps.polls.env", "DJANGO_SECRET_KEY"),
    (app(env={"SMTP_PASSWORD": "canary"}), "apps.polls.env", "SMTP_PASSWORD"),
    (app(env={"AWS_ACCESS_KEY": "canary"}), "apps.polls.env", "AWS_ACCESS_KEY"),
    (app(env={"SECRET_KEY": "canary"}), "apps.polls.env", "does not set itself"),
    (app(env={"DATABASE_HOST": "elsewhere"}), "apps.polls.env", "does not set itself"),
    (app(buildArgs={"PIP_TOKEN": "canary"}), "apps.polls.buildArgs", "everyone who has the image"),
]


@pytest.mark.parametrize(("config", "key", "accepted"), BAD)
def test_bad_input_is_refused_with_key_and_fix(config: dict[str, Any], key: str, accepted: str) -> None:
    assert_refused(config, key, accepted)
