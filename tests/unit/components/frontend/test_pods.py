"""Containers of an application's image."""

from __future__ import annotations

from typing import Any

import pytest

from components.frontend import jobs, manifests, workloads
from components.frontend.context import WebAppContext
from pocdeploy.config import AppSettings
from pocdeploy.config.workloads import CronJob, Process

WRAPPER = ("/app/entrypoint.sh",)
CRON = {"name": "clean", "schedule": "@daily", "command": ["./clean"]}


def context(entrypoint: tuple[str, ...], **settings: Any) -> WebAppContext:
    app = AppSettings.model_validate({"path": "app/shop", "host": "localhost", **settings}).with_entrypoint(entrypoint)
    return WebAppContext(
        name="shop", namespace="shop", app=app, image="i", environment=(), secret="s", origins=(), labels={}
    )


def commands(entrypoint: tuple[str, ...]) -> list[list[str]]:
    """Return the commands of a Job, a process, a scheduled command, and of what serves."""
    about = context(entrypoint, command=["./serve"])
    process = workloads.process(about, "worker", Process(command=("./work",)), topology_key="zone", release="r")
    cron = workloads.cron_job(about, CronJob.model_validate(CRON))
    specs = [
        jobs.migrate_job(about, command=["./migrate"], check=["./check"])["spec"]["template"]["spec"],
        process["spec"]["template"]["spec"],
        cron["spec"]["jobTemplate"]["spec"]["template"]["spec"],
        manifests.deployment(about, topology_key="zone", release="r")["spec"]["template"]["spec"],
    ]
    return [it["command"] for spec in specs for it in (*spec.get("initContainers", ()), *spec["containers"])]


@pytest.mark.parametrize("entrypoint", [(), WRAPPER], ids=["none", "wrapper"])
def test_every_command_runs_through_the_entrypoint(entrypoint: tuple[str, ...]) -> None:
    own = [["./check"], ["./migrate"], ["./work"], ["./clean"], ["./serve"]]

    assert commands(entrypoint) == [[*entrypoint, *words] for words in own]


def test_image_without_own_command_starts_by_itself() -> None:
    (served,) = manifests.deployment(context(WRAPPER), topology_key="zone", release="r")["spec"]["template"]["spec"][
        "containers"
    ]

    assert "command" not in served
