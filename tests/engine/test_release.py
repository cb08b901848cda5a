"""A release of an application with a worker and a scheduled command: all of it is good, or all of it is restored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.bench import Bench, Run
from tests.engine.calls import Call
from tests.engine.test_rollback import unready
from tests.engine.world import Cluster

pytestmark = pytest.mark.usefixtures("quick")

WORKER, CRON = "polls-worker", "polls-clean"
PARTS: dict[str, Any] = {
    "processes": {"worker": ["python", "worker.py"]},
    "cron": [{"name": "clean", "schedule": "0 3 * * *", "command": ["python", "clean.py"]}],
}
LOG = "Traceback (most recent call last):\nKeyError: 'BROKER_URL'"


def release(bench: Bench, text: str, **more: Any) -> Run:
    """Change the application and deploy it."""
    app = {**PARTS, **more, "env": {"GREETING": text}}
    bench.configure(lambda config: config.update({"pocdeploy:apps": {"polls": app}}))
    return bench.up()


def cluster_of(bench: Bench) -> Cluster:
    (cluster,) = bench.world.clusters.values()
    return cluster


def deployed(bench: Bench, name: str) -> str:
    """Return the greeting in the current revision of a Deployment."""
    (container,) = cluster_of(bench).revisions["polls", name][-1]["spec"]["template"]["spec"]["containers"]
    return next(str(it["value"]) for it in container["env"] if it["name"] == "GREETING")


def both(bench: Bench) -> tuple[str, str]:
    return deployed(bench, "polls"), deployed(bench, WORKER)


def test_worker_that_fails_takes_the_whole_release_back(mine: Bench) -> None:
    good = release(mine, "good")
    mine.calls.when("Update Deployment polls-process.worker", after=unready)
    cluster_of(mine).logs["polls-worker-1"] = LOG
    mine.calls.log.clear()
    failed = release(mine, "bad")
    smoke_ran = any("polls-smoke" in label for label in mine.calls.labels("Create"))
    after_failure = both(mine)
    again = mine.up()
    mine.calls.clear()
    cluster_of(mine).logs.clear()
    fixed = release(mine, "fixed")

    assert good.code == 0, good.output
    assert failed.code != 0
    assert after_failure == ("good", "good")
    assert not smoke_ran
    (message,) = [text for text in errors(failed) if "process worker" in text]
    assert "The process worker of polls failed" in message
    assert "KeyError: 'BROKER_URL'" in message
    assert "Restored: revision" in message
    # Nothing was changed: it must not pass.
    assert again.code != 0
    assert (fixed.code, both(mine)) == (0, ("fixed", "fixed")), fixed.output
    assert mine.preview("--expect-no-changes").code == 0


def errors(run: Run) -> list[str]:
    found = [event.get("diagnosticEvent", {}) for event in run.events]
    return [it["message"] for it in found if it.get("severity") == "error"]


def test_worker_and_web_that_fail_together_give_one_message(mine: Bench) -> None:
    release(mine, "good")
    for part in ("polls-deployment", "polls-process.worker"):
        mine.calls.when(f"Update Deployment {part}", after=unready)
    failed = release(mine, "bad")

    assert failed.code != 0
    assert both(mine) == ("good", "good")
    assert len([text for text in errors(failed) if "Restored: " in text]) == 1


def test_new_worker_that_fails_is_stopped_and_web_restored(mine: Bench) -> None:
    """The release before has no such process."""
    release(mine, "good")
    mine.calls.when("Create Deployment polls-process.mail", after=unready)
    failed = release(mine, "bad", processes={**PARTS["processes"], "mail": ["python", "mail.py"]})
    stopped = cluster_of(mine).objects["Deployment", "polls", "polls-mail"]["spec"].get("replicas")
    mine.calls.clear()
    fixed = release(mine, "fixed", processes={**PARTS["processes"], "mail": ["python", "mail.py"]})

    assert failed.code != 0
    assert "The process mail of polls failed" in failed.output
    assert both(mine) == ("fixed", "fixed")
    assert stopped == 0
    assert fixed.code == 0, fixed.output
    assert cluster_of(mine).objects["Deployment", "polls", "polls-mail"]["spec"]["replicas"] == 2


def state_of_others(bench: Bench) -> tuple[Any, Any]:
    objects = cluster_of(bench).objects
    worker, cron = objects["Deployment", "polls", WORKER], objects["CronJob", "polls", CRON]
    return worker["spec"].get("replicas", 2), cron["spec"].get("suspend", False)


def test_breaking_migration_runs_while_the_others_are_stopped(mine: Bench) -> None:
    release(mine, "good")
    seen: list[tuple[Any, Any]] = []

    def see(_: Call) -> None:
        seen.append(state_of_others(mine))

    mine.calls.when("Create Job polls-migrate", before=see)
    breaking = release(mine, "breaking", allowBreakingMigration=True)

    assert breaking.code == 0, breaking.output
    assert seen == [(0, True)]
    assert state_of_others(mine) == (2, False)
    assert both(mine) == ("breaking", "breaking")
    assert mine.preview("--expect-no-changes").code == 0


def test_failed_breaking_migration_starts_the_others_again(mine: Bench) -> None:
    release(mine, "good")
    mine.calls.when("Create Job polls-migrate", after=unready)
    failed = release(mine, "breaking", allowBreakingMigration=True)

    assert failed.code != 0
    assert state_of_others(mine) == (2, False)
    assert both(mine) == ("good", "good")
